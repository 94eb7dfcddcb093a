"""Embeddings that come with a file's rows: how many there are, of which size, and whether a bank can take them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nuonuo.memory.encoder import DEFAULT, DIMENSION
from nuonuo.memory.records import Record


@dataclass(frozen=True)
class Embeddings:
    """The embeddings that rows of a file come with, memories or questions: all of one size."""

    rows: int
    size: int | None  # numbers of each; None: there is none
    lacking: int  # rows whose own text has none

    def check_fit(self, dimension: int, encodes: bool, file: str, bank: str) -> None:
        """Raises ValueError naming file and bank if a bank of this dimension cannot take the rows as memories.

        encodes: whether the bank has an encoder for what has no embedding.
        """
        self.check_size(dimension, file, bank)
        if self.lacking and not encodes:
            raise ValueError(
                f"{file}: an embedding is missing in {self.lacking:,} of {self.rows:,} rows, and bank {bank} has no "
                f"encoder to make one: give each row an embedding of {dimension} numbers"
            )

    def check_size(self, dimension: int, file: str, bank: str) -> None:
        """Raises ValueError naming file and bank if the embeddings are of another size than the bank's."""
        if self.size not in (None, dimension):
            raise ValueError(f"{file}: its embeddings have {self.size} numbers, and bank {bank} takes {dimension}")

    def own_size(self, file: str) -> int | None:
        """The size of embeddings made elsewhere, for a new bank without an encoder; None: the default encoder's fits.

        Raises ValueError naming the file if neither would do: of another size, and not in every row.
        """
        if self.size in (None, DIMENSION):
            return None
        if self.lacking:
            raise ValueError(
                f"{file}: an embedding is missing in {self.lacking:,} of {self.rows:,} rows, and the others have "
                f"{self.size} numbers where {DEFAULT} makes {DIMENSION}: give each row an embedding"
            )
        return self.size


def embeddings_of(rows: Sequence[Any]) -> Embeddings:
    """What embeddings memories (Record) or questions come with."""
    own = [row.cue_vectors if isinstance(row, Record) else row.embedding for row in rows]
    vectors = (v for v in (*own, *(row.target_vector for row in rows if isinstance(row, Record))) if v is not None)
    size = next((int(np.shape(vector)[-1]) for vector in vectors), None)
    return Embeddings(len(rows), size, sum(vector is None for vector in own))
