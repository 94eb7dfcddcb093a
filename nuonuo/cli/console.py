"""What the command line prints: traces and tables for people, and a bar while something runs.

Texts are shown as they are: no markup of theirs is followed, and characters that would steer a terminal are spelt out.
"""

import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Table
from rich.text import Text

from nuonuo.files.writing import write_text

if TYPE_CHECKING:
    from nuonuo.memory.remaining import Remaining
    from nuonuo.memory.trace import Trace

LONGEST = 80  # characters of a cell
WIDE = 100_000  # columns of what is no terminal: nothing is cut or wrapped
OWN_STYLE = re.compile(r"(\x1b\[[01]m)")  # bold, and its end
JOINERS = "\u200c\u200d"  # invisible, but part of Persian words and of emoji


def told(trace: "Trace") -> str:
    """A trace for people: the answer, the ranking, plain cosine's answer, and the hops."""
    linked = any(c.senders for c in trace.candidates)
    ranked = [
        {"rank": i, "id": c.id, "score": c.total, "meaning": c.meaning, "words": c.words}
        | ({"links": c.association} if linked else {})
        | {"weight": c.weight, "cosine": c.cosine, "target": c.target}
        for i, c in enumerate(trace.candidates[:5], 1)
    ]
    from nuonuo.memory.outcome import ONE  # with torch, which only a recall needs

    nearest = trace.nearest
    plain = "the same" if nearest.id == trace.answer.id else f"{harmless(nearest.target)} (id {nearest.id})"
    lines = [harmless(trace.answer.target), "", table(ranked), ""]
    rest = trace.outcome.rest
    led = f"{harmless(trace.resting.target)} (id {trace.resting.id}), p {rest.weight:.3f}"
    lines += [f"At rest: {rest.kind.value}, {'at' if rest.number < ONE else 'led by'} {led}"]
    lines += [f"Plain nearest neighbour: {plain}, cosine {nearest.cosine:.3f}"]
    if not trace.terms.exact:
        lines += [f"Of {trace.bank.cues:,} cues only those that FAISS's 4-bit codes put first were compared in full"]
    if lexical := trace.lexical:
        same = "the same" if lexical.id == trace.answer.id else f"{harmless(lexical.target)} (id {lexical.id})"
        lines += [f"BM25: {same}, {lexical.bm25:.3f}"]
    if trace.stop is not None:
        hops = [
            {"hop": i, "id": h.id, "cosine": h.cosine, "margin": h.margin, "target": h.target}
            for i, h in enumerate(trace.hops, 1)
        ]
        lines += ["", *([table(hops)] if hops else []), f"Stopped: {trace.stop}"]
    return "\n".join(lines)


def table(rows: list[dict]) -> str:
    """Rows as aligned text: numbers right, texts left and cut at 80 characters; on a terminal as wide as it is."""
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    columns = list(dict.fromkeys(name for row in rows for name in row))
    for name in columns:
        is_text = any(isinstance(row.get(name), str) for row in rows)
        shown.add_column(
            Text(harmless(name)), justify="left" if is_text else "right", no_wrap=not is_text, overflow="fold"
        )
    for row in rows:
        shown.add_row(*(Text(_cell(row.get(name))) for name in columns))
    terminal = sys.stdout.isatty()
    width = Console().width if terminal else WIDE
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, highlight=False)
    with console.capture() as drawn:
        console.print(shown)
    return "\n".join(line.rstrip() for line in drawn.get().splitlines())


def say(rows: list[dict], out: str | None, *tables: list[dict]) -> None:
    """Write the rows as JSON, or print them alone, or print the tables."""
    text = json.dumps(rows, indent=1, ensure_ascii=False)
    if out == "-":
        echo(text)
        return
    if out is not None:
        write_text(out, text + "\n")
    if tables:
        echo("\n\n".join(table(some) for some in tables if some))


def echo(text: str, err: bool = False) -> None:
    """Print a text, all that a command says, with what would steer a terminal spelt out but for a table's bold."""
    parts = OWN_STYLE.split(text)  # every second is a style
    typer.echo("".join(part if i % 2 else harmless(part) for i, part in enumerate(parts)), err=err)


def harmless(text: str) -> str:
    """A text in which what would steer a terminal (escape sequences, carriage returns, …) is spelt out.

    JSON has its control characters below the blank spelt out already; the others are spelt as JSON does, and stay JSON.
    """
    if text.isprintable():
        return text
    spelt = lambda c: repr(c)[1:-1] if c < " " else json.dumps(c)[1:-1]  # noqa: E731
    return "".join(c if c.isprintable() or c in f"\n\t{JOINERS}" else spelt(c) for c in text)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3f}"
    text = f"{value:,}" if type(value) is int else harmless(" ".join(str(value).split()))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


class Rate(ProgressColumn):
    """How many are done a second."""

    def render(self, task: Task) -> Text:
        """The speed of late, or of the whole once it has ended."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s")


class Left(ProgressColumn):
    """How long it will still take, counting down between two reports."""

    def __init__(self, left: "Remaining") -> None:
        self._left = left
        super().__init__()

    def render(self, task: Task) -> Text:
        """As in "12 s left"; nothing as long as that is not known."""
        return Text(self._left.words)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """A function (done, total) that moves a bar on standard error until the block ends; None if that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    named = TextColumn("{task.description}", markup=False)
    from nuonuo.memory.remaining import Remaining  # with torch, which work that takes a while needs anyway

    left = Remaining()
    columns = (named, BarColumn(), MofNCompleteColumn(), Rate(), Left(left))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)

        def tell(done: int, total: int) -> None:
            left(done, total)
            bar.update(task, completed=done, total=total)

        yield tell
