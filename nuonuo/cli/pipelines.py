"""`why TRACE.json`: where somebody's own pipeline lost what was expected, from its trace."""

import json
from pathlib import Path
from typing import Any

from nuonuo.cli.console import echo, harmless, table


def why_pipeline(file: Path, as_json: bool = False) -> bool:
    """Print the verdict of each trace in a file; whether all that was expected came out.

    as_json: one object for a single trace, else a list of them, and nothing else. Raises ValueError for a wrong file.
    """
    from nuonuo.debug.pipeline import verdict_of
    from nuonuo.debug.pipeline_schema import read_pipelines

    found = [verdict_of(one) for one in read_pipelines(file)]
    if as_json:
        rows = [json.loads(one.to_json()) for one in found]
        echo(json.dumps(rows[0] if len(rows) == 1 else rows, ensure_ascii=False, indent=1))
        return all(one.kept for one in found)
    for number, one in enumerate(found):
        stages = [seen.stage for seen in one.fates[0].seen]
        ranks = [
            {"expected": fate.id} | {name: _place(seen) for name, seen in zip(stages, fate.seen, strict=True)}
            for fate in one.fates
        ]
        name = f"{one.query_id}: " if one.query_id else ""
        lines = [harmless(f"{name}{one.query}"), "", table(ranks), "", *map(harmless, one.sentences)]
        echo("\n" * bool(number) + "\n".join(lines))
    return all(one.kept for one in found)


def _place(seen: Any) -> str:
    """Rank and score at a stage, and whether it went on."""
    if seen.rank is None:
        return "–"
    score = "" if seen.score is None else f" ({seen.score:.3f})"
    return f"{seen.rank:,}{score}{'' if seen.passed else ' lost'}"
