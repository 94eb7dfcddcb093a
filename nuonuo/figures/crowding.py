"""Figures of how codes separate similar memories and crowd into units."""

import math

import plotly.graph_objects as go

from nuonuo.explain.codes.crowding import Curve, Usage
from nuonuo.figures.template import ACCENT, AXIS, INK, MUTED, RIVAL, figure


def separation_curve(curve: Curve) -> go.Figure:
    """Share of units in common against cosine, without and with whitening, and what theory gives without."""
    x, count = curve.cosine.tolist(), curve.count.tolist()
    fig = figure(height=360, showlegend=False)
    fig.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": AXIS, "width": 1}, hoverinfo="skip")
    fig.add_scatter(x=x, y=curve.theory.tolist(), mode="lines", line={"color": INK, "width": 1, "dash": "dot"})
    fig.data[-1].update(hovertemplate="theory at cosine %{x:.2f}: %{y:.3f}<extra></extra>")
    for y, color, name in ((curve.raw, RIVAL, "raw"), (curve.whitened, ACCENT, "whitened")):
        fig.add_scatter(
            x=x,
            y=y.tolist(),
            customdata=count,
            mode="lines+markers",
            line_color=color,
            marker={"size": [4 + 2 * math.log10(n) for n in count], "color": color, "opacity": 1},
            hovertemplate=f"{name}: %{{customdata:,}} pairs of cosine %{{x:.2f}}<br>"
            "share %{y:.1%} of their units<extra></extra>",
        )
    _note(fig, 0.62, 0.70, "no separation", MUTED)
    if x:
        at = [i for i, c in enumerate(x) if c > 0.6]
        here = at[len(at) // 3] if at else len(x) - 1
        _note(fig, x[here], float(curve.raw[here]), "raw", RIVAL, shift=(-8, 14))
        _note(fig, x[here], float(curve.whitened[here]), "whitened", ACCENT, shift=(14, -14), left=True)
    fig.update_xaxes(title="cosine of two embeddings", range=[min([-0.05, *x]), 1.02])
    fig.update_yaxes(title="share of units in common", range=[-0.02, 1.04], tickformat=".0%")
    return fig


def usage_bars(usage: Usage) -> go.Figure:
    """How many units are used by how many codes, raw and whitened, and what an even spread would give."""
    fig = figure(height=360, barmode="group", bargap=0.25, bargroupgap=0.05, showlegend=True)
    for counts, color, name in ((usage.raw, RIVAL, "raw"), (usage.whitened, ACCENT, "whitened")):
        fig.add_bar(
            x=list(usage.labels),
            y=counts.tolist(),
            name=name,
            marker_color=color,
            hovertemplate=f"{name}: %{{y:,}} units are used by %{{x}} codes<extra></extra>",
        )
    even = [(label, n) for label, n in zip(usage.labels, usage.even.tolist(), strict=True) if n >= 0.5]
    fig.add_scatter(
        x=[label for label, _ in even],
        y=[n for _, n in even],
        name="even spread",
        mode="markers",
        marker={"symbol": "line-ew-open", "size": 20, "color": INK, "line": {"width": 2, "color": INK}},
        hovertemplate="even spread: %{y:,.0f} units used by %{x} codes<extra></extra>",
    )
    fig.update_xaxes(title=f"used by how many of {usage.codes} codes", type="category")
    fig.update_yaxes(title="units", type="log", dtick=1, tickformat=",d", range=[-0.3, math.log10(usage.units) + 0.15])
    return fig


def curve_words(curve: Curve) -> str:
    """What `separation_curve` shows, for who cannot see it."""
    return (
        f"Share of units in common against cosine for {curve.pairs:,} pairs: both curves lie below the diagonal, the "
        "whitened one below the raw one."
    )


def usage_words(usage: Usage) -> str:
    """What `usage_bars` shows, for who cannot see it."""
    return (
        f"Of {usage.units:,} units, {int(usage.raw[0]):,} are used by no raw code and {int(usage.whitened[0]):,} by no "
        f"whitened one; the busiest serves {usage.busiest[0]} raw and {usage.busiest[1]} whitened codes "
        f"of {usage.codes}."
    )


def _note(
    fig: go.Figure,
    x: float,
    y: float,
    text: str,
    color: str,
    shift: tuple[int, int] = (0, 0),
    left: bool = False,
) -> None:
    """A word beside a curve."""
    side = "left" if left else "right"
    font = {"color": color, "size": 12}
    fig.add_annotation(x=x, y=y, text=text, showarrow=False, xanchor=side, xshift=shift[0], yshift=shift[1], font=font)
