"""Specifies nuonuo/explain/hops/chains.py and nuonuo/latex/hops.py."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers

from nuonuo import Memory
from nuonuo.explain.hops import chains
from nuonuo.latex import hops as formula_hops
from nuonuo.maths.association import identity, power, softmax
from nuonuo.memory.records import record


@pytest.fixture(scope="module")
def crowded(encoder, sample):
    """The stories and a chain of 61 look-alikes."""
    memory = Memory(encoder=encoder)
    memory.add_many([record(row["cue"], row["target"]) for row in sample("stories")])
    memory.add_many(chains.look_alikes(61))
    yield memory
    memory.close()


def judged(memory, query, hops=6, separation=None, whitened=True):
    trace = memory.recall(query, hops=hops, separation=separation or power(3), whitened=whitened)
    return chains.follow(memory.bank if whitened else memory.bank.unwhitened(), trace, hops)


def test_a_story_is_followed_hop_by_hop(stories, sample):
    followed = judged(stories, "Which package came with the mail boat?")
    assert [s.recalled.target for s in followed.steps] == [row["target"] for row in sample("stories")[:6]]
    assert all(step.held for step in followed.steps)
    assert (followed.broken, followed.held, followed.held_again) == (None, 6, None)
    assert followed.start.cue == sample("stories")[0]["cue"]
    assert followed.lost is None


def test_a_story_ends_where_no_link_leads_on(stories, sample):
    end = sample("stories")[7]["cue"]
    followed = judged(stories, end, hops=8)
    assert followed.held == len(followed.steps) < 8
    assert "hop" in followed.stop


def test_the_stored_path_is_that_of_the_texts(stories, sample):
    rows = sample("stories")
    links = stories.bank.links()
    path = chains.stored_path(stories.bank, links.cues[9], 5)
    assert [link.target for link in path] == [row["target"] for row in rows[9:14]]
    assert [link.ways for link in path] == [1] * 5


def test_nearest_neighbour_walks_by_recalled_texts(stories, sample):
    path = chains.nearest_path(stories.bank, stories.bank.X[9], 5)
    assert [link.target for link in path] == [row["target"] for row in sample("stories")[9:14]]
    assert path[0].cosine == pytest.approx(1, abs=1e-5)


def test_hebbs_sum_over_raw_codes_collapses_among_look_alikes(crowded):
    followed = judged(crowded, chains.look_alikes(61)[0].cues[0], separation=identity(), whitened=False)
    assert followed.broken.number == 2
    assert followed.steps[3].recalled.cosine < 0.5
    assert followed.lost is None  # plain nearest neighbour does better


@pytest.mark.parametrize(
    ("separation", "whitened"),
    [(identity(), True), (power(3), False), (softmax(8), False), (power(3), True), (softmax(8), True)],
    ids=str,
)
def test_whitening_or_separation_repairs_it(crowded, separation, whitened):
    assert judged(crowded, chains.look_alikes(61)[0].cues[0], separation=separation, whitened=whitened).held == 6


def test_the_stories_alone_survive_even_hebbs_raw_sum(stories):
    assert judged(stories, "Which package came with the mail boat?", separation=identity(), whitened=False).held == 6


def test_a_cue_with_two_targets_breaks_and_recovers(encoder):
    memory = Memory(encoder=encoder)
    memory.add_many(chains.chain_items("The bell rings\nThe dog barks\nThe baby wakes\nNobody sleeps"))
    memory.add("The dog barks", "The postman runs away")
    followed = judged(memory, "The bell rings", hops=3)
    assert followed.broken.number == 2
    assert followed.broken.right.ways == 2
    assert followed.broken.recalled.cosine < chains.HELD
    assert followed.held_again == 3


def test_memories_that_answer_with_themselves_go_round(encoder):
    memory = Memory(encoder=encoder)
    memory.add_many([record("one thing"), record("quite another")])
    followed = judged(memory, "one thing")
    assert followed.broken is None
    assert len(followed.steps) == 2
    assert "loop" in followed.stop


def test_texts_that_embed_alike_are_one_target(encoder):
    memory = Memory(encoder=encoder)
    memory.add_many([record("It is evening", "I love to read."), record("I love to read.", "Good night")])
    memory.add_many([record("I love rainy days", "I LOVE TO READ.")])
    for query in ("It is evening", "I love rainy days"):
        followed = judged(memory, query)
        assert followed.held == len(followed.steps) == 2
        assert followed.lost is None


def test_nearest_neighbour_is_lost_where_it_takes_another_way(encoder):
    memory = Memory(encoder=encoder)
    memory.add_many([record("It is evening", "I read"), record("It is morning", "I run")])
    trace = memory.recall("It is evening", hops=1)
    other = memory.recall("It is morning", hops=1)
    assert chains.follow(memory.bank, replace(trace, probe=other.probe), 1).lost == 1


def test_one_memory_is_a_chain_of_one_hop(encoder):
    memory = Memory(encoder=encoder)
    memory.add("Where is the key?", "Under the pot, as always.")
    followed = judged(memory, "Where is the key?")
    assert followed.held == len(followed.steps) == 1


def test_a_trace_without_hops_cannot_be_followed(stories):
    with pytest.raises(ValueError, match="trace must be of a recall with hops, got one without"):
        chains.follow(stories.bank, stories.recall("a parcel"), 3)


def test_lines_become_links_from_each_to_the_next():
    made = chains.chain_items("  first \n\nsecond\tline\nthird\n")
    assert [(item.cues[0], item.target) for item in made] == [("first", "second line"), ("second line", "third")]


@pytest.mark.parametrize("text", ["", "one line", "\n \n one line \n"])
def test_a_chain_needs_two_lines(text):
    with pytest.raises(ValueError, match=r"a chain needs at least two lines, got [01]"):
        chains.chain_items(text)


def test_a_chain_has_no_line_twice():
    with pytest.raises(ValueError, match=r"a chain must not have a line twice, .* got 'a' again"):
        chains.chain_items("a\nb\na")


@given(count=integers(2, 480), seed=integers(0, 1000))
def test_look_alikes_are_a_chain_of_distinct_sentences(count, seed):
    made = chains.look_alikes(count, seed)
    assert len(made) == count - 1
    assert len({item.cues[0] for item in made}) == count - 1
    assert all(a.target == b.cues[0] for a, b in pairwise(made))
    assert [i.cues[0] for i in made] == [i.cues[0] for i in chains.look_alikes(count, seed)]


@pytest.mark.parametrize("count", [1, 481])
def test_look_alikes_are_as_many_as_there_are(count):
    with pytest.raises(ValueError, match=f"count must lie between 2 and 480, got {count}"):
        chains.look_alikes(count)


@pytest.mark.parametrize("separation", [identity(), power(3), power(5), softmax(8)], ids=str)
def test_the_formula_of_a_hop_is_the_separation_that_ran(stories, separation):
    trace = stories.recall("Which package came with the mail boat?", hops=2, separation=separation)
    shown = formula_hops.hop(trace).latex
    assert separation.formula in shown
    assert str(separation) == trace.asking.separation
    assert r"\sum_{i=1}^{90}" in shown
    assert r"\operatorname{top}_{50}" in shown
    assert f"= {trace.hops[0].margin:.2f}" in formula_hops.first(trace).latex
    assert r"\mathbb{N}^{16384 \times 16384}" in formula_hops.hebb(trace).latex


# What the hops page needs of a bank


def test_a_bank_without_whitening_has_its_embeddings_as_keys_and_keeps_in_step(encoder):
    memory = Memory(encoder=encoder)
    first = memory.add_many([record("a red door"), record("a blue door"), record("a green door")])
    memory.bank.unwhitened()
    memory.add("a yellow door")
    memory.forget(first[1])
    raw = memory.bank.unwhitened()
    assert raw.ids == memory.bank.ids
    assert torch.allclose(raw.keys, memory.bank.X, atol=1e-6)
    assert len(raw.links()) == 3


def test_a_recall_without_whitening_is_plain_cosine_and_says_so(stories):
    trace = stories.recall("Which package came with the mail boat?", whitened=False)
    assert trace.answer.id == trace.nearest.id
    assert trace.answer.similarity == pytest.approx(trace.answer.cosine, abs=1e-4)
    assert trace.bank.exponent == 0
    assert stories.recall("Which package came with the mail boat?").bank.exponent == 0.5


def test_codes_made_ahead_are_the_links_own(encoder):
    texts = ["a red door", "a blue door", "a green door"]
    one, two = (Memory(encoder=encoder) for _ in range(2))
    for memory in (one, two):
        memory.add_many([record(text) for text in texts])
    told = []
    assert not one.bank.coded
    assert one.make_codes(progress=lambda done, total: told.append((done, total)))
    assert one.bank.coded
    assert told == [(6, 6)]
    assert torch.equal(one.bank.links().cues, two.bank.links().cues)
    assert one.make_codes(progress=told.append)  # nothing to do: not told again
    assert len(told) == 1


def test_codes_are_not_taken_if_the_memories_changed_meanwhile(encoder):
    memory = Memory(encoder=encoder)
    memory.add_many([record("a red door"), record("a blue door")])
    assert not memory.make_codes(progress=lambda done, total: memory.add("a door added meanwhile"))
    assert not memory.bank.coded
    assert memory.make_codes()
    assert len(memory.bank.links()) == 3
