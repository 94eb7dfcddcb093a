"""Banks of any size to try pages on: short generated texts with ready-made embeddings in groups, so no model runs."""

from pathlib import Path

import numpy as np

from nuonuo import Memory
from nuonuo.memory.records import Record

D = 384  # as MiniLM's embeddings
GROUPS = 200
SPREAD = 0.6  # of a group's members around its middle, against the middle's length of 1
AT_ONCE = 20_000
WORDS = ("lamp", "key", "river", "stamp", "cat", "garden", "train", "letter", "bread", "clock", "violin", "map")


def text(i: int) -> str:
    """The cue of memory i, counted from 0."""
    a, b, c = (WORDS[(i // n) % len(WORDS)] for n in (1, 12, 144))
    return f"The {a} beside the {b} and the {c}, note {i}"


def records(n: int, seed: int = 0) -> list[Record]:
    """n memories in GROUPS groups; each is its own target."""
    rng = np.random.default_rng(seed)
    middles = rng.standard_normal((GROUPS, D)).astype(np.float32) / D**0.5
    found = []
    for begin in range(0, n, AT_ONCE):
        group = np.arange(begin, min(n, begin + AT_ONCE)) % GROUPS
        x = middles[group] + SPREAD * rng.standard_normal((len(group), D), dtype=np.float32) / D**0.5
        found += [Record((text(i),), text(i), row, row) for i, row in enumerate(x, begin)]
    return found


def fill(file: Path, n: int, seed: int = 0) -> None:
    """Make a bank of n such memories in a file."""
    memory = Memory(file, None, dimension=D)
    memory.add_many(records(n, seed))
    memory.close()
