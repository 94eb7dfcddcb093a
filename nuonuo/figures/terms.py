"""Figure of what ranks candidates: meaning, words and links, stacked, with their sum at the end of each bar."""

from collections.abc import Collection, Sequence

import plotly.graph_objects as go

from nuonuo.figures.labelled_rows import frame, head, rule, say, targets
from nuonuo.figures.template import ACCENT, AXIS, INK, OKABE_ITO, RIVAL, figure, short
from nuonuo.memory.trace import Candidate, Trace

Row = tuple[int, Candidate]  # rank and memory
TERMS = (  # field of a candidate, name on screen, colour, ink on it
    ("meaning", "meaning", OKABE_ITO[3], "#FFFFFF"),
    ("words", "words", OKABE_ITO[0], "#1B1F24"),
    ("association", "links", OKABE_ITO[4], "#1B1F24"),
)
TALL, UP = 50, 0.4  # px of a row, rows from a bar to its label
ROOM = 0.1  # share of the width from which a term has room for its number
SENDERS = 3  # named when a row is pointed at


def rows_of(trace: Trace, wanted: Collection[int] = (), most: int = 6) -> list[Row]:
    """The candidates shown: the first few by rank, and those that are expected."""
    ranked = list(enumerate(trace.candidates, 1))
    return [row for row in ranked if row[0] <= most or row[1].id in wanted]


def stacked(rows: Sequence[Row], expected: Collection[int] = ()) -> go.Figure:
    """Each memory's score S as the sum of its terms; what is below 0 goes to the left.

    expected: ids of the memories that are right, which are marked. Each row's customdata[0] is its memory's id.
    """
    some, y = _terms(rows), list(range(len(rows)))
    left = [min(0.0, c.meaning) for _, c in rows]
    right = [max(0.0, c.meaning) + c.words + c.association for _, c in rows]
    low, high = min(0.0, *left), max(0.01, *right)
    fig = figure(
        *(_term(term, rows, high - low) for term in some), targets(y, low, high, [_told(*row) for row in rows])
    )
    notes = [*_heads(some)]
    for place, ((rank, c), end) in enumerate(zip(rows, right, strict=True)):
        wanted, first = c.id in expected, rank == 1
        ink = ACCENT if wanted or (first and not expected) else RIVAL if first else INK
        name = f"{rank:,}  {short(c.cue, 30 if wanted else 38)}"
        notes.append(say(0, place - UP, f"<b>{name}</b>" if wanted else name, ink, 13))
        notes += [say(1, place - UP, "<b>expected</b>", ACCENT)] * wanted
        total = {"x": end, "xref": "x", "xanchor": "left", "xshift": 5}
        notes.append(say(0, place, f"<b>{_number(c.total)}</b>", INK) | total)
    ends = [low - 0.01 * (high - low), high + 0.16 * (high - low)]
    title = f"score S = {' + '.join(name for _, name, *_ in some)}"
    frame(fig, len(rows) - 1, TALL, ends, title, notes, [rule(0, color=AXIS)])
    return fig.update_layout(barmode="relative")


def stacked_words(rows: Sequence[Row], expected: Collection[int] = ()) -> str:
    """What `stacked` shows, for who cannot see it."""
    said = []
    for rank, c in [*rows[:4], *(row for row in rows[4:] if row[1].id in expected)]:
        mark = ", expected" if c.id in expected else ""
        said.append(f"{rank} {short(c.cue, 60)}{mark}: {_number(c.total)} = {_sum(c)}")
    names = ", ".join(name for _, name, *_ in _terms(rows))
    return f"Stacked bars of what ranks {len(rows)} memories: {names}. {'; '.join(said)}."


def _terms(rows: Sequence[Row]) -> list[tuple[str, str, str, str]]:
    """The terms that bring something to any of the rows, meaning always among them."""
    return [term for term in TERMS if term[0] == "meaning" or any(getattr(c, term[0]) for _, c in rows)]


def _term(term: tuple[str, str, str, str], rows: Sequence[Row], span: float) -> go.Bar:
    """One term of all rows; its number where there is room."""
    field, name, color, ink = term
    x = [getattr(c, field) for _, c in rows]
    text = [_number(value) if abs(value) > ROOM * span else "" for value in x]
    bar = go.Bar(name=name, y=list(range(len(rows))), x=x, orientation="h", width=0.36, marker_color=color)
    return bar.update(
        text=text,
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        constraintext="none",
        textfont={"color": ink, "size": 11},
        hoverinfo="skip",
    )


def _heads(some: Sequence[tuple[str, str, str, str]]) -> list[dict]:
    """The name of each term beside its colour, above all rows."""
    heads = []
    for place, (_, name, color, _) in enumerate(some):
        text = f'<span style="color:{color}">■</span> {name}'
        heads.append(head(0.24 * place, text, "left", "paper"))
    return heads


def _told(rank: int, c: Candidate) -> list:
    """A row's id, its text, and its numbers with the links that brought something."""
    lines = [
        f"rank {rank:,}: S = {_number(c.total)}",
        f"meaning {_number(c.meaning)}, of similarity {c.similarity:.3f}",
        f"words {_number(c.words)}, of BM25 {c.bm25:.2f}",
    ]
    if c.senders:
        lines.append(f"links {_number(c.association)}, sent by:")
    for one in c.senders[:SENDERS]:
        who = short(one.title or one.cue, 40)
        brought = _number(c.association * c.share(one))
        lines.append(f"{who} ({one.relation}, a = {one.attention:.2f}, weight {one.weight:.2f}): {brought}")
    if len(c.senders) > SENDERS:
        lines.append(f"and {len(c.senders) - SENDERS} more")
    return [c.id, short(c.cue, 90), "<br>".join(lines)]


def _sum(c: Candidate) -> str:
    """The terms that bring something."""
    terms = [(name, getattr(c, field)) for field, name, *_ in TERMS]
    return " + ".join(f"{name} {_number(value)}" for name, value in terms if value or name == "meaning")


def _number(value: float) -> str:
    """Two decimals, with a minus sign."""
    return f"{value:.2f}".replace("-", "−")
