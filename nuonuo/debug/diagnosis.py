"""Diagnosis: why a recall did not bring back the memory that was meant.

The first cause that holds, in the order of `checks.CHECKS`, is the verdict: what lies nearest to the text comes first,
then the bank, then the settings.
"""

from collections.abc import Collection
from dataclasses import dataclass

from nuonuo.debug.checks import CHECKS, Case, Cause, bank_of
from nuonuo.memory import Memory
from nuonuo.trace import Trace

RIGHT = "right"  # the verdict of a recall without a cause to complain


@dataclass(frozen=True)
class Diagnosis:
    """A recall held against what was meant."""

    wanted: int | None  # the meant memory that came best; None if none is stored, or none was meant
    rank: int | None  # its rank among all memories
    weight: float  # its first-step weight among the candidates
    causes: tuple[Cause, ...]  # the verdict first; empty if nothing is wrong

    @property
    def verdict(self) -> str:
        """Name of the first cause; RIGHT if there is none."""
        return self.causes[0].name if self.causes else RIGHT


def diagnose(memory: Memory, trace: Trace, meant: Collection[int]) -> Diagnosis:
    """Why a recall over `memory` missed, if it did. meant: ids of which any is right; those no longer stored count not.

    Raises ValueError if nothing was meant.
    """
    if not meant:
        raise ValueError("meant must name at least one memory")
    stored = frozenset(i for i in meant if i in memory)
    if not stored:
        near = trace.answer
        sentence = f"The closest memory is “{near.cue}”, at cosine {near.cosine:.2f}."
        return Diagnosis(None, None, 0.0, (Cause("not stored", sentence, {"closest": near.id, "cosine": near.cosine}),))
    wanted, rank = best_of(memory, trace, stored)
    case = Case(memory, trace, wanted, stored, rank)
    found = tuple(cause for check in CHECKS if (cause := check(case)))
    return Diagnosis(wanted, rank, case.mine.weight if case.mine else 0.0, found)


def best_of(memory: Memory, trace: Trace, meant: Collection[int]) -> tuple[int, int]:
    """The meant memory that came best, and its rank among all memories."""
    placed = [(place, c.id) for place, c in enumerate(trace.candidates, 1) if c.id in meant]
    if placed:
        return placed[0][1], placed[0][0]
    bank = bank_of(memory, trace)
    score = bank.keys @ trace.key
    best = {i: score[bank.owner == bank.ids.index(i)].max() for i in meant}
    wanted = max(best, key=lambda i: float(best[i]))
    return wanted, len(bank.owner[score > best[wanted]].unique()) + 1
