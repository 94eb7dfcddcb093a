"""The map of memories: dots, the question among them, lines to its true candidates, its settling path."""

import numpy as np
import plotly.graph_objects as go

from nuonuo.explain.map.view import Asked, Picked, Shade, View
from nuonuo.figures.labels import counted, one_line
from nuonuo.figures.template import (
    ACCENT,
    INK,
    MUTED,
    OKABE_ITO,
    PAPER,
    RIVAL,
    SEQUENTIAL,
    figure,
    short,
)

WEBGL = 2_000  # dots from which a canvas draws them
HEIGHT = 510
STRONG = 10  # dots with the strongest colour, so that one outlier does not leave all others pale
HOP = OKABE_ITO[3]  # blue
FAINT = 0.02  # attention below which a line is faint
BARE = {"showticklabels": False, "showspikes": False}


def map_figure(view: View) -> go.Figure:
    """The dots, and over them what the question and the picked memory are truly near to."""
    traces, labels = [*_dots(view, view.fitted), *_dots(view, ~view.fitted)], []
    if view.hops:
        traces.append(_hops(view))
    if view.picked:
        traces += _picked(view, view.picked)
        labels.append((view.xy[view.picked.row], "looked at", INK, -24))
    if view.asked:
        traces += _question(view, view.asked)
        spot, answer = view.asked.path[0], view.xy[view.asked.rows[0]]
        up = 24 if spot[1] >= answer[1] else -24  # the two labels point away from each other
        labels += [(spot, "your query", INK, up), (answer, short(view.asked.cues[0], 34), ACCENT, -up)]
    fig = figure(*traces, showlegend=False, height=HEIGHT, uirevision=view.name)
    notes = [_note(view.xy, *label) for label in [*_group_names(view, labels), *labels]]
    names = [f"PCA {i}: {share:.1%}" for i, share in enumerate(view.explained, 1)] or [""] * 3
    if view.xy.shape[1] == 2:
        return _flat(fig, notes, [f"{name} of variance" if name else "" for name in names])
    axes = {f"{axis}axis": {"title": {"text": name}} | BARE for axis, name in zip("xyz", names, strict=True)}
    scene = {**axes, "annotations": notes, "aspectmode": "data", "camera": {"eye": {"x": 1.45, "y": 1.45, "z": 1.0}}}
    return fig.update_layout(scene=scene, margin={"l": 0, "r": 0, "t": 28, "b": 0})


def still(view: View) -> int:
    """How many traces, the first ones, stay while a question moves: the dots that the map was made of."""
    return int(view.fitted.any())


def _flat(fig: go.Figure, notes: list[dict], names: list[str]) -> go.Figure:
    """Axes of a plane: equal scales, no numbers."""
    bare = BARE | {"showline": False, "showgrid": False, "ticks": ""}
    fig.update_layout(annotations=notes, margin={"l": 4, "r": 4, "t": 28, "b": 4}, hovermode="closest")
    fig.update_xaxes(title={"text": names[0], "standoff": 34}, **bare)  # below the label of the lowest dot
    fig.update_yaxes(title=names[1], scaleanchor="x", **bare)
    return fig


def map_words(view: View) -> str:
    """What `map_figure` shows, for who cannot see it."""
    several = counted(len(view.ids), "memory", f"of {view.of:,} memories" if view.of else "memories")
    count = f"A {view.method} map of {several} in {view.xy.shape[1]} dimensions"
    said = [f"{count}; colour: {view.shade.title}."]
    if view.asked:
        said.append(
            f"Lines lead from the query to its {counted(len(view.asked.rows), 'true candidate')}, first "
            f"“{one_line(view.asked.cues[0])}” with attention {view.asked.weight[0]:.2f}."
        )
    return " ".join(said)


def _trace(at: np.ndarray, webgl: bool = False, **style) -> go.Scatter | go.Scattergl | go.Scatter3d:
    """One Plotly trace through places (n, 2 or 3)."""
    kind = go.Scatter3d if at.shape[1] == 3 else go.Scattergl if webgl else go.Scatter
    return kind(dict(zip("xyz", at.astype(np.float32).T, strict=False)) | style)


