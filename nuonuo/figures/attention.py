"""Figures of attention over all memories: who gets it, how β shares it out, and Q×K for several questions."""

import math

import plotly.graph_objects as go

from nuonuo.attention import Dial, Grid, Mark, View
from nuonuo.figures.template import ACCENT, AXIS, INK, LINE, MUTED, RIVAL, figure, short

ROW = 52  # px: a label and a bar below it
NAMES = {"winner": "one winner", "blend": "a blend", "uniform": "an average"}


def bars(view: View, wanted: int | None = None) -> go.Figure:
    """Attention of the best memories over all N, best on top, and of all others together at the bottom.

    The answer is in the accent colour; when another memory was wanted, that one is marked and the answer is a rival.
    The chosen memory's label is bold.
    """
    missed = wanted is not None and view.answer.id != wanted
    weights = [place.memory.weight for place in view.shown]
    colors = [_color(view, place.memory.id, wanted, missed) for place in view.shown]
    notes = ["meant " if missed and place.memory.id == wanted else "" for place in view.shown]
    labels = [
        f"{place.rank}  {short(place.memory.cue, 38 - len(n))}" for place, n in zip(view.shown, notes, strict=True)
    ]
    bold = [place is view.chosen for place in view.shown]
    about = [
        [place.memory.id, short(place.memory.target, 90), f"{place.memory.similarity:.3f}"] for place in view.shown
    ]
    if view.others:
        weights.append(view.rest)
        colors.append(AXIS)
        notes.append("")
        labels.append(f"all {view.others:,} others together" if view.others > 1 else "the other one")
        bold.append(False)
        about.append([None, f"{view.others:,} memories share this", "lower"])
    rows = list(range(len(weights)))
    track = go.Bar(y=rows, x=[1.0] * len(rows), orientation="h", width=0.16, marker_color=LINE, hoverinfo="skip")
    filled = go.Bar(
        y=rows,
        x=weights,
        orientation="h",
        width=0.16,
        marker_color=colors,
        customdata=about,
        hovertemplate="%{customdata[1]}<br>p = %{x:.4f} · similarity %{customdata[2]}<extra></extra>",
    )
    fig = figure(track, filled, barmode="overlay", showlegend=False, height=44 + ROW * len(rows), bargap=0)
    for row, label in enumerate(labels):
        left = {"text": f"<b>{label}</b>" if bold[row] else label, "xanchor": "left"}
        right = {"text": notes[row] + _weight(weights[row]), "xanchor": "right"}
        ink = colors[row] if colors[row] in (ACCENT, RIVAL) else INK
        fig.add_annotation(x=0, y=row - 0.32, showarrow=False, font={"color": ink, "size": 13}, **left)
        fig.add_annotation(x=1, y=row - 0.32, showarrow=False, font={"color": MUTED, "size": 12}, **right)
    fig.update_xaxes(range=[0, 1], fixedrange=True, showline=False, ticks="", title="attention p", tickvals=[0, 0.5, 1])
    fig.update_yaxes(range=[len(rows) - 0.6, -0.75], visible=False, fixedrange=True)
    return fig


def _color(view: View, memory: int, wanted: int | None, missed: bool) -> str:
    if missed and memory == wanted:
        return ACCENT
    if memory == view.answer.id:
        return RIVAL if missed else ACCENT
    return MUTED


def _weight(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else f"{p:.0e}".replace("e-0", "e-")


def dial(dial: Dial) -> go.Figure:
    """How many memories share the attention at every β, with the β that is set and those worth trying."""
    top = math.log10(max(dial.N, 2))
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
        text=[f"<b>{dial.now.number:.3g}</b>"],
        textposition="top right",
        textfont={"color": ACCENT, "size": 15},
        cliponaxis=False,
        hovertemplate="now: β = %{x:.3g}<br>%{y:.3g} memories share<extra></extra>",
    )
    fig = figure(curve, now, showlegend=False, height=356, margin={"t": 64, "l": 8, "r": 16, "b": 8})
    fig.update_xaxes(type="log", title="inverse temperature β", range=[math.log10(0.04), math.log10(260)])
    fig.update_xaxes(tickvals=[0.1, 1, 10, 100], ticktext=["0.1", "1", "10", "100"])
    fig.update_yaxes(type="log", title="memories sharing the attention", range=[-0.06 * top, 1.1 * top])
    ticks = [10**e for e in range(int(top) + 1)]
    fig.update_yaxes(tickvals=ticks, ticktext=[f"{t:,}" for t in ticks])
    _bands(fig, dial, top)
    for mark, label, row in _marks(dial):
        x = math.log10(mark.beta)
        fig.add_vline(x=mark.beta, line={"color": AXIS, "width": 1, "dash": "dot"}, layer="below")
        fig.add_annotation(
            x=x, y=1.02 + 0.075 * row, yref="paper", yanchor="bottom", text=label, showarrow=False, font_color=MUTED
        )
    return fig


