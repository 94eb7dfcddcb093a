"""95% intervals of what an experiment counts or averages."""

from collections.abc import Sequence
from math import inf
from statistics import NormalDist, fmean, stdev

from scipy.stats import t

SURE = 0.95


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
