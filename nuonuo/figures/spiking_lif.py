"""Figures of the LIF network's failure: recall by steps, the collapse, its eigenvalues, and the sweep."""

import math
from typing import Any

import plotly.graph_objects as go

from nuonuo.explain.spiking.lif import Run, Sweep
from nuonuo.figures.labels import counted
from nuonuo.figures.template import ACCENT, DIVERGING, INK, LINE, MUTED, RIVAL, SEQUENTIAL, figure

DASH = ("solid", "dash", "dot")
GAP = 0.06
TICKS = [1, 2, 5, 10, 20, 50, 100, 200]


def forgetting(runs: dict[int, Run], softmax: int, steps: int) -> go.Figure:
    """Cues recalled by the number of steps, above the share of neurons that fire; a line a number of backgrounds.

    runs: by backgrounds. softmax: cues that softmax attention recalls, and nearest neighbour too.
    """
    cues = len(next(iter(runs.values())).q)
    fig = figure(height=430, showlegend=False)
    fig.add_scatter(
        x=[1, steps],
        y=[softmax] * 2,
        mode="lines",
        line={"color": ACCENT, "width": 3},
        hovertemplate="softmax Hopfield and nearest neighbour: %{y}<extra></extra>",
    )
    heights = _apart({count: float(ran.rate[-1]) for count, ran in runs.items()})
    names = {count: counted(count, "background") for count in runs}
    for number, (count, ran) in enumerate(runs.items()):
        fig.add_traces(_both(ran, names[count], {"color": (RIVAL, INK, MUTED)[number], "dash": DASH[number]}, steps))
    note = {"xref": "paper", "x": 1, "showarrow": False, "xanchor": "right", "yanchor": "bottom"}
    fig.add_annotation(
        y=softmax, text="softmax Hopfield, nearest neighbour", font={"color": ACCENT, "size": 12}, **note
    )
    for (count, name), color in zip(names.items(), (RIVAL, INK, MUTED), strict=False):
        fig.add_annotation(y=heights[count], yref="y2", text=name, font={"color": color, "size": 12}, **note)
    fig.update_xaxes(type="log", title="steps", anchor="y2", tickvals=TICKS, ticktext=[str(t) for t in TICKS])
    whole = {"title": "cues recalled", "range": [-0.3, cues + 0.7], "tickformat": "d", "domain": [0.46, 1], "nticks": 7}
    share = {"title": "neurons firing", "domain": [0, 0.36], "range": [0, 1.5], "tickvals": [0, 0.5, 1]}
    return fig.update_layout(yaxis=whole, yaxis2=share | {"tickformat": ".0%"})


def _both(ran: Run, name: str, line: dict[str, Any], steps: int) -> list[go.Scatter]:
    """One run's cues recalled, above, and firing rate, below."""
    shown = sorted({*range(1, min(steps, 60) + 1), *range(60, steps + 1, 3), steps})
    right, rate, cues = ran.right.tolist(), ran.rate.tolist(), len(ran.q)
    return [
        go.Scatter(
            x=shown,
            y=[right[t - 1] for t in shown],
            mode="lines",
            line=line | {"shape": "hv"},
            hovertemplate=f"LIF, {name}: %{{y}} of {cues} after %{{x}} steps<extra></extra>",
        ),
        go.Scatter(
            x=shown,
            y=[rate[t - 1] for t in shown],
            mode="lines",
            line=line,
            yaxis="y2",
            hovertemplate=f"{name}: %{{y:.0%}} of the neurons fire in step %{{x}}<extra></extra>",
        ),
    ]


def _apart(rates: dict[int, float]) -> dict[int, float]:
    """Where labels may stand without touching, each at its rate, or above the lines if it is high."""
    heights: dict[int, float] = {}
    for count, rate in sorted(rates.items(), key=lambda each: each[1]):
        heights[count] = max([1.0 if rate > 0.7 else rate, *(h + 0.2 for h in heights.values())])
    return heights


def forgetting_words(runs: dict[int, Run], softmax: int, steps: int) -> str:
    """What `forgetting` shows, for who cannot see it."""
    told = "; ".join(
        f"{counted(count, 'background')}: {int(ran.right[min(20, steps) - 1])} after {min(20, steps)} steps, "
        f"{int(ran.right[steps - 1])} after {steps}"
        for count, ran in runs.items()
    )
    cues = len(next(iter(runs.values())).q)
    return f"Of {counted(cues, 'cue')} the LIF network recalls, with {told}. Softmax recalls {softmax} throughout."


