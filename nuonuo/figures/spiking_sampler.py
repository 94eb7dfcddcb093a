"""Figures of the memory that votes by spikes: who fires, how votes converge, how far they are off, what they cost."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from nuonuo.explain.spiking.sampler import Votes
from nuonuo.figures.labels import counted
from nuonuo.figures.template import ACCENT, AXIS, INK, LINE, MUTED, RIVAL, figure, short

ROWS, STEPS = 6, 160  # memories with a row of their own, and steps that are drawn
DASH = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")  # one for each row, if all had one colour


def best(votes: Votes) -> list[int]:
    """The memories that softmax prefers for the first question, best first."""
    return votes.p[0].argsort(descending=True, stable=True)[:ROWS].tolist()


def race(votes: Votes, names: Sequence[str], colors: Sequence[str], warm: int) -> go.Figure:
    """Spikes by memory over membranes and the shared inhibition, for the first question's first steps.

    warm: steps before spikes count, shaded.
    """
    rows, last = best(votes), min(STEPS + warm, len(votes.winner))
    shown = [colors[i] for i in rows]
    dashes = [DASH[shown[:y].count(color) % len(DASH)] for y, color in enumerate(shown)]  # colours may come again
    winner = votes.winner[:last, 0].tolist()
    fig = figure(height=520, showlegend=False)
    for y, i in enumerate(rows):
        when = [t + 1 for t, w in enumerate(winner) if w == i]
        tick = {"symbol": "line-ns", "size": 12, "line": {"color": colors[i], "width": 2}}
        fig.add_scatter(
            x=when, y=[y] * len(when), mode="markers", marker=tick, hovertemplate="fires in step %{x}<extra></extra>"
        )
        fig.add_scatter(
            x=list(range(1, last + 1)),
            y=votes.v[:last, 0, i].tolist(),
            mode="lines",
            line={"color": colors[i], "width": 1.5, "dash": dashes[y]},
            yaxis="y2",
            hovertemplate="v = %{y:.2f}<extra></extra>",
        )
    others = [t + 1 for t, w in enumerate(winner) if w >= 0 and w not in rows]
    if votes.p.shape[1] > len(rows):
        tick = {"symbol": "line-ns", "size": 12, "line": {"color": AXIS, "width": 2}}
        fig.add_scatter(x=others, y=[len(rows)] * len(others), mode="markers", marker=tick, hoverinfo="skip")
    inhibition = votes.inhibition[:last, 0].tolist()
    fig.add_scatter(
        x=list(range(1, last + 1)),
        y=inhibition,
        mode="lines",
        line={"color": INK, "width": 2.5},
        yaxis="y2",
        hovertemplate="I = %{y:.2f}<extra></extra>",
    )
    lse = float(votes.rest[0])
    return fig.update_layout(**_race_layout(votes, names, rows, last, warm, lse, inhibition[-1]))


def _race_layout(
    votes: Votes, names: Sequence[str], rows: list[int], last: int, warm: int, lse: float, now: float
) -> dict[str, Any]:
    """Names above their rows, the line that I comes to, the shaded start."""
    left = {"xref": "paper", "x": 0.005, "showarrow": False, "xanchor": "left", "yanchor": "bottom"}
    labels = [short(names[i], 34) for i in rows]
    if votes.p.shape[1] > len(rows):
        labels.append(f"the other {n:,}" if (n := votes.p.shape[1] - len(rows)) > 1 else "the other")
    notes = [{**left, "y": y - 0.22, "text": text, "font": {"size": 11}} for y, text in enumerate(labels)]
    right = {"xref": "paper", "x": 1, "yref": "y2", "showarrow": False, "xanchor": "right"}
    notes += [
        {**right, "y": lse, "text": "ln Σ exp v", "font": {"color": MUTED}, "yanchor": "bottom"},
        {**right, "y": now, "text": "<b>I</b>", "font": {"color": INK}, "yanchor": "top"},
    ]
    shade = {"type": "rect", "x0": 0, "x1": warm, "y0": 0, "y1": 1, "yref": "paper", "line": {"width": 0}}
    return {
        "annotations": notes,
        "shapes": [
            {**shade, "fillcolor": LINE, "opacity": 0.45, "layer": "below"},
            {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": lse, "y1": lse, "yref": "y2"}
            | {"line": {"color": MUTED, "dash": "dot", "width": 1}},
        ],
        "xaxis": {"title": "step; spikes count after the shade", "range": [0, last + 1], "anchor": "y2"},
        "yaxis": {"domain": [0.46, 1], "range": [len(labels) - 0.4, -0.75], "visible": False},
        "yaxis2": {"domain": [0, 0.4], "title": "membranes v, inhibition I"},
    }


def race_words(votes: Votes, names: Sequence[str]) -> str:
    """What `race` shows, for who cannot see it."""
    first = best(votes)[0]
    return (
        f"Spikes of the first steps by memory; {names[first]} fires most. Below, membranes charge and the shared "
        f"inhibition goes towards {float(votes.rest[0]):.1f}, the logarithm of the sum nobody computes."
    )


def converging(votes: Votes, names: Sequence[str], colors: Sequence[str], budgets: Sequence[int]) -> go.Figure:
    """Shares of the spikes beside softmax bars; a frame for each number of spikes, under one slider."""
    rows = best(votes)
    p = [float(votes.p[0, i]) for i in rows]
    place = list(range(len(rows)))
    label = [short(names[i], 40) for i in rows]
    rates = [[float(votes.rate(n)[0, i]) for i in rows] for n in budgets]
    fig = figure(
        go.Bar(x=p, y=[y + 0.19 for y in place], orientation="h", width=0.2, marker_color=MUTED, hoverinfo="x"),
        go.Scatter(
            x=[0] * len(rows),
            y=[y - 0.25 for y in place],
            mode="text",
            text=label,
            textposition="middle right",
            hoverinfo="skip",
        ),
        _votes(rates[-1], [colors[i] for i in rows]),
        _numbers(rates[-1], p),
        height=88 + 46 * len(rows) + 70,
        showlegend=False,
        margin={"b": 0},
    )
    fig.frames = [
        go.Frame(name=str(n), data=[_votes(rate, [colors[i] for i in rows]), _numbers(rate, p)], traces=[2, 3])
        for n, rate in zip(budgets, rates, strict=True)
    ]
    now = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    steps = [{"label": f"{n:,}", "method": "animate", "args": [[str(n)], now]} for n in budgets]
    slider = {"steps": steps, "active": len(steps) - 1, "y": 0, "pad": {"t": 8}, "currentvalue": {"prefix": "spikes: "}}
    fig.update_layout(sliders=[slider])
    fig.update_xaxes(range=[0, 1.5 * max(*p, *(max(rate) for rate in rates))], visible=False, fixedrange=True)
    return fig.update_yaxes(range=[len(rows) - 0.4, -0.5], visible=False, fixedrange=True)


def _votes(rate: list[float], colors: list[str]) -> go.Bar:
    y = [i - 0.02 for i in range(len(rate))]
    return go.Bar(x=rate, y=y, name="votes", orientation="h", width=0.2, marker_color=colors, hoverinfo="x")


def _numbers(rate: list[float], p: list[float]) -> go.Scatter:
    """Both numbers at the end of both bars."""
    return go.Scatter(
        x=[max(each) for each in zip(rate, p, strict=True)],
        y=[i + 0.08 for i in range(len(rate))],
        mode="text",
        text=[f" {r:.3f} of spikes<br> {each:.3f} softmax" for r, each in zip(rate, p, strict=True)],
        textposition="middle right",
        textfont={"size": 11},
        hoverinfo="skip",
        cliponaxis=False,
    )


def converging_words(votes: Votes, names: Sequence[str], spikes: int) -> str:
    """What `converging` shows, for who cannot see it."""
    rate = votes.rate(spikes)[0]
    told = "; ".join(f"{names[i]}: {rate[i]:.3f} of the spikes, softmax {votes.p[0, i]:.3f}" for i in best(votes)[:3])
    return f"After {spikes} spikes: {told}."


def distances(budgets: Sequence[int], measured: Sequence[float], expected: Sequence[float]) -> go.Figure:
    """Total variation to softmax against spikes on log axes, with its expectation for independent samples."""
    floor = 1e-4
    fig = figure(
        go.Scatter(
            x=budgets,
            y=[max(each, floor) for each in expected],
            mode="lines",
            line={"color": MUTED, "dash": "dot"},
            hovertemplate="%{x} independent samples: expected TV = %{y:.3f}<extra></extra>",
        ),
        go.Scatter(
            x=budgets,
            y=[max(each, floor) for each in measured],
            mode="lines+markers",
            line_color=ACCENT,
            marker={"color": ACCENT, "size": 7, "line": {"width": 0}},
            hovertemplate="%{x} spikes: TV = %{y:.3f}<extra></extra>",
        ),
        height=330,
        showlegend=False,
    )
    note = {"xref": "paper", "yref": "paper", "showarrow": False, "xanchor": "left", "x": 0.03}
    fig.add_annotation(y=0.12, text="● measured", font={"color": ACCENT}, **note)
    fig.add_annotation(y=0.03, text="┈ expected of independent samples", font={"color": MUTED}, **note)
    fig.update_xaxes(type="log", title="spikes T", dtick=1)
    ticks = [each * 10.0**e for e in range(-4, 1) for each in (1, 2, 5)]
    texts = [f"{tick:g}" for tick in ticks]
    return fig.update_yaxes(type="log", title="total variation to softmax", tickvals=ticks, ticktext=texts)


def distances_words(budgets: Sequence[int], measured: Sequence[float]) -> str:
    """What `distances` shows, for who cannot see it."""
    ends = f"{measured[0]:.2f} with {counted(budgets[0], 'spike')} to {measured[-1]:.3f} with {budgets[-1]:,}"
    return f"Total variation to softmax falls from {ends}."


def budget(series: dict[str, list[tuple[float, float]]], softmax: float) -> go.Figure:
    """Share of cues recalled against the spikes that one recall spends, by name of a memory; softmax above."""
    fig = figure(height=330)
    styles = ((ACCENT, "solid"), (RIVAL, "dash"), (INK, "dot"))
    for (name, points), (color, dash) in zip(series.items(), styles, strict=False):
        fig.add_scatter(
            x=[x for x, _ in points],
            y=[y for _, y in points],
            name=name,
            mode="lines+markers",
            line={"color": color, "dash": dash},
            marker={"color": color, "size": 6, "line": {"width": 0}},
            hovertemplate=f"{name}: %{{y:.0%}} with %{{x:,.0f}} spikes<extra></extra>",
        )
    fig.add_hline(y=softmax, line={"color": MUTED, "dash": "dot", "width": 1})
    fig.add_annotation(
        x=1, y=softmax, xref="paper", text="softmax", showarrow=False, yanchor="bottom", font={"color": MUTED}
    )
    fig.update_xaxes(type="log", title="spikes that one recall spends", dtick=1)
    return fig.update_yaxes(title="cues recalled", range=[-0.05, 1.12], tickformat=".0%")


def budget_words(series: dict[str, list[tuple[float, float]]], softmax: float) -> str:
    """What `budget` shows, for who cannot see it."""
    told = "; ".join(f"{name}: {p[-1][1]:.0%} with {p[-1][0]:,.0f} spikes" for name, p in series.items())
    return f"Cues recalled. {told}; softmax: {softmax:.0%}."
