"""A result: an experiment's rows with the command, commit and date that made them, as JSON or CSV."""

import csv
import io
import json
import subprocess
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from nuonuo.files.explorer import explorer_file
from nuonuo.files.separated import defused

ROOT = Path(__file__).parents[2]
SHIPPED = explorer_file("assets") / "results"
FIELDS = ("experiment", "command", "commit", "date", "complete", "rows")


@dataclass(frozen=True)
class Result:
    """One run of an experiment."""

    experiment: str
    command: str  # that makes the same rows again
    commit: str  # of the project, or "unknown"
    date: str  # ISO
    complete: bool  # False if it was cancelled half way
    rows: tuple[dict, ...]

    def to_json(self) -> str:
        """The whole result as JSON text; `read` gives it back equal."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False, allow_nan=False)

    def to_csv(self) -> str:
        """The rows as CSV, a column for each field that any row has."""
        return table(self.rows)


def made(experiment: str, command: str, rows: list[dict], complete: bool = True) -> Result:
    """A result of now, of the commit that is checked out."""
    return Result(experiment, command, commit(), date.today().isoformat(), complete, tuple(rows))


def read(text: str) -> Result:
    """What `to_json` wrote. Raises ValueError if it is something else."""
    try:
        given = json.loads(text)
        if set(given) != set(FIELDS) or not all(isinstance(row, dict) for row in given["rows"]):
            raise KeyError
    except (json.JSONDecodeError, KeyError, TypeError) as reason:
        raise ValueError(f"a result must be JSON with the fields {', '.join(FIELDS)}") from reason
    return Result(**{**given, "rows": tuple(given["rows"])})


def shipped(experiment: str) -> Result | None:
    """The result that came with the project; None if there is none."""
    path = SHIPPED / f"{experiment}.json"
    return read(path.read_text("utf-8")) if path.is_file() else None


def table(rows: tuple[dict, ...] | list[dict]) -> str:
    """Rows as CSV text with a header, with no formula for a spreadsheet; an import reads the texts as they were."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return "".join(map(_line, [columns, *([row.get(key, "") for key in columns] for row in rows)]))


def _line(cells: list) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(map(defused, cells))  # so that both signs are quoted in a cell
    return out.getvalue()[:-2] + "\n"


def commit() -> str:
    """Short hash of the commit that is checked out; "unknown" outside a clone."""
    if not (ROOT / ".git").exists():  # installed, perhaps inside somebody else's clone
        return "unknown"
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"
