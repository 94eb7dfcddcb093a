"""The debugger's commands; nuonuo/__main__.py gives them to the command line."""

import json
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from nuonuo.console import clear_progress, progress, table

Where = Annotated[
    Path, typer.Argument(help="A bank, a file of memories, or a LoCoMo or LongMemEval .json.", show_default=False)
]
Asked = Annotated[
    Path | None, typer.Argument(help="Rows with query and expected or expected_id; none for a published .json.")
]
Out = Annotated[str | None, typer.Option("--json", help="Write the rows as JSON here; - prints only them.")]


def triage(
    bank: Where,
    queries: Asked = None,
    out: Out = None,
    mend: Annotated[bool, typer.Option("--fixes/--no-fixes", help="Run what would mend each miss.")] = True,
) -> None:
    """Ask many questions of a bank: recall, the cause of every miss, and the smallest change that mends it."""
    from nuonuo.debug import triage as triaging

    check(bank, queries, out, "triage")
    began = time.perf_counter()
    checked = triaging.of_file(bank, queries, mend, progress("triage"))
    took = time.perf_counter() - began
    say([one.row for one in checked], out, triaging.summary(checked), triaging.verdicts(checked))
    if out != "-":
        typer.echo(f"\n{len(checked):,} questions in {took:.1f} s.")


def suggest(
    bank: Where,
    queries: Asked = None,
    out: Out = None,
    within: Annotated[int, typer.Option(help="An expected memory counts among the first so many.")] = 10,
    plain: Annotated[bool, typer.Option("--plain", help="Start from plain cosine instead of whitened keys.")] = False,
) -> None:
    """Find the one change of a bank that mends most questions, by running each; no question is stored."""
    from nuonuo.debug import suggest as suggesting
    from nuonuo.debug.asking import Asking
    from nuonuo.debug.queries import read_questions
    from nuonuo.debug.suites import read_suite
    from nuonuo.debug.triage import open_bank

    check(bank, queries, out, "suggest")
    if within < 1:
        raise ValueError(f"--within must be >= 1, got {within}")
    how, bar = Asking("", whitened=not plain), progress("suggest")
    if queries is None:
        found = suggesting.of_parts(read_suite(bank), how, bar)
    else:
        asked = read_questions(queries)
        with closing(open_bank(bank)) as memory:
            found = suggesting.suggest([(memory, asked, {})], how, bar, 1)
    rows = found.rows(within)
    say(rows, out, [{key: value for key, value in row.items() if not isinstance(value, list)} for row in rows])
    if out != "-":
        honest = found.honest_gain(within)
        typer.echo(f"\nChosen on one half of the questions, the best change gains {honest:+.3f} on the other.")


def check(bank: Path, queries: Path | None, out: str | None, name: str) -> None:
    """Raises ValueError if a command is given what it cannot begin with."""
    path = None if out in {None, "-"} else Path(str(out))
    if path and not path.parent.is_dir():
        raise ValueError(f"cannot write {path}: there is no folder {path.parent}")
    if path and path.is_dir():
        raise ValueError(f"cannot write {path}: it is a folder")
    if path and path.exists() and any(one and one.exists() and path.samefile(one) for one in (bank, queries)):
        raise ValueError(f"cannot write {path}: it is what is read")
    if queries is None and bank.suffix.lower() != ".json":
        raise ValueError(f"{name} needs questions: python -m nuonuo {name} BANK QUERIES")


def say(rows: list[dict], out: str | None, *tables: list[dict]) -> None:
    """Write the rows as JSON, or print them alone, or print the tables."""
    clear_progress()
    text = json.dumps(rows, indent=1, ensure_ascii=False)
    if out == "-":
        typer.echo(text)
        return
    if out is not None:
        Path(out).write_text(text + "\n", "utf-8")
    typer.echo("\n\n".join(table(some) for some in tables if some))