def collapse(ran: Run, early: int, late: int) -> go.Figure:
    """How alike the outputs of the cues are, after few steps and after many: all 1 is one answer to everything."""
    fig = figure(height=300, showlegend=False, margin={"t": 30})
    names = [str(i + 1) for i in range(len(ran.q))]
    half = (1 - GAP) / 2
    for number, steps in enumerate((early, late)):
        axis = "" if not number else "2"
        z = ran.alike(steps).tolist()
        fig.add_heatmap(
            z=z,
            x=names,
            y=names,
            zmid=0,
            zmin=-1,
            zmax=1,
            colorscale=DIVERGING,
            showscale=False,
            texttemplate="%{z:.2f}",
            xaxis=f"x{axis}",
            yaxis=f"y{axis}",
            hovertemplate="outputs of cues %{x} and %{y}: cosine %{z:.3f}<extra></extra>",
        )
        left = number * (half + GAP)
        place = {
            "domain": [left, left + half],
            "anchor": f"y{axis}",
            "type": "category",
            "showline": False,
            "ticks": "",
        }
        upright = {"autorange": "reversed", "type": "category", "showgrid": False, "showticklabels": not number}
        fig.update_layout({f"xaxis{axis}": place | {"title": "cue"}, f"yaxis{axis}": upright | {"anchor": f"x{axis}"}})
        note = {"xref": "paper", "yref": "paper", "xanchor": "center", "yanchor": "bottom", "showarrow": False}
        fig.add_annotation(x=left + half / 2, y=1.02, text=f"after {counted(steps, 'step')}", **note)
    return fig.update_layout(yaxis_title="cue")


def collapse_words(ran: Run, early: int, late: int) -> str:
    """What `collapse` shows, for who cannot see it."""
    least = [float(ran.alike(steps).abs().min()) for steps in (early, late)]
    return (
        f"Cosines between the outputs of {counted(len(ran.q), 'cue')}. The two least alike: {least[0]:.2f} in size "
        f"after {counted(early, 'step')}, {least[1]:.3f} after {late}."
    )


def spectrum(values: dict[int, list[float]]) -> go.Figure:
    """The largest eigenvalues of W on a log axis, for each number of backgrounds."""
    fig = figure(height=300, showlegend=False)
    for number, (count, each) in enumerate(values.items()):
        color = (RIVAL, INK, MUTED)[number % 3]
        shown = [max(value, 1e-3) for value in each[:12]]
        fig.add_scatter(
            x=list(range(1, len(shown) + 1)),
            y=shown,
            mode="lines+markers",
            line={"color": color, "dash": DASH[number % 3]},
            marker={"color": color, "size": 6, "line": {"width": 0}},
            hovertemplate=f"{counted(count, 'background')}: eigenvalue %{{x}} is %{{y:.3g}}<extra></extra>",
        )
        text = f"largest {each[0]:.3g} with {counted(count, 'background')}"
        note = {"xref": "paper", "yref": "paper", "xanchor": "right", "yanchor": "top", "showarrow": False}
        fig.add_annotation(x=1, y=0.99 - 0.1 * number, text=text, font={"color": color}, **note)
    fig.update_xaxes(title="eigenvalues of W, largest first", range=[0.5, 12.5], dtick=2, tick0=1)
    drawn = [math.log10(y) for trace in fig.data for y in trace.y]
    low, span = min(drawn), max(max(drawn) - min(drawn), 0.3)
    ticks = [each * 10.0**e for e in range(-3, 4) for each in ((1,) if span > 1.2 else (1, 1.5, 2, 3, 5, 7))]
    fig.update_yaxes(range=[low - 0.06 * span, low + 1.5 * span], tickvals=ticks, ticktext=[f"{t:g}" for t in ticks])
    return fig.update_yaxes(title="size", type="log")


def spectrum_words(values: dict[int, list[float]]) -> str:
    """What `spectrum` shows, for who cannot see it."""
    return (
        "Top eigenvalue of W: "
        + ", ".join(f"{v[0]:.3g} with {counted(n, 'background')}" for n, v in values.items())
        + "."
    )


def swept(sweep: Sweep, gain: float, leak: float) -> go.Figure:
    """Cues recalled at every gain and leak; a ring marks the point that is set. Click a cell to take it."""
    gains, leaks = [f"{g:g}" for g in sweep.gains], [f"{each:g}" for each in sweep.leaks]
    fig = figure(
        go.Heatmap(
            z=sweep.right.T.tolist(),
            x=gains,
            y=leaks,
            zmin=0,
            zmax=sweep.cues,
            colorscale=SEQUENTIAL,
            showscale=False,
            texttemplate="%{z}",
            hovertemplate=f"gain %{{x}}, leak %{{y}}: %{{z}} of {sweep.cues}<extra></extra>",
        ),
        height=300,
        showlegend=False,
    )
    if f"{gain:g}" in gains and f"{leak:g}" in leaks:
        ring = {"size": 26, "color": "rgba(0,0,0,0)", "line": {"color": RIVAL, "width": 2.5}}
        fig.add_scatter(x=[f"{gain:g}"], y=[f"{leak:g}"], mode="markers", marker=ring, hoverinfo="skip")
    fig.update_xaxes(title="gain γ", type="category", showline=False, ticks="")
    return fig.update_yaxes(title="leak λ", type="category", showgrid=False, gridcolor=LINE)


def swept_words(sweep: Sweep) -> str:
    """What `swept` shows, for who cannot see it."""
    all_right = int((sweep.right == sweep.cues).sum())
    return (
        f"Cues recalled of {sweep.cues} after {sweep.steps} steps at {len(sweep.gains)} gains and {len(sweep.leaks)} "
        f"leaks: all of them in {all_right} of {sweep.right.numel()} cells."
    )
