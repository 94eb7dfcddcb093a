"""Causes that lie in the words of query and memory, and in how many memories are about the same."""

from dataclasses import dataclass
from typing import ClassVar

from nuonuo.debug.cause import Cause


@dataclass(frozen=True)
class Outvoted:
    """Shared words alone would find it, and meaning puts others before it."""

    cause: ClassVar[Cause] = Cause.WORDS
    by_words: int  # its rank by BM25 alone
    by_meaning: int  # by similarity alone
    shared: tuple[str, ...]  # words of query and memory

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        quoted = ", ".join(f"“{word}”" for word in self.shared)
        return (
            f"By shared words alone ({quoted}) it comes at rank {self.by_words:,}, by meaning at {self.by_meaning:,}, "
            "and meaning outvotes the words."
        )


@dataclass(frozen=True)
class Crowded:
    """Many memories are about the same, and the encoder cannot tell which of them answers."""

    cause: ClassVar[Cause] = Cause.CROWDED
    before: int  # memories ranked before it
    alike: int  # of them, about the same
    cosine: float  # of those to it, the median
    cue: str  # of the first of them

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        return (
            f"{self.alike:,} of the {self.before:,} memories before it are about the same (median cosine "
            f"{self.cosine:.2f} to it), “{self.cue}” first: an embedding cannot tell which of them answers."
        )


@dataclass(frozen=True)
class OtherWords:
    """The query names it by other words than its own: what they share says little."""

    cause: ClassVar[Cause] = Cause.OTHER_WORDS
    shared: tuple[tuple[str, int], ...]  # words of query and memory, and how many texts have each
    texts: int  # cues of the bank
    rival_cue: str
    rival: int
    lead: float  # of the rival's score over the memory's
    words: float  # what of that lead comes from words

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        said = ", ".join(f"“{word}” (in {count:,} of {self.texts:,} texts)" for word, count in self.shared)
        common = f"shares only {said} with it" if said else "shares no telling word with it"
        part = f", {self.words:.2f} of that by its words" if self.words > 0 else ", all of it by meaning"
        return f"The query {common}; “{self.rival_cue}” is ahead by {self.lead:.2f}{part}."


@dataclass(frozen=True)
class Named:
    """The query calls it by its title, and others come before it all the same."""

    cause: ClassVar[Cause] = Cause.NAMED
    title: str
    rival: int
    rival_cue: str
    rank: int
    by_words: int  # its rank by BM25 alone
    lead: float  # of the rival's score over the memory's
    words: float  # what of that lead comes from words

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        part = f", {self.words:.2f} of that by other words of the query" if self.words > 0 else ""
        return (
            f"The query names it, “{self.title}”, but no term of the score knows a name: it comes at rank "
            f"{self.rank:,} ({self.by_words:,} by words alone), and “{self.rival_cue}” is ahead by "
            f"{self.lead:.2f}{part}."
        )