def _dots(view: View, some: np.ndarray) -> list:
    """The memories: those the map was made of as discs, later ones as diamonds."""
    if not some.any():
        return []
    N, flat = len(view.ids), view.xy.shape[1] == 2
    marker = {
        "size": (9 if N <= 300 else 6 if N <= 3_000 else 4) * (1 if flat else 0.6),
        "symbol": "circle" if view.fitted[some].all() else "diamond",
        "opacity": 0.85 if N <= 300 else 0.6,
        "line": {"width": 0},
    }
    hover: dict = {"hovertemplate": "memory %{customdata}: click to read it<extra></extra>"}
    if view.texts is not None:
        texts = [short(view.texts[i], 60) for i in np.flatnonzero(some).tolist()]
        hover = {"text": texts, "hovertemplate": "%{text}<extra></extra>"}
    marker |= _shading(view.shade, some)
    ids = view.ids[some].astype(np.int32)
    return [_trace(view.xy[some], N > WEBGL, mode="markers", marker=marker, customdata=ids, **hover)]


def _shading(shade: Shade, some: np.ndarray) -> dict:
    """Marker colours: one step for each group, a scale for a measure, plain ink where only some dots have a value."""
    if shade.names:
        last = len(OKABE_ITO)
        steps = [[edge / last, color] for i, color in enumerate(OKABE_ITO) for edge in (i, i + 1)]
        return {"color": shade.value[some].astype(np.uint8), "colorscale": steps, "cmin": -0.5, "cmax": last - 0.5}
    if np.isnan(shade.value).any():
        return {"color": MUTED, "opacity": 0.35}
    top = float(np.sort(shade.value)[-STRONG:].min()) or 1.0
    bar = {"title": {"text": shade.title, "side": "top"}, "orientation": "h", "x": 0.94, "xanchor": "right", "len": 0.3}
    bar |= {"y": 1, "yanchor": "bottom", "thickness": 6, "tickvals": [0, top], "ticktext": ["0", f"≥ {top:.2f}"]}
    scale = {"colorscale": SEQUENTIAL[2:], "cmin": 0, "cmax": top, "colorbar": bar, "showscale": True}
    return {"color": shade.value[some].astype(np.float32)} | scale


def _question(view: View, asked: Asked) -> list:
    """Lines to the true candidates, their marks by attention, the settling path and the question."""
    flat = view.xy.shape[1] == 2
    steps = [f"after {counted(t, 'update')}" for t in range(len(asked.path))]
    settling = _trace(
        asked.path,
        mode="lines+markers",
        line={"color": INK, "width": 2 if flat else 4},
        marker={"size": [0.1, *[4] * (len(steps) - 1)], "color": INK, "line": {"width": 0}},
        text=steps,
        hovertemplate="the state %{text}<extra></extra>",
    )
    question = _trace(
        asked.path[:1],
        mode="markers",
        marker={"size": 13 if flat else 7, "symbol": "diamond", "color": INK, "line": {"color": PAPER, "width": 1}},
        hovertemplate="your query<extra></extra>",
    )
    return [*_lines(view, asked), _candidates(view, asked), settling, question]


def _lines(view: View, asked: Asked) -> list:
    """From the question to each candidate; that to the first in accent, faint ones where there is little attention."""
    ends, faint = view.xy[asked.rows], asked.weight < FAINT
    rivals = np.arange(len(ends)) > 0
    thin, thick = (1, 2) if view.xy.shape[1] == 2 else (2, 4)
    groups = [(rivals & faint, MUTED, thin, 0.35), (rivals & ~faint, MUTED, thin, 0.9), (~rivals, ACCENT, thick, 1)]
    return [
        _trace(
            _spokes(asked.path[0], ends[of]), mode="lines", line={"color": c, "width": w}, opacity=o, hoverinfo="skip"
        )
        for of, c, w, o in groups
        if of.any()
    ]


