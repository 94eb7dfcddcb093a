"""Outranked: the causes that lie in the ranking, S = meaning + words + links, with what each of the three came to."""

from dataclasses import dataclass
from typing import ClassVar

from nuonuo.debug.cause import Cause
from nuonuo.memory.joining import Relation

NAMES = ("meaning", "words", "links")


@dataclass(frozen=True)
class Score:
    """What a memory is ranked by."""

    meaning: float  # z(similarity)
    words: float  # w·BM25
    links: float  # γ·Pᵀa

    @property
    def own(self) -> float:
        """s = meaning + words: what decides who is first."""
        return self.meaning + self.words

    @property
    def total(self) -> float:
        """S."""
        return self.own + self.links


def against(theirs: Score, mine: Score, links: bool = True) -> str:
    """Two scores side by side, in the terms that either has: meaning 2.1 + words 0.4 against 1.3 + 3.0."""
    both = [(name, getattr(theirs, name), getattr(mine, name)) for name in NAMES if links or name != "links"]
    shown = [one for one in both if one[0] == "meaning" or one[1] or one[2]]
    left = " + ".join(f"{name} {a:.2f}" for name, a, _ in shown)
    return f"{left} against {' + '.join(f'{b:.2f}' for _, _, b in shown)}"


@dataclass(frozen=True)
class NotACandidate:
    """It is not among the k candidates."""

    cause: ClassVar[Cause] = Cause.NOT_A_CANDIDATE
    rank: int
    k: int
    mine: Score
    last: Score  # of the last candidate

    @property
    def lacks(self) -> float:
        """How far it is below the last candidate."""
        return self.last.total - self.mine.total

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        below = f"at rank {self.rank:,}, {self.lacks:.2f} below the last of them: {against(self.last, self.mine)}"
        return f"It is not among the {self.k} candidates: it comes {below}."


@dataclass(frozen=True)
class Outdone:
    """A rival comes before it."""

    cause: ClassVar[Cause] = Cause.RIVAL
    rival: int
    rival_cue: str
    mine: Score
    theirs: Score
    first: bool  # whether the rival is ranked first, which links do not decide
    shared: tuple[str, ...]  # words of the query and the rival

    @property
    def lead(self) -> float:
        """Of the rival: by meaning and words if it is ranked first, else by all three."""
        return self.theirs.own - self.mine.own if self.first else self.theirs.total - self.mine.total

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        quoted = ", ".join(f"“{word}”" for word in self.shared)
        common = f"; query and rival share {quoted}" if quoted else ""
        links = f"; links bring {self.mine.links:.2f}, and put none first" if self.first and self.mine.links else ""
        terms = against(self.theirs, self.mine, not self.first)
        return f"“{self.rival_cue}” wins by {self.lead:.2f}: {terms}{links}{common}."


@dataclass(frozen=True)
class Unlinked:
    """A part of what is expected is recalled, and no link leads on to another part."""

    cause: ClassVar[Cause] = Cause.SECOND_HOP
    source: int  # the recalled memory
    source_cue: str
    memory: int  # that it should lead to
    cue: str
    rank: int  # of that
    senders: int

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        none = f"no link leads from it or any other of the {self.senders} senders to “{self.cue}”"
        return f"“{self.source_cue}” is recalled, but {none}, which comes at rank {self.rank:,}."


@dataclass(frozen=True)
class WeakLink:
    """A link leads to it from a memory among the first, and too little of the attention goes over it."""

    cause: ClassVar[Cause] = Cause.WEAK_LINK
    source: int  # the memory that it is of
    source_cue: str
    place: int  # its rank
    relation: Relation
    attention: float  # a of the source: 1 for the first
    brings: float  # γ·a·P over this link
    lacks: float  # how far it is below the last rank that counts
    cue: str
    rank: int

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        return (
            f"A link ({self.relation}) leads to “{self.cue}” from “{self.source_cue}”, at rank {self.place:,}, but "
            f"that has {self.attention:.2f} of the first's attention: the link brings {self.brings:.2f}, and "
            f"{self.lacks:.2f} more would be needed at rank {self.rank:,}."
        )


@dataclass(frozen=True)
class PushedOut:
    """Without links it would be among the first: they bring others before it."""

    cause: ClassVar[Cause] = Cause.PUSHED_OUT
    rank: int
    without: int  # its rank by meaning and words alone
    rival: int  # the best memory that links bring before it
    rival_cue: str
    brings: float  # what links bring that one
    mine: float  # and this one

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        return (
            f"By meaning and words it comes at rank {self.without:,}; links bring {self.brings:.2f} to "
            f"“{self.rival_cue}” and {self.mine:.2f} to it, so it comes at rank {self.rank:,}."
        )


@dataclass(frozen=True)
class PartRecalled:
    """Some of what is expected is recalled, and some is not."""

    cause: ClassVar[Cause] = Cause.PART
    recalled: int
    wanted: int
    within: int  # ranks that count
    cue: str  # of the best that is missing
    rank: int  # of that
    sessions: int  # that the expected memories are of; 0 where they are of none

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        of = f" of {self.sessions} sessions" if self.sessions > 1 else ""
        return (
            f"{self.recalled} of {self.wanted} recalled: the answer is spread over {self.wanted} memories{of}, and one "
            f"query is near to few of them; “{self.cue}” comes at rank {self.rank:,}, beyond the first {self.within}."
        )


@dataclass(frozen=True)
class ByLink:
    """An expected memory that only links bring among the first: nothing is wrong with it."""

    memory: int
    cue: str
    rank: int
    without: int  # its rank by meaning and words alone
    sender: int  # whose link brought most
    sender_cue: str
    relation: Relation

    @property
    def sentence(self) -> str:
        """What the links did."""
        most = f"most of it over the link from “{self.sender_cue}” ({self.relation})"
        return f"“{self.cue}” is reached only by a link: rank {self.rank}, {self.without:,} without links; {most}."
