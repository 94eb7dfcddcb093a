"""Pictures in a row with a title above each: as many lines of them as a phone needs."""

from typing import Any

import plotly.graph_objects as go

from nuonuo.figures.template import INK, PANEL, figure

GAP = 0.02  # between pictures, of the figure's width
TITLE = 0.22  # between lines of pictures, of the height
PER_ROW = 4  # on a phone
STILL = {"constrain": "domain", "fixedrange": True}
BARE = STILL | {"showline": False, "showticklabels": False, "ticks": ""}
UPRIGHT = STILL | {"autorange": "reversed", "visible": False}
Picture = list[list[float | None]]  # rows of pixels from the top


def row(titles: list[str], pictures: list[Picture], ends: tuple[float, float], hover: str, **layout: Any) -> go.Figure:
    """One heatmap a picture, all in one line; on a phone PER_ROW a line.

    ends: the values of paper and of ink. hover: a hovertemplate. layout: as of `figure`.
    """
    fig = figure(**{"height": 230, "showlegend": False, "margin": {"l": 0, "r": 0, "t": 44, "b": 0}} | layout)
    wide: dict[str, dict] = {}
    narrow: dict[str, dict] = {}
    for i, (title, picture) in enumerate(zip(titles, pictures, strict=True)):
        axis = "" if i == 0 else str(i + 1)
        fig.add_heatmap(
            z=picture,
            zmin=ends[0],
            zmax=ends[1],
            colorscale=[[0, PANEL], [1, INK]],
            showscale=False,
            hovertemplate=hover,
            xaxis=f"x{axis}",
            yaxis=f"y{axis}",
        )
        wide |= _axes(axis, i, 0, len(titles), 1)
        narrow |= _axes(axis, i % PER_ROW, i // PER_ROW, PER_ROW, -(-len(titles) // PER_ROW))
        titled = {"title": {"text": title, "font": {"size": 12}, "standoff": 4}, "side": "top", "anchor": f"y{axis}"}
        wide[f"xaxis{axis}"] |= BARE | titled
        wide[f"yaxis{axis}"] |= UPRIGHT | {"scaleanchor": f"x{axis}", "anchor": f"x{axis}"}
    return fig.update_layout(**wide, meta={"narrow": narrow})


def _axes(axis: str, column: int, line: int, columns: int, lines: int) -> dict[str, dict[str, Any]]:
    """Where a picture stands in a table of pictures."""
    width, height = (1 + GAP) / columns, (1 - TITLE * (lines - 1)) / lines
    top = 1 - line * (height + TITLE)
    return {
        f"xaxis{axis}": {"domain": [column * width, column * width + width - GAP]},
        f"yaxis{axis}": {"domain": [max(0.0, top - height), top]},
    }
