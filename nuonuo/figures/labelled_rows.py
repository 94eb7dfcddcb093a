"""Rows with their label above or beside them: what the debugger's figures are made of."""

from collections.abc import Sequence

import plotly.graph_objects as go

from nuonuo.figures.template import MUTED, PAPER

TOP = 48  # px above the rows, for a heading below the figure's own buttons
FRAME = 96  # px above and below the rows
CLEAR = "rgba(0,0,0,0)"


def targets(y: Sequence[float], low: float, high: float, told: list[list]) -> go.Bar:
    """Unseen rows as wide as the figure, so that a finger finds each; told: id, text and numbers of each."""
    text = "%{customdata[1]}<br>%{customdata[2]}<extra></extra>"
    shape = {"orientation": "h", "width": 1, "offset": -0.6, "marker_color": CLEAR}
    x = [high - low] * len(y)
    return go.Bar(name="rows", y=y, x=x, base=low, customdata=told, hovertemplate=text, **shape)


def dots(name: str, x: list[float], y: list[float], **marker) -> go.Scatter:
    """Dots that say nothing by themselves."""
    return go.Scatter(name=name, x=x, y=y, mode="markers", hoverinfo="skip", cliponaxis=False, marker=marker)


def say(x: int, y: float, text: str, color: str, size: int = 12) -> dict:
    """Text at the left edge, x = 0, or the right one, x = 1; what passes behind it is hidden."""
    font, anchor = {"color": color, "size": size}, "right" if x else "left"
    place = {"x": x, "xref": "paper", "xanchor": anchor, "y": y}
    return {"text": text, "font": font, "showarrow": False, "bgcolor": PAPER, "borderpad": 0} | place


def head(x: float, text: str, anchor: str, xref: str = "x") -> dict:
    """A small heading above all rows."""
    place = {"x": x, "xref": xref, "xanchor": anchor, "y": 1, "yref": "paper", "yanchor": "bottom"}
    return {"text": text, "font": {"color": MUTED, "size": 11}, "showarrow": False} | place


def rule(x: float, **line) -> dict:
    """A line through all rows."""
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": {"width": 1} | line}


def named(x: float, text: str, low: float, high: float) -> dict:
    """The name of a line, above all rows."""
    share = (x - low) / (high - low)
    return head(x, text, "left" if share < 0.25 else "right" if share > 0.75 else "center")


def frame(
    fig: go.Figure, last: float, row: int, ends: list[float], title: str, notes: list[dict], lines: list[dict]
) -> go.Figure:
    """Axes and height for rows 0 to last, of `row` px each. Labels and lines come at once: Plotly checks all anew."""
    height = round(FRAME + row * (last + 1.2))
    fig.update_layout(showlegend=False, barmode="overlay", bargap=0, height=height, annotations=notes, shapes=lines)
    fig.update_layout(margin={"t": TOP})
    fig.update_xaxes(range=ends, fixedrange=True, title=title, showline=False, ticks="", nticks=6)
    return fig.update_yaxes(range=[last + 0.45, -0.75], visible=False, fixedrange=True)
