"""`repair` and `copy`: a bank's file that is damaged, and one that is open."""

from pathlib import Path
from typing import Annotated

import typer

from nuonuo.cli.console import echo

FILE = Annotated[Path, typer.Argument(help="A bank's file, such as notes.nuonuo.", show_default=False)]
SHOWN = 20  # ids of lost memories that are listed


def repair(
    bank: FILE,
    to: Annotated[
        Path | None, typer.Argument(help="The new file; if left out, one beside it: notes-repaired.nuonuo.")
    ] = None,
) -> None:
    """Copy what can be read of a damaged bank into a new file and say what is lost; the damaged one stays as it is."""
    from nuonuo.memory import rescue

    to = to or bank.with_name(f"{bank.stem}-repaired{bank.suffix}")
    done = rescue.repair(bank, to)
    echo(f"{counted(done.memories)} of {bank} {'is' if done.memories == 1 else 'are'} in {to} now.")
    if done.lost:
        ids = ", ".join(map(str, done.lost[:SHOWN])) + (", …" if len(done.lost) > SHOWN else "")
        echo(f"Lost: {counted(len(done.lost))}, not whole or not as stored (ids {ids}).")
    if not done.made:
        echo("How the bank was made could not be read: the new one has the usual settings.")
    if done.reason:
        echo(f"What SQLite finds wrong: {done.reason}. Memories that it does not name may be lost too.")
    if not (done.lost or done.reason) and done.made:
        echo("Nothing is lost.")


def copy(
    bank: FILE, to: Annotated[Path, typer.Argument(help="The file of the copy, a new one.", show_default=False)]
) -> None:
    """Make a complete copy of a bank, its newest memories too, while programs have it open."""
    from nuonuo.memory import rescue

    rescue.copy(bank, to)
    echo(f"Copied {bank} to {to}.")


def check(bank: Path) -> None:
    """Check a bank's pages, indexes and rows, and say how many memories it holds."""
    from nuonuo.memory import rescue

    echo(f"{bank} is whole: {counted(rescue.check(bank))}.")


def counted(n: int) -> str:
    """A number of memories, in words."""
    return f"{n:,} {'memory' if n == 1 else 'memories'}"
