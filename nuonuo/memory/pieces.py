"""Pieces: what an encoder's tokenizer makes of a text, how much of it the encoder reads, and what it does not know.

A sentence-transformers model reads its first `limit` word pieces (WordPiece: Schuster & Nakajima 2012) and drops the
rest without a word; a piece that is not in its vocabulary is one and the same [UNK] for all of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_BREAK = re.compile(r"(?<=[.!?。！？])\s+|\n+")


@dataclass(frozen=True)
class Count:
    """One text in pieces."""

    pieces: int  # without those that the model puts around a text
    unknown: int  # of them, not in the vocabulary
    limit: int  # that the model reads

    @property
    def cut(self) -> bool:
        """Whether the model does not read all of it."""
        return self.pieces > self.limit

    @property
    def unread(self) -> float:
        """The share of its pieces that is never read."""
        return max(0, self.pieces - self.limit) / self.pieces if self.pieces else 0.0

    @property
    def strange(self) -> float:
        """The share of its pieces that the model does not know."""
        return self.unknown / self.pieces if self.pieces else 0.0


@dataclass(frozen=True, eq=False)
class Pieces:
    """The tokenizer of an encoder. limit: pieces of a text that the model reads."""

    tokenizer: Any
    limit: int

    @staticmethod
    def of(model: Any) -> "Pieces | None":
        """Those of a sentence-transformers model; None if it has no such tokenizer."""
        tokenizer, longest = getattr(model, "tokenizer", None), getattr(model, "max_seq_length", None)
        if tokenizer is None or not longest or not hasattr(tokenizer, "num_special_tokens_to_add"):
            return None
        return Pieces(tokenizer, int(longest) - tokenizer.num_special_tokens_to_add())

    def count(self, texts: Sequence[str]) -> list[Count]:
        """Of each text; 2,000 texts take a tenth of a second."""
        if not texts:
            return []
        found = self.tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)["input_ids"]
        unknown = self.tokenizer.unk_token_id
        return [Count(len(ids), ids.count(unknown) if unknown is not None else 0, self.limit) for ids in found]


def parts(text: str, pieces: Pieces) -> list[str]:
    """A text in parts that the encoder reads whole: broken between sentences, or between words in a long sentence."""
    if not pieces.count([text])[0].cut:
        return [text]
    spans = [span for part in _BREAK.split(text) for span in _fitting(part, pieces)]
    sizes = [one.pieces for one in pieces.count(spans)]
    made: list[str] = []
    size = 0
    for span, n in zip(spans, sizes, strict=True):
        if made and size + n <= pieces.limit:
            made[-1], size = f"{made[-1]} {span}", size + n
        else:
            made.append(span)
            size = n
    return made


def _fitting(part: str, pieces: Pieces) -> list[str]:
    """A stretch of text, halved between words as often as it takes until each half is read whole."""
    part = part.strip()
    if not part:
        return []
    if not pieces.count([part])[0].cut:
        return [part]
    middle = part.rfind(" ", 0, len(part) // 2 + 1)
    middle = middle if middle > 0 else len(part) // 2
    return [*_fitting(part[:middle], pieces), *_fitting(part[middle:], pieces)]
