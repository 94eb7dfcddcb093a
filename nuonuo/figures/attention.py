"""Figures of attention over all memories: which get it, at step 0 and at rest, and Q×K for several queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import plotly.graph_objects as go

from nuonuo.explain.attention.view import Grid, Place, View
from nuonuo.figures.labels import one_line
from nuonuo.figures.template import ACCENT, AXIS, INK, LINE, MUTED, RIVAL, figure, short

ROW = 52  # px: a label and a bar below it
FLAT = {"fixedrange": True, "showline": False, "ticks": ""}  # an axis without a line


@dataclass(frozen=True)
class Bar:
    """One bar with what is written above it."""

    label: str
    weight: float
    color: str
    note: str  # before the weight
    about: list  # memory's id, a sentence, its similarity
    rest: float | None = None  # weight where the state comes to rest; None if it is no candidate


def bars(view: View, wanted: int | None = None, at_rest: Mapping[int, float] = MappingProxyType({})) -> go.Figure:
    """Attention of the best memories over all N, best on top, and of all others together at the bottom.

    at_rest: attention of the candidates where the state comes to rest, by id; it is drawn below the first, which is
    then paler.

    The first is in the accent colour; when another memory was expected, that one is marked and the first is a rival.
    The chosen memory's label is bold.
    """
    drawn = [_bar(view, place, wanted, at_rest.get(place.memory.id)) for place in view.shown]
    if view.others:
        label = "the other one" if view.others == 1 else f"all {view.others:,} others together"
        drawn.append(Bar(label, view.rest, AXIS, "", [None, f"{view.others:,} memories share this", "–"]))
    notes = []
    for row, bar in enumerate(drawn):
        ink = bar.color if bar.color in (ACCENT, RIVAL) else INK
        notes += [
            note(0, row - 0.32, bar.label, "left", ink, 13),
            note(1, row - 0.32, bar.note + _weights(bar), "right"),
        ]
    title = f"attention p over all {view.N:,} memories" if view.N > 1 else "attention p"
    if at_rest:
        title += f"<br>pale at step 0, full at rest among {len(at_rest)} candidates"
    return figure(
        *_tracks(drawn),
        annotations=notes,
        barmode="overlay",
        bargap=0,
        showlegend=False,
        height=max(150, 44 + ROW * len(drawn)),
        xaxis={**FLAT, "range": [0, 1], "title": title, "tickvals": [0, 0.5, 1]},
        yaxis={"range": [len(drawn) - 0.6, -0.75], "visible": False, "fixedrange": True},
    )


def _tracks(drawn: list[Bar]) -> list[go.Bar]:
    """An empty track for each bar, the bar on it, and an unseen one that takes label, bar and all for a click."""
    whole = {"y": list(range(len(drawn))), "x": [1.0] * len(drawn), "orientation": "h"}
    paired = any(bar.rest is not None for bar in drawn)
    thin = {"hoverinfo": "skip", "width": 0.14 if paired else 0.16} | ({"offset": -0.12} if paired else {})
    colors = [bar.color for bar in drawn]
    filled = go.Bar(
        whole | {"x": [bar.weight for bar in drawn]}, marker_color=colors, opacity=0.45 if paired else 1, **thin
    )
    touched = go.Bar(  # a thin bar is hard to hit
        whole,
        width=0.96,
        offset=-0.68,
        marker_color="rgba(0,0,0,0)",
        customdata=[[*bar.about, f"{bar.weight:.4f}"] for bar in drawn],
        hovertemplate="%{customdata[1]}<br>p = %{customdata[3]} · similarity %{customdata[2]}<extra></extra>",
    )
    tracks = [go.Bar(whole, marker_color=LINE, **thin), filled, touched]
    if paired:
        below = thin | {"offset": 0.06}
        rows = [row for row, bar in enumerate(drawn) if bar.rest is not None]
        some = {"y": rows, "orientation": "h"}
        tracks += [
            go.Bar(some | {"x": [1.0] * len(rows)}, marker_color=LINE, **below),
            go.Bar(some | {"x": [drawn[r].rest for r in rows]}, marker_color=[colors[r] for r in rows], **below),
        ]
    return tracks


def _bar(view: View, place: Place, wanted: int | None, rest: float | None) -> Bar:
    """The bar of one memory: accent for the first and for the expected one, which makes the first a rival."""
    memory, answer = place.memory, view.answer.id
    missed = wanted is not None and answer != wanted
    meant = missed and memory.id == wanted
    colors = {answer: RIVAL if missed else ACCENT} | ({wanted: ACCENT} if missed else {})
    label = f"{place.rank}  {short(memory.cue, 30 if meant else 38)}"
    about = [memory.id, short(memory.target, 90), f"{memory.similarity:.3f}"]
    label = f"<b>{label}</b>" if place is view.chosen else label
    return Bar(label, memory.weight, colors.get(memory.id, MUTED), "expected " if meant else "", about, rest)


def note(x: float, y: float, text: str, side: str, color: str = MUTED, size: int = 12, frame: str = "") -> dict:
    """A text in a figure; frame names the axes ("x", "y") along which 0 to 1 is the whole plot.

    Figures take all their texts at once: plotly checks the whole layout again for each that is added.
    """
    at = {f"{axis}ref": "paper" for axis in frame}
    font = {"color": color, "size": size}
    return {"x": x, "y": y, "text": text, "showarrow": False, "xanchor": side, "font": font} | at


def _weights(bar: Bar) -> str:
    """What stands above a bar: its weight, and the one at rest."""
    return _weight(bar.weight) if bar.rest is None else f"{_weight(bar.weight)} → {bar.rest:.3f}"


def _weight(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 or p == 0 else f"{p:.0e}".replace("e-0", "e-")


def amount(number: float) -> str:
    """A number of memories that need not be whole: 1.4, 12, 1,234."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def grid(grid: Grid) -> go.Figure:
    """Q×K: each query's attention, a row, to the memories any of them attends to most; all others last."""
    n = len(grid.questions)
    z = [[*row, rest] for row, rest in zip(grid.p.tolist(), grid.rest, strict=True)]
    names = [short(cue, 70) for cue in grid.cues] + [f"the other {grid.N - len(grid.ids):,} memories"]
    ids = [*grid.ids, None]
    if len(grid.ids) == grid.N:
        z, names, ids = [row[:-1] for row in z], names[:-1], ids[:-1]
    rows = list(range(n))
    cells = go.Heatmap(
        z=z,
        x=list(range(len(names))),
        y=rows,
        zmin=0,
        zmax=1,
        showscale=False,
        text=[[f"{p:.2f}" if p >= 0.005 else "" for p in row] for row in z],
        texttemplate="%{text}",
        customdata=[[[i, name] for i, name in zip(ids, names, strict=True)]] * n,
        hovertemplate="%{customdata[1]}<br>p = %{z:.4f}<extra></extra>",
        xgap=2,
        ygap=30,
    )
    ticks = [short(cue, 16) for cue in grid.cues] + ["all others"]
    return figure(
        cells,
        annotations=_questions(grid, 80),
        meta={"narrow": {"annotations": _questions(grid, 27)}},
        height=130 + 58 * n,
        margin={"t": 20, "l": 8, "r": 48, "b": 8},
        xaxis={**FLAT, "tickvals": list(range(len(names))), "ticktext": ticks[: len(names)], "tickangle": 38},
        yaxis={"range": [n - 0.5, -0.6], "visible": False, "fixedrange": True},
    )


def _questions(grid: Grid, most: int) -> list[dict]:
    """What stands over each row: the query, cut to `most` characters, and how many memories share its attention."""
    notes = []
    for row, question in enumerate(grid.questions):
        notes += [
            note(0, row - 0.43, short(question, most), "left", INK, 13, "x"),
            note(1, row - 0.43, f"shared by {amount(grid.numbers[row])}", "right", frame="x"),
        ]
    return notes


def bars_words(view: View) -> str:
    """What `bars` shows, for who cannot see it."""
    named = "; ".join(f"{one_line(place.memory.cue)}: {place.memory.weight:.2f}" for place in view.shown[:4])
    start = f"Bars of attention over all {view.N:,} memories at β = {view.beta:.3g}, best first"
    return f"{start}. {named}. All others: {view.rest:.2f}."


def grid_words(grid: Grid) -> str:
    """What `grid` shows, for who cannot see it."""
    best = [
        f"{q}: most to {grid.cues[int(p.argmax())]}, {float(p.max()):.2f}"
        for q, p in zip(grid.questions, grid.p, strict=True)
    ]
    return f"Heat map of {len(grid.questions)} queries' attention to {len(grid.ids)} memories. " + "; ".join(best) + "."
