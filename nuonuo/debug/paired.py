"""Paired: how far NuoNuo is ahead of each other method on the same questions, with the interval of that difference."""

from collections.abc import Sequence
from dataclasses import dataclass

from nuonuo.debug.ranking import recall_at, reciprocal
from nuonuo.debug.triage import CUTS, NUONUO, Checked
from nuonuo.maths.intervals import average


@dataclass(frozen=True)
class Paired:
    """One measure of NuoNuo and of another method."""

    method: str  # the other
    measure: str
    nuonuo: float
    other: float
    gain: float  # NuoNuo's less the other's, averaged over the questions
    low: float  # of its 95% interval
    high: float

    @property
    def sure(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def paired(checked: Sequence[Checked]) -> list[Paired]:
    """Recall at each cut and MRR of NuoNuo against each other method; empty if no question expects anything."""
    some = [one for one in checked if one.expected]
    methods = [method for method in (some[0].ranks if some else ()) if method != NUONUO]
    return [_one(some, method, k) for method in methods for k in (*CUTS, None)]


def _one(some: Sequence[Checked], method: str, k: int | None) -> Paired:
    """One measure: recall@k, or MRR where k is None."""
    mine, other = ([_value(one, name, k) for one in some] for name in (NUONUO, method))
    found = average([a - b for a, b in zip(mine, other, strict=True)], "gain", -1.0, 1.0)
    measure, n = "MRR" if k is None else f"recall@{k}", len(some)
    return Paired(method, measure, sum(mine) / n, sum(other) / n, found["gain"], found["low"], found["high"])


def _value(one: Checked, method: str, k: int | None) -> float:
    ranks = one.ranks[method]
    return reciprocal(ranks, max(CUTS)) if k is None else recall_at(ranks, one.expected, k)
