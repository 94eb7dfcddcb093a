"""Records: memories, all checked before any is stored, and the settings that a bank of them is made with."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nuonuo.maths import codes, whitening
from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.memory.vectors import Given, Vector, all_unit_rows

LONGEST = 100_000  # characters of a text
LIGHTEST, HEAVIEST = 1e-6, 1e6  # weight of a link
WEIGHTS = f"{LIGHTEST:g} to {HEAVIEST:,.0f}"
SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class About:
    """Where a memory comes from: what links it to others is read from this and from its texts."""

    title: str | None = None  # what other texts call it
    session: str | None = None  # the conversation, sitting or document that it is a part of
    position: float | None = None  # its place in the session; None: as stored
    source: str | None = None  # the file, page or record that it was taken from, by which others refer to it
    when: str | None = None  # a date or time, as written
    own_id: str | None = None  # what it is called where it was taken from; several parts of a text may share one
    metadata: str | None = None  # further fields that came with it: a JSON object, as `metadata_text` writes it

    @property
    def fields(self) -> dict[str, Any]:
        """The metadata by name; empty if there is none."""
        return json.loads(self.metadata) if self.metadata else {}


NOWHERE = About()


@dataclass(frozen=True)
class Tie:
    """A link drawn by hand, from the memory that holds it to another."""

    to: int  # id of the other memory
    weight: float = 1.0  # 0: no link goes there, whatever the texts say


@dataclass(frozen=True)
class Record:
    """One memory: its texts, their embeddings once it has them, and its id and version once it is stored."""

    cues: tuple[str, ...]  # cues[0] is the cue it was added with, the rest are paraphrases that bring it back too
    target: str
    cue_vectors: Vector | None = None  # (len(cues), d), or (d,) of an only cue; None: to be encoded
    target_vector: Vector | None = None  # (d,); None: to be encoded, or the first cue's where there is no encoder
    id: int = 0  # 0 until it is stored
    version: int = 0  # of its latest change; 0 as it was added
    about: About = About()
    ties: tuple[Tie, ...] = ()  # links drawn by hand; one to a memory that is not stored waits for it
    key: str | None = None  # what others that are added with it are tied to it by, as long as it has no id
    key_ties: tuple[tuple[str, float], ...] = ()  # (key, weight) of those ties; adding makes them ties to ids

    @property
    def keyed(self) -> tuple[str | None, tuple[tuple[str, float], ...]]:
        """Its key and its ties by key."""
        return self.key, self.key_ties

    def numbered(self, number: int) -> "Record":
        """As it is stored first, under an id. Ten times as quick as `dataclasses.replace`."""
        vectors = self.cue_vectors, self.target_vector
        return Record(self.cues, self.target, *vectors, number, 0, self.about, self.ties, *self.keyed)

    @property
    def cue_embeddings(self) -> np.ndarray:
        """(len(cues), d) float32. Raises ValueError before `prepare`."""
        return _prepared(self.cue_vectors, 2)

    @property
    def embedding(self) -> np.ndarray:
        """(d,) float32, of the target. Raises ValueError before `prepare`."""
        return _prepared(self.target_vector, 1)


@dataclass(frozen=True)
class BankSettings:
    """What a bank is made with and keeps for life.

    Raises ValueError if no bank can be made so: dimension < 1, or winners, exponent or ridge out of range.
    """

    encoder: str | None  # its name; None: ready-made embeddings
    dimension: int  # d
    seed: int  # of the projection
    units: int  # D of the codes
    winners: int  # k of the codes
    exponent: float  # of the whitening
    ridge: float
    centre: bool

    def __post_init__(self) -> None:
        if self.dimension < 1:
            raise ValueError(f"dimension must be >= 1, got {self.dimension}")
        codes.check_winners(self.winners, self.units)
        whitening.check_strength(self.exponent, self.ridge)

    def unwhitened(self) -> "BankSettings":
        """The same with the embeddings as keys."""
        return replace(self, exponent=0.0, centre=False)


def _prepared(vectors: Vector | None, axes: int) -> np.ndarray:
    if not isinstance(vectors, np.ndarray) or vectors.ndim != axes:
        raise ValueError("the memory has no embeddings yet: prepare it first")
    return vectors


def record(
    cue: str,
    target: str | None = None,
    cues: Sequence[str] = (),
    embedding: Vector | None = None,
    target_embedding: Vector | None = None,
    about: About = About(),
    ties: Sequence[Tie] = (),
) -> Record:
    """A memory to be added. Without embeddings its texts are encoded.

    target: None: the cue itself. cues: paraphrases. embedding: (d,) or (1 + len(cues), d), of the cues.
    target_embedding: (d,). Raises ValueError if cues is one text.
    """
    if isinstance(cues, str):
        raise ValueError(f"a memory must have its cues in a list, got the text {cues!r}")
    texts = (cue, *cues)
    return Record(texts, cue if target is None else target, embedding, target_embedding, about=about, ties=tuple(ties))


def prepare(
    records: Sequence[Record], encoder: Encoder | None, d: int, progress: Progress | None = None
) -> list[Record]:
    """Check every memory, encode what has no embedding; progress(done, total) per batch of texts.

    Raises ValueError, naming the memory's number from 0, for a text that is blank, too long or not a string, a position
    or a weight that is no finite number, or an embedding that is missing, of another dimension than d, not finite or
    zero.
    """
    texts: dict[str, int] = {}
    for number, one in enumerate(records):
        check_texts((*one.cues, one.target), f"memory {number}")
        check_about(one.about, one.ties, f"memory {number}")
        check_weights(one.key_ties, f"memory {number}")
        if encoder is None and one.cue_vectors is None:
            raise ValueError(f"memory {number} needs an embedding: this bank has no encoder")
        for text in needed(one) if encoder else []:
            texts.setdefault(text, len(texts))
    encoded = encoder.encode(list(texts), progress).cpu().numpy() if encoder else np.empty((0, d), np.float32)
    return _embedded(records, texts, encoded, d)


def is_text(value: object) -> bool:
    """Whether a value is a text that is not blank; half of a surrogate pair, which JSON can spell, is no text."""
    return isinstance(value, str) and bool(value.strip()) and not SURROGATE.search(value)


def check_texts(texts: Sequence[str], of: str) -> None:
    """Raises ValueError naming `of`, the memory, if one of its texts is none, blank, or longer than an import reads."""
    if not all(map(is_text, texts)):
        raise ValueError(f"{of} must have texts that are not blank, got {list(texts)!r}")
    longest = max(map(len, texts))
    if longest > LONGEST:
        raise ValueError(f"{of} must have texts of at most {LONGEST:,} characters, got {longest:,}")


def check_about(about: About, ties: Sequence[Tie], of: str) -> None:
    """Raises ValueError naming `of`, the memory, if where it comes from or a tie of it cannot be stored."""
    if about == NOWHERE and not ties:
        return
    for name in ("title", "session", "source", "when", "own_id", "metadata"):
        text = getattr(about, name)
        if text is not None and not is_text(text):
            raise ValueError(f"{of} must have a {name} that is a text and not blank, or none, got {text!r}")
        if text is not None and len(text) > LONGEST:
            raise ValueError(f"{of} must have a {name} of at most {LONGEST:,} characters, got {len(text):,}")
    if about.metadata is not None and not is_metadata(about.metadata):
        raise ValueError(f"{of} must have metadata that is a JSON object, or none, got {about.metadata!r}")
    if about.position is not None and not is_number(about.position):
        raise ValueError(f"{of} must have a position that is a finite number, or none, got {about.position!r}")
    for tie in ties:
        if type(tie.to) is not int or tie.to < 1:
            raise ValueError(f"{of} must have links to ids, whole numbers from 1, got {tie.to!r}")
    check_weights([(tie.to, tie.weight) for tie in ties], of)


def metadata_text(fields: Mapping[str, Any]) -> str | None:
    """Fields as a memory keeps them, a JSON object with its names in order; None if there are none.

    What JSON has no word for, such as a date, is kept as its text.
    """
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, default=str) if fields else None


def is_metadata(text: str) -> bool:
    """Whether a text is a JSON object."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def check_weights(ties: Sequence[tuple[object, float]], of: str) -> None:
    """Raises ValueError naming `of`, the memory, if ties (to, weight) have a weight that is none."""
    for to, weight in ties:
        if not is_weight(weight):
            raise ValueError(f"{of} must have links with a weight of 0 or {WEIGHTS}, got {weight!r} to {to!r}")


