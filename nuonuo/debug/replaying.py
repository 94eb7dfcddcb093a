"""Replaying: a capsule's question asked again, of its own excerpt or of another bank.

What is compared is the recall, from the embedding that the Trace holds: an encoder rounds differently with other texts
in its batch, another thread count or another processor, and β multiplies that. The encoder is asked too, and must agree
to within DRIFT.
"""

import json
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nuonuo.debug.asking import ask
from nuonuo.debug.capsule import Capsule
from nuonuo.debug.diagnosis import diagnose
from nuonuo.debug.elsewhere import things_in
from nuonuo.memory import Memory
from nuonuo.memory.encoder import Encoder
from nuonuo.memory.trace import TENSORS, Candidate, Recalled, Trace

DRIFT = 1e-4  # of a number of an embedding between two machines; another model is off by hundreds of that
SAME = ("query", "noisy_query", "asking", "stop")  # fields without numbers of their own
OF_ALL = {"bm25", "meaning", "words", "association", "senders"}  # of a candidate: they rest on all memories
OF_THE_EXCERPT = {"name", "memories", "cues", "fitted_on", "shrinkage"}  # in trace.bank; the last if not whitened


@dataclass(frozen=True)
class Difference:
    """One Trace held against another."""

    largest: dict[str, float]  # absolute difference, by field
    changed: tuple[str, ...]  # fields that differ in something other than a number

    def within(self, tolerance: float) -> bool:
        """Whether nothing differs by more than the tolerance, or DRIFT where it is the embedding."""
        most = {name: max(tolerance, DRIFT) if name == "embedding" else tolerance for name in self.largest}
        return not self.changed and all(d <= most[name] for name, d in self.largest.items())

    def told(self, tolerance: float) -> str:
        """What differs, in one sentence."""
        field = max(self.largest, key=lambda name: self.largest[name], default="")
        if self.within(tolerance):
            most = self.largest.get(field, 0.0)
            return f"The Trace is the same: its numbers differ by {most:.1e} at most{f', in {field}' if most else ''}."
        parts = [f"{', '.join(self.changed)} changed"] if self.changed else []
        parts += [f"the largest difference is {self.largest[field]:.1e}, in {field}"] if field else []
        return f"The Trace is another: {'; '.join(parts)}."


@dataclass(frozen=True)
class Replay:
    """A capsule's question, asked again."""

    same: bool  # whether the Trace is the same and, of the capsule's own excerpt, the verdict too
    differences: dict[str, float]  # the largest absolute difference, by field of the Trace
    changed: tuple[str, ...]  # fields that differ in something other than a number
    verdict: str  # now
    then: str
    rank: int | None  # of the expected memory, now
    why: str  # the verdict in a sentence; empty if it is "right"
    sentence: str  # what came of the replay

    @property
    def right(self) -> bool:
        """Whether the recall is right now."""
        return self.verdict == "right"

    def to_json(self) -> str:
        """All of it as JSON text."""
        return json.dumps(asdict(self) | {"right": self.right}, ensure_ascii=False, indent=1)


def replay(
    capsule: Capsule,
    memory: Memory | None = None,
    tolerance: float = 1e-6,
    encoder: Encoder | None = None,
    own: bool = False,
) -> Replay:
    """Ask a capsule's question again, and hold the Trace against the one it was made with.

    memory: another bank to ask, such as the fixed one; the capsule's own excerpt if None. tolerance: of every number
    in the Trace. encoder: of the excerpt, where it is loaded already. own: whether `memory` has the ids of the
    capsule's own bank; in another, what is expected is found by what it is. Raises ValueError if the question cannot
    be asked of the bank.
    """
    if memory is None:
        with closing(capsule.open(encoder=encoder)) as excerpt:
            once = replay(capsule, excerpt, tolerance, own=True)
        then = capsule.verdict_here
        return replace(once, then=then, same=once.same and once.verdict == then)
    now = ask(memory, capsule.question, capsule.asking)
    whole = capsule.whole or now.bank.memories == capsule.trace.bank.memories
    difference = compared(capsule.trace, now, whole)
    drift = difference.largest.get("embedding", torch.inf)
    if 0 < drift <= DRIFT:
        again = replace(capsule.question, embedding=tuple(capsule.trace.embedding.tolist()))
        now = replace(ask(memory, again, capsule.asking), noisy_query=now.noisy_query)
        difference = compared(capsule.trace, now, whole)
        difference.largest["embedding"] = drift
    expected = capsule.things_in(memory) if own else things_in(capsule, memory)
    found = diagnose(memory, now, expected, capsule.rule)
    return Replay(
        same=difference.within(tolerance),
        differences=difference.largest,
        changed=difference.changed,
        verdict=str(found.verdict),
        then=capsule.verdict,
        rank=found.rank,
        why=found.sentence,
        sentence=difference.told(tolerance),
    )


