"""The dial: how many memories share a query's attention at every β: one, some or most."""

import math

import plotly.graph_objects as go

from nuonuo.explain.attention.view import Dial, Mark
from nuonuo.figures.attention import amount, note
from nuonuo.figures.template import ACCENT, ACCENT_SOFT, AXIS, MUTED, figure
from nuonuo.memory.outcome import Kind

NAMES = {Kind.ONE: "one memory", Kind.SUBSET: "some share", Kind.ALL: "most share"}


def sharing(dial: Dial) -> go.Figure:
    """How many memories share the attention at every β, with the β that is set and those worth trying."""
    top = math.log10(max(dial.N, 2))
    ticks = [10**e for e in range(int(top) + 1) if 10**e < dial.N / 3] + [dial.N]
    marks = _marks(dial)
    rows = [note(math.log10(m.beta), 1.06 + 0.075 * row, text, "center", frame="y") for m, text, row in marks]
    lines = [_line(m.beta) for m, _, _ in marks]
    band, names = _bands(dial, top)
    return figure(
        *_curve(dial),
        annotations=rows + names,
        shapes=lines + band,
        showlegend=False,
        height=356,
        margin={"t": 72, "l": 8, "r": 96, "b": 8},
        xaxis={
            "type": "log",
            "title": "inverse temperature β",
            "range": [math.log10(0.04), math.log10(260)],
            "tickvals": [0.1, 1, 10, 100],
            "ticktext": ["0.1", "1", "10", "100"],
        },
        yaxis={
            "type": "log",
            "title": "memories sharing the attention",
            "range": [-0.06 * top, 1.1 * top],
            "tickvals": ticks,
            "ticktext": [f"{t:,}" for t in ticks],
        },
    )


def _curve(dial: Dial) -> list[go.Scatter]:
    """The number at every β, and the point of the β that is set."""
    curve = go.Scatter(
        x=dial.betas,
        y=dial.numbers,
        mode="lines",
        line={"color": MUTED, "width": 2},
        customdata=dial.betas,
        hovertemplate="β = %{x:.3g}<br>%{y:.3g} memories share<extra></extra>",
    )
    now = go.Scatter(
        x=[dial.now.beta],
        y=[dial.now.number],
        mode="markers+text",
        marker={"size": 13, "color": ACCENT},
        text=[f"<b>{amount(dial.now.number)}</b>"],
        textposition="top right",
        textfont={"color": ACCENT, "size": 15},
        cliponaxis=False,
        hovertemplate="now: β = %{x:.3g}<br>%{y:.3g} memories share<extra></extra>",
    )
    return [curve, now]


def _line(x: float) -> dict:
    """A dotted line from bottom to top."""
    dots = {"color": AXIS, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": dots, "layer": "below"}


def _bands(dial: Dial, top: float) -> tuple[list[dict], list[dict]]:
    """The tint of the kind that holds, and the names of all three at the right edge."""
    low, high = (math.log10(edge) for edge in dial.edges)
    bands = [(-0.06 * top, low, Kind.ONE), (low, high, Kind.SUBSET), (high, 1.1 * top, Kind.ALL)]
    tint: list[dict] = []
    names = []
    for start, stop, name in bands[: 1 if dial.N == 1 else 3]:
        if stop - start < 0.02 * top:
            continue
        holds = name is dial.kind
        if holds:
            where = {"x0": 0, "x1": 1, "xref": "paper", "y0": 10**start, "y1": 10**stop}
            tint.append({"type": "rect", "fillcolor": ACCENT_SOFT, "line": {"width": 0}, "layer": "below"} | where)
        text = f"<b>{NAMES[name]}</b>" if holds else NAMES[name]
        names.append(note(1.02, (start + stop) / 2, text, "left", ACCENT if holds else MUTED, 13, "x"))
    return tint, names


def _marks(dial: Dial) -> list[tuple[Mark, str, int]]:
    """The β worth trying that lie on the axis: mark, label, and the row in which its label meets no other."""
    marks = [
        (dial.scale, f"1/√{dial.d}"),
        (dial.log_n, f"ln {dial.N:,}"),
        (dial.reached, "90% here"),
        (dial.needed, "90% by theory"),
    ]
    first, last = dial.betas[0], dial.betas[-1]
    placed: list[tuple[Mark, str, int]] = []
    for mark, label in marks:
        if first <= mark.beta <= last:
            taken = {row for other, text, row in placed if _meet(mark, label, other, text)}
            placed.append((mark, label, min({0, 1, 2, 3} - taken)))
    return placed


def _meet(mark: Mark, label: str, other: Mark, text: str) -> bool:
    """Whether two labels would overlap on a phone, where a decade of β is eight letters wide."""
    return abs(math.log10(mark.beta / other.beta)) < (len(label) + len(text) + 2) / 2 / 8


def sharing_words(dial: Dial) -> str:
    """What `sharing` shows, for who cannot see it."""
    return (
        f"Curve: the number of memories that share the attention falls from {amount(dial.numbers[0])} at "
        f"β = {dial.betas[0]:g} to {amount(dial.numbers[-1])} at β = {dial.betas[-1]:g}. "
        f"Now {amount(dial.now.number)} at β = {dial.now.beta:.3g}: {NAMES[dial.kind]}."
    )