def _bands(fig: go.Figure, dial: Dial, top: float) -> None:
    """Tint the three regimes and name each at the right edge."""
    low, high = min(2.0, (dial.N + 1) / 2), max(dial.N / 2, min(2.0, (dial.N + 1) / 2))
    edges = [
        (-0.06 * top, low, "winner"),
        (math.log10(low), high, "blend"),
        (math.log10(high), 10 ** (1.1 * top), "uniform"),
    ]
    for start, end, name in edges:
        stop = math.log10(end)
        if stop - start < 0.02 * top:
            continue
        strong = name == dial.regime
        if strong:
            fig.add_hrect(y0=10**start, y1=end, fillcolor="var(--accent-soft)", line_width=0, layer="below")
        fig.add_annotation(
            x=0.02 if name != "uniform" else 0.98,
            xref="paper",
            y=(start + stop) / 2,
            xanchor="left" if name != "uniform" else "right",
            text=f"<b>{NAMES[name]}</b>" if strong else NAMES[name],
            showarrow=False,
            font={"color": ACCENT if strong else MUTED, "size": 13},
        )


def _marks(dial: Dial) -> list[tuple[Mark, str, int]]:
    """The β worth trying that lie on the axis: mark, label, and in which of two rows it stands."""
    marks = [
        (dial.scale, f"1/√{dial.d}", 0),
        (dial.log_n, f"ln {dial.N:,}", 0),
        (dial.reached, "90% reached", 0),
        (dial.needed, "90% promised", 1),
    ]
    first, last = dial.betas[0], dial.betas[-1]
    return [(mark, label, row) for mark, label, row in marks if first <= mark.beta <= last]


def grid(grid: Grid) -> go.Figure:
    """Q×K: each question's attention, a row, to the memories any of them attends to most; all others last."""
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
    fig = figure(cells, height=130 + 58 * n)
    for row, question in enumerate(grid.questions):
        fig.add_annotation(
            x=0, xref="paper", xanchor="left", y=row - 0.38, text=short(question, 46), showarrow=False, font_size=13
        )
        fig.add_annotation(
            x=1,
            xref="paper",
            xanchor="right",
            y=row - 0.38,
            text=f"{grid.numbers[row]:.2g}",
            showarrow=False,
            font_color=MUTED,
        )
    ticks = [short(cue, 20) for cue in grid.cues] + ["all others"]
    fig.update_xaxes(tickvals=list(range(len(names))), ticktext=ticks[: len(names)], tickangle=-38, fixedrange=True)
    fig.update_xaxes(showline=False, ticks="")
    fig.update_yaxes(range=[n - 0.5, -0.6], visible=False, fixedrange=True)
    return fig


def bars_words(view: View) -> str:
    """What `bars` shows, for who cannot see it."""
    named = "; ".join(f"{place.memory.cue}: {place.memory.weight:.2f}" for place in view.shown[:4])
    start = f"Bars of attention over all {view.N:,} memories at β = {view.beta:.3g}, best first"
    return f"{start}. {named}. All others: {view.rest:.2f}."


def dial_words(dial: Dial) -> str:
    """What `dial` shows, for who cannot see it."""
    return (
        f"Curve: the number of memories that share the attention falls from {dial.numbers[0]:.3g} at "
        f"β = {dial.betas[0]:g} to {dial.numbers[-1]:.3g} at β = {dial.betas[-1]:g}. "
        f"Now {dial.now.number:.3g} at β = {dial.now.beta:.3g}: {NAMES[dial.regime]}."
    )


def grid_words(grid: Grid) -> str:
    """What `grid` shows, for who cannot see it."""
    best = [
        f"{q}: most to {grid.cues[int(p.argmax())]}, {float(p.max()):.2f}"
        for q, p in zip(grid.questions, grid.p, strict=True)
    ]
    return (
        f"Heat map of {len(grid.questions)} questions' attention to {len(grid.ids)} memories. " + "; ".join(best) + "."
    )
