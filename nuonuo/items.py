"""Items: memories on their way in, all checked before any is stored."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from nuonuo.encoder import Encoder, Progress

Vector = np.ndarray | Tensor


@dataclass(frozen=True)
class Item:
    """One memory to be added. Without embeddings its texts are encoded."""

    cue: str
    target: str | None = None  # None: the cue itself
    cues: Sequence[str] = ()  # paraphrases that should bring it back too
    embedding: Vector | None = None  # (d,) or (1 + len(cues), d), of the cues
    target_embedding: Vector | None = None  # (d,); None: encoded, or the cue's where there is no encoder

    @property
    def all_cues(self) -> tuple[str, ...]:
        """The cue and its paraphrases."""
        return (self.cue, *self.cues)

    @property
    def answer(self) -> str:
        """The target's text."""
        return self.cue if self.target is None else self.target


@dataclass(frozen=True)
class Prepared:
    """One memory with its embeddings, ready to be stored."""

    target: str
    embedding: np.ndarray  # (d,)
    cues: tuple[str, ...]
    cue_embeddings: np.ndarray  # (len(cues), d)


def prepare(items: Sequence[Item], encoder: Encoder | None, d: int, progress: Progress | None = None) -> list[Prepared]:
    """Check every item, encode what has no embedding; progress(done, total) per batch of texts.

    Raises ValueError, naming the item's number from 0, for a text that is blank or not a string, or an embedding that
    is missing, of another dimension than d, not finite or zero.
    """
    texts: dict[str, int] = {}
    for number, item in enumerate(items):
        if isinstance(item.cues, str):
            raise ValueError(f"memory {number} must have its cues in a list, got the text {item.cues!r}")
        named = [*item.all_cues, item.answer]
        if any(not isinstance(t, str) or not t.strip() for t in named):
            raise ValueError(f"memory {number} must have texts that are not blank, got {named!r}")
        if encoder is None and item.embedding is None:
            raise ValueError(f"memory {number} needs an embedding: this bank has no encoder")
        for text in needed(item) if encoder else []:
            texts.setdefault(text, len(texts))
    encoded = encoder.encode(list(texts), progress).cpu().numpy() if encoder else np.empty((0, d), np.float32)
    return [_prepare_one(number, item, texts, encoded, d) for number, item in enumerate(items)]


def revise(old: Prepared, item: Item, encoder: Encoder | None) -> Prepared:
    """A memory with other texts: a text it had keeps its embedding, ready-made or not; new ones are encoded.

    Raises ValueError for a blank text, or a new one where there is no encoder.
    """
    known = {old.target: old.embedding} | dict(zip(old.cues, old.cue_embeddings, strict=True))
    cues = np.stack([_embedding(text, known, encoder) for text in item.all_cues])
    return Prepared(
        item.answer,
        old.embedding if item.answer == old.target else _embedding(item.answer, known, encoder),
        item.all_cues,
        cues,
    )


def _embedding(text: str, known: dict[str, np.ndarray], encoder: Encoder | None) -> np.ndarray:
    if text in known:
        return known[text]
    if encoder is None:
        raise ValueError(f"text {text!r} needs an embedding: this bank has no encoder")
    return encoder.encode([text])[0].cpu().numpy()


def needed(item: Item) -> list[str]:
    """The texts of an item that must be encoded."""
    cues = [] if item.embedding is not None else list(item.all_cues)
    return cues + ([] if item.target_embedding is not None else [item.answer])


def _prepare_one(number: int, item: Item, texts: dict[str, int], encoded: np.ndarray, d: int) -> Prepared:
    if item.embedding is None:
        x = encoded[[texts[t] for t in item.all_cues]]
    else:
        x = unit_rows(item.embedding, len(item.all_cues), d, f"embedding of memory {number}").cpu().numpy()
    if item.target_embedding is not None:
        y = unit_rows(item.target_embedding, 1, d, f"target embedding of memory {number}")[0].cpu().numpy()
    else:
        y = encoded[texts[item.answer]] if item.answer in texts else x[0]
    return Prepared(item.answer, y, item.all_cues, x)


def unit_rows(given: Vector, rows: int, d: int, what: str, device: torch.device | str = "cpu") -> Tensor:
    """`rows` embeddings (d,) at unit length: (rows, d). Raises ValueError naming `what` if they cannot be that."""
    copied = given if isinstance(given, Tensor) else torch.tensor(given)  # an array read from a file cannot be written
    x = copied.to(device, torch.float32)
    x = x[None] if x.ndim == 1 else x
    if x.shape != (rows, d):
        expected = f"({d},)" if rows == 1 else f"({rows}, {d})"
        raise ValueError(f"{what} must have shape {expected}, got {tuple(copied.shape)}")
    norms = torch.linalg.vector_norm(x, dim=1, keepdim=True)  # (rows, 1)
    lengths = norms.flatten().tolist()
    if all(1e-15 < length < 1e15 for length in lengths):
        return x / norms
    largest = x.abs().amax(1, keepdim=True)  # (rows, 1); NaN wins over every number
    peaks = largest.flatten().tolist()
    if not all(map(math.isfinite, peaks)):
        raise ValueError(f"{what} must be finite, got NaN or infinity in it")
    if 0 in peaks:
        raise ValueError(f"{what} must not be all zeros: it has no direction")
    return normalize(x / largest, dim=1)  # divided first: squares of 1e30 overflow
