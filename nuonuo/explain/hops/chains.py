"""A chain of hops held against where the stored links lead, and against nearest neighbour asked hop by hop.

A hop sends a code over all links at once (nuonuo/maths/hebbian.py), so what other links add to the sum can spoil it:
Hebb's W on correlated patterns (Hopfield, PNAS 1982; FINDINGS.md). Where a link leads is no matter of sums: it is the
link whose cue shares the most units with the code, and its target.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from nuonuo.memory.bank import Bank
from nuonuo.memory.records import Record, record
from nuonuo.memory.trace import Recalled, Trace

HELD = 0.9  # cosine to the stored target's code below which a hop counts as broken
ALIKE = 1e-4  # of a number of two embeddings that are one: an encoder rounds differently in another batch
THRESHOLD = 0.3  # of Links.chain: a code that resembles no stored cue by this much goes nowhere


@dataclass(frozen=True)
class Link:
    """A stored memory as a station of a chain."""

    id: int
    cue: str
    target: str
    cosine: float  # of what was asked with to this memory's cue
    ways: int = 1  # different targets that are stored with this very cue


@dataclass(frozen=True)
class Step:
    """One hop: what came out, and what should have."""

    number: int
    recalled: Recalled | None  # None: the chain had ended, though a link leads on
    right: Link | None  # None: no stored link leads on
    same: bool  # whether both are one target; texts that embed alike are

    @property
    def held(self) -> bool:
        """Whether the hop landed, cleanly, where the link leads."""
        return self.recalled is not None and self.same and self.recalled.cosine >= HELD


@dataclass(frozen=True)
class Followed:
    """A chain of hops, judged."""

    asked: int  # hops that were asked for
    start: Link | None  # the stored cue that the settled state's code is nearest to; None if it resembles none
    steps: tuple[Step, ...]
    stop: str | None  # why the hops ended
    nearest: tuple[Link, ...]  # nearest neighbour of the query, then of each recalled target
    lost: int | None  # the hop at which nearest neighbour leaves the way of the stored links

    @property
    def broken(self) -> Step | None:
        """The first hop that did not land where its link leads."""
        return next((step for step in self.steps if not step.held), None)

    @property
    def held_again(self) -> int | None:
        """The hop from which on all hold again after a broken one; None if none is broken or the last one is."""
        after = next((i for i, step in enumerate(self.steps[::-1]) if not step.held), 0)
        return len(self.steps) - after + 1 if self.broken and after else None

    @property
    def held(self) -> int:
        """Hops before the first broken one."""
        return len(self.steps) if self.broken is None else self.broken.number - 1


def follow(bank: Bank, trace: Trace, hops: int) -> Followed:
    """Judge the `hops` hops of a trace. bank: the one they ran in.

    Raises ValueError if the trace has no hops in it.
    """
    if trace.code is None:
        raise ValueError("trace must be of a recall with hops, got one without")
    right = stored_path(bank, trace.code.to(bank.device), hops)
    steps = []
    for i in range(max(len(trace.hops), len(right))):
        came = trace.hops[i] if i < len(trace.hops) else None
        due = right[i] if i < len(right) else None
        steps.append(Step(i + 1, came, due, _same_target(bank, came, due)))
    start = right[0] if right else None
    nearest = nearest_path(bank, trace.probe, hops)
    agree = [_same_target(bank, due, nearest[i] if i < len(nearest) else None) for i, due in enumerate(right)]
    lost = agree.index(False) + 1 if False in agree else None
    return Followed(hops, start, tuple(steps), trace.stop, nearest, lost)


def _same_target(bank: Bank, one: Recalled | Link | None, two: Recalled | Link | None) -> bool:
    """Whether two memories recall the same, or what embeds the same."""
    if one is None or two is None:
        return False
    first, second = bank.rows.get(one.id), bank.rows.get(two.id)
    return first is not None and second is not None and np.allclose(first.embedding, second.embedding, atol=ALIKE)


def stored_path(bank: Bank, code: Tensor, hops: int) -> tuple[Link, ...]:
    """Where the stored links lead from a code (k,), target by target, without the sum over links that a hop makes.

    Ends where no stored cue resembles the code enough to hop, or after a target that was met before.
    """
    links = bank.links()
    path: list[Link] = []
    for _ in range(hops):
        overlap = links.cue_overlap(code)
        row = int(overlap.argmax())
        if overlap[row] < THRESHOLD:
            break
        twins = links.targets[overlap >= overlap[row] - 1e-6].unique(dim=0)
        path.append(_link(bank, row, float(overlap[row]), len(twins)))
        if path[-1].target in [link.target for link in path[:-1]]:
            break
        code = links.targets[row]
    return tuple(path)


def nearest_path(bank: Bank, probe: Tensor, hops: int) -> tuple[Link, ...]:
    """Plain nearest neighbour of a probe (d,), then of the recalled target's text, and so on.

    Ends after a target that was met before.
    """
    path: list[Link] = []
    for _ in range(hops):
        cosine = bank.X @ probe
        row = int(cosine.argmax())
        path.append(_link(bank, row, float(cosine[row])))
        if path[-1].target in [link.target for link in path[:-1]]:
            break
        probe = bank.T[bank.owner[row]]
    return tuple(path)


def chain_items(text: str) -> list[Record]:
    """Memories that make lines of text a chain: each line a cue, the next its target.

    Raises ValueError unless there are at least two lines that are not blank and no line comes twice.
    """
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        raise ValueError(f"a chain needs at least two lines, got {len(lines)}")
    twice = next((line for i, line in enumerate(lines) if line in lines[:i]), None)
    if twice is not None:
        raise ValueError(f"a chain must not have a line twice, or it would go round in circles, got {twice!r} again")
    return [record(cue, target) for cue, target in pairwise(lines)]


def look_alikes(count: int, seed: int = 0) -> list[Record]:
    """A chain of `count` sentences that resemble one another, which is what makes a plain sum over links collapse.

    count: 2 to 480.
    """
    who = ["I", "My sister", "My uncle", "Our teacher", "The postman", "My neighbour"]
    does = ["like", "love", "miss", "enjoy"]
    what = [
        "dogs",
        "pizza",
        "gardening",
        "football",
        "jazz",
        "board games",
        "long walks",
        "strong coffee",
        "rainy days",
    ]
    what += ["the sea"]
    when = ["in summer", "at weekends"]
    made = [f"{a} {b if a == 'I' else _third(b)} {c} {d}." for a in who for b in does for c in what for d in when]
    if not 2 <= count <= len(made):
        raise ValueError(f"count must lie between 2 and {len(made)}, got {count}")
    order = torch.randperm(len(made), generator=torch.Generator().manual_seed(seed))[:count].tolist()
    return chain_items("\n".join(made[i] for i in order))


def _third(verb: str) -> str:
    return f"{verb}es" if verb.endswith("s") else f"{verb}s"


def _link(bank: Bank, row: int, cosine: float, ways: int = 1) -> Link:
    memory = bank.of_rows(torch.tensor([row], device=bank.device))[0]
    return Link(memory.id, bank.texts[row], memory.target, cosine, ways)
