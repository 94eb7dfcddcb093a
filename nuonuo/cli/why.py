"""`why`: one query, and why what it expects did not come; or the trace of somebody's own pipeline."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from nuonuo.cli.console import echo, harmless
from nuonuo.cli.debugging import Needed, Within, ruled
from nuonuo.cli.options import ALL, LINKS, WORDS, Links, Relations, Words, terms


def why(
    bank: Annotated[
        Path, typer.Argument(help="A bank, a file of memories, or the trace of your own pipeline as JSON.")
    ],
    query: Annotated[str | None, typer.Argument(help="What is asked; none for a trace.")] = None,
    expect: Annotated[
        list[str] | None,
        typer.Option(help="What should come: an id of yours, an id of the bank, or a text. Can be given again."),
    ] = None,
    within: Within = 5,
    need: Needed = "all",
    fix: Annotated[bool, typer.Option("--fixes/--no-fixes", help="Run what would fix it, on a copy.")] = True,
    words: Words = WORDS,
    links: Links = LINKS,
    relations: Relations = ALL,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON, nothing else.")] = False,
) -> None:
    """Say why an expected memory did not come: rank, score, margin, cut, cause, and what would change it.

    Code 0 if it did come, 1 if not.
    """
    from nuonuo.cli.pipelines import why_pipeline

    if query is None:
        raise typer.Exit(0 if why_pipeline(bank, as_json) else 1)
    from nuonuo.debug import why as asking
    from nuonuo.debug.opening import open_bank
    from nuonuo.debug.triage import HOW

    if not expect:
        raise ValueError("why needs what is expected: --expect ID or --expect TEXT")
    rule, how = ruled(within, need), replace(HOW, **terms(words, links, relations))
    with closing(open_bank(bank)) as memory:
        found = asking.why(memory, asking.meant(memory, query, expect), how, rule, fix)
    echo(found.to_json() if as_json else harmless("\n".join(found.sentences)))
    raise typer.Exit(0 if found.right else 1)
