"""Elsewhere: what a capsule expects, found in another bank by what the memories are, never by their numbers there.

Ids are a bank's own: the same number is another memory in the next bank, and a test that took it would pass while the
wrong memory wins.
"""

import glob
from pathlib import Path

from nuonuo.debug.capsule import Capsule
from nuonuo.debug.saying import folded
from nuonuo.files.questions import Question, things
from nuonuo.memory import Memory
from nuonuo.memory.records import Record


def things_in(capsule: Capsule, memory: Memory) -> tuple[frozenset[int], ...]:
    """What a capsule expects, thing by thing, as ids of another bank; none where it is not stored there.

    A memory of the excerpt is found by its own id, else by its target and one of its cues. One that the excerpt does
    not hold was not stored when the capsule was made: it is expected by number alone, and so found nowhere.
    """
    rows, kept = list(memory), {one.id: one for one in capsule.memories}

    def found(group: tuple[int, ...]) -> frozenset[int]:
        return frozenset(row.id for i in group if i in kept for row in rows if _same(kept[i], row))

    by_text, by_own = (
        things([Question("elsewhere", capsule.query, (), texts, own_ids=own)], memory)[0]
        for texts, own in ((capsule.texts, ()), ((), capsule.own_ids))
    )
    return (*map(found, ((i,) for i in capsule.expected)), *by_text, *map(found, capsule.any_of), *by_own)


def find(path: Path, query: str) -> Capsule:
    """The capsule in a file, or in one that a browser saved beside it under another name, such as "capsule (1).json".

    Raises ValueError if no file beside it holds a capsule of this query.
    """
    if path.is_file():
        return Capsule.read(path)
    for other in sorted(path.parent.glob(f"{glob.escape(path.stem)}*.json")):
        try:
            capsule = Capsule.read(other)
        except ValueError:
            continue
        if capsule.query == query:
            return capsule
    raise ValueError(f"there is no capsule {path}, and none of its question under a name that begins like it")


def _same(one: Record, other: Record) -> bool:
    if one.about.own_id is not None and other.about.own_id is not None:
        return one.about.own_id == other.about.own_id
    cues = ({folded(cue) for cue in row.cues} for row in (one, other))
    return folded(one.target) == folded(other.target) and bool(set.intersection(*cues))
