"""Softmax attention over stored codes, winner-take-all after each step, then one hop to the target.

Modern Hopfield retrieval (Ramsauer et al., arXiv:2008.02217) moved into code space, as the prototype had it: similarity
is the dot product of binary codes, the units they share, and the blend of codes is cut back to k winners.
"""

from dataclasses import replace

from torch import Tensor

from nuonuo.maths.association import softmax
from nuonuo.systems.coded import Coded, Coder
from nuonuo.systems.protocol import Answer

STEPS = 3


class WtaHopfield:
    """x ← WTA(Σ softmax(β shared(x, cue_i)) cue_i), three times; then the same weights on the targets."""

    def __init__(self, coder: Coder, beta: float = 16.0) -> None:
        self.store, self.phi = Coded(coder), replace(softmax(beta), counts=True)
        self.learn = self.store.learn

    def recall(self, query: Tensor) -> Answer:
        """Settle the query's code, then one hop."""
        return self.from_code(self.store.code(query))

    def from_code(self, code: Tensor) -> Answer:
        """The same from a code (k,)."""
        for _ in range(STEPS):
            code = self.store.auto.hop(code, self.phi).code
        return self.store.answer(self.store.hetero.hop(code, self.phi).code, STEPS + 1)
