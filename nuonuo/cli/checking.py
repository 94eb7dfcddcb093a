"""`check DIR`: all capsules of a folder as one regression suite; `check FILE`: whether a bank's file is whole."""

from pathlib import Path
from typing import Annotated

import typer

from nuonuo.cli import rescuing
from nuonuo.cli.console import echo, harmless, progress, say
from nuonuo.files.writing import write_text


def check(
    folder: Annotated[
        Path, typer.Argument(help="A folder of capsules, searched to its depth; or a bank's file.", show_default=False)
    ],
    bank: Annotated[Path | None, typer.Option(help="Ask this bank instead, such as the fixed one.")] = None,
    within: Annotated[
        int | None, typer.Option(help="With --bank: all that is expected must be among the first so many.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit XML file here.")] = None,
    out: Annotated[str | None, typer.Option("--json", help="Write the rows as JSON here; - prints only them.")] = None,
) -> None:
    """Ask every capsule again: code 0 if each is as it was (of a bank: right), 1 if not, 2 if one cannot be read.

    Of a bank's file: check its pages, indexes and rows; code 0 if it is whole, 2 if not.
    """
    if folder.suffix == ".nuonuo" or (folder.is_file() and folder.suffix != ".json"):
        return rescuing.check(folder)
    for path in (junit, None if out in {None, "-"} else Path(str(out))):
        if path is not None and not path.parent.is_dir():
            raise ValueError(f"cannot write {path}: there is no folder {path.parent}")
    from nuonuo.debug import capsule_suite

    with progress("check") as bar:
        cases = capsule_suite.check(folder, bank, within, bar)
    if junit is not None:
        write_text(junit, capsule_suite.junit(cases, str(folder)))
    rows = [one.row for one in cases]
    say(rows, out, [{key: value for key, value in row.items() if key != "why"} for row in rows])
    kinds = [one.outcome for one in cases]
    if out != "-":
        for one in cases:
            if one.outcome != capsule_suite.PASSED:
                echo(harmless(f"{one.outcome.capitalize()}: {one.file}: {one.why}"), err=True)
        counted = ", ".join(
            f"{kinds.count(kind):,} {kind}"
            for kind in (capsule_suite.PASSED, capsule_suite.FAILED, capsule_suite.ERROR)
        )
        echo(f"\n{len(cases):,} {'capsule' if len(cases) == 1 else 'capsules'}: {counted}.")
    raise typer.Exit(2 if capsule_suite.ERROR in kinds else 1 if capsule_suite.FAILED in kinds else 0)
