"""One application of Hebb's links, with any separation.

The identity is the flat Hebbian matrix W = Σ target cueᵀ (Willshaw, Buneman & Longuet-Higgins, Nature 1969), a power a
dense associative memory (Krotov & Hopfield, arXiv:1606.01164).
"""

from torch import Tensor

from nuonuo.maths.association import Separation, identity
from nuonuo.systems.coded import Coded, Coder
from nuonuo.systems.protocol import Answer


class Hebbian:
    """target code = WTA(Σ φ(overlap(query, cue_i)) target_i)."""

    def __init__(self, coder: Coder, separation: Separation | None = None) -> None:
        self.store, self.separation = Coded(coder), separation or identity()
        self.learn = self.store.learn

    def recall(self, query: Tensor) -> Answer:
        """One hop from the query's code."""
        return self.from_code(self.store.code(query))

    def from_code(self, code: Tensor) -> Answer:
        """The same from a code (k,)."""
        return self.store.answer(self.store.hetero.hop(code, self.separation).code, 1)
