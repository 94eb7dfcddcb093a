"""Specifies nuonuo/memory/candidates.py."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis.strategies import floats, integers, lists, sampled_from

from nuonuo import Memory
from nuonuo.maths.words import Words
from nuonuo.memory.asking import Asking
from nuonuo.memory.candidates import totals
from nuonuo.memory.joining import Relation
from nuonuo.memory.records import About, Tie, record
from tests.conftest import unit

TITLES = ("Red Lake", "Old Tower", "Mira Holt", "Salt Road")
WORDS = ("lake", "tower", "painter", "salt", "bridge", "keeper", "Red Lake", "Old Tower", "Mira Holt")


def bank_of(n, seed, cues=1, **settings):
    """A bank of n memories of random vectors and texts that mention one another, in two sessions."""
    random = np.random.default_rng(seed)
    memory = Memory(dimension=16, seed=seed, **settings)
    rows = []
    for i in range(n):
        count = int(random.integers(1, cues + 1))
        texts = [" ".join(random.choice(WORDS, 6)) for _ in range(count)]
        about = About(TITLES[i % 9] if i % 9 < len(TITLES) else None, f"session {i % 2}" if i % 3 else None, float(i))
        ties = (Tie(1 + int(random.integers(n)), 2.0),) if i % 5 == 0 else ()
        x = unit(count, 16, seed + 7 * i)
        rows.append(record(texts[0], f"target {i}", texts[1:], x, unit(1, 16, seed + i)[0], about, ties))
    memory.add_many(rows)
    return memory


def dense(memory, key, text, asking):
    """S of every memory by whole matrices in float64, and which is first by s: nothing of the code that is tested."""
    bank = memory.bank if asking.whitened else memory.bank.unwhitened()
    owner, N = bank.owner.numpy(), len(bank.ids)

    def best(scores):
        return np.array([scores[owner == i].max() for i in range(N)])

    def z(scores):
        of = best(scores) - scores.mean()
        return of / scores.std() if scores.std() > 1e-9 else 0 * of

    s = z(bank.keys.double().numpy() @ key.double().numpy())
    if text is not None:
        s = s + asking.words * best(Words.of(bank.texts).scores(text).double().numpy())
    L = np.zeros((N, N))
    for i in bank.ids:
        for link in bank.reading.relations.links(i):
            if link.source == i and link.relation in asking.relations:
                L[bank.ids.index(i), bank.ids.index(link.to)] += link.weight
    D = L.sum(1, keepdims=True)
    P = np.divide(L, np.sqrt(D), out=np.zeros_like(L), where=D > 0)
    least = np.sort(s)[-min(asking.senders, N)]
    a = np.where(s >= least - 1e-9, np.exp(asking.spread * (s - s.max())), 0.0)
    return s, s + asking.links * P.T @ a


@given(
    integers(1, 40),
    integers(0, 10**6),
    integers(1, 3),
    floats(0, 2),
    floats(0, 12),
    integers(1, 60),
    lists(sampled_from(list(Relation)), unique=True),
)
@settings(max_examples=60)
def test_the_ranking_is_the_dense_matrix_product(n, seed, cues, words, links, senders, relations):
    memory = bank_of(n, seed, cues)
    asking = Asking(k=n, words=words, links=links, senders=senders, relations=tuple(relations))
    query, text = unit(1, 16, seed + 3)[0], "the painter of Red Lake"
    trace = memory.recall(query, asking, text=text)
    s, S = dense(memory, trace.key, text, asking)
    ids = list(memory.bank.ids)
    for c in trace.candidates:
        assert c.total == pytest.approx(S[ids.index(c.id)], abs=1e-4)
        assert c.meaning + c.words == pytest.approx(s[ids.index(c.id)], abs=1e-4)
        assert c.association == pytest.approx(
            asking.links * sum(one.attention * one.weight for one in c.senders), abs=1e-4
        )
    assert s[ids.index(trace.answer.id)] == pytest.approx(s.max(), abs=1e-4)
    rest = [S[ids.index(c.id)] for c in trace.candidates[1:]]
    assert all(a >= b - 1e-4 for a, b in pairwise(rest))
    memory.close()


@given(integers(1, 40), integers(0, 10**6), integers(1, 3), sampled_from([1, 3, 50]), sampled_from([True, False]))
def test_a_batch_ranks_as_single_recalls_do(n, seed, cues, senders, whitened):
    memory = bank_of(n, seed, cues)
    asking = Asking(k=n, senders=senders, whitened=whitened)
    queries, texts = unit(4, 16, seed + 5), ["Old Tower", "a bridge of salt", "nothing shared here", None]
    traces = [memory.recall(q, asking, text=text) for q, text in zip(queries, texts, strict=True)]
    bank = memory.bank if whitened else memory.bank.unwhitened()
    keys = torch.stack([t.key for t in traces])
    batch, (_, sd) = totals(bank, keys, texts, asking), bank.moments.standards(keys)
    for row, trace, spread in zip(batch, traces, sd.tolist(), strict=True):
        of = {c.id: float(row[bank.ids.index(c.id)]) for c in trace.candidates}
        assert of.pop(trace.answer.id) == float("inf")
        for c in trace.candidates[1:]:
            # float32 similarities, of errors near 1e-6, are divided by their spread: two memories that are almost
            # equally like a query have almost none
            assert of[c.id] == pytest.approx(c.total, rel=1e-4, abs=1e-4 + 4e-6 / max(spread, 1e-6))
    memory.close()


@given(integers(2, 40), integers(0, 10**6))
def test_without_words_and_links_the_ranking_is_that_of_the_similarity(n, seed):
    memory = bank_of(n, seed)
    trace = memory.recall(unit(1, 16, seed + 3)[0], Asking(k=n).alone, text="the painter of Red Lake")
    exact = (memory.bank.keys @ trace.key).sort(descending=True, stable=True)
    assert [c.similarity for c in trace.candidates] == pytest.approx(exact.values.tolist(), abs=1e-6)
    assert all(c.words == c.association == 0 and not c.senders for c in trace.candidates)
    assert trace.attended == trace.answer
    memory.close()


@given(integers(2, 30), integers(0, 10**6))
def test_shuffling_the_memories_changes_nothing(n, seed):
    memory = bank_of(n, seed)
    order = np.random.default_rng(seed).permutation(n).tolist()
    other = Memory(dimension=16, seed=seed)
    rows, place = list(memory), {memory_id: order.index(i) + 1 for i, memory_id in enumerate(memory.bank.ids)}
    moved = [replace(rows[i], ties=tuple(replace(t, to=place[t.to]) for t in rows[i].ties)) for i in order]
    other.add_many([replace(row, id=0) for row in moved])
    query = unit(1, 16, seed + 3)[0]
    one, two = (m.recall(query, k=n, text="the painter of Red Lake") for m in (memory, other))
    a = {c.target: c.total for c in one.candidates}
    b = {c.target: c.total for c in two.candidates}
    assert a.keys() == b.keys()
    rounding = 3e-7 / one.terms.similarity.sd if one.terms.similarity.scale else 0.0  # of similarities, in their z
    assert [a[t] for t in a] == pytest.approx([b[t] for t in a], abs=1e-4 + rounding)
    memory.close()
    other.close()


def test_fewer_candidates_are_the_first_of_more():
    memory = bank_of(60, 3)
    query = unit(1, 16, 9)[0]
    many = memory.recall(query, k=60, text="salt bridge")
    for k in (1, 2, 7, 20):
        few = memory.recall(query, k=k, text="salt bridge")
        assert [c.id for c in few.candidates] == [c.id for c in many.candidates[:k]]
    memory.close()


def test_the_links_bring_up_what_neither_words_nor_meaning_find(encoder):
    with_links = Memory(encoder=encoder)
    with_links.add_many(
        [
            record("The Red Boat\nThe Red Boat is a painting of 1900 by Anna Berg.", about=About("The Red Boat")),
            record("Anna Berg\nAnna Berg, daughter of Lina Holt, lived in Skagen.", about=About("Anna Berg")),
            *(
                record(f"Painting {i}\nA painting of a boat, number {i}.", about=About(f"Painting {i}"))
                for i in range(30)
            ),
        ]
    )
    query = "Whose daughter made The Red Boat?"
    before, after = with_links.recall(query, links=0.0), with_links.recall(query)
    assert before.answer.target.startswith("The Red Boat")
    assert after.answer.id == before.answer.id
    assert (before.rank(2) or 99) > 2
    assert after.rank(2) == 2
    (sender,) = after.candidates[1].senders
    assert (sender.id, sender.relation, sender.attention) == (1, Relation.MENTION, 1.0)
    assert after.candidates[1].share(sender) == 1.0
    assert after.lexical is not None
    assert after.terms.links == 1
    with_links.close()


def test_what_has_no_text_is_asked_by_meaning_alone():
    memory = bank_of(20, 1)
    trace = memory.recall(unit(1, 16, 4)[0])
    assert trace.lexical is None
    assert {c.words for c in trace.candidates} == {0.0}
    memory.close()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"words": -1.0}, "words must be a finite number >= 0, got -1.0"),
        ({"links": float("nan")}, "links must be a finite number >= 0, got nan"),
        ({"spread": 0.0}, "spread must be a finite number > 0, got 0.0"),
        ({"senders": 0}, "senders must be >= 1, got 0"),
        (
            {"relations": ("cousin",)},
            "relations must be among sequence, mention, reference, target, by hand, got cousin",
        ),
    ],
)
def test_an_asking_out_of_range_is_refused(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        Asking(**wrong)


@given(n=integers(2, 40), seed=integers(0, 99), whitened=sampled_from((True, False)))
@settings(deadline=None, max_examples=30)
def test_copies_are_equally_similar_and_rounding_is_no_spread(n, seed, whitened):
    x = unit(1, 24, seed)[0]
    memory = Memory(None, dimension=24, seed=seed)
    memory.add_many([record(f"copy {i}", embedding=x) for i in range(n)])
    trace = memory.recall(unit(1, 24, seed + 1)[0], k=n, whitened=whitened)
    assert [one.id for one in trace.candidates] == list(range(1, n + 1))
    assert len({one.similarity for one in trace.candidates}) == 1
    assert {one.meaning for one in trace.candidates} == {0.0}
