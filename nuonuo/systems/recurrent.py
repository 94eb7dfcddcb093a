"""A recurrent Hebbian network with lateral inhibition.

One auto-associative matrix W = Σ mᵢ mᵢᵀ over the sums mᵢ = targetᵢ + ½ cueᵢ, applied five times: a cue draws up its
target, which then holds itself. Lateral inhibition: each active unit takes γ/k of its drive from every other unit, and
what falls below zero is silent; so a unit fires only if its drive exceeds γ times the mean of the winners'. Without
that threshold, inhibition that is the same for all could not change which k win.
"""

from torch import Tensor

from nuonuo.systems.coded import Coded, Coder
from nuonuo.systems.protocol import Answer

STEPS, OWN = 5, 0.5


class Recurrent:
    """x ← the winners of W x that inhibition leaves, five times."""

    def __init__(self, coder: Coder, inhibition: float = 0.5) -> None:
        if not 0 <= inhibition <= 1:
            raise ValueError(f"inhibition must lie between 0 and 1, got {inhibition}")
        self.store, self.inhibition = Coded(coder), inhibition
        self.learn = self.store.learn

    def recall(self, query: Tensor) -> Answer:
        """Five updates from the query's code."""
        return self.from_code(self.store.code(query))

    def from_code(self, code: Tensor) -> Answer:
        """The same from a code (k,)."""
        for _ in range(STEPS):
            code = self.update(code)
        return self.store.answer(code, STEPS)

    def update(self, code: Tensor) -> Tensor:
        """The winners, at most k, of one update."""
        hetero, auto = self.store.hetero, self.store.auto
        overlap = hetero.target_overlap(code[None])[0] + OWN * hetero.cue_overlap(code)  # (N,)
        drive = hetero.scores(overlap) + OWN * auto.scores(overlap)  # (D,)
        top = drive.topk(self.store.coder.winners)
        if not top.values[0] > 0:
            return code  # it shares no unit with anything stored
        return top.indices[top.values * (1 + 1e-6) >= self.inhibition * top.values.mean()].sort().values.int()
