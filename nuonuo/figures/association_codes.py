"""Figure of association by codes: what the links bring exactly, against what Hebb's rule over codes brings."""

import plotly.graph_objects as go

from nuonuo.explain.hops.association import Brought
from nuonuo.figures.template import LINE, MUTED, figure, memory_color, short

NAMED = 3  # memories with their name beside them


def agreement(brought: Brought, names: dict[int, str]) -> go.Figure:
    """Each linked memory at what its links bring exactly and by codes; on the line both are the same.

    names: of each memory, by id. Each point carries its memory's id as customdata[0].
    """
    x, y = brought.exact.tolist(), brought.by_codes.tolist()
    most = max(*x, *y, 1e-6)
    first = sorted(range(len(x)), key=lambda i: -x[i])[:NAMED]
    fig = figure(
        go.Scatter(x=[0, most], y=[0, most], mode="lines", line={"color": LINE, "width": 1.5}, hoverinfo="skip"),
        go.Scatter(
            x=x,
            y=y,
            mode="markers+text",
            text=[
                short(names[i], 22) if place in first and x[place] > 0 else "" for place, i in enumerate(brought.ids)
            ],
            textposition=["middle left" if value > most / 2 else "middle right" for value in x],
            marker={"size": 9, "color": [memory_color(i) for i in brought.ids]},
            customdata=[[i, short(names[i], 60)] for i in brought.ids],
            hovertemplate="%{customdata[1]}<br>exact %{x:.2f}, by codes %{y:.2f}<extra></extra>",
        ),
        showlegend=False,
        height=320,
        annotations=[
            {
                "x": most / 2,
                "y": most / 2,
                "text": "the same",
                "showarrow": False,
                "yshift": 12,
                "font": {"color": MUTED},
            }
        ],
    )
    fig.update_xaxes(title="brought exactly, γ·Pᵀa", rangemode="tozero")
    return fig.update_yaxes(title="brought by codes", rangemode="tozero")


def agreement_words(brought: Brought, names: dict[int, str]) -> str:
    """What `agreement` shows, for who cannot see it."""
    rows = sorted(zip(brought.ids, brought.exact.tolist(), brought.by_codes.tolist(), strict=True), key=lambda r: -r[1])
    told = "; ".join(f"{names[i]} {x:.2f} exactly, {y:.2f} by codes" for i, x, y in rows[:NAMED])
    r = brought.correlation
    return f"{len(rows)} memories that links lead to: {told}." + (
        "" if r is None else f" Their correlation is {r:.2f}."
    )
