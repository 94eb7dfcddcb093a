"""Figures of a chain of hops: the way through the memories, and nearest neighbour's beside it."""

import textwrap
from dataclasses import dataclass
from itertools import pairwise

import plotly.graph_objects as go

from nuonuo.explain.hops.chains import Followed, Link, Step
from nuonuo.figures.attention import note
from nuonuo.figures.template import ACCENT, INK, MUTED, PAPER, RIVAL, escape, figure, short

ROW = 80  # px from one station to the next
WIDE = 36  # characters of a line that fit beside a station on a phone


@dataclass(frozen=True)
class Station:
    """A memory on the way."""

    text: str
    id: int
    color: str
    cosine: float | None  # of the way here; None at the start
    lit: bool  # the way here is the right one


@dataclass(frozen=True)
class Branch:
    """A memory beside the way: a small open dot and one line of text."""

    y: float
    above: int  # the station it hangs off
    id: int
    label: str
    text: str
    color: str


def way(followed: Followed, pick: int | None = None) -> go.Figure:
    """The memories recalled hop by hop; runner-ups hang off dimmed, and where the first broken hop should have led.

    Each point carries its memory's id as customdata[0]. pick: the memory to mark.
    """
    stations = [] if followed.start is None else [_start(followed.start)]
    broken = followed.broken
    for step in followed.steps:
        if step.recalled:
            hop, color = step.recalled, ACCENT if step.held else RIVAL
            stations.append(Station(hop.target, hop.id, color, hop.cosine, step.held))
    branches = [b for step in followed.steps for b in _branches(step, step is broken)]
    return _draw(stations, branches, pick, max(len(stations), broken.number + 1 if broken else 0))


def nearest_way(followed: Followed, pick: int | None = None) -> go.Figure:
    """The same query by nearest neighbour: its memory, then that of the recalled target's text, and so on."""
    led = sum(step.right is not None for step in followed.steps)
    stations = [_start(followed.nearest[0])]
    for number, link in enumerate(followed.nearest, 1):
        lit = number <= led and (followed.lost is None or number < followed.lost)
        stations.append(Station(link.target, link.id, INK if lit else MUTED, link.cosine, lit))
    return _draw(stations, [], pick, len(stations))


def way_words(followed: Followed) -> str:
    """What `way` shows, for who cannot see it."""
    if followed.start is None:
        return "No hop was made: the code of the settled state resembles no stored cue."
    done = [(step.number, step.recalled) for step in followed.steps if step.recalled]
    told = "; ".join(f"hop {number}: {hop.target}, {hop.cosine:.2f}" for number, hop in done)
    end = "No hop is broken." if followed.broken is None else f"Hop {followed.broken.number} is the first broken one."
    return f"A chain from {followed.start.cue}. {told}. {end}"


def nearest_words(followed: Followed) -> str:
    """What `nearest_way` shows, for who cannot see it."""
    return "Nearest neighbour, hop by hop: " + "; ".join(f"{n.target}, {n.cosine:.2f}" for n in followed.nearest) + "."


def _start(link: Link) -> Station:
    return Station(link.cue, link.id, INK, None, True)


def _branches(step: Step, first_broken: bool) -> list[Branch]:
    """What else a hop might have recalled: its runner-up, and if it is the broken one, where its link leads."""
    above, hop, right = step.number - 1, step.recalled, step.right
    found = []
    if first_broken and right and not step.same:
        label = f"its link leads to  {short(right.target, 22)}"
        found.append(Branch(above + 0.4, above, right.id, label, right.target, ACCENT))
    if hop and hop.runner_up is not None and hop.runner_up_target:
        label = f"runner-up {hop.runner_up_cosine:.2f}  {short(hop.runner_up_target, 24)}"
        found.append(Branch(above + 0.63, above, hop.runner_up, label, hop.runner_up_target, MUTED))
    return found


def _draw(stations: list[Station], branches: list[Branch], pick: int | None, rows: int) -> go.Figure:
    """Stations one below the other, joined by lines as thick as their cosine, and what hangs off them."""
    shapes, notes = [], []
    for y, (_, b) in enumerate(pairwise(stations)):
        width = 1.5 + 4 * max(0.0, b.cosine or 0.0)
        style = {"color": b.color, "width": width, "dash": "solid" if b.lit else "dot"}
        shapes.append({"type": "line", "x0": 0, "x1": 0, "y0": y, "y1": y + 1, "line": style, "layer": "below"})
        number = _note(-0.2, y + 0.5, f"{b.cosine:.2f}", b.color, size=12, right=True)
        notes.append(number | {"bgcolor": PAPER})  # an arc may pass behind it
        back = next((i for i in range(y, -1, -1) if stations[i].text == b.text), None)
        if back is not None:  # it has been here before
            shapes.append(_curve(f"M 0,{y + 1} C -0.9,{y + 0.9} -0.9,{back + 0.1} 0,{back}", MUTED, "dot"))
    notes += [_note(0.28, y, _wrap(s.text, not y), INK if s.lit else s.color) for y, s in enumerate(stations)]
    for side in branches:
        shapes.append(_curve(f"M 0,{side.above} C 0.02,{side.y} 0.1,{side.y} 0.3,{side.y}", side.color))
        notes.append(_note(0.4, side.y, side.label, side.color, size=11))
    sizes = [26 if s.id == pick and y else 20 for y, s in enumerate(stations)]
    fig = figure(
        _points([0.0] * len(stations), list(range(len(stations))), stations, sizes, [s.color for s in stations]),
        _points([0.3] * len(branches), [b.y for b in branches], branches, [9] * len(branches), [PAPER] * len(branches)),
        showlegend=False,
        height=20 + ROW * rows,
        margin={"t": 0},
        shapes=shapes,
        annotations=notes,
    )
    fig.data[1].marker.line = {"color": [b.color for b in branches], "width": 1.5}
    fig.update_xaxes(range=[-1, 7], visible=False, fixedrange=True)
    return fig.update_yaxes(range=[rows - 0.55, -0.45], visible=False, fixedrange=True)


def _points(
    x: list[float], y: list[float], memories: list[Station] | list[Branch], sizes: list[int], colors: list[str]
) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=y,
        mode="markers+text",
        text=["" if isinstance(m, Branch) or not i else str(i) for i, m in enumerate(memories)],
        textfont={"color": PAPER, "size": 11},
        customdata=[[m.id, short(m.text, 140)] for m in memories],
        marker={"size": sizes, "color": colors, "opacity": 1, "line": {"color": PAPER, "width": 2}},
        hovertemplate="%{customdata[1]}<extra></extra>",
    )


def _curve(path: str, color: str, dash: str = "solid") -> dict:
    return {"type": "path", "path": path, "line": {"color": color, "width": 1.2, "dash": dash}, "layer": "below"}


def _note(x: float, y: float, text: str, color: str, size: int = 13, right: bool = False) -> dict:
    return note(x, y, text, "right" if right else "left", color, size) | {"align": "left"}


def _wrap(text: str, bold: bool) -> str:
    """A person's text on at most two lines."""
    lines = textwrap.wrap(" ".join(text.split()), WIDE, max_lines=2, placeholder="…") or [short(text, WIDE)]
    shown = "<br>".join(escape(line) for line in lines)
    return f"<b>{shown}</b>" if bold else shown
