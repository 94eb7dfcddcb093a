"""Triage: many questions asked of a bank, each miss diagnosed, and what would fix it.

Recall@k is the share of a question's expected memories among the first k, averaged, and MRR the mean of 1/rank of the
first expected one. Plain cosine and BM25 are asked the same beside it.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from torch import Tensor

from nuonuo.debug import lexical, measures, opening
from nuonuo.debug.asking import ask_encoded
from nuonuo.debug.diagnosis import RIGHT, diagnose
from nuonuo.debug.fixes import Fix, of_one
from nuonuo.debug.ranking import COSINES, Ranks, any_at, embed, noisy, placed, recall_at, reciprocal, texts
from nuonuo.debug.rule import Rule
from nuonuo.debug.store_fixes import WIDER, first_fixes, prepare_texts
from nuonuo.debug.trying import Spare
from nuonuo.files.questions import Question, read_questions, things
from nuonuo.files.suites import Part, count, read_suite
from nuonuo.maths.intervals import average, share
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.memory.novelty import novelty

CUTS = (1, 5, 10, 20)
HOW = Asking(k=max(CUTS))  # how each question is asked
RULE = Rule(5)  # what counts as right where nothing else is said
FEW = 1_000  # memories of a bank up to which changes of one memory are run too
NOTHING_EXPECTED = "nothing expected"  # of a question that no memory answers
NUONUO, COSINE, BM25 = "NuoNuo", "nearest neighbour", "BM25"
Keep = Callable[[list["Checked"]], object]


@dataclass(frozen=True)
class Checked:
    """One question, asked and diagnosed."""

    question: Question
    bank: str  # name of the bank it was asked of
    rank: int | None  # of what the diagnosis is about: the best expected memory, or the best missing of several
    verdict: str  # of the ranking: "right", or the first cause
    sentence: str  # why, with numbers; empty if right
    fix: Fix | None  # the first change that was run and fixes it
    expected: int  # things, stored or not
    ranks: dict[str, Ranks] = field(default_factory=dict)  # of the expected memories, by method
    settling: str = ""  # where the state comes to rest instead, though the ranking is right
    missed: tuple[tuple[int, int, str], ...] = ()  # each missing memory: id, rank and first cause

    @property
    def row(self) -> dict:
        """As a flat row."""
        held = self.fix and self.fix.held
        return {
            "query_id": self.question.id,
            "query": self.question.query,
            "rank": self.rank,
            "verdict": self.verdict,
            "settling": self.settling,
            "fix": self.fix and self.fix.words,
            "rank_after": self.fix and self.fix.rank,
            "gain_on_others": held and held.gain,
            "low": held and held.low,
            "high": held and held.high,
            "others": held and held.n,
            "why": self.sentence,
        }


def triage(
    memory: Memory,
    questions: Sequence[Question],
    how: Asking = HOW,
    fix: bool = True,
    progress: Progress | None = None,
    keep: Keep | None = None,
    rule: Rule = RULE,
    spare: Spare | None = None,
) -> list[Checked]:
    """Ask every question, diagnose the misses and, with `fix`, find the first fix of each.

    Questions are encoded once, in batches, and changes of the whole bank run over all of them. progress(done, total)
    and keep(those done so far) after each question. spare: further cues that are known of memories, to be tried.
    """
    how = replace(how, k=max(how.k, rule.within))  # what counts must be among the candidates
    right = things(questions, memory)
    x = embed(memory, questions, how.noise)
    by_method = compare(memory, questions, x, how)
    found = first_fixes(memory, questions, x, by_method[NUONUO], how, rule, spare or {}) if fix else {}
    prepare_texts(memory, right, by_method[NUONUO], rule)
    done: list[Checked] = []
    for number, question in enumerate(questions):
        of_each = {method: of_all[number] for method, of_all in by_method.items()}
        done.append(check(memory, question, right[number], x[number], of_each, how, rule, found.get(number), fix))
        if progress:
            progress(len(done), len(questions))
        if keep:
            keep(done)
    return done


def compare(memory: Memory, questions: Sequence[Question], x: Tensor, how: Asking) -> dict[str, list[Ranks]]:
    """The ranks of what each question expects, by method. x: (questions, d), without Gaussian noise."""
    some, probes, words = things(questions, memory), noisy(x, how.noise), texts(questions, how.noise)
    return {
        NUONUO: placed(memory.bank, probes, words, some, how),
        COSINE: placed(memory.bank, probes, words, some, COSINES),
        BM25: lexical.ranks(memory.bank, words, some),
    }


def check(
    memory: Memory,
    question: Question,
    right: tuple[frozenset[int], ...],
    x: Tensor,
    of_each: dict[str, Ranks],
    how: Asking = HOW,
    rule: Rule = RULE,
    store: Fix | None = None,
    fix: bool = True,
) -> Checked:
    """One question asked once and diagnosed, with the first fix.

    right: the things it expects. x: (d,) its embedding without Gaussian noise. of_each: its ranks by method. store: the
    best change of the whole bank, already run. fix: whether to run changes of this memory alone where there is none.
    """
    if not right:
        return Checked(question, memory.name, None, NOTHING_EXPECTED, _near(memory, x, how), None, 0, of_each)
    trace = ask_encoded(memory, question, how, x)
    found = diagnose(memory, trace, right, rule)
    if found.ranked:
        settling = str(found.verdict) if found.causes else ""
        return Checked(question, memory.name, found.rank, RIGHT, "", None, question.count, of_each, settling)
    best = store
    weak = store is None or not store.whole or store.kind == WIDER or (store.held and store.held.costs)
    if fix and weak and len(memory) <= FEW:
        own = of_one(memory, trace, question, found)
        best = own or store
    missed = tuple((m.memory, m.rank, str(m.cause.cause) if m.cause else "") for m in found.missed)
    told = (str(found.verdict), found.sentence, best, question.count, of_each)
    return Checked(question, memory.name, found.rank, *told, missed=missed)


def _near(memory: Memory, x: Tensor, how: Asking) -> str:
    """Whether anything stored is near a question that expects nothing, in a sentence."""
    found = novelty(memory.bank, how.noise.on_embedding(x))
    if found is None:
        return ""
    what = "Nothing stored is near it, as it should be" if found.new else "Something stored is near it all the same"
    return f"{what}: F {found.energy:.3f}, where the median memory has {found.median:.3f} to all others."


def summary(checked: Sequence[Checked]) -> list[dict]:
    """Rows method, measure, value, low, high, n, any, all: recall at each cut, MRR, nDCG@10 and MAP, of each method.

    value of recall@k: the mean share of what a question expects; any and all: the share of questions with one of it,
    or all of it, among the first k (the others have neither). The interval is that of the value.
    """
    some = [one for one in checked if one.expected]
    rows: list[dict] = []
    for method in some[0].ranks if some else ():
        for k in CUTS:
            values = [recall_at(one.ranks[method], one.expected, k) for one in some]
            counted = share(values, "value") if set(values) <= {0.0, 1.0} else average(values, "value", 0.0, 1.0)
            found = sum(any_at(one.ranks[method], k) for one in some), sum(value == 1 for value in values)
            shares = {"any": found[0] / len(some), "all": found[1] / len(some)}
            rows.append({"method": method, "measure": f"recall@{k}", **counted, **shares})
        values = [reciprocal(one.ranks[method], max(CUTS)) for one in some]
        mrr = average(values, "value", 0.0, 1.0)
        rows.append({"method": method, "measure": "MRR", **mrr, "any": None, "all": None})
        rows += measures.further(method, [(one.ranks[method], one.expected) for one in some])
    return rows


def verdicts(checked: Sequence[Checked]) -> list[dict]:
    """Rows verdict, questions, fixed: the most frequent first."""
    counted: dict[str, list[Checked]] = {}
    for one in checked:
        counted.setdefault(one.verdict, []).append(one)
    rows = [
        {"verdict": name, "questions": len(some), "fixed": sum(one.fix is not None and one.fix.whole for one in some)}
        for name, some in counted.items()
    ]
    return sorted(rows, key=lambda row: -row["questions"])


def of_parts(
    parts: Iterable[Part],
    encoder: Encoder | None = None,
    fix: bool = True,
    progress: Progress | None = None,
    keep: Keep | None = None,
    total: int | None = None,
    how: Asking = HOW,
    rule: Rule = RULE,
) -> list[Checked]:
    """Triage of banks that are made for their questions alone. total: questions, where it is known."""
    encoder, done = encoder or Encoder(), list[Checked]()
    for part in parts:
        with closing(Memory(None, encoder, name=part.name)) as memory:
            ids = memory.add_many(part.items)
            before, most = len(done), total or len(done) + len(part.questions) + 1
            so_far, known = keep and after(keep, done), dict(zip(ids, part.spare, strict=True))
            told = progress and offset(progress, before, most)
            done += triage(memory, part.questions, how, fix, told, so_far, rule, known)
    return done


def offset(progress: Progress, before: int, total: int) -> Progress:
    """Progress of a part as that of the whole."""
    return lambda done, _: progress(before + done, total)


def after(keep: Keep, done: list[Checked]) -> Keep:
    """Keep what is done of a part after the parts before it."""
    return lambda more: keep([*done, *more])


def of_file(
    bank: str | Path,
    queries: str | Path | None = None,
    fix: bool = True,
    progress: Progress | None = None,
    how: Asking = HOW,
    rule: Rule = RULE,
) -> list[Checked]:
    """Triage of a question set over a bank, or over a file of memories that the importer reads.

    Without a question set: of a LoCoMo or LongMemEval file, which has its own.
    """
    if queries is None:
        return of_parts(read_suite(bank), None, fix, progress, None, count(bank), how, rule)
    questions = read_questions(queries)
    with closing(opening.open_bank(bank)) as memory:
        return triage(memory, questions, how, fix, progress, None, rule)
