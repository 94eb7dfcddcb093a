"""Command line: `python -m nuonuo`. What only one command needs is imported by it."""

import inspect
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nuonuo.console import clear_progress, progress, table, told
from nuonuo.debug import commands
from nuonuo.lab import experiments
from nuonuo.lab.options import dashed, options, setting

if TYPE_CHECKING:
    from nuonuo.association import Separation
    from nuonuo.memory import Memory

EXPERIMENTS = (*(one.name for one in experiments.EXPERIMENTS), "locomo", "longmemeval", "speed", "spiking")
SEPARATIONS = {"linear": ("identity", ()), "power": ("power", (3,)), "softmax": ("softmax", (8,))}
EXPECTED = (ValueError, OSError, sqlite3.Error)

app = typer.Typer(
    help="Associative memory: Hopfield retrieval with Hebbian links.", add_completion=False, no_args_is_help=True
)
Bank = Annotated[Path, typer.Argument(help="A bank's file, such as notes.nuonuo.", show_default=False)]


def plainly(command: Callable) -> Callable:
    """Say an expected error in one sentence on standard error, and leave with code 2."""

    @wraps(command)
    def run(*args, **kwargs):
        try:
            return command(*args, **kwargs)
        except EXPECTED as reason:
            clear_progress()
            typer.echo(f"Error: {reason}", err=True)
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
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole trace as JSON, nothing else.")] = False,
) -> None:
    """Recall a memory, beside the plain nearest neighbour."""
    from nuonuo.memory import Memory
    from nuonuo.noise import Noise

    phi = separation_named(separation)
    noise = Noise(sigma=sigma, seed=seed)
    with closing(Memory.open(bank)) as memory:
        trace = memory.recall(query, k=k, beta=beta, steps=steps, noise=noise, hops=hops, separation=phi)
    typer.echo(trace.to_json() if as_json else told(trace))


@app.command()
@plainly
def add(
    bank: Bank,
    cue: Annotated[str, typer.Argument(help="The text that should bring it back.", show_default=False)],
    target: Annotated[str | None, typer.Argument(help="What is recalled; the cue itself if left out.")] = None,
    cues: Annotated[list[str] | None, typer.Option("--cue", help="Another text that should bring it back.")] = None,
) -> None:
    """Add one memory; the bank is made if there is none. Prints the memory's id."""
    typer.echo(fill(bank, lambda memory: memory.add(cue, target, cues or ())))


@app.command("import")
@plainly
def import_file(
    file: Annotated[
        Path, typer.Argument(help="JSONL, CSV, TSV, Parquet or NPZ, or one memory a line.", show_default=False)
    ],
    bank: Annotated[Path | None, typer.Option(help="Where to; FILE's name with .nuonuo, here, if left out.")] = None,
) -> None:
    """Import memories from a file; all are checked before any is stored."""
    from nuonuo.importer import own_size, read_items

    items = read_items(file)
    into = bank or Path(f"{file.stem}.nuonuo")
    dimension = own_size(items)  # a new bank of embeddings that MiniLM did not make has no encoder

    def put(memory: "Memory") -> list[int]:
        size = next((item.embedding.shape[-1] for item in items if item.embedding is not None), memory.dimension)
        if size != memory.dimension:
            raise ValueError(f"{file}: its embeddings have {size} numbers, and bank {into} takes {memory.dimension}")
        return memory.add_many(items, progress("Encoding"))

    added = fill(into, put, dimension)
    typer.echo(f"Added {len(added):,} {'memory' if len(added) == 1 else 'memories'} to {into}.")


@app.command()
@plainly
def forget(bank: Bank, ids: Annotated[list[int], typer.Argument(help="Ids, as `list` shows.", show_default=False)]):
    """Forget memories, by id."""
    from nuonuo.memory import Memory

    ids = list(dict.fromkeys(ids))
    with closing(Memory.open(bank)) as memory:
        memory.forget(ids)
    typer.echo(f"Forgot {len(ids):,} {'memory' if len(ids) == 1 else 'memories'}.")


@app.command("list")
@plainly
def list_memories(bank: Bank) -> None:
    """List a bank's memories: id, cue, target, further cues."""
    from nuonuo.memory import Memory

    with closing(Memory.open(bank)) as memory:
        rows = [{"id": r.id, "cue": r.cues[0], "target": r.target, "more cues": len(r.cues) - 1} for r in memory]
    typer.echo(table(rows) if rows else f"{bank} is empty.")


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
    rows = run(**chosen, progress=progress(name))
    clear_progress()
    if csv is not None:
        from nuonuo.lab.results import table as as_csv

        csv.write_text(as_csv(rows), "utf-8")
    text = json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False)
    if out == "-":
        typer.echo(text)
        return
    if out is not None:
        Path(out).write_text(text + "\n", "utf-8")
    typer.echo(table(rows))


@app.command()
@plainly
def replay(
    file: Annotated[Path, typer.Argument(help="A capsule: one recall, kept as JSON.", show_default=False)],
    bank: Annotated[Path | None, typer.Option(help="Ask this bank instead, such as the mended one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON, nothing else.")] = False,
) -> None:
    """Ask a capsule's question again: code 0 if the Trace is the same (of a bank: if it is right now), 1 if not."""
    from nuonuo.debug.capsule import Capsule
    from nuonuo.debug.replaying import replay_of, told

    capsule = Capsule.read(file)
    outcome = replay_of(capsule, bank)
    typer.echo(outcome.to_json() if as_json else told(capsule, outcome, bank))
    raise typer.Exit(0 if (outcome.same if bank is None else outcome.right) else 1)


for command in (commands.triage, commands.suggest):
    app.command()(plainly(command))


def separation_named(name: str) -> "Separation":
    """The separation called linear, power or softmax. Raises ValueError for another name."""
    from nuonuo import association

    if name not in SEPARATIONS:
        raise ValueError(f"separation must be one of {', '.join(SEPARATIONS)}, got {name!r}")
    function, parameters = SEPARATIONS[name]
    return getattr(association, function)(*parameters)


def fill(path: Path, put: Callable[["Memory"], Any], dimension: int | None = None) -> Any:
    """What `put` returns, given the bank at path; one made for it is taken away again if it fails."""
    from nuonuo.memory import Memory

    new = not path.exists()
    memory = Memory(path, dimension=dimension) if new else Memory.open(path)
    done = False
    try:
        result = put(memory)
        done = True
        return result
    finally:
        memory.close()
        if new and not done:
            for end in ("", "-wal", "-shm"):
                path.with_name(path.name + end).unlink(missing_ok=True)


if __name__ == "__main__":
    app()
