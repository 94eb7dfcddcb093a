"""Figures of a recall that missed: the ladder of its candidates, and what each word and each memory does to it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from nuonuo.debug.influence import Without, Word
from nuonuo.figures.labelled_rows import dots, frame, head, named, rule, say, targets
from nuonuo.figures.labels import one_line
from nuonuo.figures.template import ACCENT, AXIS, DIVERGING, INK, LINE, MUTED, RIVAL, figure, short
from nuonuo.memory.trace import Trace

ROWS = 12  # of a ladder, gaps included
MOST, FEWEST, SEEN = 8, 3, 0.0005  # memories whose absence is shown, and the gain from which there is one to see
TALL, LOW = 46, 27  # px of a row with its label above it, and of one with its label beside it
UP = 0.34  # rows from a row to its label
Below = tuple[int, str, float, int]  # id, cue, score and rank of an expected memory that is no candidate


@dataclass(frozen=True)
class Rung:
    """A memory on the ladder."""

    rank: int
    id: int
    cue: str
    score: float  # S
    told: str  # its other numbers


def ladder(trace: Trace, expected: int | None, right: Collection[int] = (), below: Below | None = None) -> go.Figure:
    """Score S of the candidates by rank, with a line at the last one's, where k cuts.

    At most 12 rows: the best, the expected memory with its neighbours, and "…" for ranks left out. right: ids of which
    any is right. below: the expected memory where it is no candidate. Each row's customdata[0] is its memory's id.
    """
    rungs = _rungs(trace, expected, below)
    spots, gaps = _spots(rungs, len(trace.candidates))
    x = [r.score for r in rungs]
    low, high = min(0.0, *x), max(0.01, *x)
    colors = [_role(r.id, trace, right if expected is None else {expected, *right}) for r in rungs]
    ring = [(r.score, y) for r, y in zip(rungs, spots, strict=True) if r.id == trace.nearest.id]
    fig = figure(
        targets(spots, low, high, [[r.id, short(r.cue, 90), f"S = {r.score:.2f} · {r.told}"] for r in rungs]),
        dots("dots", x, spots, size=11, color=colors, line={"width": 0}),
        dots("ring", [r[0] for r in ring], [r[1] for r in ring], size=18, symbol="circle-open", color=INK),
    )
    notes, lines = [say(0, y, text, MUTED) for y, text in gaps], []
    for rung, y, color in zip(rungs, spots, colors, strict=True):
        stick, ink = (AXIS, INK) if color == MUTED else (color, color)
        line = {"line": {"color": stick, "width": 2}, "layer": "below"}
        lines.append({"type": "line", "x0": 0, "x1": rung.score, "y0": y, "y1": y} | line)
        bold, number = rung.id == expected, f"{rung.score:.2f}"
        label = f"{rung.rank}  {short(rung.cue, 27 if bold else 36)}"
        notes.append(say(0, y - UP, f"<b>{label}</b>" if bold else label, ink, 13))
        notes.append(say(1, y - UP, f"<b>expected</b> {number}" if bold else number, MUTED))
    if trace.bank.memories > len(trace.candidates):
        cut = trace.candidates[-1].total
        lines.append(rule(cut, color=MUTED, dash="dot"))
        notes.append(named(cut, f"cut at k = {trace.asking.k}", low, high))
    title = "score S  ·  ○ first by plain cosine" if ring else "score S"
    last, ends = max([*spots, *(y for y, _ in gaps)]), [low, high + 0.03 * (high - low)]
    return frame(fig, last, TALL, ends, title, notes, lines)


def word_bars(words: Sequence[Word]) -> go.Figure:
    """How the expected memory's lead changes without each word of the query, in its order; its rank then on the right.

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
        targets(rows, -most, most, told),
    )
    notes = [head(0.02 * most, "better →", "left"), head(-0.02 * most, "← worse", "right")]
    notes.append(head(1, "rank", "right", "paper"))
    for row, word in zip(rows, words, strict=True):
        wins = _turns(word)
        label, rank = short(word.word, 14), f"{word.rank:,}"
        notes.append(say(0, row, f"<b>{label}</b>" if wins else label, ACCENT if wins else INK))
        notes.append(say(1, row, f"<b>✓ {rank}</b>" if wins else rank, ACCENT if wins else MUTED))
    ends, title = [-1.08 * most, 1.08 * most], "change of lead without the word"
    frame(fig, len(rows) - 1, LOW, ends, title, notes, [rule(0, color=AXIS)])
    return fig.update_xaxes(domain=[0.3, 0.86], nticks=5).update_yaxes(range=[len(rows) - 0.4, -0.6])


