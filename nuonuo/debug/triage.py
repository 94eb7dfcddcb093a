"""Triage: many questions asked of a bank, each miss diagnosed, and what would mend it.

Recall@k is the share of a question's expected memories among the first k, averaged, and MRR the mean of 1/rank of the
first expected one. Plain cosine is asked the same beside it, and BM25 where `bm25s` is installed.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nuonuo.debug import lexical
from nuonuo.debug.asking import Asking
from nuonuo.debug.diagnosis import diagnose
from nuonuo.debug.fixes import first
from nuonuo.debug.queries import Question, expected, read_questions, things
from nuonuo.debug.ranking import Ranks, ranks, recall_at, reciprocal
from nuonuo.debug.suites import Part, count, read_suite
from nuonuo.encoder import Encoder, Progress
from nuonuo.importer import own_size, read_items
from nuonuo.lab.intervals import average, share
from nuonuo.memory import Memory
from nuonuo.trace import Settings

CUTS = (1, 5, 10, 20)
HOW = Asking("", Settings(k=max(CUTS)))  # how each question is asked
NONE_MEANT = "none meant"  # of a question that no memory answers
NUONUO, COSINE, BM25 = "NuoNuo", "nearest neighbour", "BM25"
Keep = Callable[[list["Checked"]], object]


@dataclass(frozen=True)
class Checked:
    """One question, asked and diagnosed."""

    question: Question
    bank: str  # name of the bank it was asked of
    rank: int | None  # of the best expected memory among all; None if none is stored or meant
    verdict: str
    sentence: str  # why, with numbers; empty if right
    fix: str | None  # the smallest change that was run and mends it
    rank_after: int | None
    expected: int  # things, stored or not
    ranks: dict[str, Ranks] = field(default_factory=dict)  # of the expected memories, by method

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
    how: Asking = HOW,
    mend: bool = True,
    progress: Progress | None = None,
    keep: Keep | None = None,
) -> list[Checked]:
    """Ask every question, diagnose the misses and, with `mend`, find the first fix of each.

    how: its query is not used. progress(done, total) and keep(those done so far) after each question.
    """
    meant = expected(questions, memory)
    placed = compare(memory, questions, how)
    done: list[Checked] = []
    for number, (question, wanted) in enumerate(zip(questions, meant, strict=True)):
        of_each = {method: of_all[number] for method, of_all in placed.items()}
        done.append(check(memory, question, wanted, of_each, how, mend))
        if progress:
            progress(len(done), len(questions))
        if keep:
            keep(done)
    return done


def compare(memory: Memory, questions: Sequence[Question], how: Asking) -> dict[str, list[Ranks]]:
    """The ranks of what each question expects, by method."""
    wanted = things(questions, memory)
    found = {
        NUONUO: ranks(memory, questions, wanted, how.whitened, how.settings.noise),
        COSINE: ranks(memory, questions, wanted, False, how.settings.noise),
    }
    return found | ({BM25: lexical.ranks(memory, questions, wanted)} if lexical.installed() else {})


def check(
    memory: Memory,
    question: Question,
    meant: frozenset[int],
    of_each: dict[str, Ranks],
    how: Asking = HOW,
    mend: bool = True,
) -> Checked:
    """One question asked, diagnosed and mended. meant: what it expects. of_each: its ranks by method."""
    if not meant:
        return Checked(question, memory.name, None, NONE_MEANT, "", None, None, 0, of_each)
    asking = how.about(question.query, question.embedding)
    found = diagnose(memory, asking.of(memory), meant)
    sentence = found.causes[0].sentence if found.causes else ""
    best = first(memory, asking, question, found) if mend else None
    fix, after = (best.words, best.rank) if best and best.whole else (None, None)
    return Checked(question, memory.name, found.rank, found.verdict, sentence, fix, after, question.count, of_each)


def summary(checked: Sequence[Checked]) -> list[dict]:
    """Rows method, measure, value, low, high, n: recall at each cut and MRR, of each method."""
    some = [one for one in checked if one.expected]
    rows = []
    for method in some[0].ranks if some else ():
        for k in CUTS:
            values = [recall_at(one.ranks[method], one.expected, k) for one in some]
            counted = share(values, "value") if set(values) <= {0.0, 1.0} else average(values, "value", 0.0, 1.0)
            rows.append({"method": method, "measure": f"recall@{k}", **counted})
        values = [reciprocal(one.ranks[method], max(CUTS)) for one in some]
        rows.append({"method": method, "measure": "MRR", **average(values, "value", 0.0, 1.0)})
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


def of_parts(
    parts: Iterable[Part],
    encoder: Encoder | None = None,
    mend: bool = True,
    progress: Progress | None = None,
    keep: Keep | None = None,
    total: int | None = None,
    how: Asking = HOW,
) -> list[Checked]:
    """Triage of banks that are made for their questions alone. total: questions, where it is known."""
    encoder, done = encoder or Encoder(), list[Checked]()
    for part in parts:
        with closing(Memory(None, encoder, name=part.name)) as memory:
            memory.add_many(part.items)
            before, most = len(done), total or len(done) + len(part.questions) + 1
            so_far = keep and after(keep, done)
            done += triage(memory, part.questions, how, mend, progress and offset(progress, before, most), so_far)
    return done


def work(bank: Path, questions: Sequence[Question], how: Asking, report: Any) -> list[Checked]:
    """`triage` of a bank's file as a background job; report(fraction, message), and report.keep of what is done."""
    with closing(Memory.open(bank)) as memory:
        return triage(memory, questions, how, True, *told(report))


