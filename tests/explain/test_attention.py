"""Specifies nuonuo/explain/attention/view.py."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis.strategies import floats, integers
from torch.testing import assert_close

from nuonuo import Memory
from nuonuo.explain.attention.view import SHARE, attend, dial, grid, largest_terms, view
from nuonuo.memory.outcome import Kind, edges, kind
from nuonuo.memory.records import record
from tests.conftest import items, unit


def memory_of(n, seed=0):
    """n memories with one to three cues each."""
    rng = torch.Generator().manual_seed(seed)
    memory = Memory(dimension=8)
    rows = []
    for i in range(n):
        more = int(torch.randint(0, 3, (1,), generator=rng))
        x = unit(1 + more, 8, seed * 1000 + i)
        rows.append(
            record(f"cue {i}", f"target {i}", [f"cue {i}.{j}" for j in range(more)], x, unit(1, 8, seed - i)[0])
        )
    memory.add_many(rows)
    return memory


@settings(max_examples=15)
@given(n=integers(1, 12), beta=floats(0.05, 100), seed=integers(0, 50))
def test_attention_is_the_softmax_of_every_memorys_best_cue(n, beta, seed):
    bank = memory_of(n, seed).bank
    Q = unit(3, 8, seed + 7)
    seen = attend(bank, Q, beta)
    for i in range(3):
        best = torch.stack([(bank.keys[bank.owner == m] @ Q[i]).max() for m in range(n)])
        assert_close(seen.p[i], torch.softmax(beta * best, 0))
        assert_close((bank.keys[seen.row[i]] * Q[i]).sum(1), best)
        assert bank.owner[seen.row[i]].tolist() == list(range(n))


def test_attention_over_all_is_a_recall_whose_candidates_are_all():
    memory = memory_of(9)
    trace = memory.recall(unit(1, 8, 5)[0], k=9, beta=11.0)
    seen = view(memory.bank, attend(memory.bank, trace.key[None], 11.0), trace.probe, most=9)
    assert [p.memory.id for p in seen.shown] == [c.id for c in trace.candidates]
    assert [p.memory.cue for p in seen.shown] == [c.cue for c in trace.candidates]
    for ours, theirs in zip(seen.shown, trace.candidates, strict=True):
        assert ours.memory.weight == pytest.approx(theirs.weight, abs=1e-6)
        assert ours.memory.cosine == pytest.approx(theirs.cosine, abs=1e-6)
    assert (seen.others, seen.rest) == (0, pytest.approx(0, abs=1e-6))


def test_a_view_shows_the_best_and_who_was_asked_for_and_sums_to_one():
    memory = Memory(dimension=8)
    ids = memory.add_many(items(30))
    seen = attend(memory.bank, unit(1, 8, 3), 2.0)
    order = seen.similarity[0].argsort(descending=True).tolist()
    last = ids[order[-1]]
    shown = view(memory.bank, seen, unit(1, 8, 3)[0], most=4, also=(None, 999, last, ids[order[1]]))
    assert [p.rank for p in shown.shown] == [1, 2, 3, 4, 30]
    assert shown.chosen is shown.place(last) is shown.shown[-1]
    assert shown.answer.id == ids[order[0]]
    assert shown.place(999) is None
    assert sum(p.memory.weight for p in shown.shown) + shown.rest == pytest.approx(1, abs=1e-6)
    assert shown.others == 25


def test_without_a_choice_the_answer_is_chosen():
    memory = memory_of(3)
    shown = view(memory.bank, attend(memory.bank, unit(1, 8), 8.0), unit(1, 8)[0])
    assert shown.chosen is shown.shown[0]


def test_the_largest_terms_are_the_largest_products():
    q, k = unit(2, 8, 4)
    terms = largest_terms(q, k)
    assert [a * b for a, b in terms] == pytest.approx((q * k).topk(3).values.tolist())
    assert len(largest_terms(q[:2], k[:2])) == 2


@given(n=integers(2, 40), beta=floats(0.05, 200), seed=integers(0, 100))
def test_fewer_memories_share_the_attention_at_a_larger_beta(n, beta, seed):
    found = dial(unit(1, n, seed)[0], 8, beta)
    assert all(a >= b - 1e-3 for a, b in zip(found.numbers, found.numbers[1:], strict=False))
    assert 1 - 1e-4 <= found.now.number <= n + 1e-3
    assert found.scale.beta == pytest.approx(1 / math.sqrt(8))
    assert found.log_n.beta == pytest.approx(math.log(n))


@given(n=integers(2, 40), seed=integers(0, 100))
def test_the_promised_beta_suffices_and_the_reached_one_just_does(n, seed):
    similarity = unit(1, n, seed)[0]
    found = dial(similarity, 8, 1.0)
    lead = (similarity - similarity.max()).double()
    weight = {mark: float(1 / (mark.beta * lead).exp().sum()) for mark in (found.reached, found.needed)}
    assert found.reached.beta <= found.needed.beta
    assert weight[found.needed] >= SHARE - 1e-5
    assert weight[found.reached] == pytest.approx(SHARE, abs=1e-5)


def test_no_beta_parts_two_memories_that_are_equally_similar():
    found = dial(torch.tensor([0.5, 0.5, 0.1]), 8, 100.0)
    assert found.needed.beta == found.reached.beta == math.inf
    assert found.needed.number == pytest.approx(2)


def test_one_memory_has_all_the_attention():
    found = dial(torch.tensor([0.3]), 8, 1.0)
    assert (found.now.number, found.kind, found.needed.beta) == (1, Kind.ONE, 0)
    assert set(found.numbers) == {1}


@given(n=integers(2, 1000))
def test_the_kind_and_its_edges_are_those_of_the_outcome(n):
    even = dial(torch.zeros(n), 8, 1.0)
    assert even.kind is kind(even.now.number, n) is Kind.ALL
    assert even.edges == edges(n)
    low, high = even.edges
    assert 1 < low <= high < n


def test_a_transformers_beta_averages_real_memories_and_ln_n_nearly_does(stories):
    key = stories.recall("Which package came with the mail boat?").key
    found = dial(attend(stories.bank, key[None], 32.0).similarity[0], 384, 32.0)
    assert found.kind is Kind.ONE
    assert found.scale.number > 0.999 * len(stories)
    assert found.log_n.number > 0.5 * len(stories)


@settings(max_examples=15)
@given(n=integers(1, 20), questions=integers(1, 6), seed=integers(0, 20))
def test_every_row_of_the_grid_sums_to_one_and_holds_its_best_memory(n, questions, seed):
    bank = memory_of(n, seed).bank
    seen = attend(bank, unit(questions, 8, seed + 3), 9.0)
    found = grid(bank, seen, [f"q{i}" for i in range(questions)])
    assert_close(found.p.sum(1) + torch.tensor(found.rest), torch.ones(questions))
    assert_close(found.p.max(1).values, seen.p.max(1).values)
    assert found.cues == tuple(bank.rows[i].cues[0] for i in found.ids)
    assert len(found.ids) == len(set(found.ids)) <= min(n, 8)


def test_wrong_arguments_are_named():
    memory = memory_of(3)
    seen = attend(memory.bank, unit(2, 8), 1.0)
    with pytest.raises(ValueError, match=r"beta must be a finite number > 0, got 0"):
        attend(memory.bank, unit(1, 8), 0)
    with pytest.raises(ValueError, match=r"queries must have shape \(n, 8\), got \(1, 9\)"):
        attend(memory.bank, unit(1, 9), 1.0)
    with pytest.raises(ValueError, match=r"queries must have shape \(n, 8\), got \(8,\)"):
        attend(memory.bank, unit(1, 8)[0], 1.0)
    with pytest.raises(ValueError, match="nothing is stored: add memories before attending to them"):
        attend(Memory(dimension=8).bank, unit(1, 8), 1.0)
    with pytest.raises(ValueError, match="there must be one text for each of 2 queries, got 1"):
        grid(memory.bank, seen, ["only one"])
    with pytest.raises(ValueError, match="beta must be a finite number > 0, got inf"):
        dial(torch.ones(2), 8, math.inf)


def test_attention_follows_the_banks_device(device):
    memory = Memory(dimension=8, device=device)
    memory.add_many(items(5))
    seen = attend(memory.bank, unit(2, 8).to(memory.device), 4.0)
    assert seen.p.device.type == memory.device.type
    assert dial(seen.similarity[0], 8, 4.0).N == 5


def test_similarities_that_differ_by_rounding_alone_are_a_tie():
    found = dial(torch.tensor([0.57726598, 0.57726592, 0.35]), 384, 32.0)
    assert found.gap == 0
    assert found.needed.beta == math.inf
