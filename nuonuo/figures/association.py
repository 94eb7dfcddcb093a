"""Figure of association: the query, what it finds by meaning and words, and what their links bring up."""

import textwrap

import plotly.graph_objects as go

from nuonuo.explain.hops.activation import Activation, Edge, Node
from nuonuo.figures.attention import note
from nuonuo.figures.template import ACCENT, AXIS, INK, MUTED, PAPER, escape, figure, memory_color, short
from nuonuo.memory.joining import Relation

ROW = 54  # px from one memory to the next below it
MOST = 16  # links drawn
QUERY, FOUND, BROUGHT = 0.025, 0.085, 0.625  # x of the three, of a width of 1
LEAVES, ARRIVES = 0.4, 0.6  # x at which a link leaves the one column and reaches the other
VERBS = {  # what the source of a link does to the memory it leads to
    Relation.SEQUENCE: "stands beside",
    Relation.MENTION: "mentions",
    Relation.REFERENCE: "refers to",
    Relation.TARGET: "recalls",
    Relation.HAND: "is tied to",
}


def nth(rank: int) -> str:
    """1st, 2nd, 11th, 42nd."""
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank:,}{ending}"


def graph(seen: Activation, query: str) -> go.Figure:
    """From the query to the memories it finds, and from these over their links to those that they bring up.

    A memory stands in the same place at every γ. Each point carries its memory's id as customdata[0].
    """
    places = _places(seen)
    links = sorted(seen.edges, key=lambda e: -e.carried)[:MOST]
    ways = [_way(places[e.source], places[e.to]) for e in links]
    rows = 1 + max(y for _, y in places.values())
    fig = figure(
        go.Scatter(x=[QUERY], y=[0], mode="markers", marker={"size": 13, "color": INK}, hoverinfo="skip"),
        _links(seen, links, [middle for _, middle, _ in ways]),
        _tips(seen, links, [tip for _, _, tip in ways]),
        _memories(seen, places),
        showlegend=False,
        height=int(24 + ROW * rows),
        margin={"t": 4, "b": 4, "l": 0, "r": 0},
        shapes=[
            *(_reach(node, places[node.id][1]) for node in seen.nodes if not node.brought),
            *(_line(path, seen, e) for e, (path, _, _) in zip(links, ways, strict=True)),
        ],
        annotations=_notes(seen, places, query, wide=True),
        meta={"narrow": {"annotations": _notes(seen, places, query, wide=False)}},
    )
    fig.update_xaxes(range=[0, 1], visible=False, fixedrange=True)
    return fig.update_yaxes(range=[rows - 0.45, -0.35], visible=False, fixedrange=True)


def graph_words(seen: Activation) -> str:
    """What `graph` shows, for who cannot see it."""
    found = "; ".join(_told(n) for n in seen.nodes if not n.brought)
    brought = "; ".join(f"{_told(n)}, {_because(seen, n)}" for n in seen.nodes if n.brought)
    end = f" Brought up by links: {brought}." if brought else " Links bring nothing up."
    return f"Found by meaning and words: {found}.{end}"


def _told(node: Node) -> str:
    change = "" if node.rank == node.alone else f", {nth(node.alone)} without links"
    return f"{nth(node.rank)} {node.name}{', expected' if node.evidence else ''}{change}"


def _because(seen: Activation, node: Node) -> str:
    names = {n.id: n.name for n in seen.nodes}
    into = seen.edges_to(node.id)[:3]
    said = " and ".join(f"{names[e.source]} {VERBS[e.relation]} it, +{seen.gamma * e.carried:.1f}" for e in into)
    return f"because {said}" if said else f"+{seen.gamma * node.received:.1f} over links"


def _places(seen: Activation) -> dict[int, tuple[float, float]]:
    """Where each memory stands, by id."""
    found, brought = ([n.id for n in seen.nodes if n.brought is up] for up in (False, True))
    columns = ((FOUND, found), (BROUGHT, brought))
    return {i: (x, 1.6 + row) for x, column in columns for row, i in enumerate(column)}


def _way(a: tuple[float, float], b: tuple[float, float]) -> tuple[str, tuple[float, float], tuple[float, float, str]]:
    """A link's path, a point on it nearer its source, and where and which way its tip points."""
    (x1, y1), (x2, y2) = a, b
    leaves, arrives = (LEAVES if x == FOUND else ARRIVES for x in (x1, x2))
    bend = 0.5 if x1 != x2 else 0.49 if x1 == FOUND else 0.53
    path = f"M {x1},{y1} L {leaves},{y1} C {bend},{y1} {bend},{y2} {arrives},{y2} L {x2},{y2}"
    on = (0.275 * leaves + 0.682 * bend + 0.043 * arrives, 0.719 * y1 + 0.281 * y2)  # the curve at 0.35
    return path, on, (arrives + 0.008, y2, "triangle-left" if x2 == FOUND else "triangle-right")


def _color(seen: Activation, edge: Edge) -> str:
    node = next(n for n in seen.nodes if n.id == edge.to)
    return ACCENT if seen.gamma and node.rank <= seen.first and node.alone > node.rank else AXIS


def _line(path: str, seen: Activation, edge: Edge) -> dict:
    style = {"color": _color(seen, edge), "width": 1 + min(6.0, 0.5 * seen.gamma * edge.carried)}
    return {"type": "path", "path": path, "line": style | {"dash": "solid" if seen.gamma else "dot"}, "layer": "below"}