def memory_bars(withouts: Sequence[Without], weight_now: float) -> go.Figure:
    """The expected memory's weight without each of the memories that matter most to it, and a line at its weight now.

    At most 8, the largest gain or loss on top; a tick marks those without which the expected memory comes first. Each
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
        targets(rows, 0, 1, told),
    )
    notes = [named(weight_now, f"now {weight_now:.3f}", 0, 1)]
    for row, without in zip(rows, shown, strict=True):
        first, number = without.rank == 1, f"{without.weight:.3f}"
        notes.append(say(0, row - UP, short(without.cue, 34), ACCENT if first else INK, 13))
        notes.append(say(1, row - UP, f"<b>✓ first</b> {number}" if first else number, MUTED))
    title = "attention p on the expected memory, without this one"
    frame(fig, len(rows) - 1, TALL, [0, 1], title, notes, [rule(weight_now, color=MUTED, dash="dot")])
    return fig.update_xaxes(tickvals=[0, 0.5, 1])


def ladder_words(trace: Trace, expected: int | None = None, below: Below | None = None) -> str:
    """What `ladder` shows, for who cannot see it."""
    best = "; ".join(f"{rank} {one_line(c.cue)}: {c.total:.2f}" for rank, c in enumerate(trace.candidates[:3], 1))
    said = [f"A ladder of {len(trace.candidates)} candidates by score S. {best}."]
    rank = None if expected is None else trace.rank(expected)
    if rank:
        mine = trace.candidates[rank - 1]
        said.append(f"The expected memory, {one_line(mine.cue)}, has rank {rank} with {mine.total:.2f}.")
    elif below:
        said.append(
            f"The expected memory, {one_line(below[1])}, is below the cut: rank {below[3]} with {below[2]:.2f}."
        )
    if trace.bank.memories > len(trace.candidates):
        said.append(f"k = {trace.asking.k} cuts at {trace.candidates[-1].total:.2f}.")
    return " ".join([*said, f"Plain cosine's first is {one_line(trace.nearest.cue)}."])


def word_bars_words(words: Sequence[Word]) -> str:
    """What `word_bars` shows, for who cannot see it."""
    if not words:
        return "No word of the question can be left out."
    most, least = max(words, key=lambda w: w.change), min(words, key=lambda w: w.change)
    turning = ", ".join(w.word for w in words if _turns(w)) or "no single word"
    return (
        f"Bars for {len(words)} words: how the expected memory's lead changes without each. Most without {most.word}: "
        f"{most.change:+.3f}, rank {most.rank}; least without {least.word}: {least.change:+.3f}, rank {least.rank}. "
        f"Leaving out this makes it come first: {turning}."
    )


def memory_bars_words(withouts: Sequence[Without], weight_now: float) -> str:
    """What `memory_bars` shows, for who cannot see it."""
    told = "; ".join(
        f"{one_line(w.cue)}: {w.weight:.3f}{' (first)' * (w.rank == 1)}" for w in _weightiest(withouts)[:4]
    )
    return f"Bars of the expected memory's weight, now {weight_now:.3f}, without one other. {told or 'There is none'}."


def _rungs(trace: Trace, expected: int | None, below: Below | None) -> list[Rung]:
    """The memories on the ladder, best first; with one below, the last candidate is there too as the one to beat."""
    count, rank = len(trace.candidates), None if expected is None else trace.rank(expected)
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
        told = f"similarity {c.similarity:.3f} · cosine {c.cosine:.3f} · p = {c.weight:.3f}"
        rungs.append(Rung(place, c.id, c.cue, c.total, told))
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


def _role(memory: int, trace: Trace, right: Collection[int]) -> str:
    if memory in right or (not right and memory == trace.answer.id):
        return ACCENT
    return RIVAL if memory == trace.answer.id else MUTED


def _turns(word: Word) -> bool:
    """Whether the expected memory comes first without this word, and does not with it."""
    return word.rank == 1 and word.lead <= word.change


def _shade(share: float) -> str:
    """Diverging colour of a change, −1 to 1: blue is better, orange worse."""
    level = 1 + round(3 * abs(share))  # away from paper, 1 to 4
    return DIVERGING[5 - level] if share > 0 else DIVERGING[5 + level]


def _weightiest(withouts: Sequence[Without]) -> list[Without]:
    """The memories that matter, most first; those whose absence changes nothing to be seen fill up to three."""
    ordered = sorted(withouts, key=lambda w: -abs(w.gain))
    return [w for place, w in enumerate(ordered[:MOST]) if place < FEWEST or abs(w.gain) >= SEEN]
