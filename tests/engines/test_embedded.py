"""Specifies nuonuo/engines/protocol.py and nuonuo/engines/embedded.py."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers, lists, sampled_from, tuples

from nuonuo.engines.embedded import Embedded
from nuonuo.engines.protocol import ranked
from nuonuo.memory import Memory
from tests.engines.material import WINNERS, D, bank_of, questions, same


def oracle(bank, scores, k, least=-np.inf):
    """The k best memories of dense scores (n,), found by sorting whole rows: (memory, cue, score)."""
    best = {}
    cue = {}
    for owner, score in zip(bank.owner.tolist(), scores.tolist(), strict=True):
        memory = bank.ids[owner]
        cue[memory] = cue.get(memory, -1) + 1
        if score > least and score > best.get(memory, (None, -np.inf))[1]:
            best[memory] = (cue[memory], score)
    every = sorted(((-score, memory, number) for memory, (number, score) in best.items()))
    return [(memory, number, -score) for score, memory, number in every[:k]]


def check_found(hits, expected):
    assert [(m, c) for m, c in zip(hits.memories.tolist(), hits.cues.tolist(), strict=True)] == [
        (m, c) for m, c, _ in expected
    ]
    assert hits.scores.tolist() == pytest.approx([score for *_, score in expected], abs=2e-6)


@pytest.mark.parametrize("k", [1, 7, 1_000])
@pytest.mark.parametrize("n", [1, 2, 300])
def test_what_is_found_is_what_sorting_every_row_finds(n, k):
    memory = bank_of(n)
    bank, engine = memory.bank, Embedded(memory.bank)
    keys, codes, texts = questions(memory)
    dense = torch.zeros(len(bank.X), bank.settings.units).scatter_(1, bank.make_codes()[0].long(), 1.0)
    words = bank.reading.words
    assert len(engine) == len(bank.X)
    for i in range(len(texts)):
        similarity = (bank.keys.double() * keys[i].double()).sum(1).float()
        check_found(engine.search(keys[i : i + 1], k)[0], oracle(bank, similarity, k))
        check_found(engine.by_codes(codes[i : i + 1], k)[0], oracle(bank, dense[:, codes[i].long()].sum(1), k, 0))
        check_found(engine.by_words(texts[i : i + 1], k)[0], oracle(bank, words.scores(texts[i]), k, 0))
    for one, all_of in ((engine.search, keys), (engine.by_codes, codes), (engine.by_words, texts)):
        assert all(same(a, b[0]) for a, b in zip(one(all_of, k), [one(q, k) for q in _each(all_of)], strict=True))
    memory.close()


def _each(queries):
    return [queries[i : i + 1] for i in range(len(queries))]


@given(
    rows=lists(tuples(integers(1, 9), integers(0, 3), sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=40),
    k=integers(1, 12),
    seed=integers(0, 99),
)
def test_the_order_of_the_rows_changes_nothing(rows, k, seed):
    rows = list({(m, c): s for m, c, s in rows}.items())
    shuffled = [rows[i] for i in np.random.default_rng(seed).permutation(len(rows))]
    one, other = (
        ranked(*map(np.array, zip(*[(m, c, s) for (m, c), s in some], strict=True)), k) for some in (rows, shuffled)
    )
    assert same(one, other)
    assert (np.diff(one.scores) <= 0).all()
    assert len(set(one.memories.tolist())) == len(one) == min(k, len({m for (m, _), _ in rows}))


def test_an_empty_bank_finds_nothing():
    memory = Memory(dimension=D, winners=WINNERS)
    engine = Embedded(memory.bank)
    key, code = torch.ones(2, D), torch.zeros(2, WINNERS, dtype=torch.int32)
    assert [len(h) for h in (*engine.search(key, 3), *engine.by_codes(code, 3), *engine.by_words(["x", "yz"], 3))] == [
        0
    ] * 6
    memory.close()


def test_what_cannot_be_asked_says_why(ties):
    engine = Embedded(ties.bank)
    with pytest.raises(ValueError, match="k must be >= 1, got 0"):
        engine.by_words(["kiln"], 0)
    with pytest.raises(ValueError, match=r"keys must have 16 columns, got shape \(2, 5\)"):
        engine.search(torch.ones(2, 5), 3)
    with pytest.raises(ValueError, match=r"codes must have 8 columns, got shape \(8,\)"):
        engine.by_codes(torch.arange(8), 3)
