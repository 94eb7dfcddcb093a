"""Why a recall missed, and the smallest change that mends it.

Every number comes from the Trace, from a recall that was really run, or from `influence`, which equals one.
"""

from dataclasses import dataclass

from torch import Tensor

from nuonuo.debug import influence
from nuonuo.debug.checks import bank_of, whitened
from nuonuo.debug.diagnosis import best_of
from nuonuo.memory import Memory
from nuonuo.noise import Noise
from nuonuo.trace import Candidate, Trace

MOST_WORDS = 40  # of a query whose telling word is looked for


@dataclass(frozen=True)
class Judgement:
    """A recall held against the memory that was meant."""

    recalled: Candidate
    wanted: Candidate | None  # None if it is not among the candidates
    rank: int | None  # of the wanted memory; 1 is right
    gap: float | None  # similarity it lacks to the memory that was recalled
    telling: str | None  # a word of the query without which the wanted memory comes first

    @property
    def right(self) -> bool:
        """Whether the wanted memory was recalled."""
        return self.rank == 1


@dataclass(frozen=True)
class Mend:
    """A change that was tried and puts the wanted memory first."""

    kind: str  # "quiet": ask without noise; "teach": store the query as one more cue
    rank: int  # of the wanted memory after the change
    weight: float  # its first-step attention then


def judge(memory: Memory, trace: Trace, wanted: int) -> Judgement:
    """Where the wanted memory came, what it lacked, and which word of the query led astray."""
    rank = trace.rank(wanted)
    if rank is None:
        return Judgement(trace.answer, None, None, None, None)
    meant = trace.candidates[rank - 1]
    gap = trace.answer.similarity - meant.similarity
    return Judgement(trace.answer, meant, rank, gap, telling_word(memory, trace, wanted) if rank > 1 else None)


def telling_word(memory: Memory, trace: Trace, wanted: int) -> str | None:
    """The word of the query without which the wanted memory comes first by the widest lead; None if none."""
    if trace.noisy_query is None or len(trace.noisy_query.split()) > MOST_WORDS:
        return None
    leads = [(word.lead, word.word) for word in influence.of_words(memory, trace, wanted) if word.rank == 1]
    return max(leads)[1].strip(".,;:!?\"'()") or None if leads else None


def mend(memory: Memory, trace: Trace, wanted: int) -> Mend | None:
    """The smallest change that makes this query recall the wanted memory, tried before it is offered.

    First the query without its noise; then the query stored as one more cue of the wanted memory. None if neither does.
    """
    if trace.query is None or memory.encoder is None or trace.rank(wanted) == 1:
        return None
    settings = trace.settings
    if settings.noise != Noise(seed=settings.noise.seed):
        clean = memory.recall(trace.query, settings.k, settings.beta, settings.steps, whitened=whitened(memory, trace))
        if clean.rank(wanted) == 1:
            return Mend("quiet", 1, clean.answer.weight)
    taught = bank_of(memory, trace).whitening(memory.encoder.encode([trace.query])[0].to(memory.device))
    return _teach(trace, taught, wanted)


def _teach(trace: Trace, own: Tensor, wanted: int) -> Mend | None:
    """What the query's own key (d,) as a cue of the wanted memory would do, under the whitening as it stands."""
    similarity = float(own @ trace.key)
    rivals = [c.similarity for c in trace.candidates if c.id != wanted]
    if any(similarity <= s for s in rivals):
        return None
    logits = trace.key.new_tensor([similarity, *rivals]) * trace.settings.beta
    return Mend("teach", 1, float(logits.softmax(0)[0]))


def true_rank(memory: Memory, trace: Trace, wanted: int) -> int:
    """The wanted memory's rank among all memories, for one that is not a candidate."""
    return best_of(memory, trace, {wanted})[1]
