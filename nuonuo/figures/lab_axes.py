"""Axes of the lab's charts: values at their own place or a step apart, and spans that charts share."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from nuonuo.lab.curves import Chart

UNEVEN = 20  # times the smallest step that make steps of equal width the better axis
STEPS = 12  # values at most on such an axis
DODGE = 0.3  # of a step over which systems at the same value stand side by side
FEW = 8  # a step is at most this part of the axis


@dataclass(frozen=True)
class Axis:
    """How the x values of one chart are laid out."""

    steps: tuple[float, ...]  # values that stand at 0, 1, 2, …; empty: at their own place
    room: float  # between two values; 0 where x is measured too
    log: bool

    def place(self, x: float, shift: float) -> float:
        """Where x is drawn; shift: from -0.5 to 0.5 of the room that systems share."""
        aside = shift * DODGE * self.room
        if self.steps:
            return self.steps.index(x) + aside
        return x * 10**aside if self.log else x + aside


def layout_of(shown: Chart, panel: str) -> Axis:
    """Values at their own place, or a step apart where they would crowd into a corner."""
    here = [curve for curve in (*shown.curves, *shown.pinned) if curve.panel == panel]
    values = sorted({point.x for curve in here for point in curve.points})
    gaps = [math.log10(b / a) if shown.log_x else b - a for a, b in pairwise(values)]
    if not gaps or all(len(curve.points) == 1 for curve in here):
        return Axis((), 0.0, shown.log_x)
    if not shown.log_x and len(values) <= STEPS and values[-1] - values[0] > UNEVEN * min(gaps):
        return Axis(tuple(values), 1.0, False)
    return Axis((), min([*gaps, sum(gaps) / FEW]), shown.log_x)


def across(shown: Chart, axis: Axis, panel: str) -> dict:
    """The x axis: one for all charts, or each its own where they measure different things."""
    if axis.steps:
        ticks = [place(value) for value in axis.steps]
        return {"tickvals": list(range(len(ticks))), "ticktext": ticks, "range": [-0.4, len(ticks) - 0.6]}
    lines = (*shown.curves, *shown.pinned)
    spans = {
        name: _span(
            [p.x for c in lines if c.panel == name for p in c.points]
            + [x for there, x in shown.marks if there == name],
            shown.log_x,
        )
        for name in shown.panels
    }
    widths = [high - low for low, high in spans.values()]
    low, high = spans[panel]
    if max(widths) <= 3 * min(widths):
        low, high = min(s[0] for s in spans.values()), max(s[1] for s in spans.values())
    room = max(0.03 * (high - low), 0.6 * DODGE * axis.room)
    more = {"type": "log", "dtick": 1 if high - low > 1.5 else "D2", "tickformat": ",d"} if shown.log_x else {}
    return {"range": [low - room, high + room], **more}


def upward(shown: Chart) -> dict:
    """The y axis, one for all charts; a share runs from 0 to 1."""
    points = [p for curve in (*shown.curves, *shown.pinned) for p in curve.points]
    if shown.log_value:
        low, high = _span([end for p in points for end in (p.least, p.most) if end > 0], True)
        return {"type": "log", "dtick": 1, "range": [low - 0.1, high + 0.1]}
    low, high = _span([end for p in points for end in (p.least, p.most)], False)
    if low >= 0 and high <= 1:
        return {"range": [-0.03, 1.05], "tickvals": [0, 0.25, 0.5, 0.75, 1], "ticktext": ["0", "", "0.5", "", "1"]}
    room = 0.05 * (high - low)
    return {"range": [low - room, high + room]}


def _span(values: Sequence[float], log: bool) -> tuple[float, float]:
    """Smallest and largest on the axis, never the same."""
    if not values:
        return (0.0, 1.0)
    ends = [math.log10(max(v, 1e-12)) if log else v for v in (min(values), max(values))]
    return (ends[0], ends[1]) if ends[1] > ends[0] else (ends[0] - 0.5, ends[0] + 0.5)


def place(x: float) -> str:
    """A value of the x axis."""
    return f"{x:,.0f}" if x == int(x) else f"{x:.3g}"
