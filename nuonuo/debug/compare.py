"""Compare: the same questions asked in two ways, A and B, and which of them that mends or breaks.

A question counts as answered when an expected memory is among the first `within`; recall@within is the share of its
expected memories there. The difference has a paired interval, and the sign test's p value (McNemar, Psychometrika 1947,
in its exact form): how often so lopsided a count of mended and broken questions comes by chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from scipy.stats import binomtest

from nuonuo.bank import Bank
from nuonuo.debug.queries import Question, things
from nuonuo.debug.ranking import Ranks, embed, placed, recall_at
from nuonuo.lab.intervals import average
from nuonuo.memory import Memory
from nuonuo.noise import Noise

KEYS: dict[str, tuple[float, bool]] = {  # exponent of the whitening, and whether the mean is taken off first
    "plain cosine": (0.0, False),
    "centred": (0.0, True),
    "whitened 0.25": (0.25, True),
    "whitened 0.5": (0.5, True),
    "whitened 0.75": (0.75, True),
    "whitened 1": (1.0, True),
}
DOUBT = 0.05  # p of the sign test from which the difference may be chance
MENDED, BROKEN, RIGHT, WRONG = "mended", "broken", "right in both", "wrong in both"


@dataclass(frozen=True)
class Side:
    """How one side asks: of which bank, by which keys, in which noise."""

    memory: Memory
    keys: str  # of KEYS
    noise: Noise = field(default_factory=Noise)

    def bank(self) -> Bank:
        """The memories with these keys: the bank as it is, or one made anew."""
        memory, (exponent, centre) = self.memory, KEYS[self.keys]
        wanted = {"exponent": exponent, "centre": centre}
        if wanted == {name: memory.meta[name] for name in wanted}:
            return memory.bank
        return Bank(list(memory), memory.dimension, memory.meta | wanted, memory.device)


@dataclass(frozen=True)
class Pair:
    """One question asked in both ways."""

    question: Question
    a: Ranks  # of its expected memories
    b: Ranks
    expected: int  # how many things are, stored or not

    def fate(self, within: int) -> str:
        """Mended, broken, right in both or wrong in both."""
        before, after = (ranks[0] <= within if ranks else False for ranks in (self.a, self.b))
        return (RIGHT if before else MENDED) if after else (BROKEN if before else WRONG)

    def row(self, within: int) -> dict:
        """As a row of a question set, with its ranks."""
        ranks = {"rank_a": first(self.a), "rank_b": first(self.b), "change": self.fate(within)}
        return self.question.row | ranks


@dataclass(frozen=True)
class Difference:
    """What B does to the questions of A."""

    within: int
    recall_a: float
    recall_b: float
    gain: float  # recall_b minus recall_a
    low: float  # of its 95% interval
    high: float
    mended: tuple[Pair, ...]
    broken: tuple[Pair, ...]
    p: float  # of the sign test
    n: int

    @property
    def sure(self) -> bool:
        """Whether interval and sign test leave little doubt that there is a difference."""
        return (self.low > 0 or self.high < 0) and self.p < DOUBT


def compare(a: Side, b: Side, questions: Sequence[Question]) -> list[Pair]:
    """Ask every question that means something in both ways."""
    found = [
        placed(side.bank(), embed(side.memory, questions, side.noise), things(questions, side.memory))
        for side in (a, b)
    ]
    return [Pair(q, one, two, q.count) for q, one, two in zip(questions, *found, strict=True) if q.answerable]


def difference(pairs: Sequence[Pair], within: int) -> Difference:
    """The change from A to B. Raises ValueError if no question expects anything, or within < 1."""
    if within < 1:
        raise ValueError(f"within must be >= 1, got {within}")
    if not pairs:
        raise ValueError("there is nothing to compare: no question says what it expects")
    before = [recall_at(pair.a, pair.expected, within) for pair in pairs]
    after = [recall_at(pair.b, pair.expected, within) for pair in pairs]
    gain = average([y - x for x, y in zip(before, after, strict=True)], "gain", -1, 1)
    mended, broken = (tuple(pair for pair in pairs if pair.fate(within) == fate) for fate in (MENDED, BROKEN))
    turned = len(mended) + len(broken)
    p = float(binomtest(len(mended), turned).pvalue) if turned else 1.0
    n = len(pairs)
    return Difference(
        within, sum(before) / n, sum(after) / n, gain["gain"], gain["low"], gain["high"], mended, broken, p, n
    )


def first(found: Ranks) -> int | None:
    """The best rank, None if nothing expected is stored."""
    return found[0] if found else None
