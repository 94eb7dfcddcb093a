"""Specifies nuonuo/explain/hops/activation.py and scores.py."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis.strategies import floats, integers, lists

from nuonuo import Memory
from nuonuo.explain.hops.activation import DRAWN, FULL, activation
from nuonuo.explain.hops.scores import all_scored, best, places, position, scores
from nuonuo.files.questions import read_questions, things
from nuonuo.maths.spreading import Standard
from nuonuo.memory.asking import Asking
from nuonuo.memory.candidates import scored, totals
from nuonuo.memory.joining import Relation
from nuonuo.memory.records import record
from tests.conftest import BANKS, items, unit
from tests.memory.test_candidates import bank_of, dense

TEXT = "the painter of Red Lake"


@pytest.fixture(scope="module")
def questions():
    return {q.id: q for q in read_questions(BANKS / "island-questions.jsonl")}


def seen(memory, question, **asking):
    trace = memory.recall(question.query, **asking)
    return trace, activation(memory.bank, trace, things([question], memory)[0])


@given(integers(1, 40), integers(0, 10**6), integers(1, 3), floats(0, 20), integers(1, 60))
@settings(max_examples=40)
def test_scores_of_all_are_the_dense_matrix_product_at_any_gamma(n, seed, cues, gamma, senders):
    memory, query = bank_of(n, seed, cues), unit(1, 16, seed + 3)[0]
    trace = memory.recall(query, Asking(k=n, links=0, senders=senders), text=TEXT)
    found = scores(memory.bank, trace)
    s, S = dense(memory, trace.key, TEXT, Asking(links=gamma, senders=senders))
    torch.testing.assert_close(found.s.double(), torch.from_numpy(s), atol=2e-4, rtol=1e-3)
    S = torch.from_numpy(S)
    S[found.s.argmax()] = torch.inf
    torch.testing.assert_close(found.total(gamma).double(), S, atol=1e-3, rtol=1e-3)


@given(integers(2, 40), integers(0, 10**6), floats(0, 20))
@settings(max_examples=25)
def test_ranks_are_those_of_the_trace_and_of_its_ranking_without_links(n, seed, gamma):
    memory, query = bank_of(n, seed), unit(1, 16, seed + 3)[0]
    trace = memory.recall(query, Asking(k=n, links=gamma), text=TEXT)
    alone = memory.recall(query, Asking(k=n, links=0), text=TEXT)
    reached = activation(memory.bank, trace)
    for node in reached.nodes:
        close = [c.total for c in trace.candidates[1:]]
        mine = next(c.total for c in trace.candidates if c.id == node.id)
        if sum(abs(mine - other) < 1e-3 for other in close) <= 1:  # rounding may order near equals either way
            assert node.rank == trace.rank(node.id)
        assert reached.alone[node.id] == node.alone
    assert abs(reached.alone[alone.answer.id] - 1) == 0


def test_the_opening_question_needs_a_link(island, questions):
    trace, reached = seen(island, questions["two-hop 1"])
    book, person = reached.evidence
    assert (book.name, book.rank, book.alone) == ("The Salt Hymns", 1, 1)
    assert (person.name, person.rank) == ("Ilse Varrow", 2)
    assert person.alone > 40
    assert person.cosine > 40
    assert reached.found() == reached.wanted == 2
    assert reached.found("alone") == reached.found("cosine") == reached.found("words") == 1
    (edge,) = reached.edges_to(person.id)
    assert (edge.source, edge.relation) == (book.id, Relation.MENTION)
    (sender,) = trace.candidates[1].senders
    assert (edge.attention, edge.weight) == pytest.approx((sender.attention, sender.weight))


def test_numbers_of_a_node_are_those_of_its_candidate(island, questions):
    trace, reached = seen(island, questions["comparison 1"])
    of = {c.id: c for c in trace.candidates}
    for node in reached.nodes:
        c = of[node.id]
        assert (node.meaning, node.words) == pytest.approx((c.meaning, c.words), abs=1e-4)
        assert trace.asking.links * node.received == pytest.approx(c.association, abs=1e-3)
        for edge in reached.edges_to(node.id):
            assert any((s.id, s.relation) == (edge.source, edge.relation) for s in c.senders)


@pytest.mark.parametrize("name", ["two-hop 1", "two-hop 8", "comparison 2", "three-hop 8"])
def test_a_memory_keeps_its_place_at_every_gamma(island, questions, name):
    kept = {
        tuple((n.id, n.brought) for n in seen(island, questions[name], links=gamma)[1].nodes)
        for gamma in (0, 1, 5, 12, 20)
    }
    assert len(kept) == 1


def test_every_question_is_drawn_with_its_evidence_and_few_others(island, questions):
    for question in questions.values():
        reached = seen(island, question)[1]
        assert {one.id for one in reached.evidence} <= {node.id for node in reached.nodes}
        assert len(reached.nodes) <= DRAWN
        ids = [node.id for node in reached.nodes]
        assert len(ids) == len(set(ids))
        assert {end for edge in reached.edges for end in (edge.source, edge.to)} <= set(ids)
        assert all(reached.edges_to(node.id) for node in reached.nodes if node.brought)


def test_without_links_evidence_is_ranked_as_meaning_and_words_rank_it_and_the_links_say_what_they_would_do(
    island, questions
):
    reached = seen(island, questions["two-hop 1"], links=0)[1]
    assert [one.rank for one in reached.evidence] == [one.alone for one in reached.evidence]
    assert reached.found() == 1
    assert reached.found("linked") == 2
    full = seen(island, questions["two-hop 1"], links=FULL)[1]
    assert [one.rank for one in full.evidence] == [one.linked for one in reached.evidence]


def test_lists_are_the_first_of_each_ranking(island, questions):
    trace, reached = seen(island, questions["two-hop 1"])
    assert [one.id for one in reached.lists["rank"]] == [c.id for c in trace.candidates[:5]]
    assert reached.lists["cosine"][0].id == trace.nearest.id
    assert reached.lists["words"][0].id == trace.lexical.id
    alone = totals(island.bank, trace.key[None], [trace.noisy_query], Asking(links=0))[0]
    assert [one.id for one in reached.lists["alone"]] == [island.bank.ids[p] for p in alone.topk(5).indices]


def test_words_rank_nothing_that_shares_none(island):
    reached = activation(island.bank, island.recall("zzz qqq"), (frozenset({1}),))
    assert reached.lists["words"] == ()
    assert reached.evidence[0].words is None


def test_kinds_of_links_that_are_not_asked_for_carry_nothing(island, questions):
    reached = seen(island, questions["two-hop 1"], relations=(Relation.SEQUENCE,))[1]
    assert reached.links == 0
    assert reached.edges == ()
    assert reached.found() == reached.found("linked") == 1


def test_a_thing_counts_once_by_its_best_memory_and_one_that_is_not_stored_is_missing(island):
    trace = island.recall("How did the composer of The Salt Hymns earn her living?")
    first, second = trace.candidates[0].id, trace.candidates[1].id
    reached = activation(island.bank, trace, (frozenset({first, second}), frozenset()))
    (one,) = reached.evidence
    assert (one.id, one.rank) == (first, 1)
    assert (reached.wanted, reached.missing, reached.found()) == (2, 1, 1)


def test_a_bank_without_links_has_found_memories_only(encoder):
    memory = Memory(encoder=encoder)
    memory.add_many([record("Where is the key?", "Under the pot.")])
    reached = activation(memory.bank, memory.recall("the key"))
    assert (reached.links, reached.edges, reached.wanted) == (0, (), 0)
    assert [(n.rank, n.alone, n.brought) for n in reached.nodes] == [(1, 1, False)]


def test_an_embedding_has_no_words_and_unwhitened_keys_are_ranked_as_they_are(vectors):
    memory = vectors()
    memory.add_many(items(30))
    trace = memory.recall(unit(1, 8, 9)[0], whitened=False)
    reached = activation(memory.bank.unwhitened(), trace)
    assert reached.lists["words"] == ()
    assert [one.id for one in reached.lists["rank"]] == [one.id for one in reached.lists["cosine"]]


def test_the_number_of_first_memories_must_be_one_at_least(island):
    with pytest.raises(ValueError, match="first must be >= 1, got 0"):
        activation(island.bank, island.recall("salt"), first=0)


@given(lists(integers(-3, 3), min_size=1, max_size=40), integers(1, 50))
def test_ranks_and_the_best_are_those_of_a_stable_sort(numbers, k):
    score = torch.tensor(numbers, dtype=torch.float32)
    order = sorted(range(len(numbers)), key=lambda p: (-numbers[p], p))  # of equals the older first
    assert best(score, k) == order[:k]
    assert places(score, order) == list(range(1, len(order) + 1))


@pytest.mark.parametrize("cues", [1, 3])
def test_all_memories_at_once_are_scored_as_each_candidate_is(cues):
    memory = bank_of(30, 5, cues)
    bank, key = memory.bank, memory.recall(unit(1, 16, 8)[0]).key
    z, words = Standard(0.1, 2.0), torch.linspace(0, 1, 30)
    mine, theirs = all_scored(bank, key, z, words), scored(bank, key, torch.arange(30), z, words)
    assert torch.equal(mine.rows, theirs.rows)
    torch.testing.assert_close(mine.s, theirs.s)


def test_a_memory_that_was_put_back_is_found_where_it_now_stands():
    memory = Memory(encoder=None, dimension=8)
    ids = memory.add_many(items(5))
    row = memory.get(ids[1])
    memory.forget(ids[1])
    memory.put_back([row])
    assert [memory.bank.ids[position(memory.bank, i)] for i in ids] == ids
