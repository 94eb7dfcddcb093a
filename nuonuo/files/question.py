"""A question of a bank, and which memories it means: by id, by text, by an id of one's own, or any of several."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nuonuo.memory import Memory

BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Question:
    """One row of a question set."""

    id: str
    query: str
    ids: tuple[int, ...]  # expected memories by id
    texts: tuple[str, ...]  # and by text
    embedding: tuple[float, ...] | None = None  # of the query where it was made elsewhere
    any_of: tuple[tuple[int, ...], ...] = ()  # and by ids, of each of which any one will do
    own_ids: tuple[str, ...] = ()  # and by what memories are called where they were taken from
    grades: tuple[float, ...] = ()  # how relevant each thing is, in the order of `things`; empty: all 1

    @property
    def answerable(self) -> bool:
        """Whether any memory is expected."""
        return self.count > 0

    @property
    def count(self) -> int:
        """How many things are expected, stored or not."""
        return len(self.ids) + len(self.texts) + len(self.any_of) + len(self.own_ids)

    @property
    def row(self) -> dict[str, Any]:
        """As a row of a question set, which reads as the same question."""
        row: dict[str, Any] = {"query_id": self.id, "query": self.query}
        row |= {"expected_id": list(self.ids)} if self.ids else {}
        row |= {"expected": list(self.texts)} if self.texts else {}
        row |= {"expected_any": [list(some) for some in self.any_of]} if self.any_of else {}
        row |= {"expected_own_id": list(self.own_ids)} if self.own_ids else {}
        row |= {"grades": list(self.grades)} if self.grades else {}
        return row | ({"embedding": list(self.embedding)} if self.embedding else {})

    def meant(self, memory: Memory) -> frozenset[int]:
        """The memories of a bank that are expected; -1 stands for one that is not stored."""
        return expected([self], memory)[0]


class _Holders:
    """Which memories of a bank hold a text or are called by an id of one's own, looked up once for many questions."""

    def __init__(self, questions: Iterable[Question], memory: Memory) -> None:
        self.memory = memory
        self.texts: dict[str, set[int]] = defaultdict(set)
        self.folded: dict[str, set[int]] = defaultdict(set)
        self.own: dict[str, set[int]] = defaultdict(set)
        asked = list(questions)
        wanted = {text for q in asked for text in q.texts}
        named = any(q.own_ids for q in asked) or any(i not in memory for q in asked for i in q.ids)
        for row in memory if wanted or named else ():
            for text in {row.target, *row.cues} & wanted:
                self.texts[text].add(row.id)
            if row.about.own_id is not None:
                self.own[row.about.own_id].add(row.id)
        rest = {folded(text): text for text in wanted - self.texts.keys() - self.own.keys()}
        for row in memory if rest else ():
            for text in {folded(one) for one in (row.target, *row.cues)} & rest.keys():
                self.folded[text].add(row.id)

    def by_id(self, number: int) -> frozenset[int]:
        return frozenset({number} if number in self.memory else self.own.get(str(number), ()))

    def by_text(self, text: str) -> frozenset[int]:
        return frozenset(self.texts.get(text) or self.own.get(text) or self.folded.get(folded(text), set()))

    def by_own(self, name: str) -> frozenset[int]:
        if self.own or not name.isdecimal():
            return frozenset(self.own.get(name, ()))
        return frozenset({int(name)} if int(name) in self.memory else ())  # a bank without ids of one's own


def folded(text: str) -> str:
    """A text as texts are held against each other: in Unicode's form NFKC, each run of blanks as one."""
    return BLANKS.sub(" ", unicodedata.normalize("NFKC", text)).strip()


def things(questions: Sequence[Question], memory: Memory) -> list[tuple[frozenset[int], ...]]:
    """What each question expects in a bank, thing by thing: ids of which any will do, none if it is not stored.

    An id is a thing, and so is a text, which several memories may hold, and an id of one's own, which several may have.
    A text that no memory holds as it is written is held against them with blanks and Unicode folded, and is one's own
    id if that is what it is.
    """
    holders = _Holders(questions, memory)
    return [
        (
            *map(holders.by_id, q.ids),
            *map(holders.by_text, q.texts),
            *(frozenset(i for i in some if i in memory) for some in q.any_of),
            *map(holders.by_own, q.own_ids),
        )
        for q in questions
    ]


def expected(questions: Sequence[Question], memory: Memory) -> list[frozenset[int]]:
    """The memories of a bank that are right for each question; -1 stands for one that is not stored."""
    return [frozenset().union(*some) or frozenset({-1} if some else ()) for some in things(questions, memory)]


def owned(questions: Sequence[Question], memory: Memory) -> list[Question]:
    """Questions of somebody's file with the numbers it expects as ids of their own, if the bank's memories have such.

    That is so where every number is what a memory was called where it was taken from. Then it does not mean the number
    that NuoNuo gave it.
    """
    numbers = {str(i) for q in questions for i in q.ids}
    if not numbers or not numbers <= {row.about.own_id for row in memory}:
        return list(questions)
    return [_owned(q) for q in questions]


def _owned(question: Question) -> Question:
    """Ids of one's own come last among the things, and the grades with them."""
    moved, grades = len(question.ids), question.grades
    own = (*question.own_ids, *map(str, question.ids))
    return replace(question, ids=(), own_ids=own, grades=(*grades[moved:], *grades[:moved]))


def unknown(questions: Sequence[Question], memory: Memory) -> list[str]:
    """What questions expect that a bank does not hold, each once in order: ids of one's own, texts and ids."""
    found: dict[str, None] = {}
    for question, some in zip(questions, things(questions, memory), strict=True):
        names = [*map(str, question.ids), *question.texts, *map(str, question.any_of), *question.own_ids]
        found |= {name: None for name, meant in zip(names, some, strict=True) if not meant}
    return list(found)
