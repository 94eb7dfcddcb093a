"""The command `import`: files looked at, or their memories put into a bank."""

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nuonuo.cli.console import echo, harmless, progress, table
from nuonuo.cli.stores import import_store
from nuonuo.stores.addresses import is_address

if TYPE_CHECKING:
    from nuonuo.cli.filling import Added
    from nuonuo.files.preview import Preview

SUFFIXES = {".gz", ".jsonl", ".json", ".csv", ".tsv", ".zip"}  # more than one of which a name may end in


def _column(what: str) -> Any:
    return typer.Option(help=f"Column {what}; - for none. Guessed if left out.", show_default=False)


Files = Annotated[
    list[str],
    typer.Argument(
        help="JSON, JSON Lines, CSV, Parquet, Arrow, NPZ, Markdown, a chat log, a folder or ZIP; or text, a memory a "
        "line; or a vector store: chroma:FOLDER, qdrant:FOLDER, lancedb:FOLDER, faiss:INDEX, milvus:FILE.db, "
        "postgresql://…, chroma+http://…",
        show_default=False,
        metavar="FILE…",
    ),
]
Model = Annotated[str | None, typer.Option(help="Encoder of a new bank: a model's name or folder.", show_default=False)]
Collection = Annotated[str | None, typer.Option(help="Of a vector store: what to read of it.", show_default=False)]
Texts = Annotated[Path | None, typer.Option(help="Of a FAISS index: the file with its texts.", show_default=False)]


def import_file(
    files: Files,
    bank: Annotated[Path | None, typer.Option(help="Where to; FILE's name with .nuonuo, here, if left out.")] = None,
    text: Annotated[str | None, _column("of the text that brings a memory back")] = None,
    target: Annotated[str | None, _column("of what is recalled")] = None,
    own_id: Annotated[str | None, typer.Option("--id", help="Column of your own ids.", show_default=False)] = None,
    vector: Annotated[str | None, _column("of ready-made embeddings")] = None,
    title: Annotated[str | None, _column("of titles, which go in front of the text")] = None,
    session: Annotated[str | None, _column("of the conversation or document")] = None,
    position: Annotated[str | None, _column("of the place in it")] = None,
    source: Annotated[str | None, _column("of the file or page it comes from")] = None,
    when: Annotated[str | None, _column("of dates")] = None,
    metadata: Annotated[bool, typer.Option(help="Keep all other columns beside the memory.")] = True,
    preview: Annotated[bool, typer.Option("--preview", help="Show how FILE would be read; store nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the preview, or what was done, as JSON.")] = False,
    encoder: Model = None,
    collection: Collection = None,
    texts: Texts = None,
) -> None:
    """Import memories from files; all are checked before any is stored. What the bank has already is left out."""
    given = {"text": text, "target": target, "id": own_id, "vector": vector, "title": title, "session": session}
    given |= {"position": position, "source": source, "when": when}
    columns: dict[str, str | bool | None] = {role: name for role, name in given.items() if name is not None}
    columns |= {} if metadata else {"metadata": False}
    if any(map(is_address, files)) or collection or texts:
        return import_store(files, columns, bank, (collection, texts, encoder), preview, as_json)
    paths = [Path(file) for file in files]
    into = bank or Path(f"{_stem(paths[0])}.nuonuo")
    return _show(paths, columns, into, as_json) if preview else _store(paths, columns, into, as_json, encoder)


def _stem(path: Path) -> str:
    """A file's name without what says its format."""
    name = path.resolve().name if path.is_dir() else path.name
    while Path(name).suffix.lower() in SUFFIXES and Path(name).stem:
        name = Path(name).stem
    return name if path.is_dir() or name != path.name else path.stem


def _show(files: list[Path], columns: dict[str, str | bool | None], into: Path, as_json: bool) -> None:
    from nuonuo.files.preview import preview
    from nuonuo.memory import Memory

    stored = []
    if into.exists():
        with closing(Memory.open(into)) as memory:
            stored = list(memory)
    found = [preview(file, columns, stored) for file in files]
    if as_json:
        echo(json.dumps([one.to_dict() for one in found], indent=1, ensure_ascii=False, allow_nan=False))
    else:
        echo("\n\n".join(map(_told, found)))
    if any(one.problem for one in found):
        raise typer.Exit(2)


def _told(found: "Preview") -> str:
    """A preview for people."""
    size = f"{found.rows:,} {'memory' if found.rows == 1 else 'memories'}" if not found.problem else "not read so"
    lines = [f"{harmless(found.name)}: {found.format}, {size}.", ""]
    rows = [
        {"column": column.name, "taken for": column.role, "examples": " | ".join(column.examples)}
        for column in found.columns
    ]
    lines += [table(rows), ""]
    if found.samples:
        lines += [table([{"cue": one.cues[0], "target": one.target} for one in found.samples]), ""]
    lines += [f"{harmless(note)[:1].upper()}{harmless(note)[1:]}." for note in found.notes]
    if found.problem:
        lines += [f"Not imported so: {harmless(found.problem)}.", "Another column: --text NAME, --vector NAME, …"]
    return "\n".join(lines).rstrip()


def _store(
    files: list[Path], columns: dict[str, str | bool | None], into: Path, as_json: bool, encoder: str | None
) -> None:
    from nuonuo.cli import filling
    from nuonuo.files.memories import read_file
    from nuonuo.memory.encoder import Encoder

    made = Encoder(encoder) if encoder else None
    read = [(file, read_file(file, columns)) for file in files]  # all of them, before any is stored
    for number, (file, found) in enumerate(read, 1):
        of = f" {number} of {len(read)}" if len(read) > 1 else ""
        with progress(f"Encoding{of}") as bar:
            added = filling.add_missing(into, found.items, file, bar, number == len(read), made)
        if as_json:
            echo(json.dumps(done(str(file), into, found.columns.roles, added, found.notes), ensure_ascii=False))
            continue
        echo(said(into, added))
        if not found.columns.is_own:
            roles = ", ".join(f"{role} from {harmless(name)}" for role, name in found.columns.roles.items())
            echo(f"{found.format}: {roles}.")
        if added.whose:
            echo(added.whose)
        for note in found.notes:
            echo(f"{harmless(note)[:1].upper()}{harmless(note)[1:]}.")


def said(into: Path, added: "Added") -> str:
    """What an import has done, in words."""
    count = added.memories
    twice = f"; {added.doubled:,} came twice" if added.doubled else ""
    known = f"; {added.known:,} it had already" if added.known else ""
    near = f"; {added.near:,} the same as another but for blanks or Unicode form" if added.near else ""
    links = f"; {added.links}" if str(added.links) else ""
    return f"Added {count:,} {'memory' if count == 1 else 'memories'} to {into}{known}{twice}{near}{links}."


def done(file: str, into: Path, roles: dict[str, str], added: "Added", notes: Sequence[str]) -> dict[str, Any]:
    """What an import has done, as JSON has it."""
    counts = {"added": added.memories, "known": added.known, "doubled": added.doubled, "near": added.near}
    return {"file": file, "bank": str(into)} | counts | {"roles": roles, "notes": list(notes)}
