"""Figures of one recall: who was attended to, and how the state settled."""

import plotly.graph_objects as go

from nuonuo.figures.template import ACCENT, INK, LINE, MUTED, RIVAL, figure, short
from nuonuo.trace import Candidate, Trace


def attention_bars(trace: Trace, wanted: int | None = None, most: int = 6) -> go.Figure:
    """First-step attention of the best candidates, best on top; the wanted memory is always among them.

    The answer is in the accent colour; when another memory was wanted, that one is marked and the answer is a rival.
    """
    shown = list(trace.candidates[:most])
    shown += [c for c in trace.candidates[most:] if c.id == wanted]
    missed = wanted is not None and trace.answer.id != wanted
    colors = [_color(c, trace, wanted, missed) for c in shown]
    rows = list(range(len(shown)))
    track = go.Bar(y=rows, x=[1.0] * len(rows), orientation="h", width=0.16, marker_color=LINE, hoverinfo="skip")
    bars = go.Bar(
        y=rows,
        x=[c.weight for c in shown],
        orientation="h",
        width=0.16,
        marker_color=colors,
        customdata=[[c.id, short(c.target, 90), f"{c.similarity:.3f}", f"{c.cosine:.3f}"] for c in shown],
        hovertemplate="%{customdata[1]}<br>p = %{x:.3f} · similarity %{customdata[2]}"
        " · cosine %{customdata[3]}<extra></extra>",
    )
    fig = figure(track, bars, barmode="overlay", showlegend=False, height=max(150, 40 + 52 * len(rows)), bargap=0)
    for row, candidate, color in zip(rows, shown, colors, strict=True):
        place = trace.rank(candidate.id)
        meant = missed and candidate.id == wanted
        label = f"{place}  {short(candidate.cue, 30 if meant else 38)}"
        fig.add_annotation(
            x=0,
            y=row - 0.32,
            text=f"<b>{label}</b>" if meant else label,
            showarrow=False,
            xanchor="left",
            font={"color": color if color != MUTED else INK, "size": 13},
        )
        fig.add_annotation(
            x=1,
            y=row - 0.32,
            text=f"<b>meant</b> {candidate.weight:.3f}" if meant else f"{candidate.weight:.3f}",
            showarrow=False,
            xanchor="right",
            font={"color": MUTED, "size": 12},
        )
    fig.update_xaxes(range=[0, 1], fixedrange=True, showline=False, ticks="", title="attention p", tickvals=[0, 0.5, 1])
    fig.update_yaxes(range=[len(rows) - 0.6, -0.75], visible=False, fixedrange=True)
    return fig


def settling_lines(trace: Trace, wanted: int | None = None, most: int = 4) -> go.Figure:
    """Attention of the best candidates at each update, and the energy of each state below it."""
    places = list(range(min(most, len(trace.candidates))))
    meant = trace.rank(wanted) if wanted is not None else None
    if meant is not None and meant - 1 not in places:
        places.append(meant - 1)
    missed = wanted is not None and trace.answer.id != wanted
    steps = list(range(len(trace.p)))
    fig = figure(showlegend=False, height=340)
    for place in reversed(places):
        candidate = trace.candidates[place]
        fig.add_scatter(
            x=steps,
            y=trace.p[:, place].tolist(),
            mode="lines+markers+text",
            line_color=_color(candidate, trace, wanted, missed),
            text=["" for _ in steps[:-1]] + [str(place + 1) if trace.p[-1, place] > 0.08 else ""],
            textposition="middle right",
            customdata=[short(candidate.cue, 60)] * len(steps),
            hovertemplate="%{customdata}<br>after %{x} updates: p = %{y:.3f}<extra></extra>",
        )
    fig.add_scatter(
        x=list(range(len(trace.energy))),
        y=trace.energy.tolist(),
        mode="lines+markers",
        line_color=INK,
        yaxis="y2",
        hovertemplate="after %{x} updates: E = %{y:.4f}<extra></extra>",
    )
    fig.update_layout(
        xaxis={
            "title": "updates done",
            "dtick": max(1, len(steps) // 6),
            "range": [-0.15, len(steps) + 0.15],
        },
        yaxis={"title": "attention p", "range": [-0.04, 1.06], "domain": [0.46, 1], "tickvals": [0, 0.5, 1]},
        yaxis2={
            "title": "energy E",
            "domain": [0, 0.34],
            "showgrid": True,
            "nticks": 4,
            "anchor": "x",
            "rangemode": "tozero",
        },
    )
    return fig


def _color(candidate: Candidate, trace: Trace, wanted: int | None, missed: bool) -> str:
    if missed and candidate.id == wanted:
        return ACCENT
    if candidate.id == trace.answer.id:
        return RIVAL if missed else ACCENT
    return MUTED


def attention_words(trace: Trace) -> str:
    """What `attention_bars` shows, for who cannot see it."""
    named = "; ".join(f"{c.cue}: {c.weight:.2f}" for c in trace.candidates[:4])
    return f"Bars of first-step attention over {len(trace.candidates)} candidates, best first. {named}."


def settling_words(trace: Trace) -> str:
    """What `settling_lines` shows, for who cannot see it."""
    return (
        f"Attention of the best candidates over {len(trace.p)} updates: the answer goes from {trace.p[0, 0]:.2f} to "
        f"{trace.p[-1, 0]:.2f}, while the energy falls from {trace.energy[0]:.3f} to {trace.energy[-1]:.3f}."
    )
