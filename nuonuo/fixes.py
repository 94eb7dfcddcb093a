"""Fixes: the smallest change that mends a recall, run on a copy before it is offered.

Smallest first: the question, the settings, then the bank. A fix is offered only if the copy, asked again, is diagnosed
as right; what else it changes is found by asking every other saved question again.
"""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from nuonuo.association import Separation, power, softmax
from nuonuo.causes import Diagnosis, diagnose
from nuonuo.memory import Memory
from nuonuo.noise import Noise
from nuonuo.theory import beta_for_weight
from nuonuo.trace import Settings, Trace

SURE = 0.9  # first-step weight that a raised β aims at
MOST = 1_000.0  # β beyond which a margin counts as a tie
Change = Callable[[Memory], None]


@dataclass(frozen=True)
class Saved:
    """A question whose right answers are known."""

    query: str
    meant: frozenset[int]


@dataclass(frozen=True)
class Asking:
    """How a question is asked: all that is no part of the bank."""

    query: str
    settings: Settings
    hops: int = 0
    separation: Separation | None = None

    def of(self, memory: Memory, query: str | None = None) -> Trace:
        """Ask it, or another question in the same way."""
        s = self.settings
        return memory.recall(query or self.query, s.k, s.beta, s.steps, s.noise, self.hops, self.separation)


@dataclass(frozen=True)
class Fix:
    """A change that was run and mends the recall."""

    kind: str  # quiet, beta, separation, teach, link or remove
    words: str  # what to do
    asking: Asking  # how to ask afterwards
    change: Change | None  # what to do to a bank; None if only the asking changes
    rank: int  # of the wanted memory after it
    weight: float  # its first-step weight then
    newly_right: tuple[str, ...]  # other saved questions that it mends
    newly_wrong: tuple[str, ...]  # and those that it breaks


def fixes(
    memory: Memory, asking: Asking, meant: Collection[int], found: Diagnosis, saved: Sequence[Saved] = ()
) -> list[Fix]:
    """The fixes that mend a recall that was diagnosed, smallest first.

    saved: other questions to ask again after each. Raises ValueError if the bank takes no texts.
    """
    if memory.encoder is None:
        raise ValueError(f"bank {memory.name} holds ready-made embeddings: fixes need a bank that encodes texts")
    if not found.causes or found.wanted is None:
        return []
    others = [one for one in saved if one.query != asking.query]
    before = right_of(memory, asking, others) if others else []
    made = []
    for kind, words, changed, change in proposals(memory, asking, found):
        trial = memory.copy() if change else memory
        if change:
            change(trial)
        after = diagnose(trial, changed.of(trial), meant)
        if after.verdict == "right" and after.rank is not None:
            now = right_of(trial, changed, others) if others else []
            mended, broken = (
                tuple(one.query for one, a, b in zip(others, before, now, strict=True) if (a, b) == turned)
                for turned in ((False, True), (True, False))
            )
            made.append(Fix(kind, words, changed, change, after.rank, after.weight, mended, broken))
        if change:
            trial.close()
    return made


def right_of(memory: Memory, asking: Asking, saved: Sequence[Saved]) -> list[bool]:
    """Which saved questions are answered right when asked in the same way."""
    plain = replace(asking, hops=0)
    return [plain.of(memory, one.query).answer.id in one.meant for one in saved]


def proposals(memory: Memory, asking: Asking, found: Diagnosis) -> list[tuple[str, str, Asking, Change | None]]:
    """What may mend it, smallest first: kind, words, the asking afterwards, the change to the bank."""
    assert found.wanted is not None
    wanted, s = found.wanted, asking.settings
    listed: list[tuple[str, str, Asking, Change | None]] = []
    if s.noise != Noise(seed=s.noise.seed):
        quiet = replace(asking, settings=replace(s, noise=Noise(seed=s.noise.seed)))
        listed.append(("quiet", "Ask without noise", quiet, None))
    if beta := needed_beta(asking.of(memory), wanted):
        raised = replace(asking, settings=replace(s, beta=beta))
        listed.append(("beta", f"Raise β from {s.beta:g} to {beta:g}", raised, None))
    if asking.hops:
        for phi in (power(3), softmax(32)):
            listed.append(("separation", f"Separate the links by {phi}", replace(asking, separation=phi), None))
    duplicate = next((c for c in found.causes if c.name == "near-duplicate"), None)
    if duplicate:  # one more cue would only tie with it
        rival = int(duplicate.evidence["rival"])
        words = f"Forget the near-duplicate “{memory.get(rival).cues[0]}”"
        listed.append(("remove", words, asking, lambda bank: bank.forget(rival)))
    else:
        words = "Store the question as one more cue of the memory"
        listed.append(("teach", words, asking, teaching(wanted, asking.query)))
    return listed


def needed_beta(trace: Trace, wanted: int) -> float | None:
    """The β, as a whole number, that would give a memory ranked first most of the weight; None if it is not first."""
    if trace.answer.id != wanted or len(trace.candidates) < 2:
        return None
    gap = trace.candidates[0].similarity - trace.candidates[1].similarity
    beta = beta_for_weight(gap, len(trace.candidates), SURE)
    return float(math.ceil(beta)) if trace.settings.beta < beta <= MOST else None


def teaching(wanted: int, text: str) -> Change:
    """The change that lets a text bring a memory back."""
    return lambda bank: bank.add_cue(wanted, text)
