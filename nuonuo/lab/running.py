"""Running an experiment by name: which settings may be changed, the command that repeats a run, and the run itself."""

import inspect
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from typing import Any, Protocol

from nuonuo.lab.bounds import Bounds


class Report(Protocol):
    """What a run tells its way to."""

    def __call__(self, fraction: float, message: str) -> None:
        """Take in how far it is."""

    def keep(self, value: Any) -> None:
        """Take what there is so far."""


@dataclass(frozen=True)
class Kept:
    """What a run has finished so far."""

    rows: tuple[dict, ...]
    parts: int
    of: int | None  # parts in all, as far as progress grows evenly with them

    def __str__(self) -> str:
        rows = f"{len(self.rows):,} row{'s' * (len(self.rows) != 1)}"
        if self.of is None:
            return f"{rows} of {self.parts:,} finished part{'s' * (self.parts != 1)}"
        return f"{rows} of {self.parts:,} of {self.of:,} parts"


def settings(name: str) -> dict[str, Any]:
    """What a page starts an experiment with, besides seed and file."""
    return dict(import_module(f"nuonuo.lab.{name}").PAGE)


def changeable(name: str) -> dict[str, int | float | bool]:
    """The settings that a page offers to change: numbers and switches that `run` takes."""
    taken = inspect.signature(_run(name)).parameters
    return {key: value for key, value in settings(name).items() if key in taken and isinstance(value, int | float)}


def bounds(name: str) -> Mapping[str, Bounds]:
    """What each number that `run` takes must lie between."""
    return import_module(f"nuonuo.lab.{name}").BOUNDS


def takes_file(name: str) -> bool:
    """Whether an experiment can read a file of one's own."""
    return "file" in inspect.signature(_run(name)).parameters


def command(name: str, seed: int, given: Mapping[str, Any], file: str | None = None) -> str:
    """The command line that makes the same rows."""
    words = ["python", "-m", "nuonuo", "lab", name, *([file] if file else []), "--seed", str(seed)]
    for key, value in given.items():
        told = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        words += ["--" + key.replace("_", "-"), told]
    return shlex.join(words)


def work(name: str, given: dict[str, Any], report: Report) -> list[dict]:
    """Run an experiment as a background job, which keeps what is Kept."""
    parts, at, wholes = count(1), [0, 1], set[float]()

    def progress(done: int, total: int) -> None:
        at[:] = done, total
        report(done / max(total, 1), f"{done:,} of {total:,}")

    def keep(rows: list[dict]) -> None:
        part, (done, total) = next(parts), at
        wholes.add(part * total / done if done and (part > 1 or done < total) else 0.5)
        whole = next(iter(wholes))
        even = len(wholes) == 1 and whole == int(whole)
        report.keep(Kept(tuple(rows), part, int(whole) if even else None))

    return _run(name)(**given, progress=progress, keep=keep)


def _run(name: str) -> Callable[..., list[dict]]:
    return import_module(f"nuonuo.lab.{name}").run