def _candidates(view: View, asked: Asked) -> go.Scatter | go.Scattergl | go.Scatter3d:
    """The candidates, the first drawn last and as a square; rings where the dots carry colours of their own."""
    flat, others = view.xy.shape[1] == 2, len(asked.rows) - 1
    size = ((7 + 11 * np.sqrt(asked.weight)) * (1 if flat else 0.7))[::-1]
    if view.shade.on_dots:
        colors = [*[INK] * others, ACCENT]
        marker = {"symbol": [*["circle-open"] * others, "square-open"], "size": size + 3, "line": {"width": 2}}
    else:
        colors = [*[RIVAL] * others, ACCENT]
        marker = {"symbol": [*["circle"] * others, "square"], "size": size, "line": {"color": PAPER, "width": 1}}
    texts = [f"{short(cue, 60)}<br>p = {p:.3f}" for cue, p in zip(asked.cues, asked.weight, strict=True)]
    return _trace(
        view.xy[asked.rows[::-1]],
        mode="markers",
        marker=marker | {"color": colors},
        customdata=view.ids[asked.rows[::-1]].astype(np.int32),
        text=[f"{i}  {text}" for i, text in enumerate(texts, 1)][::-1],
        hovertemplate="%{text}<extra></extra>",
    )


def _picked(view: View, picked: Picked) -> list:
    """A ring around the memory looked at, dotted lines to its true neighbours."""
    flat = view.xy.shape[1] == 2
    at = view.xy[picked.row]
    dash = {"color": INK, "width": 1.2 if flat else 3, "dash": "dot"}
    lines = _trace(_spokes(at, view.xy[picked.neighbours]), mode="lines", line=dash, hoverinfo="skip")
    ring = {"size": 20 if flat else 12, "symbol": "circle-open", "color": INK, "line": {"color": INK, "width": 2}}
    return [lines, _trace(at[None], mode="markers", marker=ring, hoverinfo="skip")]


def _hops(view: View) -> go.Scatter | go.Scattergl | go.Scatter3d:
    """The memories recalled hop by hop, numbered, and the way from one to the next."""
    at, flat = view.xy[list(view.hops)], view.xy.shape[1] == 2
    return _trace(
        at,
        mode="lines+markers+text",
        line={"color": HOP, "width": 2 if flat else 4, "dash": "dash"},
        marker={"size": 12 if flat else 7, "color": HOP, "symbol": "cross", "line": {"width": 0}},
        text=[str(n) for n in range(1, len(at) + 1)],
        textposition="middle right",
        customdata=view.ids[list(view.hops)].astype(np.int32),
        hovertemplate="hop %{text}<extra></extra>",
    )


def _spokes(hub: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Lines from one place to others, as places with gaps: (3m, 2 or 3)."""
    gap = np.full_like(hub, np.nan)
    return np.stack([np.broadcast_to(hub, ends.shape), ends, np.broadcast_to(gap, ends.shape)], 1).reshape(-1, len(hub))


def _group_names(view: View, labels: list[tuple]) -> list[tuple]:
    """The groups' names at their middles; one that would lie on another label is left out."""
    names: list[tuple] = []
    reach = np.ptp(view.xy, axis=0) * np.array([0.25, 0.08, 0.08])[: view.xy.shape[1]]
    for number, name in enumerate(view.shade.names):
        middle = np.median(view.xy[view.shade.value == number], axis=0)
        if not any((np.abs(middle - other[0]) < reach).all() for other in [*labels, *names]):
            names.append((middle, short(name, 30), INK, 0))
    return names


def _note(xy: np.ndarray, at: np.ndarray, text: str, color: str, shift: int) -> dict:
    """A label on paper beside a place, turned inwards near the map's edge."""
    low, high = xy[:, 0].min(), xy[:, 0].max()
    across = (at[0] - low) / max(high - low, 1e-9)
    inwards = "left" if across < 0.2 else "right" if across > 0.8 else "center"
    place = dict(zip("xyz", at.tolist(), strict=False)) | {"xanchor": inwards if len(at) == 2 else "center"}
    box = {"bgcolor": PAPER, "borderpad": 1, "opacity": 0.85, "font": {"color": color, "size": 12}}
    return place | box | {"text": text, "showarrow": False, "yshift": shift}
