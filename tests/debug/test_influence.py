"""Specifies nuonuo/debug/influence.py: leaving out equals really forgetting, and really asking again."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis.strategies import integers, sampled_from

from nuonuo import Memory, Noise
from nuonuo.debug import influence
from nuonuo.debug.case import bank_of
from nuonuo.debug.diagnosis import best_of
from nuonuo.memory.asking import Asking
from tests.conftest import items, unit
from tests.memory import test_candidates

QUESTION = "Who feeds the dog while we are away at grandma's?"
PETS = "Who looks after the pets when we travel?"


@pytest.fixture(scope="module")
def taught(facts):
    """The facts, some of which answer to more than one cue."""
    memory = facts.copy()
    memory.add_cue(of(memory, PETS), "Who minds the cat while we are on holiday?")
    memory.add_cue(of(memory, "What food does the dog eat?"), "What do I feed the dog?")
    memory.add_cue(of(memory, "What food does the dog eat?"), "Who feeds the dog?")
    return memory


def of(memory, cue):
    """The id of the memory with this cue."""
    return next(row.id for row in memory if cue in row.cues)


def forgetting(memory, trace, gone):
    """The same recall once a memory is really forgotten."""
    fewer = memory.copy()
    fewer.forget(gone)
    return fewer.recall(trace.query, trace.asking)


def check_memories(memory, trace, expected):
    """Each row of of_memories against really forgetting that memory."""
    found = influence.of_memories(memory, trace, expected)
    assert [w.id for w in found] == [c.id for c in trace.candidates if c.id != expected]
    now = next((c.weight for c in trace.candidates if c.id == expected), 0.0)
    for without in found:
        after = forgetting(memory, trace, without.id)
        weight = next((c.weight for c in after.candidates if c.id == expected), 0.0)
        assert without.answer == after.answer.id
        assert without.rank == after.rank(expected)
        assert without.weight == pytest.approx(weight, abs=2e-5)
        assert without.gain == pytest.approx(weight - now, abs=2e-5)
        assert without.cue in memory.get(without.id).cues
    return found


@pytest.mark.parametrize("settings", [{}, {"k": 3}, {"beta": 6.0}, {"noise": Noise(sigma=0.6, drop=0.2, seed=4)}])
def test_leaving_a_memory_out_equals_forgetting_it(facts, settings):
    assert check_memories(facts, facts.recall(QUESTION, **settings), of(facts, PETS))


@pytest.mark.parametrize("whitened", [True, False])
def test_all_cues_of_a_memory_go_with_it(taught, whitened):
    trace = taught.recall(QUESTION, k=6, whitened=whitened)
    found = check_memories(taught, trace, of(taught, PETS))
    assert {w.id for w in found} >= {of(taught, "What food does the dog eat?")}


def test_the_memory_after_the_last_candidate_moves_up(facts):
    trace = facts.recall(QUESTION, k=2)
    assert trace.rank(of(facts, PETS)) is None
    found = check_memories(facts, trace, of(facts, PETS))
    assert [w.rank for w in found] == [2, 2]
    assert all(w.weight == w.gain > 0 for w in found)


def test_a_memory_far_below_the_cut_gains_nothing(facts):
    trace = facts.recall(QUESTION, k=5)
    far = max((row.id for row in facts), key=lambda i: best_of(facts, trace, {i})[1])
    found = check_memories(facts, trace, far)
    assert {(w.rank, w.weight, w.gain) for w in found} == {(None, 0.0, 0.0)}


def test_where_every_memory_is_a_candidate_none_moves_up(vectors):
    memory = vectors(exponent=0.0, centre=False)
    memory.add_many(items(5))
    trace = memory.recall(unit(1, 8, 9)[0], k=9)
    found = influence.of_memories(memory, trace, trace.candidates[3].id)
    assert [w.rank for w in found] == [3, 3, 3, 4]
    p = trace.p[0]
    assert [w.weight for w in found] == pytest.approx([float(p[3] / (1 - p[i])) for i in (0, 1, 2, 4)], abs=1e-6)


def test_the_only_memory_has_no_other_to_leave_out(vectors):
    memory = vectors()
    memory.add_many(items(1))
    trace = memory.recall(unit(1, 8)[0])
    assert influence.of_memories(memory, trace, trace.answer.id) == ()


def test_nothing_is_said_of_a_memory_that_is_not_stored(facts):
    trace = facts.recall(QUESTION)
    for ask in (influence.of_memories, influence.of_words):
        with pytest.raises(ValueError, match="there is no memory with id 99999"):
            ask(facts, trace, 99_999)


@pytest.mark.parametrize("noise", [Noise(), Noise(sigma=0.4, drop=0.2, swap=0.3, seed=2)])
@pytest.mark.parametrize("whitened", [True, False])
def test_leaving_a_word_out_equals_asking_without_it(taught, whitened, noise):
    expected, whole = of(taught, PETS), taught.recall(QUESTION, noise=noise, whitened=whitened)
    words = whole.noisy_query.split()
    found = influence.of_words(taught, whole, expected)
    assert [w.word for w in found] == words
    assert [w.place for w in found] == list(range(1, len(words) + 1))
    quiet = replace(noise, drop=0.0, swap=0.0)  # what it did to the words is done
    lead_now, _, _ = standing(taught.recall(whole.noisy_query, k=len(taught), noise=quiet, whitened=whitened), expected)
    for i, word in enumerate(found):
        text = " ".join(words[:i] + words[i + 1 :])
        asked = taught.recall(text, k=len(taught), noise=quiet, whitened=whitened)
        lead, similarity, rank = standing(asked, expected)
        assert word.rank == rank
        assert word.similarity == pytest.approx(similarity, abs=1e-5)
        assert word.lead == pytest.approx(lead, abs=1e-5)
        assert word.change == pytest.approx(lead - lead_now, abs=1e-5)


def standing(trace, expected):
    """Lead by meaning and words, similarity and rank of the expected memory, all memories being candidates."""
    rank = trace.rank(expected)
    mine = trace.candidates[rank - 1]
    rivals = [c.meaning + c.words for c in trace.candidates if c.id != expected]
    return mine.meaning + mine.words - max(rivals), mine.similarity, rank


def test_all_words_are_encoded_in_one_batch(facts, monkeypatch):
    trace = facts.recall(QUESTION)
    batches, encode = [], facts.encoder.encode
    monkeypatch.setattr(facts.encoder, "encode", lambda texts: batches.append(texts) or encode(texts))
    influence.of_words(facts, trace, of(facts, PETS))
    assert [len(batch) for batch in batches] == [10]


def test_a_query_too_short_or_too_long_or_without_a_text_has_no_words(facts, encoder):
    expected = of(facts, PETS)
    assert len(influence.of_words(facts, facts.recall("pets " * 60), expected)) == 60
    assert influence.of_words(facts, facts.recall("pets " * 61), expected) == ()
    assert influence.of_words(facts, facts.recall("pets"), expected) == ()
    assert influence.of_words(facts, facts.recall(encoder.encode(["the pets"])[0]), expected) == ()


def test_a_bank_of_ready_made_embeddings_has_no_words(vectors):
    memory = vectors()
    memory.add_many(items(3))
    trace = replace(memory.recall(unit(1, 8)[0]), query="two words", noisy_query="two words")
    assert influence.of_words(memory, trace, memory.bank.ids[0]) == ()


def test_a_memory_that_is_alone_leads_over_the_lowest_similarity(encoder):
    memory = Memory(encoder=encoder)
    only = memory.add("Where is the key?")
    for word in influence.of_words(memory, memory.recall("the spare key"), only):
        alone = memory.recall(" ".join(w for w in ["the", "spare", "key"] if w != word.word)).answer
        assert (word.rank, word.lead) == (1, pytest.approx(alone.meaning + alone.words))


def test_the_bank_looked_in_is_the_one_the_recall_looked_in(facts):
    assert bank_of(facts, facts.recall(QUESTION)) is facts.bank
    assert bank_of(facts, facts.recall(QUESTION, whitened=False)) is facts.bank.unwhitened()


def test_a_bank_made_without_whitening_has_the_keys_of_its_unwhitened_one(vectors):
    memory = vectors(exponent=0.0, centre=False)
    memory.add_many(items(3))
    looked_in = bank_of(memory, memory.recall(unit(1, 8)[0], whitened=False))
    assert torch.equal(looked_in.keys, memory.bank.keys)


def test_the_telling_word_is_the_one_whose_absence_wins_by_most(facts):
    found = influence.of_words(facts, facts.recall(QUESTION), of(facts, PETS))
    winning = [w for w in found if w.rank == 1]
    assert influence.telling(found) == max(winning, key=lambda w: w.lead).word == "feeds"
    assert influence.telling(()) is None


@given(integers(3, 25), integers(0, 10**6), sampled_from([1, 3, 50]))
@settings(max_examples=15)
def test_with_words_and_links_leaving_a_memory_out_equals_forgetting_it(n, seed, senders):
    memory = test_candidates.bank_of(
        n, seed, 2, exponent=0.0, centre=False
    )  # nothing is fitted, so nothing is fitted anew
    asking, text = Asking(k=4, senders=senders), "the painter of Red Lake"
    query = unit(1, 16, seed + 3)[0]
    trace = memory.recall(query, asking, text)
    expected = trace.candidates[-1].id
    for without in influence.of_memories(memory, trace, expected):
        fewer = memory.copy()
        fewer.forget(without.id)
        after = fewer.recall(query, asking, text)
        assert (without.answer, without.rank) == (after.answer.id, after.rank(expected))
        weight = next((c.weight for c in after.candidates if c.id == expected), 0.0)
        assert without.weight == pytest.approx(weight, abs=2e-5)
        fewer.close()
    memory.close()
