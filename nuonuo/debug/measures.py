"""Measures: how well a ranking brings what was expected, a value a question and its mean with a 95% interval.

Of the things a question expects: recall@k, the share of them among the first k; any@k and all@k, whether one is there
or all are; MRR, 1/rank of the first, 0 beyond rank 20; nDCG@k with graded gains, linear, discounted by log₂(rank + 1)
(Järvelin and Kekäläinen, TOIS 2002); MAP, the average precision over the first 1,000. The last two are computed by
pytrec_eval through ir-measures, as TREC and BEIR do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nuonuo.debug.ranking import Ranks, any_at, recall_at, reciprocal
from nuonuo.maths.intervals import average, share

CUTS = (1, 5, 10, 20)
FIRST = 20  # ranks that MRR looks at
DEPTH = 1_000  # ranks that MAP looks at, as trec_eval's runs hold
SCALE = 1_000  # of gains that are no whole numbers: pytrec_eval takes whole ones, and nDCG is the same on any scale
AT_A_CUT = ("recall", "any", "all", "nDCG")
ALONE = ("MRR", "MAP")


@dataclass(frozen=True)
class Placed:
    """Where a ranking brings each thing that a question expects."""

    ranks: tuple[int | None, ...]  # from 1; None if it is not in the ranking
    gains: tuple[float, ...] = ()  # graded relevance of each, 0 for what does not count; all 1 if empty

    @property
    def relevant(self) -> tuple[tuple[int | None, float], ...]:
        """Rank and gain of each thing that counts."""
        gains = self.gains or (1.0,) * len(self.ranks)
        return tuple((rank, gain) for rank, gain in zip(self.ranks, gains, strict=True) if gain > 0)

    @property
    def found(self) -> Ranks:
        """The ranks of those that were found, best first."""
        return tuple(sorted(rank for rank, _ in self.relevant if rank is not None))

    @property
    def documents(self) -> dict[int, float]:
        """Gains by rank, one thing a rank: of two that one memory answers the second counts at the next free rank."""
        made: dict[int, float] = {}
        for rank, gain in sorted((rank, -gain) for rank, gain in self.relevant if rank is not None):
            made[max([rank, *(taken + 1 for taken in made)])] = -gain
        return made


@dataclass(frozen=True)
class Measure:
    """One measure."""

    kind: str  # of AT_A_CUT or ALONE
    k: int | None = None  # ranks that count

    def __str__(self) -> str:
        return self.kind if self.k is None else f"{self.kind}@{self.k}"


USUAL = (*(Measure("recall", k) for k in CUTS), *(Measure("any", k) for k in CUTS), *(Measure("all", k) for k in CUTS))
USUAL += (Measure("MRR"), Measure("nDCG", 10), Measure("MAP"))


def named(name: str) -> Measure:
    """The measure that a name means, such as recall@10 or mrr. Raises ValueError listing those there are."""
    kind, at, cut = name.strip().partition("@")
    kinds = {one.lower(): one for one in (*AT_A_CUT, *ALONE)}
    known = kinds.get(kind.strip().lower())
    if known in ALONE and not at:
        return Measure(str(known))
    if known in AT_A_CUT and cut.isdecimal() and int(cut) > 0:
        return Measure(str(known), int(cut))
    raise ValueError(f"there is no measure {name!r}: choose recall@k, any@k, all@k, nDCG@k, MRR or MAP, k from 1")


def placed(ranks: Ranks, expected: int) -> Placed:
    """Ungraded places of `expected` things, of which these were found."""
    return Placed((*ranks, *(None,) * (expected - len(ranks))))


def values(some: Sequence[Placed], measure: Measure) -> list[float]:
    """The measure's value of each question, 0 to 1; 0 if it expects nothing."""
    if measure.kind in {"nDCG", "MAP"}:
        return _by_pytrec(some, measure)
    return [_value(one, measure) for one in some]


def mean(some: Sequence[Placed], measure: Measure) -> dict:
    """Fields value, low, high, n: by Wilson's interval where every question has 0 or 1, else by Student's t.

    Raises ValueError if there is no question.
    """
    if not some:
        raise ValueError(f"{measure} needs at least one question that expects something")
    each = values(some, measure)
    return share(each, "value") if set(each) <= {0.0, 1.0} else average(each, "value", 0.0, 1.0)


def rows(by_method: dict[str, Sequence[Placed]], measures: Sequence[Measure] = USUAL) -> list[dict]:
    """Rows method, measure, value, low, high, n; none for a method without questions."""
    return [
        {"method": method, "measure": str(measure), **mean(some, measure)}
        for method, some in by_method.items()
        if some
        for measure in measures
    ]


def further(method: str, found: Sequence[tuple[Ranks, int]]) -> list[dict]:
    """Rows of nDCG@10 and MAP as those of `triage.summary`. found: of each question its ranks, and things expected."""
    measures = Measure("nDCG", 10), Measure("MAP")
    return [one | {"any": None, "all": None} for one in rows({method: [placed(*each) for each in found]}, measures)]


def _value(one: Placed, measure: Measure) -> float:
    found, count = one.found, len(one.relevant)
    if not count:
        return 0.0
    if measure.k is None:
        return reciprocal(found, FIRST)
    if measure.kind == "any":
        return any_at(found, measure.k)
    part = recall_at(found, count, measure.k)
    return float(part == 1) if measure.kind == "all" else part


def _by_pytrec(some: Sequence[Placed], measure: Measure) -> list[float]:
    """nDCG@k or MAP. Documents are named by their rank; those that are not relevant are fillers in between."""
    from ir_measures import AP, nDCG, pytrec_eval

    depth = measure.k or DEPTH
    whole = all(gain == int(gain) for one in some for _, gain in one.relevant)
    qrels: dict[str, dict[str, int]] = {}
    run: dict[str, dict[str, float]] = {}
    for number, one in enumerate(some):
        found = one.documents
        gains = [*found.items(), *((-i, gain) for i, (rank, gain) in enumerate(one.relevant, 1) if rank is None)]
        if gains:
            qrels[str(number)] = {f"d{name}": int(g) if whole else max(1, round(g * SCALE)) for name, g in gains}
            last = max((rank for rank in found if rank <= depth), default=0)
            run[str(number)] = {f"d{rank}": float(-rank) for rank in range(1, last + 1)}
    asked = nDCG @ depth if measure.kind == "nDCG" else AP @ depth
    found_values = {one.query_id: float(one.value) for one in pytrec_eval.iter_calc([asked], qrels, run)} if run else {}
    return [found_values.get(str(number), 0.0) for number in range(len(some))]
