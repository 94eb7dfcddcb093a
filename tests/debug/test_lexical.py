"""Specifies nuonuo/debug/lexical.py."""

import numpy as np
import pytest

from nuonuo import Memory
from nuonuo.debug import lexical
from nuonuo.memory.records import record

TALK = [
    ("the red bicycle stands in the red shed", ()),
    ("a bicycle was stolen", ("my blue bicycle was stolen in spring",)),
    ("bread keeps longest in linen", ()),
    ("linen dries fast", ("linen linen linen",)),
    ("the shed", ()),
]
WORDS = {"the", "a", "in", "was"}  # the stopwords that occur in it


@pytest.fixture
def memory():
    """A small bank whose embeddings play no part."""
    memory, generator = Memory(dimension=8), np.random.default_rng(0)
    memory.add_many([record(cue, None, cues, generator.normal(size=(1 + len(cues), 8))) for cue, cues in TALK])
    return memory


def by_hand(cues, query, k1=1.5, b=0.75):
    """BM25 in Lucene's variant, from the formula."""
    split = lambda text: [word for word in text.split() if word not in WORDS]  # noqa: E731
    stored = [split(cue) for cue in cues]
    n, mean, total = len(stored), np.mean([len(s) for s in stored]), np.zeros(len(stored))
    for word in split(query):
        holders = sum(word in s for s in stored)
        idf = np.log(1 + (n - holders + 0.5) / (holders + 0.5))
        f, size = np.array([s.count(word) for s in stored]), np.array([len(s) for s in stored])
        total += idf * f / (f + k1 * (1 - b + b * size / mean))
    return total


@pytest.mark.parametrize(
    "query", ["red bicycle", "where is the linen in the shed", "stolen bicycle bicycle", "my spring bread", "nothing"]
)
def test_ranks_are_those_of_the_formula_written_out(memory, query):
    cues = [text for cue, more in TALK for text in (cue, *more)]
    expected = by_hand(cues, query)
    best = np.full(len(TALK), -np.inf)
    np.maximum.at(best, memory.bank.owner.cpu().numpy(), expected)
    for number, score in enumerate(best):
        ranks = lexical.ranks(memory.bank, [query], [frozenset({number + 1})])
        assert ranks == [(1 + int((best > score).sum()),) if score > 0 else ()]


def test_a_memory_that_shares_no_word_is_found_at_no_rank(memory):
    asked = ["red shed", "the a", "!"]
    assert lexical.ranks(memory.bank, asked, [frozenset({1, 3}), frozenset({1}), frozenset({1})]) == [(1,), (), ()]


def test_a_memory_that_is_not_stored_has_no_rank(memory):
    assert lexical.ranks(memory.bank, ["bread"], [frozenset({-1, 3})]) == [(1,)]


def test_of_equal_scores_the_older_memory_comes_first():
    memory = Memory(dimension=2)
    memory.add_many(
        [record(text, embedding=np.array([1.0, n])) for n, text in enumerate(["a fox", "one fox", "fox one"])]
    )
    assert lexical.ranks(memory.bank, ["fox one"], [frozenset({1, 2, 3})]) == [(1, 2, 3)]


def test_a_bank_without_a_word_finds_nothing():
    memory = Memory(dimension=2)
    memory.add_many([record("the", embedding=np.array([1.0, 0])), record("?", embedding=np.array([0, 1.0]))])
    assert lexical.ranks(memory.bank, ["fox"], [frozenset({1, 2})]) == [()]
