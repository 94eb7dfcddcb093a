"""The rows of a collection: one for each cue of a bank, under a number of its own.

    number = memory · 2²⁰ + cue        made = a checksum of the memory's version, the cue's text and its embedding

A row whose `made` is the same needs not be sent again: under one fit (nuonuo/engines/collection.py) all else follows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from jaxtyping import Int

from nuonuo.engines.terms import stored
from nuonuo.memory.bank import Bank
from nuonuo.memory.rows import blob, checksum

CUES = 1 << 20  # of one memory, at most
FIELDS = ("number", "memory", "cue", "made", "text", "key", "code", "words")
LONGEST = 65_535  # bytes of a text that Milvus keeps
WINNER = 1.0  # what a winner counts


@dataclass(frozen=True, eq=False)
class Numbered:
    """Rows by number, with the checksum of what each was made from: n of them."""

    numbers: Int[np.ndarray, " n"]  # int64
    made: Int[np.ndarray, " n"]  # int64

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def pairs(self) -> set[tuple[int, int]]:
        """Of number and checksum."""
        return set(zip(self.numbers.tolist(), self.made.tolist(), strict=True))


def numbered(bank: Bank) -> Numbered:
    """The rows that a bank should have, one for each of its cue rows, in their order."""
    numbers, made = [], []
    for id_ in bank.ids:
        row = bank.rows[id_]
        if len(row.cues) > CUES:
            raise ValueError(f"memory {id_} has {len(row.cues):,} cues, more than the {CUES:,} that an index numbers")
        for cue, (text, vector) in enumerate(zip(row.cues, row.cue_embeddings, strict=True)):
            numbers.append(id_ * CUES + cue)
            made.append(checksum((row.version, text, blob(vector))))
    return Numbered(np.array(numbers, np.int64), np.array(made, np.int64))


def batches(
    bank: Bank, wanted: Numbered, some: Int[np.ndarray, " m"], mean: float, size: int
) -> Iterator[list[dict[str, Any]]]:
    """The rows at places `some`, ascending, of a bank's, as Milvus takes them, `size` at a time.

    wanted: of `numbered`. mean: length of a text, of the fit.
    """
    kept = np.zeros(len(wanted), bool)
    kept[some] = True
    words = bank.reading.words.keep(bank.owner.new_tensor(kept).bool())
    vectors = zip(some.tolist(), stored(words, mean), strict=True)
    winners = bank.make_codes()[0]
    while part := list(islice(vectors, size)):
        keys = bank.keys[[at for at, _ in part]].cpu().numpy()
        codes = winners[[at for at, _ in part]].tolist()
        yield [
            {
                "number": int(wanted.numbers[at]),
                "memory": int(wanted.numbers[at]) // CUES,
                "cue": int(wanted.numbers[at]) % CUES,
                "made": int(wanted.made[at]),
                "text": fitting(bank.texts[at]),
                "key": key,
                "code": dict.fromkeys(code, WINNER),
                "words": vector,
            }
            for (at, vector), key, code in zip(part, keys, codes, strict=True)
        ]


def fitting(text: str) -> str:
    """A text that Milvus can keep; one that is too long is left out, and then found by words but not scored anew."""
    return text if len(text.encode("utf-8")) <= LONGEST else ""
