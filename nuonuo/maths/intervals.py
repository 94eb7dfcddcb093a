"""95% intervals of what is counted or averaged, and whether two ways differ on the same items."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import NormalDist, fmean, stdev

from scipy.stats import binomtest, t

SURE = 0.95


@dataclass(frozen=True)
class Paired:
    """Two ways A and B asked of the same n items, each right or wrong."""

    n: int
    fixed: int  # items right in B alone
    broke: int  # items right in A alone
    gain: float  # share right in B minus that in A
    low: float  # of its 95% interval
    high: float
    p: float  # of the exact sign test: how often so lopsided a count of fixed and broken comes by chance

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out 0 and the sign test agrees."""
        return (self.low > 0 or self.high < 0) and self.p < 1 - SURE

    @property
    def words(self) -> str:
        """Whether they differ, with the difference, its interval and p."""
        p = "p < 0.001" if self.p < 0.001 else f"p = {self.p:.2f}"
        low, high = (f"{100 * end:+.1f}".replace("-", "−") for end in (self.low, self.high))
        gain = f"{100 * self.gain:+.1f}".replace("-", "−")
        numbers = f"(difference {gain} points, 95% interval {low} to {high}; exact sign test {p})"
        if self.significant:
            return f"significantly different {numbers}"
        apart = self.low > 0 or self.high < 0
        return f"not significantly different{', by the sign test, though the interval leaves out 0' * apart} {numbers}"


def paired(a: Sequence[bool], b: Sequence[bool]) -> Paired:
    """From A to B on the same items: Newcombe's interval (Statistics in Medicine 17, 1998, 2635, method 10), and p.

    p: McNemar's test (Psychometrika 1947) in its exact form. Raises ValueError if there are no items or they differ in
    number.
    """
    if len(a) != len(b) or not len(a):
        raise ValueError(f"both sides need the same items, at least one: got {len(a)} and {len(b)}")
    n = len(a)
    both, fixed = (sum(bool(y) and bool(x) == was for x, y in zip(a, b, strict=True)) for was in (True, False))
    broke = sum(map(bool, a)) - both
    neither = n - both - fixed - broke
    one, two = share([float(y) for y in b], "y"), share([float(x) for x in a], "y")
    margins = (both + fixed) * (broke + neither) * (both + broke) * (fixed + neither)
    cross = both * neither - fixed * broke
    phi = (max(cross - n / 2, 0) if cross > 0 else cross) / sqrt(margins) if margins else 0.0

    def reach(x: float, y: float) -> float:
        return sqrt(max(0.0, x * x - 2 * phi * x * y + y * y))

    gain = (fixed - broke) / n
    low = gain - reach(one["y"] - one["low"], two["high"] - two["y"])
    high = gain + reach(one["high"] - one["y"], two["y"] - two["low"])
    return Paired(n, fixed, broke, gain, max(-1.0, low), min(1.0, high), sign_test(fixed, broke))


def sign_test(one: int, other: int) -> float:
    """How often a fair coin tossed one + other times falls at least so unevenly: the exact two-sided p."""
    return float(binomtest(one, one + other).pvalue) if one + other else 1.0


def share(hits: Sequence[float], what: str = "recall") -> dict:
    """The mean of per-query shares of success, 0 to 1, with its interval: fields `what`, low, high, n.

    Wilson's score interval (JASA 1927). A query counts once, however many seeds its share is the mean of: seeds are no
    new queries.
    """
    n, p, z = len(hits), fmean(hits), NormalDist().inv_cdf((1 + SURE) / 2)
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return {what: p, "low": max(0.0, centre - half), "high": min(1.0, centre + half), "n": n}


def average(values: Sequence[float], what: str, least: float = -inf, most: float = inf) -> dict:
    """The mean of measured values with its t interval, cut to the values there can be: fields `what`, low, high, n."""
    n, mean = len(values), fmean(values)
    half = float(t.ppf((1 + SURE) / 2, n - 1)) * stdev(values) / n**0.5 if n > 1 else 0.0
    return {what: mean, "low": max(least, mean - half), "high": min(most, mean + half), "n": n}
