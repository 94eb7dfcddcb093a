"""Items of a run: what a question expects, and where somebody's own ranking has it, in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nuonuo.debug.triage import BM25, COSINE, NUONUO
from nuonuo.files.questions import Question, things
from nuonuo.files.runs import Hit
from nuonuo.memory import Memory

FOUND, BELOW, UNRETRIEVED, NOWHERE = "found", "below the cut", "not retrieved", "not in the corpus"
BY_COSINE, BY_WORDS, BY_OURS = "plain cosine finds it", "words find it", "NuoNuo finds it"


@dataclass(frozen=True)
class Wanted:
    """One thing that a question expects."""

    name: str
    documents: frozenset[str]  # as a run names them, of which any will do
    memories: frozenset[int]  # none if it is not in the corpus
    gain: float = 1.0


@dataclass(frozen=True)
class Item:
    """One expected thing in a run."""

    name: str
    verdict: str
    rank: int | None  # in the run
    score: float | None  # of the run
    margin: float | None  # score less that of place k; of what was found, less that of the first left out
    ranks: dict[str, int | None]  # by our methods
    cause: str = ""  # what of ours explains it
    sentence: str = ""  # empty if it was found
    unexplained: bool = False  # whether none of ours brings it either: a diagnosis is due

    @property
    def row(self) -> dict:
        """As a flat row."""
        ours = {"NuoNuo rank": self.ranks[NUONUO], "cosine rank": self.ranks[COSINE], "BM25 rank": self.ranks[BM25]}
        about = {"expected": self.name, "verdict": self.verdict, "rank": self.rank, "score": self.score}
        return about | {"margin": self.margin, **ours, "cause": self.cause, "why": self.sentence}

    def explained(self, cause: str, why: str) -> "Item":
        """With the verdict and sentence of a diagnosis of our own recall."""
        return replace(self, cause=cause, sentence=f"{self.sentence} {why}".rstrip(), unexplained=False)


def named_documents(memory: Memory) -> dict[str, frozenset[int]]:
    """The memories of each document: by own id, or by the bank's ids where no memory has one of its own."""
    rows = list(memory)
    own = any(row.about.own_id is not None for row in rows)
    found: dict[str, set[int]] = {}
    for row in rows:
        name = row.about.own_id if own else str(row.id)
        if name is not None:
            found.setdefault(name, set()).add(row.id)
    return {name: frozenset(ids) for name, ids in found.items()}


def wanted(
    memory: Memory,
    questions: Sequence[Question],
    qrels: dict[str, dict[str, float]] | None,
    documents: dict[str, frozenset[int]],
) -> list[tuple[Wanted, ...]]:
    """What each question expects: documents with a grade above 0 in the qrels, or what the question says."""
    if qrels is not None:
        return [
            tuple(
                Wanted(name, frozenset({name}), documents.get(name, frozenset()), grade)
                for name, grade in qrels.get(question.id, {}).items()
                if grade > 0
            )
            for question in questions
        ]
    of_memory = {i: name for name, ids in documents.items() for i in ids}
    return [
        tuple(_said(one, label, gain, of_memory) for one, label, gain in zip(some, _labels(q), _gains(q), strict=True))
        for q, some in zip(questions, things(questions, memory), strict=True)
    ]


def _said(memories: frozenset[int], label: str, gain: float, of_memory: dict[int, str]) -> Wanted:
    names = sorted({of_memory[i] for i in memories if i in of_memory})
    return Wanted(names[0] if len(names) == 1 else label, frozenset(names or {label}), memories, gain)


def _labels(question: Question) -> list[str]:
    """What a question calls each thing, in the order of `questions.things`."""
    any_of = (" or ".join(map(str, some)) for some in question.any_of)
    return [*map(str, question.ids), *question.texts, *any_of]


def _gains(question: Question) -> tuple[float, ...]:
    return (1.0,) * question.count


def item(thing: Wanted, hits: Sequence[Hit], k: int, ranks: dict[str, int | None]) -> Item:
    """Where a ranking has an expected thing, and which of our rankings brings it among the first k."""
    place = next((i for i, hit in enumerate(hits) if hit.id in thing.documents), None)
    rank, score = (None, None) if place is None else (place + 1, hits[place].score)
    if rank is not None and rank <= k:
        return Item(thing.name, FOUND, rank, score, _margin(score, hits, k), ranks)
    if rank is None and not thing.memories:
        sentence = f"“{thing.name}” is not in the corpus: no ranking of it can bring it."
        return Item(thing.name, NOWHERE, None, None, None, ranks, NOWHERE, sentence)
    margin = _margin(score, hits, k - 1)
    where, verdict = _where(rank, score, margin, hits, k), UNRETRIEVED if rank is None else BELOW
    if not thing.memories:
        sentence = f"“{thing.name}” {where}; the corpus that was given does not hold it, so nothing stands beside it."
        return Item(thing.name, verdict, rank, score, margin, ranks, NOWHERE, sentence)
    cause, beside = _beside(ranks, k)
    sentence = f"“{thing.name}” {where}; {beside}"
    return Item(thing.name, verdict, rank, score, margin, ranks, cause, sentence, unexplained=not cause)


def _margin(score: float | None, hits: Sequence[Hit], place: int) -> float | None:
    """A score less that at a place from 0; None where either is not known."""
    other = hits[place].score if place < len(hits) else None
    return None if score is None or other is None else score - other


def _where(rank: int | None, score: float | None, margin: float | None, hits: Sequence[Hit], k: int) -> str:
    if rank is None:
        return f"is in the corpus and not among the {len(hits):,} documents that the run holds for this question"
    if score is None or margin is None:
        return f"is at rank {rank:,} of the run, beyond the first {k:,}"
    return f"is at rank {rank:,} of the run with score {score:.4g}, {-margin:.4g} below that of place {k:,}"


def _beside(ranks: dict[str, int | None], k: int) -> tuple[str, str]:
    """What of ours brings it, empty if nothing does, and our ranks in words."""
    told = {"NuoNuo": ranks[NUONUO], "plain cosine": ranks[COSINE], "BM25": ranks[BM25]}
    said = ", ".join(f"{name} {f'ranks it {one:,}' if one else 'does not find it'}" for name, one in told.items())
    within = {name for name, one in told.items() if one and one <= k}
    if "plain cosine" in within:
        why = "this bank's plain cosine brings it, so the run's own encoder, filter or depth loses it"
        return BY_COSINE, f"{said}: {why}."
    if "BM25" in within:
        return BY_WORDS, f"{said}: the words they share bring it, and this bank's embeddings alone do not."
    if "NuoNuo" in within:
        return BY_OURS, f"{said}: whitening, words and links together bring it."
    return "", f"{said}."
