"""The lab's figure: an experiment's curves with their 95% intervals, one small chart for each value of its split."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from nuonuo.curves import Chart, Curve, Point
from nuonuo.figures.template import ACCENT, INK, MUTED, OKABE_ITO, escape, figure

GREEN = 4  # of the palette: last here, because it is close to the accent
COLORS = (ACCENT, *OKABE_ITO[:GREEN], *OKABE_ITO[GREEN + 1 :], OKABE_ITO[GREEN])
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "triangle-down", "star")
WIDE, NARROW = 1_000, 330  # px that the charts have on a screen and on a phone
COLUMNS = 2  # of charts on a screen; on a phone they stand below each other
TALL, SHORT, ALONE = 310, 205, 330  # px of a row of charts on a screen, of one on a phone, of the only one
GAP, LINE, ROOM = 74, 21, 60  # px between charts, of a line of the legend, above and below all
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


def chart(shown: Chart) -> go.Figure:
    """Every system's curve with its intervals; a pinned run's dashed. Nearest neighbour is drawn in ink."""
    panels = shown.panels
    axes = {panel: _axis(shown, panel) for panel in panels}
    fig = figure(showlegend=True)
    named: set[str] = set()
    for curve, old in [(c, True) for c in shown.pinned] + [(c, False) for c in shown.curves]:
        fig.add_trace(_line(shown, curve, axes[curve.panel], panels.index(curve.panel), old, named))
    names = [trace.name for trace in fig.data if trace.showlegend]
    lines_wide, lines_narrow = _legend_lines(names, WIDE), _legend_lines(names, NARROW)
    rows = math.ceil(len(panels) / COLUMNS)
    high = max(
        ALONE + lines_narrow * LINE if len(panels) == 1 else rows * TALL + lines_wide * LINE,
        len(panels) * SHORT + lines_narrow * LINE + ROOM,
    )
    wide = _arranged(shown, axes, high, COLUMNS if len(panels) > 1 else 1, lines_wide)
    legend = {"yref": "container", "y": 1, "yanchor": "top", "xref": "container", "tracegroupgap": 0}
    fig.update_layout(wide, height=high, legend=legend)
    fig.update_layout(meta={"narrow": _arranged(shown, axes, high, 1, lines_narrow, phone=True)})
    return fig


def chart_words(shown: Chart) -> str:
    """What `chart` shows, for who cannot see it."""
    told = [f"{_cap(shown.value_label)} against {shown.x_label}."]
    for panel in shown.panels:
        ways = [_way(curve) for curve in shown.curves if curve.panel == panel and curve.points]
        told.append((f"{_cap(panel)}: " if panel else "") + ("; ".join(ways) or "nothing measured yet") + ".")
    if shown.pinned:
        told.append("Dashed: the pinned run.")
    return " ".join(told)


def _way(curve: Curve) -> str:
    first, last = curve.points[0], curve.points[-1]
    start = f"{curve.system} {_amount(first.y)} at {_place(first.x)}"
    return start if first is last else f"{start}, {_amount(last.y)} at {_place(last.x)}"


def _amount(value: float) -> str:
    """A value as short as it may be."""
    if 0.001 <= abs(value) < 0.1:
        return f"{value:.2g}"
    return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"


def _place(x: float) -> str:
    """A value of the x axis."""
    return f"{x:,.0f}" if x == int(x) else f"{x:.3g}"


def _line(shown: Chart, curve: Curve, axis: Axis, panel: int, old: bool, named: set[str]) -> go.Scatter:
    """One system on one chart; the first of its name stands in the legend."""
    color, symbol = _mark(shown, curve)
    shift = (shown.systems.index(curve.system) + 0.5) / len(shown.systems) - 0.5
    name = "dashed: the pinned run" if old else curve.system
    new = name not in named
    named.add(name)
    end = str(panel + 1) if panel else ""
    return go.Scatter(
        x=[axis.place(point.x, shift) for point in curve.points],
        y=[point.y for point in curve.points],
        error_y=_bars(curve.points, color),
        customdata=[[escape(curve.system), _place(p.x), _amount(p.y), _between(p)] for p in curve.points],
        hovertemplate=f"%{{customdata[0]}}{', pinned' * old}<br>%{{customdata[2]}}%{{customdata[3]}}"
        f" at %{{customdata[1]}}<extra></extra>",
        name=escape(name),
        legendgroup="pinned" if old else curve.system,
        showlegend=new,
        mode="lines+markers" if len(curve.points) > 1 else "markers",
        line={"color": color, "width": 2.5 if curve.plain else 1.75, "dash": "dash" if old else "solid"},
        marker={"color": color, "size": 7, "symbol": symbol + "-open" * old},
        opacity=0.6 if old else 1,
        cliponaxis=False,
        xaxis=f"x{end}",
        yaxis=f"y{end}",
    )


def _mark(shown: Chart, curve: Curve) -> tuple[str, str]:
    """Colour and symbol of a system: a colour each, or where there are too many one for each family."""
    system = curve.system
    if curve.kin:
        return INK, SYMBOLS[[name for name in shown.systems if name not in shown.families].index(system) % len(SYMBOLS)]
    family = shown.families
    if len(family) <= len(COLORS):
        family = {name: name for name in family}
    color = list(dict.fromkeys(family.values())).index(family[system])
    within = [name for name in family if family[name] == family[system]].index(system)
    return COLORS[color % len(COLORS)], SYMBOLS[(1 + color + 3 * within) % len(SYMBOLS)]


def _bars(points: Sequence[Point], color: str) -> dict:
    above, below = [p.most - p.y for p in points], [p.y - p.least for p in points]
    return {"type": "data", "array": above, "arrayminus": below, "color": color, "thickness": 1, "width": 3}


def _between(point: Point) -> str:
    if point.low is None or point.high is None:
        return ", no interval"
    return f" (95%: {_amount(point.low)} to {_amount(point.high)})"


def _axis(shown: Chart, panel: str) -> Axis:
    """Values at their own place, or a step apart where they would crowd into a corner."""
    here = [curve for curve in (*shown.curves, *shown.pinned) if curve.panel == panel]
    values = sorted({point.x for curve in here for point in curve.points})
    gaps = [math.log10(b / a) if shown.log_x else b - a for a, b in pairwise(values)]
    if not gaps or all(len(curve.points) == 1 for curve in here):
        return Axis((), 0.0, shown.log_x)
    if not shown.log_x and len(values) <= STEPS and values[-1] - values[0] > UNEVEN * min(gaps):
        return Axis(tuple(values), 1.0, False)
    return Axis((), min([*gaps, sum(gaps) / FEW]), shown.log_x)


def _arranged(
    shown: Chart, axes: dict[str, Axis], high: int, columns: int, lines: int, phone: bool = False
) -> dict[str, Any]:
    """Axes, names and margins of the charts in so many columns."""
    panels = shown.panels
    rows = math.ceil(len(panels) / columns)
    top, bottom = lines * LINE + 46, 52
    gap = GAP / (high - top - bottom) if rows > 1 else 0.0
    each = (1 - gap * (rows - 1)) / rows
    layout: dict[str, Any] = {"margin": {"t": top, "b": bottom, "l": 8, "r": 14}, "annotations": []}
    for i, panel in enumerate(panels):
        row, column = divmod(i, columns)
        end = str(i + 1) if i else ""
        left, right = (column / columns + 0.045 * column, (column + 1) / columns - 0.045 * (columns - 1 - column))
        up = 1 - row * (each + gap)
        last = i + columns >= len(panels)
        layout[f"xaxis{end}"] = _across(shown, axes[panel], panel) | {
            "domain": [left, right],
            "anchor": f"y{end}",
            "title": {"text": escape(shown.x_label) if last else ""},
        }
        title = "" if phone or column else escape(shown.value_label)
        layout[f"yaxis{end}"] = _upward(shown) | {
            "domain": [max(0.0, up - each), up],
            "anchor": f"x{end}",
            "title": {"text": title},
        }
        name = " · ".join(filter(None, [shown.value_label if phone else "", panel]))
        layout["annotations"].append(_name(name, left, up))
    return layout


def _name(text: str, x: float, y: float) -> dict:
    """A chart's name above its upper left corner."""
    place = {"x": x, "y": y, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": 8}
    return place | {"text": escape(text), "showarrow": False, "font": {"color": MUTED, "size": 13}}


def _across(shown: Chart, axis: Axis, panel: str) -> dict:
    """The x axis: one for all charts, or each its own where they measure different things."""
    if axis.steps:
        ticks = [_place(value) for value in axis.steps]
        return {"tickvals": list(range(len(ticks))), "ticktext": ticks, "range": [-0.4, len(ticks) - 0.6]}
    lines = (*shown.curves, *shown.pinned)
    spans = {
        name: _span([p.x for c in lines if c.panel == name for p in c.points], shown.log_x) for name in shown.panels
    }
    widths = [high - low for low, high in spans.values()]
    low, high = spans[panel]
    if max(widths) <= 3 * min(widths):
        low, high = min(s[0] for s in spans.values()), max(s[1] for s in spans.values())
    room = max(0.03 * (high - low), 0.6 * DODGE * axis.room)
    more = {"type": "log", "dtick": 1 if high - low > 1.5 else "D2", "tickformat": ",d"} if shown.log_x else {}
    return {"range": [low - room, high + room], **more}


def _upward(shown: Chart) -> dict:
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


def _legend_lines(names: Sequence[str], width: int) -> int:
    """How many lines a legend of these names takes."""
    column = 52 + 6.6 * max(map(len, names), default=0)
    return math.ceil(len(names) / max(1, int(width / column)))


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]
