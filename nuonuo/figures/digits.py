"""A damaged picture that completes itself: one row of pictures."""

from typing import Any

import plotly.graph_objects as go

from nuonuo.digits import Completion
from nuonuo.figures.template import INK, PANEL, figure

GAP = 0.02  # between pictures, of the figure's width
TITLE = 0.22  # between lines of pictures, of the height
PER_ROW = 4  # on a phone


def row(done: Completion) -> go.Figure:
    """What was stored, what was shown, each state, and the nearest neighbour; below each state p of what was stored."""
    titles, pictures = _pictures(done)
    fig = figure(height=230, showlegend=False, margin={"l": 0, "r": 0, "t": 44, "b": 0})
    wide: dict[str, dict] = {}
    narrow: dict[str, dict] = {}
    for i, (title, picture) in enumerate(zip(titles, pictures, strict=True)):
        axis = "" if i == 0 else str(i + 1)
        fig.add_heatmap(
            z=picture,
            zmin=0,
            zmax=1,
            colorscale=[[0, PANEL], [1, INK]],
            showscale=False,
            hovertemplate="ink %{z:.2f}<extra></extra>",
            xaxis=f"x{axis}",
            yaxis=f"y{axis}",
        )
        wide |= _axes(axis, i, 0, len(titles), 1)
        narrow |= _axes(axis, i % PER_ROW, i // PER_ROW, PER_ROW, -(-len(titles) // PER_ROW))
        wide[f"xaxis{axis}"] |= {
            "title": {"text": title, "font": {"size": 12}, "standoff": 4},
            "side": "top",
            "showline": False,
            "showticklabels": False,
            "ticks": "",
            "anchor": f"y{axis}",
            "constrain": "domain",
            "fixedrange": True,
        }
        wide[f"yaxis{axis}"] |= {
            "autorange": "reversed",
            "visible": False,
            "scaleanchor": f"x{axis}",
            "anchor": f"x{axis}",
            "constrain": "domain",
            "fixedrange": True,
        }
    return fig.update_layout(**wide, meta={"narrow": narrow})


def _pictures(done: Completion) -> tuple[list[str], list[list[list[float | None]]]]:
    """Titles, and pictures as rows of ink; covered pixels have none."""
    stored, settling = done.pictures, done.settling
    shown = stored.ink(settling.xi).tolist()
    shown[0][len(shown[0]) - done.covered :] = [[None] * 8 for _ in range(done.covered)]
    p = settling.p[:, done.original].tolist()
    states = [f"after {t}<br>p = {p[t - 1]:.2f}" for t in range(1, len(shown))]
    right = "right" if done.nearest == done.original else "another"
    titles = ["stored<br> ", "shown<br> ", *states, f"nearest<br>{right}"]
    originals = stored.ink(stored.X[[done.original, done.nearest]]).tolist()
    return titles, [originals[0], *shown, originals[1]]


def _axes(axis: str, column: int, line: int, columns: int, lines: int) -> dict[str, dict[str, Any]]:
    """Where a picture stands in a table of pictures."""
    width, height = (1 + GAP) / columns, (1 - TITLE * (lines - 1)) / lines
    top = 1 - line * (height + TITLE)
    return {
        f"xaxis{axis}": {"domain": [column * width, column * width + width - GAP]},
        f"yaxis{axis}": {"domain": [max(0.0, top - height), top]},
    }


def row_words(done: Completion) -> str:
    """What `row` shows, for who cannot see it."""
    p = done.settling.p[-1, done.original]
    return (
        f"A stored {done.pictures.labels[done.original]}, the same with {done.covered} of 8 rows hidden, "
        f"{len(done.settling.p)} states on the way to rest, the last with p = {p:.2f} for what was stored, "
        f"and the nearest neighbour, a {done.pictures.labels[done.nearest]}."
    )
