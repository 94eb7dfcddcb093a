"""Whose vectors are these: whether an encoder made the vectors that texts came with.

A few of the texts are encoded again. The same model gives the same vectors, but for rounding and lower precision; one
that was given a prefix, a title or a cut text nearly the same; another model has other axes, and its cosine is near 0.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from nuonuo.memory.encoder import Encoder
from nuonuo.memory.records import Record
from nuonuo.memory.vectors import unit_rows

SAMPLE = 16  # texts encoded again
SAME, NEARLY = 0.99, 0.7  # least median cosine of each verdict


class Maker(Enum):
    """Who made vectors, as far as an encoder can tell."""

    SAME = "the same model"
    NEARLY = "nearly the same"
    OTHER = "another model"
    SIZE = "another size"
    UNKNOWN = "no vectors"


@dataclass(frozen=True)
class Whose:
    """The verdict on vectors, and the cosines it rests on."""

    maker: Maker
    encoder: str  # its name
    texts: int = 0  # encoded again
    median: float = float("nan")  # cosine between a given vector and the encoder's
    low: float = float("nan")  # the least and the greatest of them
    high: float = float("nan")
    size: int = 0  # of the given vectors
    expected: int = 0  # of the encoder's

    @property
    def fits(self) -> bool:
        """Whether a query that this encoder encodes may be compared with the vectors."""
        return self.maker in {Maker.SAME, Maker.NEARLY}

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        measured = f"median cosine {self.median:.2f}, {self.low:.2f} to {self.high:.2f} in {self.texts} texts"
        if self.maker is Maker.SAME:
            return f"The vectors are those of {self.encoder} ({measured})."
        if self.maker is Maker.NEARLY:
            return (
                f"The vectors are nearly those of {self.encoder} ({measured}): "
                "something stood before or around the texts, or they were cut, when they were encoded."
            )
        if self.maker is Maker.SIZE:
            return (
                f"The vectors were made by another model: they have {self.size} numbers, and {self.encoder} makes "
                f"{self.expected}."
            )
        if self.maker is Maker.UNKNOWN:
            return "No text came with a vector."
        return f"The vectors were made by another model than {self.encoder}: {measured}."


def whose(records: Sequence[Record], encoder: Encoder, seed: int = 0) -> Whose:
    """Whether the encoder made the vectors that memories came with, of their cues.

    At most SAMPLE of them are encoded again, drawn with `seed`. Raises ValueError if the encoder cannot encode.
    """
    given = [one for one in records if one.cue_vectors is not None]
    if not given:
        return Whose(Maker.UNKNOWN, encoder.name)
    size, expected = _size(given[0]), encoder.dimension
    if size != expected:
        return Whose(Maker.SIZE, encoder.name, size=size, expected=expected)
    drawn = random.Random(seed).sample(given, min(SAMPLE, len(given)))
    made = encoder.encode([one.cues[0] for one in drawn]).cpu().numpy()  # (n, d)
    theirs = np.stack([_first(one, size) for one in drawn])
    cosines = np.sort((made * theirs).sum(1))
    median = float(np.median(cosines))
    maker = Maker.SAME if median >= SAME else Maker.NEARLY if median >= NEARLY else Maker.OTHER
    spread = float(cosines[0]), float(cosines[-1])
    return Whose(maker, encoder.name, len(drawn), median, *spread, size, expected)


def _size(one: Record) -> int:
    assert one.cue_vectors is not None
    return one.cue_vectors.shape[-1]


def _first(one: Record, d: int) -> np.ndarray:
    """The vector of a memory's first cue (d,), at unit length."""
    assert one.cue_vectors is not None
    x = one.cue_vectors if one.cue_vectors.ndim == 2 else one.cue_vectors[None]
    return unit_rows(x[0], 1, d, "embedding")[0].cpu().numpy()