def replay_of(capsule: Capsule, path: Path | None) -> Replay:
    """`replay`, of the bank in a file if one is given."""
    if path is None:
        return replay(capsule)
    with closing(Memory.open(path)) as memory:
        return replay(capsule, memory)


def compared(then: Trace, now: Trace, whole: bool = True) -> Difference:
    """Two traces, but for the time they took and what an excerpt of a bank cannot share with it.

    whole: False if one is of an excerpt, where other memories make the terms of the score other numbers.
    """
    changed = [name for name in SAME if getattr(then, name) != getattr(now, name)]
    banks = [{k: v for k, v in asdict(trace.bank).items() if k not in OF_THE_EXCERPT} for trace in (then, now)]
    changed += ["bank"] if banks[0] != banks[1] else []
    changed += ["code"] if not _alike(then.code, now.code) else []
    largest: dict[str, float] = {}
    for name in TENSORS:
        a, b = (getattr(trace, name).detach().cpu().double() for trace in (then, now))
        if a.shape == b.shape:
            largest[name] = float((a - b).abs().max())
        else:
            changed.append(name)
    for name in ("candidates", "nearest", "lexical", "hops"):
        words, numbers = zip(*(_halves(getattr(trace, name), whole) for trace in (then, now)), strict=True)
        if words[0] != words[1]:
            changed.append(name)
        elif numbers[0]:
            largest[name] = max(abs(a - b) for a, b in zip(*numbers, strict=True))
    if then.code_margin is not None and now.code_margin is not None:
        largest["code_margin"] = abs(then.code_margin - now.code_margin)
    return Difference(largest, tuple(changed))


def _halves(met: Candidate | tuple[Candidate | Recalled, ...] | None, whole: bool) -> tuple[list, list[float]]:
    """What memories are named by, and their numbers."""
    listed = met if isinstance(met, tuple) else () if met is None else (met,)
    values = [
        leaf
        for one in listed
        for name, value in asdict(one).items()
        if whole or name not in OF_ALL
        for leaf in _leaves(value)
    ]
    return [v for v in values if not isinstance(v, float)], [v for v in values if isinstance(v, float)]


def _leaves(value: Any) -> list:
    """A field's values; those of each sender, one after the other."""
    return [leaf for one in value for leaf in one.values()] if isinstance(value, tuple | list) else [value]


def _alike(a: Tensor | None, b: Tensor | None) -> bool:
    return a is b if a is None or b is None else torch.equal(a.cpu().long(), b.cpu().long())


def told(capsule: Capsule, replayed: Replay, bank: Path | None = None) -> str:
    """A replay for people. bank: the one that was asked instead of the capsule's excerpt."""
    kept, all_of_it = len(capsule.memories), capsule.trace.bank.memories
    of = f"{capsule.bank}, {'all' if capsule.whole else f'{kept:,} of'} {all_of_it:,} memories"
    place = "" if replayed.rank is None else f", rank {replayed.rank}"
    changed = "as it was" if replayed.verdict == replayed.then else f"it was: {replayed.then}"
    lines = [f"Question: {capsule.query}", f"Asked of: {bank or of}"]
    lines += [f"Verdict: {replayed.verdict}{place} ({changed})", *([replayed.why] if replayed.why else [])]
    return "\n".join([*lines, replayed.sentence])