def work_suite(file: Path, how: Asking, total: int, report: Any) -> list[Checked]:
    """`of_parts` of a published file as a background job. total: its questions."""
    return of_parts(read_suite(file), None, True, *told(report), total, how)


def told(report: Any) -> tuple[Progress, Keep]:
    """Progress and keep as a job reports them: what is done is handed over once a second."""
    last = [time.monotonic()]

    def progress(done: int, total: int) -> None:
        report(done / total, f"{done:,} of {total:,} questions" if total > done else f"{done:,} questions")

    def keep(done: list[Checked]) -> None:
        if time.monotonic() - last[0] > 1:
            last[0] = time.monotonic()
            report.keep(list(done))

    return progress, keep


def offset(progress: Progress, before: int, total: int) -> Progress:
    """Progress of a part as that of the whole."""
    return lambda done, _: progress(before + done, total)


def after(keep: Keep, done: list[Checked]) -> Keep:
    """Keep what is done of a part after the parts before it."""
    return lambda more: keep([*done, *more])


def of_file(
    bank: str | Path, queries: str | Path | None = None, mend: bool = True, progress: Progress | None = None
) -> list[Checked]:
    """Triage of a question set over a bank, or over a file of memories that the importer reads.

    Without a question set: of a LoCoMo or LongMemEval file, which has its own.
    """
    if queries is None:
        return of_parts(read_suite(bank), None, mend, progress, None, count(bank))
    questions = read_questions(queries)
    with closing(open_bank(bank)) as memory:
        return triage(memory, questions, HOW, mend, progress)


def is_bank(path: Path) -> bool:
    """Whether a file of another name is a bank all the same."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def open_bank(path: str | Path) -> Memory:
    """A bank's file, or a bank in this process of the memories in any other file.

    It takes no texts if every memory came with an embedding of another size than the default encoder's.
    """
    if Path(path).suffix == ".nuonuo" or is_bank(Path(path)):
        return Memory.open(path)
    items = read_items(path)
    own = own_size(items)
    memory = Memory(None, dimension=own) if own else Memory(None, Encoder())
    memory.name = Path(path).stem
    memory.add_many(items)
    return memory