def _reach(node: Node, y: float) -> dict:
    """The query's reach to what it finds, as wide as the attention that this one has."""
    path = f"M {QUERY},0 L {QUERY},{y - 0.5} Q {QUERY},{y} {FOUND},{y}"
    return {"type": "path", "path": path, "line": {"color": INK, "width": 0.8 + 3.2 * node.attention}, "layer": "below"}


def _links(seen: Activation, links: list[Edge], middles: list[tuple[float, float]]) -> go.Scatter:
    """A point on each link that says what it carries."""
    names = {n.id: short(n.name, 60) for n in seen.nodes}
    told = [
        f"{names[e.source]} <b>{VERBS[e.relation]}</b> {names[e.to]}<br>"
        f"γ·a·P = {seen.gamma:g} · {e.attention:.2f} · {e.weight:.2f} = <b>{seen.gamma * e.carried:.2f}</b>"
        for e in links
    ]
    return go.Scatter(
        x=[x for x, _ in middles],
        y=[y for _, y in middles],
        mode="markers",
        marker={"size": 9, "color": [_color(seen, e) for e in links], "line": {"color": PAPER, "width": 2}},
        text=told,
        customdata=[[e.to] for e in links],
        hovertemplate="%{text}<extra></extra>",
    )


def _tips(seen: Activation, links: list[Edge], tips: list[tuple[float, float, str]]) -> go.Scatter:
    return go.Scatter(
        x=[x for x, _, _ in tips],
        y=[y for _, y, _ in tips],
        mode="markers",
        marker={
            "size": 9,
            "symbol": [way for _, _, way in tips],
            "color": [_color(seen, e) for e in links],
            "line": {"width": 0},
        },
        hoverinfo="skip",
    )


def _memories(seen: Activation, places: dict[int, tuple[float, float]]) -> go.Scatter:
    among = [n.rank <= seen.first for n in seen.nodes]
    return go.Scatter(
        x=[places[n.id][0] for n in seen.nodes],
        y=[places[n.id][1] for n in seen.nodes],
        mode="markers+text",
        text=["✓" if n.evidence else "" for n in seen.nodes],
        textfont={"color": PAPER, "size": 12},
        customdata=[[n.id, _hover(seen, n)] for n in seen.nodes],
        marker={
            "size": [20 if n.evidence else 15 if one else 11 for n, one in zip(seen.nodes, among, strict=True)],
            "color": [memory_color(n.id) for n in seen.nodes],
            "opacity": 1,
            "line": {"color": [INK if n.evidence else PAPER for n in seen.nodes], "width": 1.5},
        },
        hovertemplate="%{customdata[1]}<extra></extra>",
    )


def _hover(seen: Activation, node: Node) -> str:
    names = {n.id: short(n.name, 60) for n in seen.nodes}
    lines = [f"<b>{short(node.name, 60)}</b>{', expected' if node.evidence else ''}: {nth(node.rank)}"]
    lines += [f"{nth(node.alone)} without links"] * (node.alone != node.rank)
    lines += [] if node.name == node.cue else [short(node.cue.removeprefix(f"{node.name}\n"), 70)]
    lines.append(f"meaning {node.meaning:+.2f}, words {node.words:+.2f}, links {seen.gamma * node.received:+.2f}")
    for e in seen.edges_to(node.id)[:3]:
        lines.append(f"{names[e.source]} {VERBS[e.relation]} it, a = {e.attention:.2f}: {seen.gamma * e.carried:+.2f}")
    return "<br>".join([*lines, f"the attention it sends: a = {node.attention:.2f}"])


def _notes(seen: Activation, places: dict[int, tuple[float, float]], query: str, wide: bool) -> list[dict]:
    """All labels, for a figure that is wide or for a phone's."""
    size, letters = (13, 34) if wide else (12, 14)
    heads = ("found by meaning and words", "brought up by links") if wide else ("found directly", "over links")
    lines = textwrap.wrap(" ".join(query.split()), 110 if wide else 44, max_lines=1 if wide else 2, placeholder="…")
    asked = "<br>".join(f"<b>{escape(line)}</b>" for line in lines)
    notes = [_note(QUERY, 0, asked, INK, size)]
    notes += [_note(FOUND, 0.85, heads[0], MUTED, size - 1)]
    if any(n.brought for n in seen.nodes):
        notes.append(_note(BROUGHT, 0.85, heads[1], MUTED, size - 1))
    for node in seen.nodes:
        (x, y), among = places[node.id], node.rank <= seen.first
        now = f"<b>{nth(node.rank)}</b>" if among else nth(node.rank)
        before = "" if node.rank == node.alone else f"{', without links' if wide else ', was'} {nth(node.alone)}"
        name = short(node.name, letters)
        text = f"{f'<b>{name}</b>' if among else name}<br><span style='font-size:0.88em'>{now}{before}</span>"
        notes.append(_note(x, y, text, INK if among else MUTED, size) | {"bgcolor": PAPER, "borderpad": 3})
        if node.brought and (into := seen.edges_to(node.id)):
            verb = f"{VERBS[into[0].relation]} " if wide else ""
            carried = f"{verb}+{seen.gamma * into[0].carried:.1f}"
            notes.append(_note(ARRIVES - 0.01, y - 0.2, escape(carried), _color(seen, into[0]), size - 2, right=True))
    return notes


def _note(x: float, y: float, text: str, color: str, size: int, right: bool = False) -> dict:
    placed = {"align": "left"} if right else {"align": "left", "xshift": 10}  # clear of the point
    return note(x, y, text, "right" if right else "left", MUTED if color == AXIS else color, size) | placed
