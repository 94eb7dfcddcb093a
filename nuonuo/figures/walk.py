"""One attention head as a row of matrices: what its layer reads, its projections, scores, weights and output."""

from dataclasses import dataclass

import plotly.graph_objects as go
from torch import Tensor

from nuonuo.explain.attention.walk import Walk
from nuonuo.figures.attention import note
from nuonuo.figures.template import DIVERGING, INK, SEQUENTIAL, figure, short

ROWS = 20  # tokens shown at once
LARGE = 0.99  # share of a matrix's numbers within its range of colours: a layer's input has outliers
WIDE = {  # where each panel stands: x from, x to, y from, y to
    "R": (0, 0.40, 0.58, 0.93),
    "Q": (0.45, 0.61, 0.58, 0.93),
    "K": (0.645, 0.805, 0.58, 0.93),
    "V": (0.84, 1, 0.58, 0.93),
    "scores": (0, 0.28, 0, 0.40),
    "p": (0.36, 0.64, 0, 0.40),
    "output": (0.72, 1, 0, 0.40),
}
NARROW = {
    "R": (0, 1, 0.73, 0.95),
    "Q": (0, 0.3, 0.38, 0.61),
    "K": (0.35, 0.65, 0.38, 0.61),
    "V": (0.7, 1, 0.38, 0.61),
    "scores": (0, 0.3, 0, 0.26),
    "p": (0.35, 0.65, 0, 0.26),
    "output": (0.7, 1, 0, 0.26),
}


@dataclass(frozen=True)
class Panel:
    """One matrix of the walk."""

    name: str
    title: str
    values: Tensor  # (L, columns)
    lit: bool  # whether the chosen token's row alone is used from here on; of K and V all rows are


def steps(walk: Walk) -> go.Figure:
    """R → Q, K, V → βQKᵀ → p → output, a row for each token; the chosen token's row is framed."""
    panels, rows = _panels(walk), _rows(walk)
    at = rows.index(walk.token)
    names = [short(walk.tokens[i], 12) for i in rows]
    cells, shapes, axes = [], [], {}
    for number, panel in enumerate(panels, 1):
        axis = "" if number == 1 else str(number)
        cells.append(_cells(panel, rows, axis))
        bare = {"visible": False, "fixedrange": True}
        left = WIDE[panel.name][0] == 0
        axes[f"xaxis{axis}"] = {**bare, "anchor": f"y{axis}", "range": [-0.5, panel.values.shape[1] - 0.5]}
        axes[f"yaxis{axis}"] = {
            **bare,
            "anchor": f"x{axis}",
            "range": [len(rows) - 0.5, -0.5],
            **(_ticks(names, at) if left else {}),
        }
        if panel.lit:
            edges = {"x0": -0.5, "x1": panel.values.shape[1] - 0.5, "y0": at - 0.5, "y1": at + 0.5}
            line = {"color": INK, "width": 2}
            shapes.append({"type": "rect", "xref": f"x{axis}", "yref": f"y{axis}", "line": line} | edges)
    where = _places(panels, NARROW)
    return figure(
        *cells,
        shapes=shapes,
        height=560,
        meta={"narrow": where},
        **_merged(axes, _places(panels, WIDE)),
    )


def _panels(walk: Walk) -> list[Panel]:
    """The seven matrices in the order in which they are computed."""
    made = [
        ("R", "R = Y", walk.R, True),
        *((name, f"{name} = {'R' if name == 'Q' else 'Y'}W<sub>{name}</sub>", getattr(walk, name), name == "Q")
          for name in "QKV"),
        ("scores", "β Q Kᵀ", walk.scores, True),
        ("p", "p = softmax", walk.p, True),
        ("output", "output = p V", walk.output, True),
    ]  # fmt: skip
    return [
        Panel(name, f"<b>{title}</b>  {values.shape[0]} × {values.shape[1]}", values, lit)
        for name, title, values, lit in made
    ]


def _rows(walk: Walk) -> list[int]:
    """The tokens that are shown: all, or ROWS of them around the chosen one."""
    L = len(walk.tokens)
    first = max(0, min(walk.token - ROWS // 2, L - ROWS))
    return list(range(first, min(first + ROWS, L)))


def _cells(panel: Panel, rows: list[int], axis: str) -> go.Heatmap:
    """One matrix, coloured by its own large numbers; the few beyond them take the last colour."""
    z = panel.values[rows]
    large = float(z.abs().flatten().quantile(LARGE))
    weights = panel.name == "p"
    digits = 3 if weights else 2
    return go.Heatmap(
        z=[[round(x, digits) for x in row] for row in z.tolist()],
        xaxis=f"x{axis}",
        yaxis=f"y{axis}",
        colorscale=SEQUENTIAL if weights else DIVERGING,
        zmin=0 if weights else -large,
        zmax=1 if weights else large,
        xgap=0,
        ygap=1,
        showscale=False,
        hovertemplate=f"{panel.name}, row {rows[0]} + %{{y}}, column %{{x}}: %{{z}}<extra></extra>",
    )


def _ticks(names: list[str], at: int) -> dict:
    """The tokens beside the rows of a panel at the left; the chosen one bold."""
    text = [f"<b>{name}</b>" if row == at else name for row, name in enumerate(names)]
    return {
        "visible": True,
        "tickvals": list(range(len(names))),
        "ticktext": text,
        "tickfont": {"size": 10},
        "showgrid": False,
    }


def _places(panels: list[Panel], where: dict[str, tuple[float, float, float, float]]) -> dict:
    """The domains of all axes and the titles above the panels."""
    layout: dict = {"annotations": []}
    for number, panel in enumerate(panels, 1):
        axis = "" if number == 1 else str(number)
        left, right, low, high = where[panel.name]
        layout[f"xaxis{axis}"], layout[f"yaxis{axis}"] = {"domain": [left, right]}, {"domain": [low, high]}
        title = panel.title if where is WIDE else panel.title.replace("  ", "<br>", 1)
        layout["annotations"].append(note(left, high + 0.01, title, "left", INK, 12, "xy") | {"yanchor": "bottom"})
    return layout


def _merged(axes: dict, places: dict) -> dict:
    """Two layouts in one."""
    return {name: {**axes.get(name, {}), **value} if name in axes else value for name, value in places.items()}


def steps_words(walk: Walk) -> str:
    """What `steps` shows, for who cannot see it."""
    L, d = walk.R.shape
    size, best = walk.Q.shape[1], int(walk.p[walk.token].argmax())
    return (
        f"Seven heat maps of layer {walk.layer + 1}, head {walk.head + 1}: what the layer reads, {L} × {d}; Q, K and "
        f"V, {L} × {size} each; the scores and weights, {L} × {L}; the output, {L} × {size}. The row of "
        f"{walk.tokens[walk.token]} is framed: most of its weight, {float(walk.p[walk.token, best]):.2f}, goes to "
        f"{walk.tokens[best]}."
    )
