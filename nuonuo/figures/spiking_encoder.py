"""Figures of embeddings as spikes: the raster, what comes back, and what it costs."""

import plotly.graph_objects as go

from nuonuo.explain.spiking.encoder import Comparison
from nuonuo.figures.template import ACCENT, LINE, MUTED, RIVAL, figure

COLORS = (ACCENT, RIVAL, MUTED)
NAMES = ("integrate-and-fire", "leaky", "Poisson")
DASH = ("solid", "dash", "dot")
SHOWN = 48  # components in the raster, at most
GAP = 0.03  # between the three rasters


def raster(done: Comparison) -> go.Figure:
    """Who fires when, in the three codes: some of the first embedding's components, from the lowest to the highest.

    A dot is a spike; a row is a component, its on-cell accent and its off-cell rival.
    """
    x = done.x[0]
    ranks = {round(i * (len(x) - 1) / (SHOWN - 1)) for i in range(SHOWN)}
    rows = x.argsort()[sorted(ranks)]
    steps, d = len(done.trains[0].spikes), len(x)
    fig = figure(height=380, showlegend=False, margin={"t": 30})
    for number, (train, name) in enumerate(zip(done.trains, NAMES, strict=True)):
        axis = "" if not number else str(number + 1)
        for cells, color, word in ((rows, ACCENT, "on"), (rows + d, RIVAL, "off")):
            when, who = train.spikes[:, 0, cells].nonzero(as_tuple=True)
            fig.add_scatter(
                x=(when + 1).tolist(),
                y=who.tolist(),
                mode="markers",
                marker={"size": 4, "color": color, "line": {"width": 0}},
                xaxis=f"x{axis}",
                hovertemplate=f"step %{{x}}: {word}-cell<extra>{name}</extra>",
            )
        left = number * (1 + GAP) / 3
        domain = [left, left + (1 + GAP) / 3 - GAP]
        title = {"text": "step" if number == 1 else "", "standoff": 4}
        fig.update_layout(
            {f"xaxis{axis}": {"domain": domain, "range": [0, steps + 1], "title": title, "nticks": 4, "anchor": "y"}}
        )
        middle = sum(domain) / 2
        note = {"xref": "paper", "yref": "paper", "xanchor": "center", "yanchor": "bottom", "font": {"size": 11}}
        fig.add_annotation(x=middle, y=1.02, text=name, showarrow=False, **note)
    above = int((x[rows] < 0).sum()) - 0.5
    fig.add_hline(y=above, line={"color": LINE, "width": 1})
    fig.update_yaxes(title=f"{len(rows)} of {d} components, by size", range=[-1, len(rows)], showticklabels=False)
    return fig.update_yaxes(showgrid=False)


def raster_words(done: Comparison) -> str:
    """What `raster` shows, for who cannot see it."""
    spent = [int(train.spikes[:, 0].sum()) for train in done.trains]
    told = ", ".join(f"{n:,} spikes {name}" for n, name in zip(spent, NAMES, strict=True))
    return f"Spikes of one embedding over {len(done.trains[0].spikes)} steps in three codes: {told}."


def back(done: Comparison) -> go.Figure:
    """Every component of the first embedding against what its spikes decode to."""
    x = done.x[0].tolist()
    reach = 1.08 * max(max(map(abs, x)), 1e-3)
    fig = figure(height=330, showlegend=False)
    fig.add_scatter(x=[-reach, reach], y=[-reach, reach], mode="lines", line={"color": LINE}, hoverinfo="skip")
    for code in (2, 1, 0):
        fig.add_scatter(
            x=x,
            y=done.first(code).tolist(),
            mode="markers",
            marker={"size": 4, "color": COLORS[code], "line": {"width": 0}, "symbol": ("circle", "x", "diamond")[code]},
            opacity=0.75,
            hovertemplate=f"{NAMES[code]}: x = %{{x:.3f}}, x̂ = %{{y:.3f}}<extra></extra>",
        )
    _key(fig, 0.02, 0.98)
    fig.update_xaxes(title="component x", range=[-reach, reach])
    return fig.update_yaxes(title="decoded x̂", zeroline=True, zerolinecolor=LINE)


def back_words(done: Comparison) -> str:
    """What `back` shows, for who cannot see it."""
    off = [float((done.first(code) - done.x[0]).abs().max()) for code in range(3)]
    told = ", ".join(f"{each:.3f} {name}" for each, name in zip(off, NAMES, strict=True))
    return f"Components against what {len(done.trains[0].spikes)} steps decode to; the furthest off: {told}."


def quality(done: Comparison, steps: int, energy: bool = False) -> go.Figure:
    """Mean cosine of what comes back against steps, or against the spikes spent; a ring marks the steps set."""
    n = done.cosine.shape[1]
    fig = figure(height=330, showlegend=False)
    for code in (2, 1, 0):
        along = done.spent[code].tolist() if energy else list(range(1, n + 1))
        y = done.cosine[code].tolist()
        fig.add_scatter(
            x=along,
            y=y,
            mode="lines",
            line={"color": COLORS[code], "dash": DASH[code]},
            hovertemplate=f"{NAMES[code]}: cosine %{{y:.3f}} at %{{x:,.0f}}<extra></extra>",
        )
        ring = {"size": 10, "color": "rgba(0,0,0,0)", "line": {"color": COLORS[code], "width": 2}}
        fig.add_scatter(x=[along[steps - 1]], y=[y[steps - 1]], mode="markers", marker=ring, hoverinfo="skip")
    _key(fig, 0.98, 0.05)
    fig.update_xaxes(title="spikes spent on an embedding" if energy else "steps T", type="log", **_ticks(energy))
    return fig.update_yaxes(title="mean cosine of x̂ to x", range=[0.5, 1.01])


def _ticks(energy: bool) -> dict:
    """Whole decades for spikes, powers of two for steps."""
    if energy:
        return {"dtick": 1}
    values = [1, 2, 4, 8, 16, 32, 64]
    return {"tickvals": values, "ticktext": [str(v) for v in values]}


def quality_words(done: Comparison, steps: int, energy: bool = False) -> str:
    """What `quality` shows, for who cannot see it."""
    told = ", ".join(
        f"{name} {done.cosine[code, steps - 1]:.3f}"
        + (f" for {done.spent[code, steps - 1]:,.0f} spikes" if energy else "")
        for code, name in enumerate(NAMES)
    )
    return f"Cosine of the decoded to the true embedding after {steps} steps: {told}."


def _key(fig: go.Figure, x: float, y: float) -> None:
    """Name the three colours inside a figure, from a corner."""
    right, top = x > 0.5, y > 0.5
    for code, (name, color) in enumerate(zip(NAMES, COLORS, strict=True)):
        row = code if top else len(NAMES) - 1 - code
        fig.add_annotation(
            x=x,
            y=y + (-0.08 if top else 0.08) * row,
            xref="paper",
            yref="paper",
            text=f"{('●', '✕', '◆')[code]} {name}",
            showarrow=False,
            font={"color": color},
            xanchor="right" if right else "left",
            yanchor="top" if top else "bottom",
        )
