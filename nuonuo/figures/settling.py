"""Figures of a landscape: the state's way down under one scrubber, where other starts end, what β does."""

from typing import Any

import plotly.graph_objects as go

from nuonuo.explain.settling.landscape import Landscape
from nuonuo.figures.labels import one_line, sides
from nuonuo.figures.template import (
    ACCENT,
    AXIS,
    INK,
    LINE,
    MUTED,
    PAPER,
    SEQUENTIAL,
    figure,
    memory_color,
    short,
)
from nuonuo.memory.trace import Trace

HEIGHT = 510
ROWS = 6  # bars that the figure has room for, at least
HIDDEN = {"visible": False, "fixedrange": True}


def scrubber(trace: Trace, land: Landscape, also: tuple[int | None, ...] = (), most: int = 5) -> go.Figure:
    """State, attention and energy of every step under one slider.

    also: memory ids that are ringed, and have bars however little they attract. Frame t holds xi[t] in the plane, p of
    that state and its energy, in the traces named state, attention and energy.
    """
    rows = _shown(trace, land, also, most)
    states, energy = land.states.tolist(), trace.energy.tolist()
    bars = [[p[i] for i in rows] for p in land.p.tolist()]
    if len(rows) < len(trace.candidates):
        bars = [[*p, max(0.0, 1 - sum(p))] for p in bars]
    steps = [_step(t, states, bars[t], energy) for t in range(len(states))]
    still = [*_plane(trace, land, rows, also), *_tracks(trace, rows, len(bars[0])), _curve(energy)]
    layout = _scrub_layout(land, energy, len(bars[0])) | _controls(len(steps))
    fig = figure(*still, *steps[0], showlegend=False, height=HEIGHT, **layout)
    moving = list(range(len(still), len(still) + len(steps[0])))
    fig.frames = [go.Frame(name=str(t), data=step, traces=moving) for t, step in enumerate(steps)]
    return fig


def _shown(trace: Trace, land: Landscape, also: tuple[int | None, ...], most: int) -> list[int]:
    """Candidates with bars of their own: the most attended at any step, and the ones asked for; best first."""
    best = land.p.amax(0).argsort(descending=True, stable=True)[:most].tolist()
    return sorted({*best, *(i for i, c in enumerate(trace.candidates) if c.id in also)})


def _step(t: int, states: list, bars: list, energy: list) -> list[Any]:
    """The traces that move, at step t: the way so far, the state, its attention with its numbers, its energy."""
    way = states[: t + 1]
    state, attention, at = go.Scatter(x=[way[-1][0]], y=[way[-1][1]]), *_bars(bars)
    state.update(name="state", mode="markers", marker=_dot(15), hovertemplate="state ξ<extra></extra>")
    left = t > (len(energy) - 1) / 2
    return [
        go.Scatter(x=[w[0] for w in way], y=[w[1] for w in way], mode="lines", line_color=INK, hoverinfo="skip"),
        state,
        attention,
        at,
        go.Scatter(
            x=[t],
            y=[energy[t]],
            name="energy",
            mode="markers+text",
            marker=_dot(11),
            text=[f"  E = {energy[t]:.3f}  "],
            textposition="top left" if left else "top right",
            cliponaxis=False,
            hovertemplate="E = %{y:.4f}<extra></extra>",
            xaxis="x3",
            yaxis="y3",
        ),
    ]


def _dot(size: int) -> dict[str, Any]:
    return {"size": size, "color": INK, "line": {"color": PAPER, "width": 2}}


def _bars(bars: list) -> tuple[go.Bar, go.Scatter]:
    """The attention at one step, and its numbers."""
    rows = list(range(len(bars)))
    both = {"xaxis": "x2", "yaxis": "y2"}
    bar = go.Bar(x=bars, y=rows, name="attention", orientation="h", width=0.16, marker_color=ACCENT, **both)
    bar.hovertemplate = "p = %{x:.4f}<extra></extra>"
    said = go.Scatter(x=[1] * len(bars), y=[row - 0.32 for row in rows], mode="text", hoverinfo="skip", **both)
    said.update(text=[f"{p:.2f}" for p in bars], textposition="middle left", textfont_color=MUTED)
    return bar, said


def _plane(trace: Trace, land: Landscape, rows: list[int], also: tuple[int | None, ...]) -> list[Any]:
    """Contours, candidates and the whole way, faint."""
    points, states = land.candidates.tolist(), land.states.tolist()
    others = [i for i in range(len(points)) if i not in rows]
    contour = go.Contour(
        x=land.x.tolist(),
        y=land.y.tolist(),
        z=land.energy.tolist(),
        colorscale=SEQUENTIAL[:6],
        ncontours=16,
        showscale=False,
        line={"width": 1, "color": LINE},
        hovertemplate="E = %{z:.3f} at this point of the plane<extra></extra>",
    )
    way = go.Scatter(
        x=[s[0] for s in states],
        y=[s[1] for s in states],
        mode="lines+markers",
        line={"color": MUTED, "width": 1, "dash": "dot"},
        marker={"size": 5, "color": MUTED, "line": {"width": 0}},
        hoverinfo="skip",
    )
    start = go.Scatter(
        x=[states[0][0]],
        y=[states[0][1]],
        mode="markers+text",
        marker={"size": 17, "color": "rgba(0,0,0,0)", "line": {"width": 0}},  # keeps the word off the state
        text=["query"],
        textposition="bottom center",
        hoverinfo="skip",
    )
    return [contour, _dots(trace, points, others, small=True), way, _dots(trace, points, rows, also), start]


