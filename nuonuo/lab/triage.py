"""Triage: many questions asked of a bank, each miss diagnosed, and what would mend it.

Recall@k is the share of a question's expected memories among the first k, averaged, and MRR the mean of 1/rank of the
first expected one; plain cosine is asked the same beside it.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from nuonuo.causes import diagnose
from nuonuo.encoder import Encoder, Progress
from nuonuo.fixes import Asking, fixes
from nuonuo.items import Item
from nuonuo.lab.data import read_locomo
from nuonuo.lab.intervals import average
from nuonuo.memory import Memory
from nuonuo.queries import Question, read_questions
from nuonuo.trace import Settings, Trace

CUTS = (1, 5, 10, 20)
DEEP = Settings(k=max(CUTS))
NONE_MEANT = "none meant"  # of a question that no memory answers


@dataclass(frozen=True)
class Checked:
    """One question, asked and diagnosed."""

    question: Question
    rank: int | None  # of the best expected memory among all; None if none is stored or meant
    verdict: str
    sentence: str  # why, with numbers; empty if right
    fix: str | None  # the smallest change that was run and mends it
    rank_after: int | None
    recall: tuple[float, ...]  # at each of CUTS
    cosine: tuple[float, ...]  # the same by plain cosine
    reciprocal: float  # 1/rank among the first max(CUTS), or 0
    cosine_reciprocal: float

    @property
    def row(self) -> dict:
        """As a flat row."""
        return {
            "query_id": self.question.id,
            "query": self.question.query,
            "rank": self.rank,
            "verdict": self.verdict,
            "fix": self.fix,
            "rank_after": self.rank_after,
            "why": self.sentence,
        }


def triage(
    memory: Memory,
    questions: Sequence[Question],
    settings: Settings = DEEP,
    mend: bool = True,
    progress: Progress | None = None,
    keep: Callable[[list[Checked]], object] | None = None,
) -> list[Checked]:
    """Ask every question, diagnose the misses and, with `mend`, find the first fix of each.

    progress(done, total) and keep(those done so far) after each question.
    """
    if memory.encoder:
        memory.encoder.encode([question.query for question in questions])  # in batches; the recalls find it remembered
    done: list[Checked] = []
    for question in questions:
        done.append(check(memory, question, settings, mend))
        if progress:
            progress(len(done), len(questions))
        if keep:
            keep(done)
    return done


def check(memory: Memory, question: Question, settings: Settings = DEEP, mend: bool = True) -> Checked:
    """One question asked, diagnosed and mended."""
    meant, asking = question.meant(memory), Asking(question.query, settings)
    trace = asking.of(memory)
    plain = memory.recall(question.query, max(CUTS), whitened=False)
    measured = (shares(trace, meant), shares(plain, meant), reciprocal(trace, meant), reciprocal(plain, meant))
    if not meant:
        return Checked(question, None, NONE_MEANT, "", None, None, *measured)
    found = diagnose(memory, trace, meant)
    sentence = found.causes[0].sentence if found.causes else ""
    first = next(iter(fixes(memory, asking, meant, found)), None) if mend and memory.encoder else None
    after = None if first is None else first.rank
    words = None if first is None else first.words
    return Checked(question, found.rank, found.verdict, sentence, words, after, *measured)


def shares(trace: Trace, meant: frozenset[int]) -> tuple[float, ...]:
    """Recall at each cut."""
    ids = [c.id for c in trace.candidates]
    return tuple(len(meant & set(ids[:k])) / len(meant) if meant else 0.0 for k in CUTS)


def reciprocal(trace: Trace, meant: frozenset[int]) -> float:
    """1/rank of the first expected memory among the candidates, or 0."""
    return next((1 / place for place, c in enumerate(trace.candidates[: max(CUTS)], 1) if c.id in meant), 0.0)


def summary(checked: Sequence[Checked]) -> list[dict]:
    """Rows method, measure, value, low, high, n: recall at each cut and MRR, the engine's and plain cosine's."""
    some = [one for one in checked if one.question.answerable]
    if not some:
        return []
    rows = []
    for method, recalls, ranks in (
        ("NuoNuo", [one.recall for one in some], [one.reciprocal for one in some]),
        ("nearest neighbour", [one.cosine for one in some], [one.cosine_reciprocal for one in some]),
    ):
        for k, values in zip(CUTS, zip(*recalls, strict=True), strict=True):
            rows.append({"method": method, "measure": f"recall@{k}", **average(values, "value", 0, 1)})
        rows.append({"method": method, "measure": "MRR", **average(ranks, "value", 0, 1)})
    return rows


def verdicts(checked: Sequence[Checked]) -> list[dict]:
    """Rows verdict, questions, mended: the most frequent first."""
    counted: dict[str, list[Checked]] = {}
    for one in checked:
        counted.setdefault(one.verdict, []).append(one)
    rows = [
        {"verdict": name, "questions": len(some), "mended": sum(one.fix is not None for one in some)}
        for name, some in counted.items()
    ]
    return sorted(rows, key=lambda row: -row["questions"])


def of_locomo(
    path: str | Path, encoder: Encoder | None = None, mend: bool = True, progress: Progress | None = None
) -> list[Checked]:
    """Triage of a LoCoMo file: each conversation is a bank, its questions are asked of it."""
    conversations, encoder, done = read_locomo(path), encoder or Encoder(), list[Checked]()
    total = sum(len(c.questions) for c in conversations)
    for c in conversations:
        with closing(Memory(None, encoder, name=c.name)) as memory:
            ids = dict(zip(c.turns, memory.add_many([Item(text) for text in c.turns.values()]), strict=True))
            asked = [
                Question(f"{c.name}:{number}", q.text, tuple(sorted(ids[turn] for turn in q.evidence)), ())
                for number, q in enumerate(c.questions, 1)
            ]
            done += triage(memory, asked, DEEP, mend, progress and offset(progress, len(done), total))
    return done


def offset(progress: Progress, before: int, total: int) -> Progress:
    """Progress of a part as that of the whole."""
    return lambda done, _: progress(before + done, total)


def of_file(
    bank: str | Path, queries: str | Path, mend: bool = True, progress: Progress | None = None
) -> list[Checked]:
    """Triage of a question set over a bank's file, or over a file of memories that the importer reads."""
    from nuonuo.importer import read_items

    questions = read_questions(queries)
    if Path(bank).suffix == ".nuonuo":
        with closing(Memory.open(bank)) as memory:
            return triage(memory, questions, mend=mend, progress=progress)
    with closing(Memory(None)) as memory:
        memory.add_many(read_items(bank))
        return triage(memory, questions, mend=mend, progress=progress)
