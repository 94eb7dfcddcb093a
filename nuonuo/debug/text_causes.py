"""Causes that lie in the texts: what the encoder makes of them, what stands beside them, what they leave out.

`would` is a rank that was found by asking the same query of the same bank with one more cue, the text that is quoted;
what the memory shares of words and links stays as it is.
"""

from dataclasses import dataclass
from typing import ClassVar

from nuonuo.debug.cause import Cause


@dataclass(frozen=True)
class CutShort:
    """The encoder reads only the beginning of its text."""

    cause: ClassVar[Cause] = Cause.CUT_SHORT
    pieces: int  # word pieces of the text
    limit: int  # that the encoder reads
    text: str  # the part that the query is about
    would: int
    texts_cut: int  # cues of the bank that are cut short
    cues: int  # of the bank

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        return (
            f"The encoder reads {self.limit} of its {self.pieces} word pieces; the query is about “{self.text}”, in "
            f"the rest: as a cue of its own that part comes at rank {self.would:,}. {self.texts_cut:,} of "
            f"{self.cues:,} cues are cut short."
        )


@dataclass(frozen=True)
class Foreign:
    """Query and memory are in different languages or scripts, or the encoder does not know their word pieces."""

    cause: ClassVar[Cause] = Cause.FOREIGN
    query: float  # share of its word pieces that the encoder does not know
    memory: float  # and of the expected memory's
    tongues: tuple[str, str]  # language of the query and of the memory, or the script where that tells them apart

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        ours, theirs = self.tongues
        apart = f"The query is in {ours} and the memory in {theirs}; " if ours != theirs else ""
        said = f"the encoder does not know {self.query:.0%} of the query's word pieces and {self.memory:.0%} of its"
        return f"{apart}{said if apart else said[0].upper() + said[1:]}."


@dataclass(frozen=True)
class Negated:
    """The rival says the opposite, and the encoder sees nearly the same."""

    cause: ClassVar[Cause] = Cause.NEGATION
    rival: int
    rival_cue: str
    mine: str  # what decides in query and memory; empty: that it is not there
    theirs: str  # and in the rival
    cosine: float  # of the two cues

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        mine = f"“{self.mine}”" if self.mine else "no negation"
        theirs = f"“{self.theirs}”" if self.theirs else "no negation"
        return (
            f"Query and memory have {mine}, “{self.rival_cue}” has {theirs}, and to the encoder the two memories are "
            f"alike (cosine {self.cosine:.2f})."
        )


@dataclass(frozen=True)
class Stale:
    """Two memories answer, and only their date tells them apart."""

    cause: ClassVar[Cause] = Cause.STALE
    rival: int
    rival_cue: str
    mine: str  # date
    theirs: str
    newer: bool  # whether the expected one is
    cosine: float  # of the two cues

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        which = "older" if self.newer else "newer"
        return (
            f"The {which} “{self.rival_cue}” ({self.theirs}) comes before it ({self.mine}): both answer (cosine "
            f"{self.cosine:.2f}), only their date tells them apart, and no term of the score compares dates."
        )


@dataclass(frozen=True)
class Duplicates:
    """Copies of other memories take the first places."""

    cause: ClassVar[Cause] = Cause.DUPLICATES
    copies: tuple[int, ...]  # ids that repeat a memory ranked before them
    folded: int  # its rank with each group counted once
    within: int  # ranks that count
    rank: int
    cue: str  # of one that is there more than once

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        n = len(self.copies)
        count = f"{n:,} {'copy' if n == 1 else 'copies'}"
        return (
            f"{count} of memories ranked before it, such as “{self.cue}”, take its place: counted once each, it comes "
            f"at rank {self.folded:,} instead of {self.rank:,}."
        )


@dataclass(frozen=True)
class Identifier:
    """A token with digits or in capitals decides, and embeddings hardly tell such tokens apart."""

    cause: ClassVar[Cause] = Cause.IDENTIFIER
    token: str
    rival: int
    rival_cue: str
    words: float  # w, weight of the words
    mine: float  # BM25
    theirs: float

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        counted = f"BM25 {self.mine:.2f} against {self.theirs:.2f} at w = {self.words:g}" if self.words else "w = 0"
        return (
            f"“{self.token}” stands in query and memory and not in “{self.rival_cue}”, which comes before it: the "
            f"embedding hardly tells such tokens apart, and words weigh too little ({counted})."
        )


@dataclass(frozen=True)
class Undated:
    """The query asks about a time, and the memory's date is not in what is compared."""

    cause: ClassVar[Cause] = Cause.UNDATED
    asked: str  # the words of the query that name a time
    when: str  # the memory's date
    text: str  # the text after its date
    would: int

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        return (
            f"The query asks about “{self.asked}”; the memory is of “{self.when}”, and its text does not say so: with "
            f"its date before it, it comes at rank {self.would:,}."
        )


@dataclass(frozen=True)
class OneSentence:
    """The text says several things; the sentence that answers would be found by itself."""

    cause: ClassVar[Cause] = Cause.SENTENCE
    text: str
    count: int  # sentences of the memory
    would: int

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        return (
            f"“{self.text}” is one of {self.count} sentences of the memory, whose embedding is that of all of them: by "
            f"itself it comes at rank {self.would:,}."
        )


@dataclass(frozen=True)
class InContext:
    """What the query asks about is said beside it: by itself the text does not say what it is about."""

    cause: ClassVar[Cause] = Cause.CONTEXT
    beside: str  # the text before or after it that is nearest to the query
    place: int  # its rank
    text: str  # with those before and after it
    would: int

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        return (
            f"What it is about is said beside it: “{self.beside}” comes at rank {self.place:,}. With the texts before "
            f"and after it, the memory comes at rank {self.would:,}."
        )


@dataclass(frozen=True)
class ByAnswer:
    """Its cue does not say it, its target does."""

    cause: ClassVar[Cause] = Cause.ANSWER
    text: str  # the target
    would: int

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        return f"Its cue does not say it, its answer “{self.text}” does: as a cue that comes at rank {self.would:,}."
