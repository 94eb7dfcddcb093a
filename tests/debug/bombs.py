"""Capsules that cost more to read than they weigh: how each is made, and what reading one costs.

`python -m tests.debug.bombs` prints the refusal of each with its seconds and MiB.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from nuonuo import Asking, Memory
from nuonuo.debug.capsule import Capsule, make
from nuonuo.files.question import Question
from tests.conftest import items
from tests.files.bombs import peak


def small() -> dict:
    """A capsule of three memories of dimension 8, as JSON has it."""
    with closing(Memory(dimension=8, name="small", units=64, winners=4)) as memory:
        memory.add_many(items(3))
        return json.loads(make(memory, Question("q", "x", (1,), (), (1.0,) * 8), Asking()).to_json())


def large(path: Path) -> Path:
    """70 MB of text."""
    return write(path, "large", small() | {"sentence": "x" * 70_000_000})


def wide(path: Path) -> Path:
    """15 MB of text with a letter outside of the Basic Multilingual Plane, for which Python takes 4 bytes a letter."""
    return write(path, "wide", small() | {"sentence": "x" * 15_000_000 + "𠜎", "bank": 1})


def memories(path: Path) -> Path:
    """99,000 memories that are none."""
    return write(path, "memories", small() | {"memories": [{}] * 99_000})


def more(path: Path) -> Path:
    """1.9 million fields that no capsule has."""
    return write(path, "more", small() | {f"a{i}": 1 for i in range(1_900_000)})


def most(path: Path) -> Path:
    """As many of them as are read."""
    return write(path, "most", small() | {f"a{i}": 1 for i in range(299_000)})


def lists(path: Path) -> Path:
    """10 million lists."""
    return write(path, "lists", small() | {"expected": []}, '"expected": []', '"expected": [' + "[]," * 10**7 + "[]]")


def objects(path: Path) -> Path:
    """5 million objects."""
    return write(path, "objects", small() | {"texts": []}, '"texts": []', '"texts": [' + '{"a":1},' * 5 * 10**6 + "1]")


def numbers(path: Path) -> Path:
    """1.9 million numbers in the place of a trace's four."""
    whole = small()
    whole["trace"]["energy"] = [0.5] * 1_900_000
    return write(path, "numbers", whole)


def steps(path: Path) -> Path:
    """A billion update steps."""
    whole = small()
    whole["asking"]["steps"] = 10**9
    return write(path, "steps", whole)


def write(path: Path, name: str, whole: dict, old: str = "", new: str = "") -> Path:
    """A capsule's file with a piece of it replaced."""
    file = path / f"capsule-{name}.json"
    file.write_text(json.dumps(whole, ensure_ascii=False).replace(old, new, 1), "utf-8")
    return file


BOMBS: list[Callable[[Path], Path]] = [large, wide, memories, more, most, lists, objects, numbers, steps]


def cost(file: Path) -> dict:
    """Read a capsule in this process: what was said, seconds, and MiB more than before."""
    good = write(file.parent, "good", small())
    Capsule.read(good)  # everything is imported
    before, began = peak(), time.monotonic()
    try:
        said = f"read: {len(Capsule.read(file).memories)} memories"
    except ValueError as reason:
        said = str(reason)
    return {"said": said, "seconds": time.monotonic() - began, "more": peak() - before}


def main() -> None:
    """Make each bomb, and read it in a process of its own."""
    for build in BOMBS:
        with tempfile.TemporaryDirectory() as folder:
            file = build(Path(folder))
            command = [sys.executable, "-m", "tests.debug.bombs", str(file)]
            told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=100).stdout)
            said = told["said"].replace(folder, "")
            size = file.stat().st_size / 1e3
            print(f"{build.__name__:10} {size:9.0f} kB {told['seconds']:6.2f} s {told['more']:6.0f} MiB  {said[:150]}")


if __name__ == "__main__":
    print(json.dumps(cost(Path(sys.argv[1])))) if sys.argv[1:] else main()
