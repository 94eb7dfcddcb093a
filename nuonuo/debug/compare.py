"""Compare: the same questions asked in two ways, A and B, and which questions B fixes and which it breaks.

When a question counts as answered is a `Rule`; recall@within is the share of its expected memories among the first of
them. The difference has a paired interval, and the sign test's p value (McNemar, Psychometrika 1947,
in its exact form): how often so lopsided a count of fixed and broken questions comes by chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from scipy.stats import binomtest

from nuonuo.debug.ranking import Ranks, embed, noisy, placed, recall_at, texts
from nuonuo.debug.rule import Rule
from nuonuo.files.questions import Question, things
from nuonuo.maths.intervals import average
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.bank import Bank
from nuonuo.memory.noise import Noise

KEYS: dict[str, tuple[float, bool]] = {  # exponent of the whitening, and whether the mean is taken off first
    "plain cosine": (0.0, False),
    "centred": (0.0, True),
    "whitened 0.25": (0.25, True),
    "whitened 0.5": (0.5, True),
    "whitened 0.75": (0.75, True),
    "whitened 1": (1.0, True),
}
DOUBT = 0.05  # p of the sign test from which the difference may be chance
FIXED, BROKE, RIGHT, WRONG = "fixed", "broke", "right in both", "wrong in both"


@dataclass(frozen=True)
class Side:
    """How one side asks: of which bank, by which keys, in which noise, with which words and links."""

    memory: Memory
    keys: str  # of KEYS
    noise: Noise = field(default_factory=Noise)
    asking: Asking = field(default_factory=Asking)  # its words and links count here

    @property
    def how(self) -> Asking:
        """How its bank is asked; the keys are the bank's own."""
        return replace(self.asking, noise=self.noise, whitened=True)

    def bank(self) -> Bank:
        """The memories with these keys: the bank as it is, or one made anew."""
        memory, (exponent, centre) = self.memory, KEYS[self.keys]
        made = replace(memory.settings, exponent=exponent, centre=centre)
        if made == memory.settings:
            return memory.bank
        return replace(Bank.of(list(memory), made, memory.device), reading=memory.bank.reading)


@dataclass(frozen=True)
class Pair:
    """One question asked in both ways."""

    question: Question
    a: Ranks  # of its expected memories
    b: Ranks
    expected: int  # how many things are, stored or not

    def fate(self, rule: Rule) -> str:
        """Fixed, broke, right in both or wrong in both."""
        before, after = (rule.met(ranks, self.expected) for ranks in (self.a, self.b))
        return (RIGHT if before else FIXED) if after else (BROKE if before else WRONG)

    def places(self, rule: Rule) -> tuple[int | None, int | None]:
        """The rank by which enough of what is expected has come, in A and in B; None if it does not come."""
        n = rule.wanted(self.expected)
        a, b = (ranks[n - 1] if len(ranks) >= n else None for ranks in (self.a, self.b))
        return a, b

    def row(self, rule: Rule) -> dict:
        """As a row of a question set, with its ranks."""
        a, b = self.places(rule)
        ranks = {"rank_a": a, "rank_b": b, "change": self.fate(rule)}
        return self.question.row | ranks


@dataclass(frozen=True)
class Difference:
    """What B does to the questions of A."""

    rule: Rule
    recall_a: float  # recall@within of the rule
    recall_b: float
    gain: float  # recall_b minus recall_a
    low: float  # of its 95% interval
    high: float
    fixed: tuple[Pair, ...]
    broke: tuple[Pair, ...]
    p: float  # of the sign test
    n: int

    @property
    def within(self) -> int:
        """Ranks that count."""
        return self.rule.within

    @property
    def sure(self) -> bool:
        """Whether the interval of the gain leaves out 0. The sign test is another: of questions, not of shares."""
        return self.low > 0 or self.high < 0


def compare(a: Side, b: Side, questions: Sequence[Question]) -> list[Pair]:
    """Ask every question that means something in both ways."""
    found = [asked(side, questions) for side in (a, b)]
    return [Pair(q, one, two, q.count) for q, one, two in zip(questions, *found, strict=True) if q.answerable]


def asked(side: Side, questions: Sequence[Question]) -> list[Ranks]:
    """The ranks of what each question expects, asked as a side asks."""
    x = noisy(embed(side.memory, questions, side.noise), side.noise)
    words, right = texts(questions, side.noise), things(questions, side.memory)
    return placed(side.bank(), x, words, right, side.how)


def difference(pairs: Sequence[Pair], rule: Rule) -> Difference:
    """The change from A to B. Raises ValueError if no question expects anything."""
    within = rule.within
    if not pairs:
        raise ValueError("there is nothing to compare: no question says what it expects")
    before = [recall_at(pair.a, pair.expected, within) for pair in pairs]
    after = [recall_at(pair.b, pair.expected, within) for pair in pairs]
    gain = spread([y - x for x, y in zip(before, after, strict=True)])
    fixed, broke = (tuple(pair for pair in pairs if pair.fate(rule) == fate) for fate in (FIXED, BROKE))
    turned = len(fixed) + len(broke)
    p = float(binomtest(len(fixed), turned).pvalue) if turned else 1.0
    n = len(pairs)
    return Difference(
        rule, sum(before) / n, sum(after) / n, gain["gain"], gain["low"], gain["high"], fixed, broke, p, n
    )


def spread(gains: Sequence[float]) -> dict:
    """The mean of gains with its t interval: fields gain, low, high, n.

    Gains that are all the same have no spread to go by: then it is from what the exact interval (Clopper & Pearson,
    Biometrika 1934) leaves of the share that turns so, to the gain itself; so sure as the sign test is.
    """
    found = average(gains, "gain", -1, 1)
    if found["low"] != found["high"] or not found["gain"]:
        return found
    least = (2 * 0.025 ** (1 / len(gains)) - 1) * found["gain"]
    return found | {"low": min(least, found["gain"]), "high": max(least, found["gain"])}
