"""Figures of a recall that missed: the ladder of its candidates, and what each word and each memory does to it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from nuonuo.debug.influence import Without, Word
from nuonuo.figures.template import ACCENT, AXIS, DIVERGING, INK, LINE, MUTED, PAPER, RIVAL, figure, short
from nuonuo.trace import Trace

ROWS = 12  # of a ladder, gaps included
MOST, FEWEST, SEEN = 8, 3, 0.0005  # memories whose absence is shown, and the gain from which there is one to see
TALL, LOW = 46, 27  # px of a row with its label above it, and of one with its label beside it
UP = 0.34  # rows from a row to its label
TOP = 48  # px above the rows, for a heading below the figure's own buttons
FRAME = 96  # px above and below the rows
CLEAR = "rgba(0,0,0,0)"
Below = tuple[int, str, float, int]  # id, cue, similarity and rank of a wanted memory that is no candidate


@dataclass(frozen=True)
class Rung:
    """A memory on the ladder."""

    rank: int
    id: int
    cue: str
    similarity: float
    told: str  # its other numbers


def ladder(trace: Trace, wanted: int | None, meant: Collection[int] = (), below: Below | None = None) -> go.Figure:
    """Similarity of the candidates to the question, best on top, with a line at the last one's, where k cuts.

    At most 12 rows: the best, the wanted memory with its neighbours, and "…" for ranks left out. meant: ids of which
    any is right. below: the wanted memory where it is no candidate. Each row's customdata[0] is its memory's id.
    """
    rungs = _rungs(trace, wanted, below)
    spots, gaps = _spots(rungs, len(trace.candidates))
    x = [r.similarity for r in rungs]
    low, high = min(0.0, *x), max(0.01, *x)
    colors = [_role(r.id, trace, meant if wanted is None else {wanted, *meant}) for r in rungs]
    ring = [(r.similarity, y) for r, y in zip(rungs, spots, strict=True) if r.id == trace.nearest.id]
    fig = figure(
        _targets(
            spots, low, high, [[r.id, short(r.cue, 90), f"similarity {r.similarity:.3f} · {r.told}"] for r in rungs]
        ),
        _dots("dots", x, spots, size=11, color=colors, line={"width": 0}),
        _dots("ring", [r[0] for r in ring], [r[1] for r in ring], size=18, symbol="circle-open", color=INK),
    )
    notes, lines = [_say(0, y, text, MUTED) for y, text in gaps], []
    for rung, y, color in zip(rungs, spots, colors, strict=True):
        stick, ink = (AXIS, INK) if color == MUTED else (color, color)
        line = {"line": {"color": stick, "width": 2}, "layer": "below"}
        lines.append({"type": "line", "x0": 0, "x1": rung.similarity, "y0": y, "y1": y} | line)
        named, number = rung.id == wanted, f"{rung.similarity:.3f}"
        label = f"{rung.rank}  {short(rung.cue, 27 if named else 36)}"
        notes.append(_say(0, y - UP, f"<b>{label}</b>" if named else label, ink, 13))
        notes.append(_say(1, y - UP, f"<b>meant</b> {number}" if named else number, MUTED))
    if trace.bank["memories"] > len(trace.candidates):
        cut = trace.candidates[-1].similarity
        lines.append(_rule(cut, color=MUTED, dash="dot"))
        notes.append(_named(cut, f"cut at k = {trace.settings.k}", low, high))
    title = "similarity  ·  ○ first by plain cosine" if ring else "similarity"
    last, ends = max([*spots, *(y for y, _ in gaps)]), [low, high + 0.03 * (high - low)]
    return _frame(fig, last, TALL, ends, title, notes, lines)


def word_bars(words: Sequence[Word]) -> go.Figure:
    """How the wanted memory's lead changes without each word of the query, in its order; its rank then on the right.

    A tick marks the words without which it comes first, where it does not with all of them. Each row's customdata[0]
    is the word's place.
    """
    rows = list(range(len(words)))
    most = max([0.01, *(abs(w.change) for w in words)])
    told = [
        [w.place, f"without “{short(w.word)}”: rank {w.rank:,}", f"lead {w.lead:+.3f}, changed by {w.change:+.3f}"]
        for w in words
    ]
    colors = [_shade(w.change / most) for w in words]
    x = [w.change for w in words]
    fig = figure(
        go.Bar(name="words", y=rows, x=x, orientation="h", width=0.62, marker_color=colors, hoverinfo="skip"),
        _targets(rows, -most, most, told),
    )
    notes = [_head(0.02 * most, "better →", "left"), _head(-0.02 * most, "← worse", "right")]
    notes.append(_head(1, "rank", "right", "paper"))
    for row, word in zip(rows, words, strict=True):
        wins = _turns(word)
        label, rank = short(word.word, 14), f"{word.rank:,}"
        notes.append(_say(0, row, f"<b>{label}</b>" if wins else label, ACCENT if wins else INK))
        notes.append(_say(1, row, f"<b>✓ {rank}</b>" if wins else rank, ACCENT if wins else MUTED))
    ends, title = [-1.08 * most, 1.08 * most], "change of lead without the word"
    _frame(fig, len(rows) - 1, LOW, ends, title, notes, [_rule(0, color=AXIS)])
    return fig.update_xaxes(domain=[0.3, 0.86], nticks=5).update_yaxes(range=[len(rows) - 0.4, -0.6])


def memory_bars(withouts: Sequence[Without], weight_now: float) -> go.Figure:
    """The wanted memory's weight without each of the memories that matter most to it, and a line at its weight now.

    At most 8, the largest gain or loss on top; a tick marks those without which the wanted memory comes first. Each
    row's customdata[0] is the id of the memory left out.
    """
    shown = _weightiest(withouts)
    rows = list(range(len(shown)))
    told = [[w.id, short(w.cue, 90), f"weight {w.weight:.3f} without it, {w.gain:+.3f}"] for w in shown]
    colors = [ACCENT if w.rank == 1 else MUTED for w in shown]
    bar = {"y": rows, "orientation": "h", "width": 0.2, "hoverinfo": "skip"}
    fig = figure(
        go.Bar(name="track", x=[1.0] * len(rows), marker_color=LINE, **bar),
        go.Bar(name="weights", x=[w.weight for w in shown], marker_color=colors, **bar),
        _targets(rows, 0, 1, told),
    )
    notes = [_named(weight_now, f"now {weight_now:.3f}", 0, 1)]
    for row, without in zip(rows, shown, strict=True):
        first, number = without.rank == 1, f"{without.weight:.3f}"
        notes.append(_say(0, row - UP, short(without.cue, 34), ACCENT if first else INK, 13))
        notes.append(_say(1, row - UP, f"<b>✓ first</b> {number}" if first else number, MUTED))
    title = "attention p on the meant memory, without this one"
    _frame(fig, len(rows) - 1, TALL, [0, 1], title, notes, [_rule(weight_now, color=MUTED, dash="dot")])
    return fig.update_xaxes(tickvals=[0, 0.5, 1])


def ladder_words(trace: Trace, wanted: int | None = None, below: Below | None = None) -> str:
    """What `ladder` shows, for who cannot see it."""
    best = "; ".join(f"{rank} {c.cue}: {c.similarity:.3f}" for rank, c in enumerate(trace.candidates[:3], 1))
    said = [f"A ladder of {len(trace.candidates)} candidates by similarity to the question. {best}."]
    rank = None if wanted is None else trace.rank(wanted)
    if rank:
        mine = trace.candidates[rank - 1]
        said.append(f"The meant memory, {mine.cue}, has rank {rank} with {mine.similarity:.3f}.")
    elif below:
        said.append(f"The meant memory, {below[1]}, is below the cut: rank {below[3]} with {below[2]:.3f}.")
    if trace.bank["memories"] > len(trace.candidates):
        said.append(f"k = {trace.settings.k} cuts at {trace.candidates[-1].similarity:.3f}.")
    return " ".join([*said, f"Plain cosine's first is {trace.nearest.cue}."])


def word_bars_words(words: Sequence[Word]) -> str:
    """What `word_bars` shows, for who cannot see it."""
    if not words:
        return "No word of the question can be left out."
    most, least = max(words, key=lambda w: w.change), min(words, key=lambda w: w.change)
    turning = ", ".join(w.word for w in words if _turns(w)) or "no single word"
    return (
        f"Bars for {len(words)} words: how the meant memory's lead changes without each. Most without {most.word}: "
        f"{most.change:+.3f}, rank {most.rank}; least without {least.word}: {least.change:+.3f}, rank {least.rank}. "
        f"Leaving out this makes it come first: {turning}."
    )


def memory_bars_words(withouts: Sequence[Without], weight_now: float) -> str:
    """What `memory_bars` shows, for who cannot see it."""
    told = "; ".join(f"{w.cue}: {w.weight:.3f}{' (first)' * (w.rank == 1)}" for w in _weightiest(withouts)[:4])
    return f"Bars of the meant memory's weight, now {weight_now:.3f}, without one other. {told or 'There is none'}."


def _rungs(trace: Trace, wanted: int | None, below: Below | None) -> list[Rung]:
    """The memories on the ladder, best first; with one below, the last candidate is there too as the one to beat."""
    count, rank = len(trace.candidates), None if wanted is None else trace.rank(wanted)
    if count <= (ROWS - 2 if below else ROWS):
        ranks = list(range(1, count + 1))
    elif below:
        ranks = [*range(1, ROWS - 3), count]
    elif rank is None or rank < ROWS - 1:
        ranks = list(range(1, ROWS))
    else:
        ranks = [*range(1, ROWS - 4), *range(rank - 1, min(count, rank + 1) + 1)]
    rungs = []
    for place in ranks:
        c = trace.candidates[place - 1]
        rungs.append(Rung(place, c.id, c.cue, c.similarity, f"cosine {c.cosine:.3f} · p = {c.weight:.3f}"))
    return [*rungs, Rung(below[3], *below[:3], "not a candidate")] if below else rungs


def _spots(rungs: list[Rung], count: int) -> tuple[list[float], list[tuple[float, str]]]:
    """Where each rung is, and where ranks are left out, with what is said there. count: of the candidates."""
    spots, gaps, y, after = [], [], 0.0, 1
    for rung in rungs:
        if rung.rank > after:
            gaps.append((y - 0.3, f"…  {after:,} to {rung.rank - 1:,}"))
            y += 0.6
        spots.append(y)
        y, after = y + 1, rung.rank + 1
    if after <= count:
        gaps.append((y - 0.3, f"…  {after:,} to {count:,}"))
    return spots, gaps


def _role(memory: int, trace: Trace, meant: Collection[int]) -> str:
    if memory in meant or (not meant and memory == trace.answer.id):
        return ACCENT
    return RIVAL if memory == trace.answer.id else MUTED


def _turns(word: Word) -> bool:
    """Whether the wanted memory comes first without this word, and does not with it."""
    return word.rank == 1 and word.lead <= word.change


def _shade(share: float) -> str:
    """Diverging colour of a change, −1 to 1: blue is better, orange worse."""
    level = 1 + round(3 * abs(share))  # away from paper, 1 to 4
    return DIVERGING[5 - level] if share > 0 else DIVERGING[5 + level]


def _weightiest(withouts: Sequence[Without]) -> list[Without]:
    """The memories that matter, most first; those whose absence changes nothing to be seen fill up to three."""
    ordered = sorted(withouts, key=lambda w: -abs(w.gain))
    return [w for place, w in enumerate(ordered[:MOST]) if place < FEWEST or abs(w.gain) >= SEEN]


def _targets(y: Sequence[float], low: float, high: float, told: list[list]) -> go.Bar:
    """Unseen rows as wide as the figure, so that a finger finds each; told: id, text and numbers of each."""
    text = "%{customdata[1]}<br>%{customdata[2]}<extra></extra>"
    shape = {"orientation": "h", "width": 1, "offset": -0.6, "marker_color": CLEAR}
    x = [high - low] * len(y)
    return go.Bar(name="rows", y=y, x=x, base=low, customdata=told, hovertemplate=text, **shape)


def _dots(name: str, x: list[float], y: list[float], **marker) -> go.Scatter:
    return go.Scatter(name=name, x=x, y=y, mode="markers", hoverinfo="skip", cliponaxis=False, marker=marker)


def _say(x: int, y: float, text: str, color: str, size: int = 12) -> dict:
    """Text at the left edge, x = 0, or the right one, x = 1; what passes behind it is hidden."""
    font, anchor = {"color": color, "size": size}, "right" if x else "left"
    place = {"x": x, "xref": "paper", "xanchor": anchor, "y": y}
    return {"text": text, "font": font, "showarrow": False, "bgcolor": PAPER, "borderpad": 0} | place


def _head(x: float, text: str, anchor: str, xref: str = "x") -> dict:
    """A small heading above all rows."""
    place = {"x": x, "xref": xref, "xanchor": anchor, "y": 1, "yref": "paper", "yanchor": "bottom"}
    return {"text": text, "font": {"color": MUTED, "size": 11}, "showarrow": False} | place


def _rule(x: float, **line) -> dict:
    """A line through all rows."""
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": {"width": 1} | line}


def _named(x: float, text: str, low: float, high: float) -> dict:
    """The name of a line, above all rows."""
    share = (x - low) / (high - low)
    return _head(x, text, "left" if share < 0.25 else "right" if share > 0.75 else "center")


def _frame(
    fig: go.Figure, last: float, row: int, ends: list[float], title: str, notes: list[dict], lines: list[dict]
) -> go.Figure:
    """Axes and height for rows 0 to last, of `row` px each. Labels and lines come at once: Plotly checks all anew."""
    height = round(FRAME + row * (last + 1.2))
    fig.update_layout(showlegend=False, barmode="overlay", bargap=0, height=height, annotations=notes, shapes=lines)
    fig.update_layout(margin={"t": TOP})
    fig.update_xaxes(range=ends, fixedrange=True, title=title, showline=False, ticks="", nticks=6)
    return fig.update_yaxes(range=[last + 0.45, -0.75], visible=False, fixedrange=True)
