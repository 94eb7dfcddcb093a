"""Figures of one recall: which candidates had the attention, at step 0 and at rest, and how the state settled."""

import plotly.graph_objects as go

from nuonuo.figures.labels import one_line
from nuonuo.figures.template import ACCENT, INK, LINE, MUTED, RIVAL, figure, short
from nuonuo.memory.trace import Candidate, Trace


def attention_bars(trace: Trace, wanted: int | None = None, most: int = 6) -> go.Figure:
    """Attention of the best candidates at step 0 (pale bar) and at rest (full bar below it), by rank.

    The expected memory is always among them. The first is in the accent colour; when another memory was expected, that
    one is marked and the first is a rival.
    """
    shown = list(trace.candidates[:most])
    shown += [c for c in trace.candidates[most:] if c.id == wanted]
    at_rest = [float(trace.outcome.rest.p[(trace.rank(c.id) or 1) - 1]) for c in shown]
    missed = wanted is not None and trace.answer.id != wanted
    colors = [_color(c, trace, wanted, missed) for c in shown]
    fig = figure(*_pairs(shown, at_rest, colors), barmode="overlay", showlegend=False, bargap=0)
    notes = []
    for row, (candidate, p, color) in enumerate(zip(shown, at_rest, colors, strict=True)):
        expected = missed and candidate.id == wanted
        ink = color if color != MUTED else INK
        notes += _labels(row, candidate, p, trace.rank(candidate.id), ink, expected)
    c = len(trace.candidates)
    among = f"attention p among {c} candidates" if c > 1 else "attention p"
    title = f"{among}<br>pale at step 0, full at rest"
    fig.update_layout(height=max(150, 56 + 52 * len(shown)), annotations=notes)
    fig.update_xaxes(range=[0, 1], fixedrange=True, showline=False, ticks="", title=title, tickvals=[0, 0.5, 1])
    fig.update_yaxes(range=[len(shown) - 0.5, -0.75], visible=False, fixedrange=True)
    return fig


def _pairs(shown: list[Candidate], at_rest: list[float], colors: list[str]) -> list[go.Bar]:
    """Empty tracks, the bars at step 0 and at rest, and unseen bars that take label, pair and all for a click."""
    whole = {"y": list(range(len(shown))), "x": [1.0] * len(shown), "orientation": "h"}
    thin = {"width": 0.14, "hoverinfo": "skip"}
    first = go.Bar(whole | {"x": [c.weight for c in shown]}, **thin, offset=-0.12, marker_color=colors, opacity=0.45)
    last = go.Bar(whole | {"x": at_rest}, **thin, offset=0.06, marker_color=colors)
    about = [
        [c.id, short(c.target, 90), f"{c.similarity:.3f}", f"{c.cosine:.3f}", f"{c.weight:.3f}", f"{p:.3f}"]
        for c, p in zip(shown, at_rest, strict=True)
    ]
    touched = go.Bar(
        whole,
        width=0.96,
        offset=-0.68,
        marker_color="rgba(0,0,0,0)",
        customdata=about,
        hovertemplate="%{customdata[1]}<br>p = %{customdata[4]} at step 0, %{customdata[5]} at rest"
        "<br>similarity %{customdata[2]} · cosine %{customdata[3]}<extra></extra>",
    )
    tracks = [go.Bar(whole, **thin, offset=offset, marker_color=LINE) for offset in (-0.12, 0.06)]
    return [tracks[0], first, tracks[1], last, touched]


def _labels(row: int, candidate: Candidate, p: float, place: int | None, ink: str, expected: bool) -> list[dict]:
    """Rank and cue to the left above a pair of bars, both weights to the right."""
    label, weights = f"{place}  {short(candidate.cue, 24 if expected else 34)}", f"{candidate.weight:.3f} → {p:.3f}"
    if expected:
        label, weights = f"<b>{label}</b>", f"<b>expected</b> {weights}"
    return [
        {"x": x, "y": row - 0.32, "text": text, "showarrow": False, "xanchor": side, "font": {"color": c, "size": size}}
        for x, side, text, c, size in ((0, "left", label, ink, 13), (1, "right", weights, MUTED, 12))
    ]


def settling_lines(trace: Trace, wanted: int | None = None, most: int = 4) -> go.Figure:
    """Attention of the best candidates at each update step, and the energy of each state below it."""
    lines = _lines(trace, wanted, most)
    energy = go.Scatter(
        x=list(range(len(trace.energy))),
        y=trace.energy.tolist(),
        mode="lines+markers",
        line_color=INK,
        yaxis="y2",
        hovertemplate="after %{x} update steps: E = %{y:.4f}<extra></extra>",
    )
    steps = len(trace.p)
    room = 0.1 + 0.03 * steps  # for the marks of the first and the last state
    return figure(
        *lines,
        energy,
        showlegend=False,
        height=340,
        xaxis={
            "title": "update steps done",
            "dtick": max(1, steps // 6),
            "range": [-room, steps + room],
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


def _lines(trace: Trace, wanted: int | None, most: int) -> list[go.Scatter]:
    """The attention of the best candidates, of the expected one and of the one that leads at rest, best drawn last."""
    also = {trace.outcome.rest.lead, (trace.rank(wanted) or 1) - 1 if wanted is not None else 0}
    places = sorted({*range(min(most, len(trace.candidates))), *also})
    missed, last = wanted is not None and trace.answer.id != wanted, len(trace.p) - 1
    lines, labelled = [], list[float]()
    for place in reversed(places):
        candidate, p = trace.candidates[place], trace.p[:, place].tolist()
        named = p[-1] > 0.08 and all(abs(p[-1] - other) > 0.08 for other in labelled)  # else one covers the other
        labelled += [p[-1]] * named
        line = go.Scatter(x=list(range(len(p))), y=p, mode="lines+markers+text", textposition="middle right")
        line.update(
            line_color=_color(candidate, trace, wanted, missed),
            text=[""] * last + [str(place + 1) if named else ""],
            customdata=[short(candidate.cue, 60)] * len(p),
            hovertemplate="%{customdata}<br>after %{x} update steps: p = %{y:.3f}<extra></extra>",
        )
        lines.append(line)
    return lines


def _color(candidate: Candidate, trace: Trace, wanted: int | None, missed: bool) -> str:
    if missed and candidate.id == wanted:
        return ACCENT
    if candidate.id == trace.answer.id:
        return RIVAL if missed else ACCENT
    return MUTED


def attention_words(trace: Trace) -> str:
    """What `attention_bars` shows, for who cannot see it."""
    pairs = zip(trace.candidates[:4], trace.outcome.rest.p.tolist(), strict=False)
    named = "; ".join(f"{one_line(c.cue)}: {c.weight:.2f}, at rest {p:.2f}" for c, p in pairs)
    return (
        f"Two bars for each of the best of {len(trace.candidates)} candidates, in the order of their ranks: attention "
        f"at step 0 and at rest. {named}."
    )


def settling_words(trace: Trace) -> str:
    """What `settling_lines` shows, for who cannot see it."""
    return (
        f"Attention of the best candidates over {len(trace.p)} update steps: the first goes from {trace.p[0, 0]:.2f} "
        f"to {trace.p[-1, 0]:.2f}, while the energy falls from {trace.energy[0]:.3f} to {trace.energy[-1]:.3f}."
    )
