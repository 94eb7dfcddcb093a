"""The error of retrieval at every β: measured beside the bound of Ramsauer et al., arXiv:2008.02217, Theorem 5."""

import math

import plotly.graph_objects as go
from torch import Tensor

from nuonuo.explain.attention.separation import Separated
from nuonuo.figures.attention import note
from nuonuo.figures.template import ACCENT, ACCENT_SOFT, INK, MUTED, figure

BOTTOM, TOP = -6.0, 0.6  # decades of the distance that are shown
APART = 0.5  # decades between two labels
BESIDE = (
    (-2.5, "left"),
    (-1.3, "right"),
    (-3.5, "left"),
    (-4.6, "right"),
    (-5.4, "left"),
)  # decade of a name, its anchor


def error_curves(found: Separated) -> go.Figure:
    """Distance to the memory after retrieval against β, and its bounds; the β where Eq. 5 holds are tinted."""
    at = found.curve
    lines = [
        ("your query, one update", at.once, ACCENT, "solid"),
        ("your query, at rest", at.rest, ACCENT, "dot"),
        ("bound for your query", at.bound, ACCENT, "dash"),
        ("the memory itself, at rest", at.own, INK, "solid"),
        ("bound near the memory", at.own_bound.where(at.holds, math.nan), INK, "dash"),
    ]
    drawn = [_line(at.beta, name, y, color, dash) for name, y, color, dash in lines]
    tint, title = _tint(found)
    return figure(
        *drawn,
        _now(found),
        shapes=tint,
        annotations=[*title, *_names(at.beta, lines)],
        meta={"narrow": {"annotations": title, "showlegend": True, "margin": {"r": 8}}},
        legend={"y": -0.28, "yanchor": "top"},
        showlegend=False,
        height=360,
        margin={"l": 8, "r": 168, "t": 28, "b": 8},
        **_axes(*found.curve.beta[[0, -1]].tolist()),
    )


def _axes(low: float, high: float) -> dict:
    """Both axes are logarithmic, β from low to high."""
    return {
        "xaxis": {
            "type": "log",
            "title": "inverse temperature β",
            "range": [math.log10(low), math.log10(high)],
            "tickvals": [0.1, 1, 10, 100],
            "ticktext": ["0.1", "1", "10", "100"],
        },
        "yaxis": {
            "type": "log",
            "title": "distance to the memory",
            "range": [BOTTOM, TOP],
            "tickvals": [1e-6, 1e-4, 1e-2, 1],
            "ticktext": ["10⁻⁶", "10⁻⁴", "0.01", "1"],
        },
    }


def _now(found: Separated) -> go.Scatter:
    """The point of the β that is set."""
    return go.Scatter(
        x=[found.beta],
        y=[max(float(found.now.once[0]), 10**BOTTOM)],
        mode="markers",
        showlegend=False,
        marker={"size": 13, "color": ACCENT},
        hovertemplate="now: β = %{x:.3g}<br>%{y:.3g} from the memory after one update<extra></extra>",
    )


def _line(beta: Tensor, name: str, y: Tensor, color: str, dash: str) -> go.Scatter:
    """One curve; a distance of 0 or that is not promised leaves a gap."""
    return go.Scatter(
        x=beta.tolist(),
        y=[value if value > 0 else None for value in y.tolist()],
        name=name,
        mode="lines",
        line={"color": color, "width": 2, "dash": dash},
        hovertemplate=f"{name}<br>β = %{{x:.3g}}: %{{y:.3g}}<extra></extra>",
    )


def _names(beta: Tensor, lines: list[tuple[str, Tensor, str, str]]) -> list[dict]:
    """Each curve's name: beside the place where it falls, at a height of its own, else to the right of its end."""
    placed, ends = [], []
    for (name, y, color, _), (decade, side) in zip(lines, BESIDE, strict=True):
        below = (y < 10**decade).nonzero().flatten().tolist()
        if below:
            near = below[0] if side == "left" else max(0, below[0] - 1)
            x = math.log10(float(beta[near])) + (0.04 if side == "left" else -0.04)
            placed.append(note(x, decade, name, side, color) | {"yanchor": "middle"})
        elif len(seen := y[~y.isnan()]):
            ends.append((float(seen[-1].log10()), name, color))
    last = TOP + APART
    for height, name, color in sorted(ends, reverse=True):
        last = min(height, last - APART)
        placed.append(note(1.015, last, name, "left", color, frame="x") | {"yanchor": "middle"})
    return placed


def _tint(found: Separated) -> tuple[list[dict], list[dict]]:
    """The β at which Eq. 5 holds as an area, and its name."""
    low, high = found.curve.beta[[0, -1]].tolist()
    start = max(found.needed, low)
    if start >= high:
        return [], []
    area = {"type": "rect", "x0": start, "x1": high, "y0": 0, "y1": 1, "yref": "paper", "layer": "below"}
    name = note(math.log10(high), 1.03, f"Eq. 5 holds from β = {start:.3g}", "right", MUTED, frame="y")
    return [area | {"fillcolor": ACCENT_SOFT, "line": {"width": 0}}], [name | {"yanchor": "bottom"}]


def error_words(found: Separated) -> str:
    """What `error_curves` shows, for who cannot see it."""
    now, high = found.now, float(found.curve.beta[-1])
    from_on = f"from β = {found.needed:.3g} on" if found.needed <= high else f"at no β up to {high:g}"
    return (
        f"Curves over β: the distance from the memory after one update, now {float(now.once[0]):.2g}, and at rest, "
        f"{float(now.rest[0]):.2g}, below the bound for the query, {float(now.bound[0]):.2g}. The condition of the "
        f"theorem holds {from_on}."
    )
