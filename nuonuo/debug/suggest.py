"""Suggest: the one change of a bank or its settings that fixes most of many questions, found by running each.

No change looks at the questions: a failing question is never stored as a cue here. Since the best of several is chosen
on these very questions, its gain flatters it a little; `honest_gain` chooses on one half and measures on the other.
"""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nuonuo.debug.compare import BROKE, FIXED, Difference, Pair, difference
from nuonuo.debug.ranking import COSINES, Ranks, embed, noisy, placed, recall_at, texts
from nuonuo.debug.rule import Rule
from nuonuo.debug.trying import Questions, Spare, changes, run
from nuonuo.files.questions import Question, things
from nuonuo.files.suites import Part, read_suite
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.encoder import Encoder, Progress


@dataclass(frozen=True)
class Suggestion:
    """A change, run over all questions."""

    words: str
    pairs: tuple[Pair, ...]  # from how they are asked now to the change

    def difference(self, rule: Rule) -> Difference:
        """What it does to the questions."""
        return difference(self.pairs, rule)


@dataclass(frozen=True)
class Suggestions:
    """Every change that was run, and plain cosine."""

    tried: tuple[Suggestion, ...]
    cosine: tuple[Pair, ...]  # from how they are asked now to plain cosine

    def best(self, rule: Rule) -> list[Suggestion]:
        """The changes, the one that fixes most beyond what it breaks first; recall decides between equals."""

        return sorted(self.tried, key=lambda one: worth(one.pairs, rule), reverse=True)

    def rows(self, rule: Rule) -> list[dict]:
        """The changes as rows, best first, with the ids of the questions that each fixes and breaks."""
        plain = difference(self.cosine, rule).recall_b
        rows = []
        for one in self.best(rule):
            d = one.difference(rule)
            row: dict = {
                "change": one.words,
                f"recall@{rule.within}": d.recall_b,
                "gain": d.gain,
                "low": d.low,
                "high": d.high,
            }
            row |= {"over plain cosine": d.recall_b - plain, "fixes": len(d.fixed), "breaks": len(d.broke)}
            ids = {"fixed": [p.question.id for p in d.fixed], "broke": [p.question.id for p in d.broke]}
            rows.append(row | ids)
        return rows

    def honest_gain(self, rule: Rule) -> float:
        """The gain in recall of the change chosen on one half of the questions, measured on the other; both ways."""
        measured: list[float] = []
        for start in (0, 1) if len(self.cosine) > 1 else ():
            chosen = max(self.tried, key=lambda one: worth(one.pairs[start::2], rule))
            measured += [_gain(pair, rule) for pair in chosen.pairs[1 - start :: 2]]
        return sum(measured) / len(measured) if measured else 0.0


def suggest(
    banks: Iterable[tuple[Memory, Sequence[Question], Spare]],
    how: Asking,
    progress: Progress | None = None,
    total: int | None = None,
) -> Suggestions:
    """Run every change that applies over all banks. total: of the banks, where it is known.

    how: as the questions are asked now. Raises ValueError if no question expects anything.
    """
    found: dict[str, list[Pair]] = {}
    made: set[str] = set()  # changes that change something
    cosine: list[Pair] = []
    for number, (memory, questions, spare) in enumerate(banks):
        asked = [question for question in questions if question.answerable]
        right, x = things(asked, memory), noisy(embed(memory, asked, how.noise), how.noise)
        given = Questions(x, texts(asked, how.noise), right)
        now, plain = (placed(memory.bank, x, given.words, right, one) for one in (how, COSINES))
        tried = changes(memory, how)
        for done, change in enumerate(tried, 1):
            then = run(memory, how, change, given, spare)
            made |= set() if then is None else {change.words}
            found.setdefault(change.words, []).extend(pairs(asked, now, now if then is None else then))
            if progress:
                progress(number * len(tried) + done, (total or number + 2) * len(tried))
        cosine += pairs(asked, now, plain)
    if not cosine:
        raise ValueError("there is nothing to suggest from: no question says what it expects")
    return Suggestions(
        tuple(Suggestion(words, tuple(some)) for words, some in found.items() if words in made), tuple(cosine)
    )


def pairs(asked: Sequence[Question], now: list[Ranks], then: list[Ranks]) -> list[Pair]:
    """Each question as it is answered now and then."""
    return [Pair(q, a, b, q.count) for q, a, b in zip(asked, now, then, strict=True)]


def of_parts(
    parts: Iterable[Part], how: Asking, progress: Progress | None = None, total: int | None = None
) -> Suggestions:
    """`suggest` over the parts of a suite, each a bank in this process while it is needed."""
    encoder = Encoder()

    def banks() -> Iterable[tuple[Memory, Sequence[Question], Spare]]:
        for part in parts:
            with closing(Memory(None, encoder, name=part.name)) as memory:
                ids = memory.add_many(part.items)
                yield memory, part.questions, dict(zip(ids, part.spare, strict=True))

    return suggest(banks(), how, progress, total)


def work(bank: Path, questions: Sequence[Question], how: Asking, report: Any) -> Suggestions:
    """`suggest` for a bank's file as a background job."""
    with closing(Memory.open(bank)) as memory:
        return suggest([(memory, questions, {})], how, told(report), 1)


def work_suite(file: Path, how: Asking, total: int, report: Any) -> Suggestions:
    """`of_parts` of a published file as a background job. total: its parts."""
    return of_parts(read_suite(file), how, told(report), total)


def told(report: Any) -> Progress:
    """Progress as a job reports it."""
    return lambda done, total: report(done / total, f"change {done:,} of {total:,}")


def worth(pairs: Sequence[Pair], rule: Rule) -> tuple[int, float]:
    """What a change is worth: questions fixed less those broken, then the gain in recall."""
    fates = [pair.fate(rule) for pair in pairs]
    return fates.count(FIXED) - fates.count(BROKE), sum(_gain(pair, rule) for pair in pairs)


def _gain(pair: Pair, rule: Rule) -> float:
    return recall_at(pair.b, pair.expected, rule.within) - recall_at(pair.a, pair.expected, rule.within)
