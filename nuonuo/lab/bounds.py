"""Bounds: the least and the most of every number that an experiment takes, checked at its edge.

An experiment has its own in `BOUNDS`; the Lab page's inputs, the command line and the function itself hold to these.
The most is what a job may take with the rest as the page sets it: half of a machine's 8 GB, and about an hour.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
COUNT = 20  # values of a setting that takes several


@dataclass(frozen=True)
class Bounds:
    """What a number may be, both ends included."""

    least: float
    most: float

    def check(self, name: str, value: object) -> None:
        """Raises ValueError unless a value, or each of several, lies between them; None stands for no choice."""
        several = value if isinstance(value, tuple | list) else () if value is None else (value,)
        if len(several) > COUNT:
            raise ValueError(f"{name} must have at most {COUNT} values, got {len(several):,}")
        for one in several:
            if not self.least <= one <= self.most:
                raise ValueError(f"{name} must lie between {self.least:,} and {self.most:,}, got {_told(one)}")


SEED = Bounds(0, 2**31 - 1)


def within(bounds: Mapping[str, Bounds]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function check its numbers first: ValueError, in a sentence, for one that is out of its bounds."""

    def bounded(run: Callable[P, R]) -> Callable[P, R]:
        takes = inspect.signature(run)

        @wraps(run)
        def checked(*given: P.args, **named: P.kwargs) -> R:
            chosen = takes.bind(*given, **named)
            chosen.apply_defaults()
            for name, bound in bounds.items():
                bound.check(name, chosen.arguments[name])
            return run(*given, **named)

        return checked

    return bounded


def _told(value: float) -> str:
    return f"{value:,}" if abs(value) < 1e12 else f"{value:.3g}"
