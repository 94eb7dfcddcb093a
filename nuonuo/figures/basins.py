"""Figures of many starts at once: where each comes to rest, and how that changes with β."""

import itertools
import textwrap

import plotly.graph_objects as go

from nuonuo.explain.settling.landscape import End, Landscape
from nuonuo.explain.settling.regimes import Draw, Sweep
from nuonuo.figures.labels import one_line, spots
from nuonuo.figures.template import ACCENT, AXIS, INK, MUTED, PAPER, escape, figure, memory_color, short
from nuonuo.memory.trace import Trace

HATCH = ("x-thin", "circle-open", "line-ne", "cross-thin", "square-open", "line-nw", "diamond-open", "y-up")


def basins(trace: Trace, land: Landscape, draws: tuple[Draw, ...] = ()) -> go.Figure:
    """Ground coloured by the memory a start there comes to rest on, grey where several share; noisy queries' ways.

    There are more memories than colours: where one comes again, the ground is hatched too.
    """
    present = sorted({*land.fate.flatten().tolist()})
    colors = [_color(trace, land.ends[end]) for end in present]
    names = [_name(trace, land.ends[end]) for end in present]
    place = {end: i for i, end in enumerate(present)}
    ground = [[place[end] for end in row] for row in land.fate.tolist()]
    stops = [[(i + side) / len(present), color] for i, color in enumerate(colors) for side in (0, 1)]
    floor = go.Heatmap(
        x=land.x.tolist(),
        y=land.y.tolist(),
        z=ground,
        zmin=-0.5,
        zmax=len(present) - 0.5,
        colorscale=stops,
        opacity=0.4,
        showscale=False,
        xgap=0,
        ygap=0,
        text=[[names[i] for i in row] for row in ground],
        hovertemplate="a start here ends in %{text}<extra></extra>",
    )
    over = [*_hatches(land, ground, colors), *_falls(trace, land, draws), _labels(land, ground, names, draws)]
    fig = figure(floor, _borders(land, ground), *over)
    fig.update_xaxes(visible=False, range=land.x[[0, -1]].tolist(), constrain="domain")
    fig.update_yaxes(visible=False, range=land.y[[0, -1]].tolist(), constrain="domain", scaleanchor="x")
    meta = {"narrow": {"yaxis": {"scaleanchor": False}}}  # a phone fills the height
    return fig.update_layout(showlegend=False, height=420, margin={"l": 0, "r": 0, "t": 8, "b": 8}, meta=meta)


def _color(trace: Trace, end: End) -> str:
    return AXIS if end.candidate is None else memory_color(trace.candidates[end.candidate].id)


def _name(trace: Trace, end: End) -> str:
    if end.candidate is None:
        return f"{end.number:.1f} share"
    words = one_line(trace.candidates[end.candidate].cue)
    lines = textwrap.wrap(words, 17, max_lines=2, placeholder="…") or [words]
    return f"<b>{end.candidate + 1}</b> {'<br>'.join(escape(line) for line in lines)}"


def _hatches(land: Landscape, ground: list[list[int]], colors: list[str]) -> list[go.Scatter]:
    """Small marks on every area whose colour another has already, of another kind for each time it comes again."""
    x, y = land.x.tolist(), land.y.tolist()
    found = []
    for area, color in enumerate(colors):
        again = colors[:area].count(color)
        if not again:
            continue
        cells = [(c, r) for r, row in enumerate(ground) for c, each in enumerate(row) if each == area]
        spread = [(c, r) for c, r in cells if (c + r) % 2 == 0 and c % 2 == 0] or cells
        sizes, kind = divmod(again - 1, len(HATCH))
        mark = {"symbol": HATCH[kind], "size": 5 + 3 * sizes, "color": INK, "line": {"color": INK, "width": 1}}
        found.append(
            go.Scatter(
                x=[x[c] for c, _ in spread],
                y=[y[r] for _, r in spread],
                mode="markers",
                marker=mark,
                opacity=0.3,
                name=f"hatch {area}",
                hoverinfo="skip",
            )
        )
    return found


def _borders(land: Landscape, ground: list[list[int]]) -> go.Scatter:
    """A line wherever two neighbouring starts end in different places."""
    x, y = _edges(land.x.tolist()), _edges(land.y.tolist())
    xs: list[float | None] = []
    ys: list[float | None] = []
    for row, column in itertools.product(range(len(ground)), range(len(ground[0]))):
        if column and ground[row][column] != ground[row][column - 1]:
            xs += [x[column], x[column], None]
            ys += [y[row], y[row + 1], None]
        if row and ground[row][column] != ground[row - 1][column]:
            xs += [x[column], x[column + 1], None]
            ys += [y[row], y[row], None]
    return go.Scatter(x=xs, y=ys, mode="lines", line={"color": PAPER, "width": 2}, hoverinfo="skip")


def _edges(middles: list[float]) -> list[float]:
    half = (middles[1] - middles[0]) / 2
    return [middles[0] - half, *(m + half for m in middles)]


