"""Outcome: the one answer to "what did this recall bring back?".

Two things answer it and may differ, so both are kept: which memory is ranked first, candidate 0, and where the state
comes to rest when the update (Eq. 3), which sees similarity alone, is repeated until nothing moves. Ramsauer et
al., arXiv:2008.02217, name three kinds of rest: a fixed point near one pattern, a metastable state that averages a
proper subset of the patterns, and the average of them all. How many patterns share is exp of the entropy of p; "all" is
more than half of them, as in their class I of attention heads (they count patterns up to 90% of the weight).
"""

from dataclasses import dataclass, field
from enum import StrEnum

from jaxtyping import Float
from torch import Tensor

from nuonuo.maths.hopfield import rest
from nuonuo.maths.theory import effective_number

ONE = 1.5  # patterns that share the attention, below which it is on one alone
NEAR = 0.05  # distance from the last state to its rest up to which it has arrived; a pattern's length is 1


class Kind(StrEnum):
    """What an attention p averages over."""

    ONE = "fixed point"
    SUBSET = "metastable state"
    ALL = "average of all"


def edges(patterns: int) -> tuple[float, float]:
    """Below the first number one of `patterns` has the attention, above the second more than half of them share it."""
    return ONE, max(ONE, patterns / 2)


def kind(number: float, patterns: int) -> Kind:
    """What `number` patterns that share the attention make of `patterns` in all: the one owner of these thresholds."""
    low, high = edges(patterns)
    if number < low:
        return Kind.ONE
    return Kind.ALL if number > high else Kind.SUBSET


@dataclass(frozen=True)
class Rest:
    """Where a state comes to rest over c candidates, however many update steps that takes."""

    p: Float[Tensor, " c"] = field(repr=False)  # attention there
    state: Float[Tensor, " d"] = field(repr=False)  # the state there
    number: float  # candidates that share the attention: exp of its entropy, 1 to c
    kind: Kind
    lead: int  # position of the candidate with the largest weight
    left: float  # distance to it from the last state of the recall

    @property
    def weight(self) -> float:
        """The largest weight."""
        return float(self.p[self.lead])

    @property
    def arrived(self) -> bool:
        """Whether the recall's own update steps sufficed to come to rest."""
        return self.left < NEAR


@dataclass(frozen=True)
class Outcome:
    """What a recall brought back."""

    number: float  # candidates that share the attention at update step 0
    rest: Rest

    @property
    def agree(self) -> bool:
        """Whether the state rests on the candidate ranked first, and on it alone."""
        return self.rest.kind is Kind.ONE and self.rest.lead == 0


def outcome(p: Float[Tensor, " c"], X: Float[Tensor, "c d"], last: Float[Tensor, " d"], beta: float) -> Outcome:
    """What came of a recall whose first-step weights are p (c,), over X (c, d), and whose last state is `last` (d,)."""
    G = X @ X.mT
    end = rest((X @ (p @ X))[None], G, beta)[0]
    state, number = end @ X, float(effective_number(end))
    place = Rest(end, state, number, kind(number, len(X)), int(end.argmax()), float((state - last).norm()))
    return Outcome(float(effective_number(p)), place)