def is_weight(value: Any) -> bool:
    """Whether a value can be a link's weight: 0, or a number that neither vanishes nor overflows beside others."""
    return is_number(value) and (value == 0 or LIGHTEST <= value <= HEAVIEST)


def is_number(value: Any) -> bool:
    """Whether a value is a finite number that a float can hold; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def needed(one: Record) -> list[str]:
    """The texts of a memory that must be encoded."""
    cues = [] if one.cue_vectors is not None else list(one.cues)
    return cues + ([] if one.target_vector is not None else [one.target])


def _embedded(records: Sequence[Record], texts: dict[str, int], encoded: np.ndarray, d: int) -> list[Record]:
    """The records with embeddings: those given, at unit length, else those of their texts."""
    given = {}
    for number, one in enumerate(records):
        if one.cue_vectors is not None:
            given[number, 0] = Given(one.cue_vectors, len(one.cues), f"embedding of memory {number}")
        if one.target_vector is not None:
            given[number, 1] = Given(one.target_vector, 1, f"target embedding of memory {number}")
    unit = dict(zip(given, all_unit_rows(list(given.values()), d), strict=True))
    made = []
    for number, one in enumerate(records):
        x, y = unit.get((number, 0)), unit.get((number, 1))
        x = encoded[[texts[t] for t in one.cues]] if x is None else x
        target = y[0] if y is not None else encoded[texts[one.target]] if one.target in texts else x[0]
        made.append(Record(one.cues, one.target, x, target, one.id, one.version, one.about, one.ties, *one.keyed))
    return made
