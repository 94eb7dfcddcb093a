"""What a recall found, as retrievers hand it on."""

from dataclasses import asdict, dataclass
from typing import Any

from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking


@dataclass(frozen=True)
class Found:
    """One candidate of a recall."""

    id: int
    target: str
    score: float  # by which candidates are ranked: meaning, words and links together
    metadata: dict[str, Any]  # the cue that matched, its cosine, own id, title, source, …, and what came with it


def found(memory: Memory, query: str, asking: Asking | None = None) -> list[Found]:
    """The candidates of a recall, best first. Raises ValueError as `Memory.recall` does."""
    bank, made = memory.bank, []
    for one in memory.recall(query, asking).candidates:
        about = bank.rows[one.id].about if one.id in bank.rows else memory.get(one.id).about
        own = {name: value for name, value in asdict(about).items() if value is not None and name != "metadata"}
        made.append(Found(one.id, one.target, one.total, about.fields | own | {"cue": one.cue, "cosine": one.cosine}))
    return made
