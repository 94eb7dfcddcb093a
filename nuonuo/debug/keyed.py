"""Keyed: other texts of a memory by which it could be found, each made from what is stored and never from a question.

part       of a text that the encoder cuts short, as long as it reads; or of 128 or 64 word pieces
sentence   each sentence by itself
dated      the text after its date
context    the text between the one before it and the one after it in its session
answer     the target, where the cue is another text
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from weakref import WeakKeyDictionary

from nuonuo.files.longmemeval import sentences
from nuonuo.memory.bank import Bank
from nuonuo.memory.encoder import Encoder
from nuonuo.memory.pieces import Count, Pieces, parts
from nuonuo.memory.records import LONGEST, Record

_counts: WeakKeyDictionary[Bank, dict[str, Count]] = WeakKeyDictionary()


class By(StrEnum):
    """By what else a memory is found."""

    PART = "each part that the encoder reads whole"
    PART_128 = "each part of 128 word pieces"
    PART_64 = "each part of 64 word pieces"
    SENTENCE = "each sentence"
    DATED = "its text after its date"
    CONTEXT = "its text with those before and after it"
    ANSWER = "its answer"


SIZES = {By.PART: None, By.PART_128: 128, By.PART_64: 64}  # word pieces of a part; None: as many as are read
WORDS = {
    By.PART: "Split texts that the encoder cuts short: let each part bring its memory back",
    By.PART_128: "Split texts into parts of 128 word pieces, each of which brings its memory back",
    By.PART_64: "Split texts into parts of 64 word pieces, each of which brings its memory back",
    By.SENTENCE: "Let each sentence of a memory bring it back too",
    By.DATED: "Put each memory's date before its text, as one more cue",
    By.CONTEXT: "Let each memory be found with the texts before and after it",
    By.ANSWER: "Let each memory's answer bring it back too",
}


def texts(bank: Bank, encoder: Encoder | None, by: By, only: Sequence[int] | None = None) -> list[list[str]]:
    """The further cues of memories, those they have left out. only: ids; None: all, in order of age."""
    rows = list(bank.rows.values()) if only is None else [bank.rows[i] for i in only]
    if by is By.CONTEXT:
        around = Sessions(bank)
        made = [around.text(row) for row in rows]
    elif by in SIZES:
        made = split(bank, rows, encoder.pieces, SIZES[by]) if encoder and encoder.pieces else [[] for _ in rows]
    else:
        made = [_of_one(row, by) for row in rows]
    return [
        [text for text in dict.fromkeys(some) if text not in row.cues and text.strip() and len(text) <= LONGEST]
        for row, some in zip(rows, made, strict=True)
    ]


def counts_of(bank: Bank, pieces: Pieces) -> dict[str, Count]:
    """The word pieces of each cue of a bank, counted once."""
    if bank not in _counts:
        _counts[bank] = dict(zip(bank.texts, pieces.count(bank.texts), strict=True))
    return _counts[bank]


def split(bank: Bank, rows: Sequence[Record], pieces: Pieces, size: int | None) -> list[list[str]]:
    """For each memory the parts, of `size` word pieces at most, of each cue that has more; None: that it does not read.

    Of a text that is cut short the first part is left out: that is what is read of it now.
    """
    own = pieces if size is None else Pieces(pieces.tokenizer, size)
    counted, first = counts_of(bank, pieces), 1 if size is None else 0
    return [
        [part for cue in row.cues if counted[cue].pieces > own.limit for part in parts(cue, own)[first:]]
        for row in rows
    ]


def _of_one(row: Record, by: By) -> list[str]:
    cue = row.cues[0]
    if by is By.SENTENCE:
        return sentences(re.sub(r"\s*\n\s*", " ", cue))
    if by is By.DATED:
        return [f"{row.about.when}: {cue}"] if row.about.when and row.about.when not in cue else []
    return [row.target]


class Sessions:
    """The memories of a bank in their sessions."""

    def __init__(self, bank: Bank) -> None:
        order: dict[str, list[tuple[float, int]]] = {}
        for number, row in enumerate(bank.rows.values()):
            if row.about.session is not None:
                place = row.about.position if row.about.position is not None else float(number)
                order.setdefault(row.about.session, []).append((place, row.id))
        self._rows = bank.rows
        self._order = {session: [i for _, i in sorted(some)] for session, some in order.items()}
        self._place = {i: place for some in self._order.values() for place, i in enumerate(some)}

    def beside(self, row: Record) -> list[Record]:
        """The memories before and after it in its session, as far as there are any."""
        if row.id not in self._place or row.about.session is None:
            return []
        some, place = self._order[row.about.session], self._place[row.id]
        return [self._rows[some[at]] for at in (place - 1, place + 1) if 0 <= at < len(some)]

    def text(self, row: Record) -> list[str]:
        """Its text between those beside it; none if there is none beside it."""
        if row.id not in self._place or row.about.session is None:
            return []
        some, place = self._order[row.about.session], self._place[row.id]
        around = some[max(0, place - 1) : place + 2]
        return ["\n".join(self._rows[i].cues[0] for i in around)] if len(around) > 1 else []
