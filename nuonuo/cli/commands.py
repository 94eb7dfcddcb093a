"""The commands: `nuonuo --help` lists them. What only one command needs is imported by it."""

import inspect
import json
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from nuonuo.cli import checking, rescuing
from nuonuo.cli import debugging as commands
from nuonuo.cli.console import echo, harmless, progress, table, told
from nuonuo.cli.importing import import_file
from nuonuo.cli.indexing import index
from nuonuo.cli.options import ALL, LINKS, WORDS, Links, Relations, Words, dashed, options, setting, terms
from nuonuo.cli.report import report
from nuonuo.cli.why import why
from nuonuo.files.writing import write_text
from nuonuo.lab import experiments

# whose rows make no chart
OTHERS = (
    *(
        "locomo",
        "lmeb",
        "multihop",
        "longmemeval",
        "ablation",
        "speed",
        "growth",
        "indexes",
        "encoding",
        "sizing",
        "spiking",
    ),
    "classical",
)
EXPERIMENTS = (*(one.name for one in experiments.EXPERIMENTS), *OTHERS)
EXPECTED = (ValueError, OSError, sqlite3.Error, MemoryError)

app = typer.Typer(
    help="Associative memory: Hopfield retrieval with Hebbian links.", add_completion=False, no_args_is_help=True
)
Bank = Annotated[Path, typer.Argument(help="A bank's file, such as notes.nuonuo.", show_default=False)]


def plainly(command: Callable) -> Callable:
    """Say an expected error in one sentence on standard error and leave with code 2."""

    @wraps(command)
    def run(*args, **kwargs):
        try:
            return command(*args, **kwargs)
        except EXPECTED as reason:
            full = isinstance(reason, MemoryError)
            echo(f"Error: {'it needs more memory than there is' if full else harmless(str(reason))}", err=True)
            raise typer.Exit(2) from reason

    return run


@app.command()
@plainly
def recall(
    bank: Bank,
    query: Annotated[str, typer.Argument(help="What to recall.", show_default=False)],
    k: Annotated[int, typer.Option(help="Candidates.")] = 20,
    beta: Annotated[float, typer.Option(help="Inverse temperature of settling.")] = 32.0,
    steps: Annotated[int, typer.Option(help="Settling updates.")] = 3,
    sigma: Annotated[float, typer.Option(help="Noise on the query's embedding; 1 is as long as it.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Of the noise.")] = 0,
    hops: Annotated[int, typer.Option(help="Hops along the links.")] = 0,
    separation: Annotated[str, typer.Option(help="Of the hops: linear, power (3) or softmax (8).")] = "power",
    words: Words = WORDS,
    links: Links = LINKS,
    relations: Relations = ALL,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole trace as JSON, nothing else.")] = False,
) -> None:
    """Recall a memory, beside the plain nearest neighbour."""
    from nuonuo.memory import Memory
    from nuonuo.memory.noise import Noise
    from nuonuo.memory.novelty import novelty

    noise, more = Noise(sigma=sigma, seed=seed), terms(words, links, relations)
    with closing(Memory.open(bank)) as memory:
        asked: dict[str, Any] = {
            "k": k,
            "beta": beta,
            "steps": steps,
            "noise": noise,
            "hops": hops,
            "separation": separation,
        }
        trace = memory.recall(query, **asked, **more)
        near = novelty(memory.bank, trace.probe)
    new = (
        f"\nNothing stored is near this query: F {near.energy:.3f}, median {near.median:.3f}."
        if near and near.new
        else ""
    )
    echo(trace.to_json() if as_json else told(trace) + new)


@app.command()
@plainly
def add(
    bank: Bank,
    cue: Annotated[str, typer.Argument(help="The text that should bring it back.", show_default=False)],
    target: Annotated[str | None, typer.Argument(help="What is recalled; the cue itself if left out.")] = None,
    cues: Annotated[list[str] | None, typer.Option("--cue", help="Another text that should bring it back.")] = None,
) -> None:
    """Add one memory; the bank is made if there is none. Prints the memory's id."""
    from nuonuo.cli import filling
    from nuonuo.memory.records import record

    echo(str(filling.add(bank, record(cue, target, cues or ()))))


app.command("import")(plainly(import_file))
app.command()(plainly(index))


