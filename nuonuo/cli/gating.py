"""What `triage` does besides asking our own recall: somebody's run, minima, a baseline, and the exit code of both."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from nuonuo.cli.console import echo, harmless, progress, say

TheirRun = Annotated[
    Path | None, typer.Option("--run", help="A TREC or JSON run of your own retriever, triaged instead of our recall.")
]
Qrels = Annotated[Path | None, typer.Option(help="What is expected, as qrels; of a run alone.")]
Minima = Annotated[
    list[str] | None, typer.Option("--min", help="Fail with code 1 below this: recall@10=0.8, MRR=0.5, nDCG@10=0.6, …")
]
Baseline = Annotated[
    Path | None, typer.Option(help="Fail with code 1 if a measure is significantly worse than in this file.")
]
Save = Annotated[Path | None, typer.Option(help="Keep where each expected item was found as a baseline.")]
Strict = Annotated[bool, typer.Option("--strict", help="Fail at any fall below the baseline, chance or not.")]


@dataclass(frozen=True)
class Gate:
    """The options of the gate, read before anything runs."""

    minima: tuple[Any, ...]
    baseline: Mapping[str, Any] | None
    save: Path | None
    strict: bool

    @property
    def due(self) -> bool:
        """Whether there is anything to hold the measures against, or to keep."""
        return bool(self.minima) or self.baseline is not None or self.save is not None


def gate_of(minima: Sequence[str] | None, baseline: Path | None, save: Path | None, strict: bool) -> Gate:
    """The options as given. Raises ValueError for one that cannot be used."""
    from nuonuo.debug import gate

    if save is not None and not save.parent.is_dir():
        raise ValueError(f"cannot write {save}: there is no folder {save.parent}")
    if strict and baseline is None:
        raise ValueError("--strict needs --baseline FILE: it is about a fall against that")
    read = None if baseline is None else gate.read(baseline)
    return Gate(tuple(gate.minimum(one) for one in minima or ()), read, save, strict)


def hold(chosen: Gate, places: Mapping[str, Any], about: str, quiet: bool) -> None:
    """Judge the places of each question's things, say so, and leave with code 1 if a measure failed.

    A baseline is kept only of what passed. quiet: say only what failed, on standard error.
    """
    from nuonuo.debug import gate

    if not chosen.due:
        return
    verdict = gate.judged(places, chosen.minima, chosen.baseline, chosen.strict)
    if not quiet:
        echo("\n" + "\n".join([*verdict.notes, *(f"Passed: {one}" for one in verdict.passed)]))
    for one in verdict.failures:
        echo(f"Failed: {one}", err=True)
    if not verdict.ok:
        raise typer.Exit(1)
    if chosen.save is not None:
        gate.save(chosen.save, places, about)


def places_of(checked: Sequence[Any]) -> dict[str, Any]:
    """Where our recall brings what each question expects, by question id."""
    from nuonuo.debug.measures import placed
    from nuonuo.debug.triage import NUONUO

    return {one.question.id: placed(one.ranks[NUONUO], one.expected) for one in checked if one.expected}


def of_run(
    corpus: Path,
    queries: Path | None,
    run: Path | None,
    qrels: Path | None,
    within: int,
    how: Any,
    out: str | None,
    chosen: Gate,
) -> None:
    """Triage somebody's run over a corpus and its questions, print where it loses things, and hold it to the gate."""
    from nuonuo.debug.opening import open_bank
    from nuonuo.debug.own_run import triage_run
    from nuonuo.files.questions import read_questions
    from nuonuo.files.runs import read_qrels, read_run

    if run is None:
        raise ValueError("--qrels needs --run RUN: without a run the question set says what is expected")
    if queries is None:
        raise ValueError("a run needs its questions: python -m nuonuo triage CORPUS QUERIES --run RUN")
    ranked, asked = read_run(run), read_questions(queries)
    judged = None if qrels is None else read_qrels(qrels)
    began = time.perf_counter()
    with closing(open_bank(corpus)) as memory, progress("triage") as bar:
        found = triage_run(memory, asked, ranked, judged, within, how, bar)
    took = time.perf_counter() - began
    say(found.rows, out, _wide(found.summary), found.verdicts)
    if out != "-":
        said = [f"{row['query_id']}, “{row['query']}”: {row['why']}" for row in found.rows if row["why"]]
        echo("\n".join(harmless(line) for line in ["", *found.notes, *said]))
        echo(f"\n{len(found.checked):,} questions in {took:.1f} s.")
    hold(chosen, found.places, f"triage {corpus.name}, {found.name}", out == "-")


def _wide(rows: Sequence[dict]) -> list[dict]:
    """A row a measure, a column a method."""
    shown: dict[str, dict] = {}
    for row in rows:
        shown.setdefault(row["measure"], {"measure": row["measure"]})[row["method"]] = (
            f"{row['value']:.3f} ({row['low']:.2f}–{row['high']:.2f})"
        )
    return list(shown.values())
