"""Figures of the encoder's attention heads: all of them on a grid, and one over the tokens of the text."""

import plotly.graph_objects as go

from nuonuo.explain.attention.heads import Heads
from nuonuo.figures.labels import counted
from nuonuo.figures.template import INK, RIVAL, figure, short

LABELLED = 40  # tokens; more than these get no label of their own


def grid(heads: Heads, chosen: int) -> go.Figure:
    """Every head by layer and number: how many tokens carry 90% of its weight; the chosen one is framed.

    A ring marks a head that puts more than half of its weight on the added tokens: an attention sink.
    """
    layers, count = heads.patterns.shape
    row, column = divmod(chosen, count)
    corners = {"x0": column + 0.5, "x1": column + 1.5, "y0": row + 0.5, "y1": row + 1.5}
    bare = {"showline": False, "ticks": "", "fixedrange": True, "showgrid": False}
    return figure(
        _cells(heads),
        _rings(heads),
        showlegend=False,
        shapes=[{"type": "rect", "line": {"color": INK, "width": 3}} | corners],
        height=340,
        xaxis={**bare, "title": "head", "tickvals": list(range(1, count + 1))},
        yaxis={**bare, "title": "layer", "tickvals": list(range(1, layers + 1)), "autorange": "reversed"},
    )


def _cells(heads: Heads) -> go.Heatmap:
    """A cell for each head, with its number for a click."""
    (layers, count), L = heads.patterns.shape, len(heads.tokens)
    numbers, shares = heads.patterns.tolist(), heads.sinks.sum(-1).tolist()
    added = " and ".join(heads.tokens[place] for place in heads.special)
    about = [
        [[layer * count + head, f"{shares[layer][head]:.0%}", added] for head in range(count)]
        for layer in range(layers)
    ]
    return go.Heatmap(
        z=[[n / L for n in row] for row in numbers],
        x=list(range(1, count + 1)),
        y=list(range(1, layers + 1)),
        zmin=0,
        zmax=1,
        showscale=False,
        text=numbers,
        texttemplate="%{text}",
        customdata=about,
        hovertemplate=f"layer %{{y}}, head %{{x}}<br>%{{text}} of {L} tokens carry 90% of the weight<br>"
        "%{customdata[1]} of it is on %{customdata[2]}<extra></extra>",
    )


def _rings(heads: Heads) -> go.Scatter:
    """A ring around each head that sinks."""
    places = heads.sinking.nonzero().tolist()
    return go.Scatter(
        x=[head + 1 for _, head in places],
        y=[layer + 1 for layer, _ in places],
        mode="markers",
        marker={"symbol": "circle-open", "size": 24, "color": RIVAL, "line": {"width": 2, "color": RIVAL}},
        hoverinfo="skip",
    )


def tokens(heads: Heads, chosen: int) -> go.Figure:
    """One head's attention: from each token, a row, to each token."""
    p = heads.p.flatten(0, 1)[chosen]  # (L, L)
    L = len(heads.tokens)
    names = [short(token, 14) for token in heads.tokens]
    cells = go.Heatmap(
        z=[[round(x, 3) for x in row] for row in p.tolist()],
        zmin=0,
        zmax=1,
        xgap=0 if L > LABELLED else 1,
        ygap=0 if L > LABELLED else 1,
        hovertemplate="%{z:.3f} of the attention of %{customdata[0]} goes to %{customdata[1]}<extra></extra>",
        colorbar={"title": {"text": "p"}, "tickvals": [0, 0.5, 1]},
    )
    if L <= LABELLED:
        cells.customdata = [[[a, b] for b in names] for a in names]
    else:
        cells.hovertemplate = "%{z:.3f} of the attention of token %{y} goes to token %{x}<extra></extra>"
    shown = {"tickvals": list(range(L)), "ticktext": names} if L <= LABELLED else {}
    return figure(
        cells,
        height=340 if L <= 20 else 440,
        xaxis={"title": "attends to", "tickangle": -90, "showline": False, "ticks": "", **shown},
        yaxis={"title": "token", "autorange": "reversed", "showgrid": False, **shown},
    )


def grid_words(heads: Heads) -> str:
    """What `grid` shows, for who cannot see it."""
    one, some, most = heads.regimes
    layers, count = heads.patterns.shape
    return (
        f"Grid of {layers} layers with {count} heads: {counted(one, 'head looks', 'heads look')} up one token, "
        f"{some} average some, {most} average over more than half of the {counted(len(heads.tokens), 'token')}. "
        f"Ringed as attention sinks: {int(heads.sinking.sum())}."
    )


def tokens_words(heads: Heads, chosen: int) -> str:
    """What `tokens` shows, for who cannot see it."""
    layer, head = divmod(chosen, heads.patterns.shape[1])
    p = heads.p.flatten(0, 1)[chosen]
    best = [f"{a} to {heads.tokens[int(row.argmax())]}" for a, row in zip(heads.tokens[:8], p, strict=False)]
    return f"Heat map of the attention of layer {layer + 1}, head {head + 1}, most of it from {', '.join(best)}."
