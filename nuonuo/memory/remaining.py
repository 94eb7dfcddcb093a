"""Remaining time: how long a piece of work will still take, from how far it is.

The mean rate since the first report, carried on: that settles as the work goes on, whatever single parts take. The
first report is where counting begins, so that what was there before, and what was loaded, is no work done. Work that
starts anew, or changes its size, is counted anew.
"""

import time
from collections.abc import Callable
from math import ceil

SETTLED = 1.0  # seconds of work before anything is said


class Remaining:
    """How long some work will still take: call it with each (done, total), then read `seconds` or `words`.

    clock: seconds from any moment on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._total: float | None = None
        self._first = self._last = (0.0, 0.0)  # (seconds, done)

    def __call__(self, done: float, total: float) -> None:
        """Take in that `done` of `total` is done, in whatever unit the work grows evenly with."""
        now = (self._clock(), float(done))
        if total != self._total or done < self._last[1]:
            self._total, self._first = total, now
        self._last = now

    @property
    def seconds(self) -> float | None:
        """Seconds left, counting down between two reports; None if that is not known, or all is done."""
        (began, had), (at, done) = self._first, self._last
        if self._total is None or done <= had or done >= self._total or at - began < SETTLED:
            return None
        left = (at - began) / (done - had) * (self._total - done)
        return max(0.0, left - (self._clock() - at))

    @property
    def words(self) -> str:
        """As in "12 s left"; empty if that is not known."""
        return "" if self.seconds is None else f"{spoken(self.seconds)} left"

    def after(self, text: str) -> str:
        """A text with what is left behind it, as in "12 of 90 questions, 40 s left"."""
        return f"{text}, {self.words}" if self.words else text


def spoken(seconds: float) -> str:
    """Seconds in the coarsest words that say enough: "8 s", "5 min", "1 h 20 min". Never less than a second."""
    whole = max(1, ceil(seconds))
    if whole < 30:
        return f"{whole} s"
    if whole < 118:
        return f"{5 * round(whole / 5)} s"
    minutes = round(whole / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(10 * round(minutes / 10), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
