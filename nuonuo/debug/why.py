"""Why: why an expected memory did not come, of one query: its rank, score, margin and cut, and what would change it.

The same as the page *Debug a recall* says, as text and as JSON.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from nuonuo.debug.asking import ask
from nuonuo.debug.case import Case
from nuonuo.debug.diagnosis import diagnose
from nuonuo.debug.fixes import Fix, fixes
from nuonuo.debug.outranked import Score
from nuonuo.debug.rule import Rule
from nuonuo.files.questions import Question, things
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.records import Record


@dataclass(frozen=True)
class Item:
    """One thing that is expected."""

    memory: int | None  # id of its best memory; None if none is stored
    own_id: str | None  # what it is called where it was taken from
    cue: str
    rank: int | None
    score: Score | None
    margin: float | None  # of its score over the last rank that counts; negative: below it
    cause: str  # "right", or the first cause
    sentence: str


@dataclass(frozen=True)
class Why:
    """One query, and what it was expected to bring back."""

    query: str
    bank: str
    memories: int
    rule: str
    right: bool
    cut: float | None  # score of the last rank that counts
    items: tuple[Item, ...]
    ahead: tuple[tuple[int, str | None, str, float], ...]  # of the first: id, own id, cue and score
    fixes: tuple[Fix, ...]  # that were run, best first

    def to_json(self) -> str:
        """All of it as JSON text."""
        made = [
            {"kind": f.kind, "words": f.words, "rank": f.rank, "left": f.left, "whole": f.whole} for f in self.fixes
        ]
        row: dict[str, Any] = asdict(self) | {"fixes": made}
        return json.dumps(row, ensure_ascii=False, indent=1)

    @property
    def sentences(self) -> list[str]:
        """What there is to say, a line each."""
        said = [f"Right: {self.rule}." if self.right else f"Missed: {self.rule} is not so."]
        for one in self.items:
            if one.rank is None:
                said.append(f"“{one.cue}” is not stored. {one.sentence}")
                continue
            name = f"memory {one.memory}" + (f" ({one.own_id})" if one.own_id else "")
            over = (
                ""
                if one.margin is None
                else f", {abs(one.margin):.2f} {'over' if one.margin >= 0 else 'below'} the cut"
            )
            said.append(f"{name}, “{one.cue}”: rank {one.rank:,} of {self.memories:,}{over}.")
            if one.cause != "right":
                said.append(f"  {one.cause}: {one.sentence}")
        said += [f"Fix, run on a copy: {f.words} → rank {f.rank}." for f in self.fixes if f.whole]
        if not self.right and not any(f.whole for f in self.fixes):
            said.append("No change that was tried brings it.")
        return said


def why(memory: Memory, question: Question, asking: Asking, rule: Rule, fix: bool = True) -> Why:
    """Ask a question, and say of each thing that it expects where it came and why. fix: whether changes are run.

    Raises ValueError if nothing is expected.
    """
    expected = things([question], memory)[0]
    trace = ask(memory, question, asking)
    found = diagnose(memory, trace, expected, rule)
    names = [*map(str, question.ids), *question.texts, *map(str, question.any_of), *question.own_ids]
    missed = {one.memory: one.cause for one in found.missed}
    items, cut = [], None
    for name, (thing, rank) in zip(names, found.evidence, strict=True):
        if rank is None:
            items.append(Item(None, None, name, None, None, None, "not stored", found.sentence))
            continue
        best = _best(memory, trace, thing, rank)
        case = Case(memory, trace, best.id, frozenset(thing), rank, found.wanted, (), rule)
        cut = case.threshold
        margin = None if rank == 1 else case.score.total - cut
        cause = missed.get(best.id)
        told = (str(cause.cause), cause.sentence) if cause else ("right" if best.id not in missed else "missed", "")
        items.append(Item(best.id, best.about.own_id, best.cues[0], rank, case.score, margin, *told))
    ahead = tuple((c.id, memory.get(c.id).about.own_id, c.cue, c.total) for c in trace.candidates[: rule.within])
    made = tuple(fixes(memory, trace, question, found)) if fix and not found.ranked else ()
    count, enough = len(expected), found.ranked
    return Why(
        question.query, memory.name, len(memory), str(rule), enough and count > 0, cut, tuple(items), ahead, made
    )


def _best(memory: Memory, trace: Any, thing: frozenset[int], rank: int) -> Record:
    """The memory of a thing that has this rank."""
    ids = [c.id for c in trace.candidates]
    if rank <= len(ids) and ids[rank - 1] in thing:
        return memory.get(ids[rank - 1])
    return memory.get(min(thing))


def meant(memory: Memory, query: str, expect: list[str]) -> Question:
    """A question that expects each of these: an own id of the bank's memories, else an id of the bank, else a text."""
    own = {row.about.own_id for row in memory}
    ids, own_ids, texts = [], [], []
    for one in expect:
        if one in own:
            own_ids.append(one)
        elif one.isdecimal() and int(one) in memory:
            ids.append(int(one))
        else:
            texts.append(one)
    return Question("why", query, tuple(ids), tuple(texts), own_ids=tuple(own_ids))
