"""Causes: for each cause of a missed recall its evidence; those that lie in the ranking are in outranked.py."""

from dataclasses import dataclass
from typing import ClassVar

from nuonuo.debug.cause import Cause as Cause
from nuonuo.debug.outranked import NotACandidate, Outdone, PartRecalled, PushedOut, Unlinked, WeakLink
from nuonuo.debug.text_causes import (
    ByAnswer,
    CutShort,
    Duplicates,
    Foreign,
    Identifier,
    InContext,
    Negated,
    OneSentence,
    Stale,
    Undated,
)
from nuonuo.debug.word_causes import Crowded, Named, OtherWords, Outvoted


@dataclass(frozen=True)
class NotStored:
    """Nothing that is expected is stored."""

    cause: ClassVar[Cause] = Cause.NOT_STORED
    closest: int
    cue: str  # of the closest
    cosine: float

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        return f"The closest memory is “{self.cue}”, at cosine {self.cosine:.2f}."


@dataclass(frozen=True)
class BeyondNoise:
    """The query was damaged, and undamaged it is right."""

    cause: ClassVar[Cause] = Cause.NOISE
    gaussian: bool  # whether noise lay on the embedding; else words were left out or swapped
    basin: tuple[tuple[float, float], ...]  # σ, and the share of draws that recall what is expected

    @property
    def borne(self) -> float | None:
        """The largest σ at which most draws recall it; None if there is none."""
        return max((sigma for sigma, share in self.basin if share >= 0.5), default=None)

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        bears = f"σ = {self.borne:g} is not" if self.borne else f"even σ = {self.basin[0][0]:g} is"
        what = "The noise carries" if self.gaussian else "The words that were left out or swapped carry"
        out = f"{what} the query out of this memory's basin"
        return f"{out}: undamaged it is recalled, and in most draws {bears} too much."


@dataclass(frozen=True)
class NearDuplicate:
    """Another memory answers to what is nearly the same cue."""

    cause: ClassVar[Cause] = Cause.NEAR_DUPLICATE
    rival: int
    cue: str  # of the expected memory
    rival_cue: str
    cosine: float

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        near = f"nearly the same cue as “{self.cue}” (cosine {self.cosine:.3f})"
        return f"“{self.rival_cue}” is stored, {near}: to the encoder they are one query."


@dataclass(frozen=True)
class Unrelated:
    """The expected memory is no more like the query than many memories are."""

    cause: ClassVar[Cause] = Cause.UNRELATED
    cosine: float
    as_close: int  # memories that are at least as close
    memories: int
    encoded: bool  # whether an encoder made the embeddings
    shared: tuple[str, ...]  # words of the query and the memory

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        who = "The encoder sees" if self.encoded else "The embeddings show"
        close = f"{self.as_close:,} of {self.memories:,} memories are at least as close"
        quoted = ", ".join(f"“{word}”" for word in self.shared)
        words = f"they share {quoted} alone" if quoted else "they share no word that is not common"
        return f"{who} no relation: cosine {self.cosine:.2f}, and {close}; {words}."


@dataclass(frozen=True)
class SettledElsewhere:
    """Ranked first, but the state comes to rest on another memory."""

    cause: ClassVar[Cause] = Cause.SETTLED_ELSEWHERE
    at: int
    cue: str  # of the memory it rests on
    weight: float  # of that at rest

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        return (
            f"Ranked first at update step 0, but at rest the state is a fixed point at “{self.cue}” "
            f"(p = {self.weight:.2f})."
        )


@dataclass(frozen=True)
class Metastable:
    """Ranked first, but the state comes to rest on an average over some of the candidates."""

    cause: ClassVar[Cause] = Cause.METASTABLE
    number: float  # candidates that share the attention at rest
    candidates: int
    lead: str  # cue of the one with the largest weight
    weight: float  # of that
    beta: float

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        return (
            f"Ranked first, but at rest the state averages about {self.number:.1f} of {self.candidates} candidates at "
            f"β = {self.beta:g}, led by “{self.lead}” (p = {self.weight:.2f})."
        )


@dataclass(frozen=True)
class AverageOfAll:
    """Ranked first, but the state comes to rest on the average of most candidates."""

    cause: ClassVar[Cause] = Cause.AVERAGE
    number: float  # candidates that share the attention at rest
    candidates: int
    beta: float

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        return (
            f"Ranked first, but at rest about {self.number:.1f} of {self.candidates} candidates share the attention "
            f"at β = {self.beta:g}."
        )


@dataclass(frozen=True)
class Collision:
    """Its code shares most of its units with another memory's, and the first hop suffers from it."""

    cause: ClassVar[Cause] = Cause.COLLISION
    rival: int
    rival_cue: str
    units: int
    winners: int

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        return f"Its code shares {self.units} of {self.winners} units with that of “{self.rival_cue}”."


@dataclass(frozen=True)
class MissingLink:
    """No stored link leads on."""

    cause: ClassVar[Cause] = Cause.HOP_BROKEN
    hop: int  # that was not made
    stop: str  # why the hops ended

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        before = f"hop {self.hop - 1}" if self.hop > 1 else "the answer"
        return f"No stored link leads on from {before}: {self.stop}."


@dataclass(frozen=True)
class Crosstalk:
    """A hop does not land where its link leads, because other links add to it."""

    cause: ClassVar[Cause] = Cause.HOP_BROKEN
    hop: int
    landed: str  # target
    due: str  # target of the link
    cosine: float  # of the code that came out to the target it landed on

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers."""
        away = f"lands on “{self.landed}” instead of “{self.due}”"
        how = f"comes out at cosine {self.cosine:.2f}" if self.landed == self.due else away
        return f"Hop {self.hop} {how}: crosstalk between links."


Evidence = (
    NotStored
    | BeyondNoise
    | NearDuplicate
    | CutShort
    | Foreign
    | Negated
    | Stale
    | Duplicates
    | Identifier
    | Named
    | Undated
    | OneSentence
    | InContext
    | ByAnswer
    | Outvoted
    | WeakLink
    | Unlinked
    | PushedOut
    | PartRecalled
    | Crowded
    | OtherWords
    | Unrelated
    | NotACandidate
    | Outdone
    | SettledElsewhere
    | Metastable
    | AverageOfAll
    | Collision
    | MissingLink
    | Crosstalk
)
