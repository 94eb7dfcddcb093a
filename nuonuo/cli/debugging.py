"""The debugger's commands; nuonuo/cli/commands.py gives them to the command line."""

import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nuonuo.cli import gating
from nuonuo.cli.console import echo, progress, say
from nuonuo.cli.options import ALL, LINKS, WORDS, Links, Relations, Words, terms

if TYPE_CHECKING:
    from nuonuo.debug.rule import Rule

Where = Annotated[
    Path, typer.Argument(help="A bank, a file of memories, or a LoCoMo or LongMemEval .json.", show_default=False)
]
Asked = Annotated[
    Path | None, typer.Argument(help="Rows with query and expected or expected_id; none for a published .json.")
]
Within = Annotated[int, typer.Option(help="An expected memory counts among the first so many.")]
Needed = Annotated[str, typer.Option(help="all or any, where a question expects several.")]
Out = Annotated[str | None, typer.Option("--json", help="Write the rows as JSON here; - prints only them.")]


def triage(
    bank: Where,
    queries: Asked = None,
    out: Out = None,
    fix: Annotated[bool, typer.Option("--fixes/--no-fixes", help="Run what would fix each miss.")] = True,
    within: Within = 5,
    need: Needed = "all",
    words: Words = WORDS,
    links: Links = LINKS,
    relations: Relations = ALL,
    run: gating.TheirRun = None,
    qrels: gating.Qrels = None,
    minima: gating.Minima = None,
    baseline: gating.Baseline = None,
    save_baseline: gating.Save = None,
    strict: gating.Strict = False,
) -> None:
    """Ask many questions of a bank: recall, the cause of every miss, and the smallest change that fixes it.

    With --run a run of your own retriever is diagnosed instead. With --min or --baseline code 1 says that it failed.
    """
    from nuonuo.debug import triage as triaging

    queries = bank if queries is None and bank.is_dir() else queries  # a judged collection brings its own
    check(bank, queries, out, "triage")
    rule = ruled(within, need)
    gate = gating.gate_of(minima, baseline, save_baseline, strict)
    how = replace(triaging.HOW, **terms(words, links, relations))
    if run is not None or qrels is not None:
        return gating.of_run(bank, queries, run, qrels, within, how, out, gate)
    began = time.perf_counter()
    with progress("triage") as bar:
        checked = triaging.of_file(bank, queries, fix, bar, how, rule)
    took = time.perf_counter() - began
    say([one.row for one in checked], out, triaging.summary(checked), triaging.verdicts(checked))
    if out != "-":
        echo(f"\n{len(checked):,} questions in {took:.1f} s, {peak()} at most; right means that {rule}.")
    return gating.hold(gate, gating.places_of(checked), f"triage {bank.name}", out == "-")


def suggest(
    bank: Where,
    queries: Asked = None,
    out: Out = None,
    within: Within = 10,
    need: Needed = "all",
    plain: Annotated[bool, typer.Option("--plain", help="Start from plain cosine instead of whitened keys.")] = False,
    words: Words = WORDS,
    links: Links = LINKS,
    relations: Relations = ALL,
) -> None:
    """Find the one change of a bank that fixes most questions, by running each; no question is stored."""
    from nuonuo.debug import suggest as suggesting
    from nuonuo.debug.opening import open_bank
    from nuonuo.files.questions import read_questions
    from nuonuo.files.suites import read_suite
    from nuonuo.memory.asking import Asking

    check(bank, queries, out, "suggest")
    rule = ruled(within, need)
    how = Asking(whitened=not plain, **terms(words, links, relations))
    if queries is None:
        with progress("suggest") as bar:
            total = sum(1 for _ in read_suite(bank)) if bar else None  # so that what remains is known
            found = suggesting.of_parts(read_suite(bank), how, bar, total)
    else:
        asked = read_questions(queries)
        with closing(open_bank(bank)) as memory, progress("suggest") as bar:
            found = suggesting.suggest([(memory, asked, {})], how, bar, 1)
    rows = found.rows(rule)
    say(rows, out, [{key: value for key, value in row.items() if not isinstance(value, list)} for row in rows])
    if out != "-":
        honest = found.honest_gain(rule)
        none = "No change raises recall. " if all(row["gain"] <= 0 for row in rows) else ""
        echo(f"\n{none}Chosen on one half of the questions, the best change gains {honest:+.3f} on the other.")


def peak() -> str:
    """The most memory that this process has held, in MB, where the system tells."""
    try:
        from resource import RUSAGE_SELF, getrusage
    except ImportError:  # Windows
        return "an unknown amount of memory"
    unit = 1 if sys.platform == "darwin" else 1024  # bytes
    return f"{getrusage(RUSAGE_SELF).ru_maxrss * unit / 2**20:,.0f} MB"


def ruled(within: int, need: str) -> "Rule":
    """When a recall counts as right. Raises ValueError naming the option that is wrong."""
    from nuonuo.debug.rule import Need, Rule

    if within < 1:
        raise ValueError(f"--within must be >= 1, got {within}")
    if need not in set(Need):
        raise ValueError(f"--need must be {' or '.join(Need)}, got {need!r}")
    return Rule(within, Need(need))


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
