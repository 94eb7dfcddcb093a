"""`report`: what of a bank's texts no query can find, or finds twice."""

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from nuonuo.cli.console import echo, progress, table


def report(
    bank: Annotated[Path, typer.Argument(help="A bank, or a file of memories.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON, nothing else.")] = False,
) -> None:
    """Check a bank's texts: cut short, unknown to the encoder, copies, near-duplicates, stubs, boilerplate."""
    from nuonuo.debug.opening import open_bank
    from nuonuo.debug.report import report as look

    with closing(open_bank(bank)) as memory, progress("Comparing") as bar:
        found = look(memory, bar)
    if as_json:
        echo(json.dumps(asdict(found), ensure_ascii=False, indent=1))
        return
    tongues = ", ".join(f"{name} {share:.0%}" for name, share in found.tongues[:5])
    echo(f"{found.memories:,} memories; {tongues}.")
    echo("\n" + table(found.rows) if found.findings else "Nothing was found that would keep a memory from a query.")
