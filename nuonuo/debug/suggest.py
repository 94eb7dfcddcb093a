"""Suggest: the one change of a bank or its settings that mends most of many questions, found by running each.

No change looks at the questions: a failing question is never stored as a cue here. Since the best of several is chosen
on these very questions, its gain flatters it a little; `honest_gain` chooses on one half and measures on the other.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nuonuo.bank import Bank
from nuonuo.debug.asking import Asking
from nuonuo.debug.compare import BROKEN, MENDED, Difference, Pair, difference
from nuonuo.debug.queries import Question, things
from nuonuo.debug.ranking import Ranks, embed, placed, recall_at
from nuonuo.debug.suites import Part, read_suite
from nuonuo.encoder import Encoder, Progress
from nuonuo.lab.longmemeval import sentences
from nuonuo.memory import Memory
from nuonuo.store import Row

STRENGTHS = (0.25, 0.5, 0.75, 1.0)  # exponents of the whitening
Spare = dict[int, tuple[str, ...]]  # further cues that are known of a memory and not stored


@dataclass(frozen=True)
class Change:
    """One change of how a bank is made or asked."""

    words: str
    settings: tuple[tuple[str, float | bool], ...] = ()  # exponent and centre of the whitening
    cues: Callable[[Row, Spare], Sequence[str]] | None = None  # further cues of a memory


@dataclass(frozen=True)
class Suggestion:
    """A change, run over all questions."""

    words: str
    pairs: tuple[Pair, ...]  # from how they are asked now to the change

    def difference(self, within: int) -> Difference:
        """What it does to the questions."""
        return difference(self.pairs, within)


@dataclass(frozen=True)
class Suggestions:
    """Every change that was run, and plain cosine."""

    tried: tuple[Suggestion, ...]
    cosine: tuple[Pair, ...]  # from how they are asked now to plain cosine

    def best(self, within: int) -> list[Suggestion]:
        """The changes, the one that mends most beyond what it breaks first; recall decides between equals."""

        return sorted(self.tried, key=lambda one: worth(one.pairs, within), reverse=True)

    def rows(self, within: int) -> list[dict]:
        """The changes as rows, best first, with the ids of the questions that each mends and breaks."""
        plain = difference(self.cosine, within).recall_b
        rows = []
        for one in self.best(within):
            d = one.difference(within)
            row: dict = {
                "change": one.words,
                f"recall@{within}": d.recall_b,
                "gain": d.gain,
                "low": d.low,
                "high": d.high,
            }
            row |= {"over plain cosine": d.recall_b - plain, "mends": len(d.mended), "breaks": len(d.broken)}
            ids = {"mended": [p.question.id for p in d.mended], "broken": [p.question.id for p in d.broken]}
            rows.append(row | ids)
        return rows

    def honest_gain(self, within: int) -> float:
        """The gain in recall of the change chosen on one half of the questions, measured on the other; both ways."""
        measured: list[float] = []
        for start in (0, 1) if len(self.cosine) > 1 else ():
            chosen = max(self.tried, key=lambda one: worth(one.pairs[start::2], within))
            measured += [_gain(pair, within) for pair in chosen.pairs[1 - start :: 2]]
        return sum(measured) / len(measured) if measured else 0.0


def suggest(
    banks: Iterable[tuple[Memory, Sequence[Question], Spare]],
    how: Asking,
    progress: Progress | None = None,
    total: int | None = None,
) -> Suggestions:
    """Run every change that applies over all banks. total: of the banks, where it is known.

    how: as the questions are asked now; its query is not used. Raises ValueError if no question expects anything.
    """
    found: dict[str, list[Pair]] = {}
    made: set[str] = set()  # changes that change something
    cosine: list[Pair] = []
    for number, (memory, questions, spare) in enumerate(banks):
        asked = [question for question in questions if question.answerable]
        meant, x = things(asked, memory), embed(memory, asked, how.settings.noise)
        now = placed(memory.bank, x, meant, how.whitened)
        tried = changes(memory, how)
        for done, change in enumerate(tried, 1):
            bank = changed(memory, how, change, spare)
            made |= {change.words} if bank else set()
            found.setdefault(change.words, []).extend(pairs(asked, now, placed(bank, x, meant) if bank else now))
            if progress:
                progress(number * len(tried) + done, (total or number + 2) * len(tried))
        cosine += pairs(asked, now, placed(memory.bank, x, meant, False))
    if not cosine:
        raise ValueError("there is nothing to suggest from: no question says what it expects")
    return Suggestions(
        tuple(Suggestion(words, tuple(some)) for words, some in found.items() if words in made), tuple(cosine)
    )


def pairs(asked: Sequence[Question], now: list[Ranks], then: list[Ranks]) -> list[Pair]:
    """Each question as it is answered now and then."""
    return [Pair(q, a, b, q.count) for q, a, b in zip(asked, now, then, strict=True)]


def changes(memory: Memory, how: Asking) -> list[Change]:
    """Every change that is tried."""
    now = (memory.meta["exponent"], memory.meta["centre"]) if how.whitened else (0.0, False)
    possible = [("Compare plain cosines", 0.0, False), ("Centre the embeddings, no whitening", 0.0, True)]
    possible += [(f"Whiten the keys with strength {e:g}", e, True) for e in STRENGTHS]
    return [
        *(Change(w, (("exponent", e), ("centre", c))) for w, e, c in possible if (e, c) != now),
        Change("Let each memory's answer bring it back too", cues=lambda row, _: (row.target,)),
        Change("Let each sentence of a memory bring it back too", cues=lambda row, _: sentences(row.cues[0])),
        Change("Store the further cues that came with the file", cues=lambda row, spare: spare.get(row.id, ())),
    ]


def changed(memory: Memory, how: Asking, change: Change, spare: Spare) -> Bank | None:
    """The bank as the change makes it, with its whitening fitted anew; None if it changes nothing."""
    now = {} if how.whitened else {"exponent": 0.0, "centre": False}
    rows = list(memory)
    if change.cues:
        rows = with_cues(rows, [change.cues(row, spare) for row in rows], memory.encoder)
        if all(len(row.cues) == len(memory.get(row.id).cues) for row in rows):
            return None
    return Bank(rows, memory.dimension, memory.meta | now | dict(change.settings), memory.device)


def with_cues(rows: Sequence[Row], further: Sequence[Sequence[str]], encoder: Encoder | None) -> list[Row]:
    """The memories with further cues, those they have left out, and new texts where there is no encoder for them."""
    known = {row.target: row.embedding for row in rows}
    fresh = [
        [text for text in texts if text not in row.cues and (encoder or text in known)]
        for row, texts in zip(rows, further, strict=True)
    ]
    texts = list(dict.fromkeys(text for some in fresh for text in some if text not in known))
    if encoder and texts:
        known |= dict(zip(texts, encoder.encode(texts).cpu().numpy(), strict=True))
    made = []
    for row, some in zip(rows, fresh, strict=True):
        x = np.stack([*row.cue_embeddings, *(known[text] for text in some)])
        made.append(Row(row.id, row.target, row.embedding, (*row.cues, *some), x))
    return made


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


def worth(pairs: Sequence[Pair], within: int) -> tuple[int, float]:
    """What a change is worth: questions mended less those broken, then the gain in recall."""
    fates = [pair.fate(within) for pair in pairs]
    return fates.count(MENDED) - fates.count(BROKEN), sum(_gain(pair, within) for pair in pairs)


def _gain(pair: Pair, within: int) -> float:
    return recall_at(pair.b, pair.expected, within) - recall_at(pair.a, pair.expected, within)