def _dots(
    trace: Trace, points: list, rows: list[int], ringed: tuple[int | None, ...] = (), small: bool = False
) -> go.Scatter:
    """Candidates where they lie, named by their rank unless small; a click gives the memory's id."""
    shown = [trace.candidates[i] for i in rows]
    ring = {"color": INK, "width": [3 if c.id in ringed else 0.5 for c in shown]}
    return go.Scatter(
        x=[points[i][0] for i in rows],
        y=[points[i][1] for i in rows],
        mode="markers" if small else "markers+text",
        marker={"size": 7 if small else 12, "color": [memory_color(c.id) for c in shown], "line": ring},
        opacity=0.65 if small else 1,
        text=[] if small else [f"<b>{i + 1}</b>" for i in rows],
        textposition=sides([points[i] for i in rows]),
        customdata=[[c.id, f"{i + 1}  {short(c.cue, 70)}"] for i, c in zip(rows, shown, strict=True)],
        hovertemplate="%{customdata[1]}<extra></extra>",
    )


def _tracks(trace: Trace, rows: list[int], count: int) -> list[Any]:
    """What stands behind the bars: an empty track for each, its memory's name and colour."""
    names = [f"<b>{i + 1}</b>  {short(trace.candidates[i].cue, 30)}" for i in rows]
    colors = [memory_color(trace.candidates[i].id) for i in rows]
    if count > len(rows):
        others = len(trace.candidates) - len(rows)
        names.append("the other one" if others == 1 else f"the other {others} together")
        colors.append(AXIS)
    level = [row - 0.32 for row in range(count)]
    both = {"xaxis": "x2", "yaxis": "y2", "hoverinfo": "skip"}
    return [
        go.Bar(x=[1] * count, y=list(range(count)), orientation="h", width=0.16, marker_color=LINE, **both),
        go.Scatter(x=[0.02] * count, y=level, mode="markers", marker={"size": 9, "color": colors}, **both),
        go.Scatter(x=[0.045] * count, y=level, mode="text", text=names, textposition="middle right", **both),
        go.Scatter(
            x=[1],
            y=[-0.95],
            mode="text",
            text=["attention p"],
            textposition="middle left",
            textfont_color=MUTED,
            **both,
        ),
    ]


def _curve(energy: list[float]) -> go.Scatter:
    return go.Scatter(
        x=list(range(len(energy))),
        y=energy,
        mode="lines+markers",
        line={"color": MUTED, "width": 1.5},
        marker={"size": 5, "color": MUTED, "line": {"width": 0}},
        hovertemplate="after %{x} update steps: E = %{y:.4f}<extra></extra>",
        xaxis="x3",
        yaxis="y3",
    )


def _scrub_layout(land: Landscape, energy: list[float], count: int) -> dict[str, Any]:
    """Plane to the left, bars over energy to the right; one below the other on a phone (assets/figure.js)."""
    last, low, high = len(energy) - 1, min(energy), max(energy)
    room = max(high - low, 1e-3)
    lower = {
        "title": "update steps done",
        "range": [-0.12 * last, last * 1.12],
        "dtick": max(1, last // 4),
        "anchor": "y3",
    }
    return {
        "barmode": "overlay",
        "xaxis": HIDDEN | {"domain": [0, 0.56], "range": land.x[[0, -1]].tolist(), "constrain": "domain"},
        "yaxis": HIDDEN
        | {"domain": [0.13, 1], "range": land.y[[0, -1]].tolist(), "scaleanchor": "x", "constrain": "domain"},
        "xaxis2": HIDDEN | {"domain": [0.61, 1], "range": [0, 1], "anchor": "y2"},
        "yaxis2": HIDDEN | {"domain": [0.5, 1], "range": [max(count, ROWS) - 0.7, -1.3], "anchor": "x2"},
        "xaxis3": lower | {"domain": [0.67, 1], "fixedrange": True},
        "yaxis3": {
            "title": "energy E",
            "domain": [0.23, 0.41],
            "range": [low - 0.1 * room, high + 0.35 * room],
            "nticks": 3,
            "anchor": "x3",
            "fixedrange": True,
        },
        "meta": {
            "narrow": {
                "xaxis": {"domain": [0, 1]},
                "yaxis": {"domain": [0.6, 1]},
                "xaxis2": {"domain": [0, 1]},
                "yaxis2": {"domain": [0.27, 0.59]},
                "xaxis3": {"domain": [0.12, 1], "title": {"text": ""}},
                "yaxis3": {"domain": [0.15, 0.24]},
            }
        },
    }


def _controls(count: int) -> dict[str, Any]:
    """The scrubber and its play button; both work in the browser alone."""
    now = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    pace = now | {"frame": {"duration": 700, "redraw": True}}
    steps = [{"label": str(t), "method": "animate", "args": [[str(t)], now]} for t in range(count)]
    buttons = [
        {"label": "▶ Play", "method": "animate", "args": [None, pace]},
        {"label": "❚❚", "method": "animate", "args": [[None], now]},
    ]
    menu = {"type": "buttons", "direction": "left", "x": 1, "y": 0.075, "xanchor": "right", "yanchor": "top"}
    slider = {"y": 0.05, "pad": {"t": 20}, "currentvalue": {"prefix": "update steps done: "}}
    return {"sliders": [slider | {"steps": steps}], "updatemenus": [menu | {"buttons": buttons, "showactive": False}]}


def scrubber_words(trace: Trace, land: Landscape) -> str:
    """What `scrubber` shows, for who cannot see it."""
    best = trace.candidates[int(land.p[-1].argmax())]
    return (
        f"A plane of {len(trace.candidates)} memories with contours of energy. The state moves through it in "
        f"{len(trace.p)} update steps towards {one_line(best.cue)}, whose attention goes from {land.p[0].max():.2f} to "
        f"{land.p[-1].max():.2f}, while the energy falls from {trace.energy[0]:.3f} to {trace.energy[-1]:.3f}."
    )
