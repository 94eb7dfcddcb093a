"""Opening: a bank's file, or any other file of memories as a bank of this process."""

from pathlib import Path

from nuonuo.files.memories import embeddings_of, read_items
from nuonuo.memory import Memory
from nuonuo.memory.encoder import Encoder


def is_bank(path: Path) -> bool:
    """Whether a file of another name is a bank all the same."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def open_bank(path: str | Path) -> Memory:
    """A bank's file, or a bank in this process of the memories in any other file.

    It takes no texts if every memory came with an embedding of another size than the default encoder's.
    """
    if Path(path).suffix == ".nuonuo" or is_bank(Path(path)):
        return Memory.open(path)
    items = read_items(path)
    own = embeddings_of(items).own_size(str(path))
    memory = Memory(None, dimension=own) if own else Memory(None, Encoder())
    memory.name = Path(path).stem
    memory.add_many(items)
    return memory