def _falls(trace: Trace, land: Landscape, draws: tuple[Draw, ...]) -> list[go.Scatter]:
    """The candidates, and each draw's way from its noisy query to its rest."""
    points = land.candidates.tolist()
    candidates = go.Scatter(
        x=[p[0] for p in points],
        y=[p[1] for p in points],
        mode="markers+text",
        text=[str(i) for i in range(1, len(points) + 1)],
        textposition="top center",
        textfont={"size": 10},
        marker={"size": 7, "color": [memory_color(c.id) for c in trace.candidates]},
        customdata=[[c.id, f"{i}  {short(c.cue, 70)}"] for i, c in enumerate(trace.candidates, 1)],
        hovertemplate="%{customdata[1]}<extra></extra>",
    )
    ways = [draw.path.tolist() for draw in draws]
    colors = [memory_color(draw.recalled.id) if draw.recalled else AXIS for draw in draws]
    said = [
        f"seed {draw.seed} → {short(draw.recalled.cue, 60) if draw.recalled else f'{draw.number:.1f} share'}"
        for draw in draws
    ]
    lines = go.Scatter(
        x=[v for way in ways for v in (*(p[0] for p in way), None)],
        y=[v for way in ways for v in (*(p[1] for p in way), None)],
        mode="lines",
        line={"color": INK, "width": 1},
        opacity=0.55,
        hoverinfo="skip",
    )
    both = {"mode": "markers", "text": said, "hovertemplate": "%{text}<extra></extra>"}
    look = {"color": colors, "line": {"color": INK, "width": 1.5}}
    starts = go.Scatter(
        x=[w[0][0] for w in ways], y=[w[0][1] for w in ways], marker=look | {"size": 9, "symbol": "circle"}, **both
    )
    ends = go.Scatter(
        x=[w[-1][0] for w in ways], y=[w[-1][1] for w in ways], marker=look | {"size": 13, "symbol": "diamond"}, **both
    )
    return [candidates, lines, starts, ends]


def _labels(land: Landscape, ground: list[list[int]], names: list[str], draws: tuple[Draw, ...]) -> go.Scatter:
    """The name of each basin that has room for it."""
    (left, right), (low, high) = land.x[[0, -1]].tolist(), land.y[[0, -1]].tolist()
    wide, tall = (right - left) / (len(ground[0]) - 1), (high - low) / (len(ground) - 1)
    marks = [*land.candidates.tolist(), *(draw.path[i].tolist() for draw in draws for i in (0, -1))]
    found = spots(ground, [((x - left) / wide, (y - low) / tall) for x, y in marks])
    return go.Scatter(
        x=[left + column * wide for column, _ in found.values()],
        y=[low + row * tall for _, row in found.values()],
        mode="text",
        text=[names[basin] for basin in found],
        textfont={"color": INK, "size": 12},
        hoverinfo="skip",
    )


def regimes(swept: Sweep, beta: float, candidates: int) -> go.Figure:
    """Memories that share the query's rest, and places where starts end, against β; the present β marked."""
    x, number, places = swept.beta.tolist(), swept.number.tolist(), swept.places.tolist()
    top = candidates * 1.35 + 1
    fig = figure(
        go.Scatter(
            x=[beta, beta],
            y=[0, top],
            mode="lines",
            line={"color": MUTED, "dash": "dot", "width": 1.5},
            hoverinfo="skip",
        ),
        _line(x, number, ACCENT, "memories that share<br>the query’s rest", 0, "top right"),
        _line(x, places, INK, "places where<br>starts end", -1, "top left"),
        showlegend=False,
        height=420,
    )
    fig.update_xaxes(type="log", title="inverse temperature β", tickvals=[0.5, 1, 2, 4, 8, 16, 32, 64, 128])
    return fig.update_yaxes(range=[0, top], nticks=5)


def _line(x: list[float], y: list[float], color: str, name: str, named: int, side: str) -> go.Scatter:
    """A line that says its own name at one of its ends."""
    text = [""] * len(x)
    text[named] = name
    return go.Scatter(
        x=x,
        y=y,
        mode="lines+markers+text",
        line_color=color,
        marker={"size": 5, "line": {"width": 0}},
        text=text,
        textposition=side,
        textfont_color=color,
        hovertemplate=f"β = %{{x}}: %{{y:.1f}} {name.replace('<br>', ' ')}<extra></extra>",
    )


def basins_words(trace: Trace, land: Landscape, draws: tuple[Draw, ...]) -> str:
    """What `basins` shows, for who cannot see it."""
    present = {*land.fate.flatten().tolist()}
    named = [land.ends[i].candidate for i in present]
    cues = "; ".join(one_line(trace.candidates[i].cue) for i in sorted(i for i in named if i is not None)[:4])
    ground = f"A map of {land.fate.numel()} starts by where each ends: {len(present)} places"
    drawn = f" {len(draws)} noisy queries are drawn on it." if draws else ""
    return f"{ground}{f', among them {cues}' if cues else ''}.{drawn}"


def regimes_words(swept: Sweep, beta: float) -> str:
    """What `regimes` shows, for who cannot see it."""
    return (
        f"Against β from {swept.beta[0]:g} to {swept.beta[-1]:g}: memories that share the query's rest fall from "
        f"{swept.number[0]:.1f} to {swept.number[-1]:.1f}, places where starts end rise from {swept.places[0]} to "
        f"{swept.places[-1]}. β is {beta:g} now."
    )