@app.command()
@plainly
def forget(bank: Bank, ids: Annotated[list[int], typer.Argument(help="Ids, as `list` shows.", show_default=False)]):
    """Forget memories, by id."""
    from nuonuo.cli.filling import finish
    from nuonuo.memory import Memory

    ids = list(dict.fromkeys(ids))
    with closing(Memory.open(bank)) as memory:
        finish()
        memory.forget(ids)
    echo(f"Forgot {len(ids):,} {'memory' if len(ids) == 1 else 'memories'}.")


@app.command("list")
@plainly
def list_memories(bank: Bank) -> None:
    """List a bank's memories: id, cue, target, further cues."""
    from nuonuo.memory import Memory

    with closing(Memory.open(bank)) as memory:
        rows = [{"id": r.id, "cue": r.cues[0], "target": r.target, "more cues": len(r.cues) - 1} for r in memory]
    echo(table(rows) if rows else f"{bank} is empty.")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
@plainly
def lab(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help=f"The experiment: {', '.join(EXPERIMENTS)}.", show_default=False)],
    seed: Annotated[int | None, typer.Option(help="0 if left out.")] = None,
    out: Annotated[str | None, typer.Option("--json", help="Write the rows as JSON here; - prints only them.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the rows as CSV here.")] = None,
) -> None:
    """Run an experiment and print its table: lab NAME [FILE]. Its settings are options, as --links 2000 or --cues."""
    if name not in EXPERIMENTS:
        raise ValueError(f"there is no experiment {name!r}: choose {', '.join(EXPERIMENTS)}")
    for path in (out, csv):
        if path not in {None, "-"} and not Path(path).parent.is_dir():
            raise ValueError(f"cannot write {path}: there is no folder {Path(path).parent}")
    run = import_module(f"nuonuo.lab.{name}").run
    takes = inspect.signature(run).parameters
    switches = {key for key, one in takes.items() if one.annotation is bool}
    chosen: dict[str, Any] = dict(options(context.args, switches)) | ({} if seed is None else {"seed": seed})
    if unknown := sorted(set(chosen) - set(takes) | set(chosen) & {"encoder", "progress", "keep"}):
        raise ValueError(f"experiment {name} does not take {', '.join('--' + dashed(key) for key in unknown)}")
    if "file" in takes and "file" not in chosen and takes["file"].default is inspect.Parameter.empty:
        raise ValueError(f"experiment {name} needs a file: python -m nuonuo lab {name} FILE")
    chosen |= {key: setting(key, text, takes[key].annotation) for key, text in chosen.items() if key != "seed"}
    with progress(name) as bar:
        rows = run(**chosen, progress=bar)
    if csv is not None:
        from nuonuo.lab.results import table as as_csv

        write_text(csv, as_csv(rows))
    text = json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False)
    if out == "-":
        echo(text)
        return
    if out is not None:
        write_text(out, text + "\n")
    echo(table(rows))


@app.command()
@plainly
def replay(
    file: Annotated[Path, typer.Argument(help="A capsule: one recall, kept as JSON.", show_default=False)],
    bank: Annotated[Path | None, typer.Option(help="Ask this bank instead, such as the fixed one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON, nothing else.")] = False,
) -> None:
    """Ask a capsule's question again: code 0 if the Trace is the same (of a bank: if it is right now), 1 if not."""
    from nuonuo.debug.capsule import Capsule
    from nuonuo.debug.replaying import replay_of, told

    capsule = Capsule.read(file)
    outcome = replay_of(capsule, bank)
    echo(outcome.to_json() if as_json else harmless(told(capsule, outcome, bank)))
    raise typer.Exit(0 if (outcome.same if bank is None else outcome.right) else 1)


@app.command("app", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
@plainly
def explorer(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Of the page's address.")] = 8501,
    address: Annotated[
        str, typer.Option("--host", "--address", help="What it listens on; 0.0.0.0 lets other machines in.")
    ] = "localhost",
) -> None:
    """Open the explorer in the browser. Further options are passed to `streamlit run`: --server.headless true."""
    from nuonuo.studio.shell.own import unwritable
    from nuonuo.studio.shell.serving import OPEN, local, serve

    if why := unwritable():
        echo(harmless(f"There can be no banks of your own: {why}."), err=True)
    if not local(address):
        echo(OPEN.format(harmless(address)), err=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the server ends in its own way
    try:
        serve(address, port, context.args)
    except OSError as reason:
        raise ValueError(f"cannot listen on {address}, port {port}: {reason.strerror or reason}") from reason


for command in (commands.triage, commands.suggest, why, report, checking.check, rescuing.repair, rescuing.copy):
    app.command()(plainly(command))
