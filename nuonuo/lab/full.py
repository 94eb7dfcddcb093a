"""The full set: every experiment at full size, saved as the results that come with the project.

`python -m nuonuo.lab.full [FOLDER] [NAME…]`; FOLDER holds sentences-20k.txt, locomo-dev.json and ten-pairs.json, any of
which may be missing: then the project's own texts stand in. Prints a table of each and, last, the README's. The name
`speed` makes the table that `nuonuo lab speed --check` compares with, on a machine that does nothing else.
"""

import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from nuonuo.files.writing import write_text
from nuonuo.lab.experiments import EXPERIMENTS, Experiment
from nuonuo.lab.results import SHIPPED, Result, made, shipped
from nuonuo.lab.running import command
from nuonuo.systems.lineup import NEAREST

PAIRS, SENTENCES, LOCOMO = "ten-pairs.json", "sentences-20k.txt", "locomo-dev.json"
SPEED = "speed"
FULL: dict[str, dict] = {
    SPEED: {"file": SENTENCES, "n": 20_000},
    "backgrounds": {"file": PAIRS, "background": SENTENCES, "seeds": 5},
    "noise": {"memories": 60, "backgrounds": 1_000, "draws": 3},
    "capacity": {"file": SENTENCES, "largest": 20_000, "queries": 200},
    "chains": {"file": SENTENCES, "links": 19_999, "starts": 200, "exponents": True},
    "cues": {"file": LOCOMO},
    "encoders": {},
    "latency": {"largest": 20_000, "turns": 8},
}


def run(folder: Path, names: list[str]) -> None:
    """Run, save and print the experiments named; all if none."""
    SHIPPED.mkdir(exist_ok=True)
    for e in EXPERIMENTS:
        if not names or e.name in names:
            result, seconds = kept(e.name, folder)
            out = [f"\n### {e.question}\n", f"`{result.command}` ({seconds:.0f} s)\n", *table(e, list(result.rows)), ""]
            sys.stdout.write("\n".join(out))
            sys.stdout.flush()
    if SPEED in names:
        kept(SPEED, folder)


def kept(name: str, folder: Path) -> tuple[Result, float]:
    """Run an experiment at full size and save its result; that, and the seconds it took."""
    given = {key: here(folder, value) for key, value in FULL[name].items()}
    given = {key: value for key, value in given.items() if value is not None}
    began = time.perf_counter()
    rows = import_module(f"nuonuo.lab.{name}").run(**given)
    settings = {key: value for key, value in given.items() if key != "file"}
    result = made(name, command(name, 0, settings, given.get("file")), rounded(rows))
    write_text(SHIPPED / f"{name}.json", result.to_json() + "\n")
    return result, time.perf_counter() - began


def here(folder: Path, value: Any) -> Any:
    """A setting, with a data file's name as its path, or None where there is no such file."""
    if value not in {PAIRS, SENTENCES, LOCOMO}:
        return value
    path = folder / str(value)
    return str(path) if path.is_file() else None


def rounded(rows: list[dict]) -> list[dict]:
    """Rows with six digits: no interval is finer."""
    return [{key: float(f"{v:.6g}") if isinstance(v, float) else v for key, v in row.items()} for row in rows]


def table(e: Experiment, rows: list[dict]) -> list[str]:
    """Markdown: a line for each chart and system, its value at the first and the last x; nearest neighbour first."""
    lines = [f"| {e.split or ''} | system | {e.value_label} at the first {e.x} | at the last |", "|---|---|---|---|"]
    groups: dict[tuple, list[dict]] = {}
    for row in rows:
        groups.setdefault((row.get(e.split or ""), row["system"]), []).append(row)
    for (chart, system), some in sorted(groups.items(), key=lambda g: (str(g[0][0]), g[0][1] != NEAREST)):
        ends = [
            f"{row[e.value]:.3g} ({row[e.x]:.3g})" if row[e.x] < 1e4 else f"{row[e.value]:.3g} ({row[e.x]:,})"
            for row in (some[0], some[-1])
        ]
        lines.append(f"| {'' if chart is None else chart} | {system} | {ends[0]} | {ends[1]} |")
    return lines


COLUMNS: tuple[tuple[str, str, dict], ...] = (  # of the README's table: heading, experiment, which rows
    ("paraphrase, alone", "backgrounds", {"queries": "templated, paraphrase", "backgrounds": 0}),
    ("among 1,000 alike", "backgrounds", {"queries": "templated, paraphrase", "backgrounds": 1_000}),
    ("among 5,000 alike", "backgrounds", {"queries": "templated, paraphrase", "backgrounds": 5_000}),
    ("among 5,000 real", "backgrounds", {"queries": "real, paraphrase", "backgrounds": 5_000}),
    ("noise σ = 3", "noise", {"damage": "σ", "amount": 3.0}),
    ("60% of words dropped", "noise", {"damage": "dropped words", "amount": 0.6}),
    ("20,000 real memories", "capacity", {"patterns": "real text, d = 384", "memories": 20_000}),
)


def overview() -> str:
    """The README's table, of the results that came with the project: each system's recall, nearest neighbour first."""
    columns = []
    for _, name, wanted in COLUMNS:
        result = shipped(name)
        rows = [] if result is None else [r for r in result.rows if wanted.items() <= r.items()]
        columns.append({row["system"]: f"{row['recall']:.2f}" for row in rows})
    systems = dict.fromkeys(system for column in columns for system in column)
    lines = [f"| system | {' | '.join(heading for heading, _, _ in COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    lines += [f"| {one} | {' | '.join(column.get(one, '') for column in columns)} |" for one in systems]
    return "\n".join(lines)


if __name__ == "__main__":
    given = sys.argv[1:]
    folder = Path(given[0]) if given and Path(given[0]).is_dir() else None
    run(folder or Path(), given[1:] if folder else given)
    sys.stdout.write(f"\n{overview()}\n")
