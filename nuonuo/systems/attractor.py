"""Attractor clean-up: an auto-associative Hebbian memory run to a fixed point, then one hetero-associative step.

Hopfield, PNAS 1982, with winner-take-all codes instead of signs. Departure: the sum is over stored cues with their
self-connections, which a k-winner code needs to keep its winners.
"""

import torch
from torch import Tensor

from nuonuo.maths.association import identity
from nuonuo.systems.coded import Coded, Coder
from nuonuo.systems.protocol import Answer

MOST = 20  # updates after which a code that still changes is taken as it is


class Attractor:
    """x ← WTA(Σ overlap(x, cue_i) cue_i) until it stays, then target code = WTA(Σ overlap(x, cue_i) target_i)."""

    def __init__(self, coder: Coder) -> None:
        self.store = Coded(coder)
        self.learn = self.store.learn

    def recall(self, query: Tensor) -> Answer:
        """Clean up the query's code, then one hop."""
        return self.from_code(self.store.code(query))

    def from_code(self, code: Tensor) -> Answer:
        """The same from a code (k,)."""
        before, steps = None, 1
        while steps <= MOST and (before is None or not torch.equal(before, code)):
            before, code, steps = code, self.store.auto.hop(code, identity()).code, steps + 1
        return self.store.answer(self.store.hetero.hop(code, identity()).code, steps)
