"""A run of somebody's own retriever, triaged as it is: their ranking is measured and diagnosed, ours beside it.

Documents are known by the memories' own ids, or by the bank's ids where no memory has one; several memories may be
parts of one document, and then any of them stands for it in our rankings. A question that the run has no ranking for
counts as one that found nothing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from torch import Tensor

from nuonuo.debug import lexical
from nuonuo.debug.asking import ask_encoded
from nuonuo.debug.diagnosis import diagnose
from nuonuo.debug.measures import Placed
from nuonuo.debug.measures import rows as measured
from nuonuo.debug.ranking import COSINES, Each, embed, noisy, placed_each, texts
from nuonuo.debug.run_items import BELOW, NOWHERE, UNRETRIEVED, Item, Wanted, item, named_documents, wanted
from nuonuo.debug.triage import BM25, COSINE, HOW, NOTHING_EXPECTED, NUONUO
from nuonuo.files.questions import Question
from nuonuo.files.runs import Run
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.encoder import Progress

RIGHT = "right"
WORST = (NOWHERE, UNRETRIEVED, BELOW)  # of a question's items the first of these is its verdict
Qrels = dict[str, dict[str, float]]  # grades by question and document


@dataclass(frozen=True)
class RunChecked:
    """One question as the run answered it."""

    question: Question
    items: tuple[Item, ...]  # one for each thing it expects
    gains: tuple[float, ...]  # graded relevance of each
    held: int  # documents that the run ranks for it

    @property
    def verdict(self) -> str:
        """The worst of its items' verdicts; RIGHT if all are among the first k."""
        found = {one.verdict for one in self.items}
        return next((name for name in WORST if name in found), RIGHT if self.items else NOTHING_EXPECTED)

    @property
    def rows(self) -> list[dict]:
        """A flat row for each item."""
        about = {"query_id": self.question.id, "query": self.question.query}
        return [about | one.row for one in self.items]

    def placed(self, method: str | None = None) -> Placed:
        """Where its things are in the run, or in one of our rankings."""
        ranks = tuple(one.rank if method is None else one.ranks.get(method) for one in self.items)
        return Placed(ranks, self.gains)


@dataclass(frozen=True)
class RunTriage:
    """A whole run, checked."""

    name: str  # of the run, as its rows are called
    k: int  # ranks that count
    checked: tuple[RunChecked, ...]
    notes: tuple[str, ...]  # what does not fit between run, questions and corpus, a sentence each

    @property
    def places(self) -> dict[str, Placed]:
        """Where the run brings what each question expects, by question id, as the gate takes it."""
        return {one.question.id: one.placed() for one in self.checked if one.items}

    @property
    def summary(self) -> list[dict]:
        """Rows method, measure, value, low, high, n: theirs first, then ours."""
        some = [one for one in self.checked if one.items]
        ours = {method: [one.placed(method) for one in some] for method in (NUONUO, COSINE, BM25)}
        return measured({self.name: [one.placed() for one in some], **ours})

    @property
    def verdicts(self) -> list[dict]:
        """Rows verdict, cause, items: the most frequent first; the cause is empty of what was found."""
        counted = Counter((one.verdict, one.cause) for checked in self.checked for one in checked.items)
        return [{"verdict": v, "cause": cause, "items": n} for (v, cause), n in counted.most_common()]

    @property
    def rows(self) -> list[dict]:
        """A flat row for each expected item of each question."""
        return [row for one in self.checked for row in one.rows]


def triage_run(
    memory: Memory,
    questions: Sequence[Question],
    run: Run,
    qrels: Qrels | None = None,
    k: int = 10,
    how: Asking = HOW,
    progress: Progress | None = None,
) -> RunTriage:
    """Measure a run and say of each expected document where the run lost it, and what ours makes of it.

    qrels: what is expected, instead of what the questions say. k: an item counts among the first so many.
    progress(done, total) after each question. Raises ValueError if k < 1 or the ids of run, questions and corpus have
    nothing in common.
    """
    if k < 1:
        raise ValueError(f"k must be >= 1, got {k}")
    documents = named_documents(memory)
    notes = _fitting(run, questions, qrels, documents)
    asked = wanted(memory, questions, qrels, documents)
    checked: list[RunChecked] = []
    x = embed(memory, questions, how.noise)
    ours = _ours(memory, questions, x, asked, how)
    for number, question in enumerate(questions):
        hits, things = run.rankings.get(question.id, ()), asked[number]
        ranks = [{method: each[number][i] for method, each in ours.items()} for i in range(len(things))]
        items = [item(thing, hits, k, beside) for thing, beside in zip(things, ranks, strict=True)]
        if unexplained := [i for i, one in enumerate(items) if one.unexplained]:
            trace = ask_encoded(memory, question, how, x[number])
            for i in unexplained:
                found = diagnose(memory, trace, [things[i].memories])
                items[i] = items[i].explained(str(found.verdict), found.sentence)
        checked.append(RunChecked(question, tuple(items), tuple(thing.gain for thing in things), len(hits)))
        if progress:
            progress(len(checked), len(questions))
    return RunTriage(f"run {run.name}", k, tuple(checked), (*run.notes, *notes))


def _ours(
    memory: Memory, questions: Sequence[Question], x: Tensor, asked: Sequence[tuple[Wanted, ...]], how: Asking
) -> dict[str, list[Each]]:
    """The rank of each thing by each of our methods. x: (questions, d), without Gaussian noise."""
    things = [tuple(one.memories for one in some) for some in asked]
    probes, said = noisy(x, how.noise), texts(questions, how.noise)
    return {
        NUONUO: placed_each(memory.bank, probes, said, things, how),
        COSINE: placed_each(memory.bank, probes, said, things, COSINES),
        BM25: lexical.each(memory.bank, said, things),
    }


def _fitting(
    run: Run, questions: Sequence[Question], qrels: Qrels | None, documents: dict[str, frozenset[int]]
) -> list[str]:
    """What does not fit, counted. Raises ValueError if nothing does."""
    known, ranked = {q.id for q in questions}, set(run.rankings)
    if not known & ranked:
        raise ValueError(
            f"run {run.name} ranks none of the questions: its question ids are such as {_some(ranked)}, those of the "
            f"question set such as {_some(known)}"
        )
    held = {hit.id for hits in run.rankings.values() for hit in hits}
    if held and not held & set(documents):
        raise ValueError(
            f"no document of run {run.name} is in the corpus: its ids are such as {_some(held)}, those of the corpus "
            f"such as {_some(documents)}"
        )
    counts = [
        (len(known - ranked), "Questions without a ranking in the run, which count as finding nothing"),
        (len(ranked - known), "Questions of the run that are not in the question set, and left out"),
        (len(held - set(documents)), "Documents of the run that are not in the corpus"),
    ]
    if qrels is not None:
        if not known & set(qrels):
            raise ValueError(
                f"the qrels judge none of the questions: theirs are such as {_some(qrels)}, those of the question set "
                f"such as {_some(known)}"
            )
        judged = {i for q in known & set(qrels) for i, grade in qrels[q].items() if grade > 0}
        counts += [
            (len(set(qrels) - known), "Questions of the qrels that are not in the question set, and left out"),
            (len(judged - set(documents)), "Documents that the qrels expect and the corpus does not hold"),
        ]
    return [f"{what}: {number:,}." for number, what in counts if number]


def _some(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in sorted(names)[:3])
