"""The lab's figure: an experiment's curves with their 95% intervals, one small chart for each value of its split."""

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from nuonuo.figures.lab_axes import Axis, across, layout_of, place, upward
from nuonuo.figures.template import ACCENT, INK, MUTED, OKABE_ITO, escape, figure
from nuonuo.lab.curves import Chart, Curve, Point

GREEN = 4  # of the palette: last here, because it is close to the accent
COLORS = (ACCENT, *OKABE_ITO[:GREEN], *OKABE_ITO[GREEN + 1 :], OKABE_ITO[GREEN])
SYMBOLS = (
    *("circle", "square", "diamond", "triangle-up", "x", "triangle-down", "star", "cross", "pentagon", "hourglass"),
    *("hexagram", "bowtie", "triangle-left", "triangle-right"),
)
DASHES = ("solid", "dot", "dashdot", "longdashdot")  # of each further turn of the symbols; "dash" is the pinned run's
WIDE, NARROW = 1_000, 330  # px that the charts have on a screen and on a phone
COLUMNS = 2  # of charts on a screen; on a phone they stand below each other
TALL, SHORT, ALONE = 310, 205, 330  # px of a row of charts on a screen, of one on a phone, of the only one
GAP, LINE, ROOM = 74, 21, 60  # px between charts, of a line of the legend, above and below all


def chart(shown: Chart) -> go.Figure:
    """Every system's curve with its intervals; a pinned run's dashed. Nearest neighbour is drawn in ink."""
    panels = shown.panels
    axes = {panel: layout_of(shown, panel) for panel in panels}
    fig = figure(showlegend=True)
    named: set[str] = set()
    for curve, old in [(c, True) for c in shown.pinned] + [(c, False) for c in shown.curves]:
        fig.add_trace(_line(shown, curve, axes[curve.panel], panels.index(curve.panel), old, named))
    fig.add_traces([_mark_line(shown, panel, at) for panel, at in shown.marks if panel in panels])
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
    start = f"{curve.system} {_amount(first.y)} at {place(first.x)}"
    return start if first is last else f"{start}, {_amount(last.y)} at {place(last.x)}"


def _amount(value: float) -> str:
    """A value as short as it may be."""
    if 0.001 <= abs(value) < 0.1:
        return f"{value:.2g}"
    return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"


def _line(shown: Chart, curve: Curve, axis: Axis, panel: int, old: bool, named: set[str]) -> go.Scatter:
    """One system on one chart; the first of its name stands in the legend."""
    color, symbol, dash = _mark(shown, curve)
    shift = (shown.systems.index(curve.system) + 0.5) / len(shown.systems) - 0.5
    name = "dashed: the pinned run" if old else curve.system
    new = name not in named
    named.add(name)
    end = str(panel + 1) if panel else ""
    return go.Scatter(
        x=[axis.place(point.x, shift) for point in curve.points],
        y=[point.y for point in curve.points],
        error_y=_bars(curve.points, color),
        customdata=[[escape(curve.system), place(p.x), _amount(p.y), _between(p)] for p in curve.points],
        hovertemplate=f"%{{customdata[0]}}{', pinned' * old}<br>%{{customdata[2]}}%{{customdata[3]}}"
        f" at %{{customdata[1]}}<extra></extra>",
        name=escape(name),
        legendgroup="pinned" if old else curve.system,
        showlegend=new,
        mode="lines+markers" if len(curve.points) > 1 else "markers",
        line={"color": color, "width": 2.5 if curve.plain else 1.75, "dash": "dash" if old else dash},
        marker={"color": color, "size": 7 if not old else 7 + 3 * DASHES.index(dash), "symbol": symbol + "-open" * old},
        opacity=0.6 if old else 1,
        cliponaxis=False,
        xaxis=f"x{end}",
        yaxis=f"y{end}",
    )


def _mark_line(shown: Chart, panel: str, at: float) -> go.Scatter:
    """A dotted line up a chart, with its name and place."""
    end = str(shown.panels.index(panel) + 1) if shown.panels.index(panel) else ""
    points = [p for curve in shown.curves for p in curve.points]
    low, high = min((p.least for p in points), default=0.0), max((p.most for p in points), default=1.0)
    return go.Scatter(
        x=[at, at, at],
        y=[low, low + 0.15 * (high - low), high],
        text=["", f"{shown.mark_label} = {place(at)}", ""],
        textposition="middle right" if at < shown.curves[0].points[-1].x else "middle left",
        mode="lines+text",
        line={"color": MUTED, "width": 1, "dash": "dot"},
        textfont={"color": MUTED},
        hoverinfo="skip",
        showlegend=False,
        xaxis=f"x{end}",
        yaxis=f"y{end}",
    )


def _mark(shown: Chart, curve: Curve) -> tuple[str, str, str]:
    """Colour, symbol and dash of a system: no two share symbol and dash, so that nobody needs the colour.

    A colour each of those shown, or where there are too many one for each family; nearest neighbour's family is in ink.
    """
    system, family = curve.system, shown.families
    ordered = [name for name in shown.systems if name not in family] + list(family)  # nearest neighbour's first
    turn, kind = divmod(ordered.index(system), len(SYMBOLS))
    dash = DASHES[turn % len(DASHES)]
    if curve.kin:
        return INK, SYMBOLS[kind], dash
    if len(family) <= len(COLORS):
        family = {name: name for name in family}
    return _colors(shown, family)[system], SYMBOLS[kind], dash


def _colors(shown: Chart, family: dict[str, str]) -> dict[str, str]:
    """The colour of each system: its family's; of two of a family that are shown, the later takes one that is free."""
    names = list(dict.fromkeys(family.values()))
    colors = {system: COLORS[names.index(own) % len(COLORS)] for system, own in family.items()}
    drawn = {curve.system for curve in (*shown.curves, *shown.pinned)} & set(family)
    if len(drawn) > len(COLORS):
        return colors
    taken: set[str] = set()
    for system in (one for one in family if one in drawn):
        if colors[system] in taken:
            colors[system] = next(color for color in COLORS if color not in taken)
        taken.add(colors[system])
    return colors


def _bars(points: Sequence[Point], color: str) -> dict:
    above, below = [p.most - p.y for p in points], [p.y - p.least for p in points]
    return {"type": "data", "array": above, "arrayminus": below, "color": color, "thickness": 1, "width": 3}


def _between(point: Point) -> str:
    if point.low is None or point.high is None:
        return ", no interval"
    return f" (95%: {_amount(point.low)} to {_amount(point.high)})"


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
        layout[f"xaxis{end}"] = across(shown, axes[panel], panel) | {
            "domain": [left, right],
            "anchor": f"y{end}",
            "title": {"text": escape(shown.x_label) if last else ""},
        }
        title = "" if phone or column else escape(shown.value_label)
        layout[f"yaxis{end}"] = upward(shown) | {
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


def _legend_lines(names: Sequence[str], width: int) -> int:
    """How many lines a legend of these names takes."""
    column = 52 + 6.6 * max(map(len, names), default=0)
    return math.ceil(len(names) / max(1, int(width / column)))


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]
