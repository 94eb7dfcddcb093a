"""Specifies nuonuo/debug/diagnosis.py and checks.py: a bank that provokes each cause, which is then named."""

import pytest
import torch

from nuonuo import Memory, Noise, chains
from nuonuo.association import identity
from nuonuo.debug import checks, diagnosis
from nuonuo.items import Item


def of(memory, cue):
    """The id of the memory with this cue."""
    return next(row.id for row in memory if cue in row.cues)


KEY = "Where is the spare house key?"


def test_a_right_recall_has_no_cause(facts):
    found = diagnosis.diagnose(facts, facts.recall(KEY), {of(facts, KEY)})
    assert (found.verdict, found.rank, found.causes) == ("right", 1, ())
    assert found.weight > 0.9


def test_what_was_forgotten_is_not_stored(encoder):
    memory = Memory(encoder=encoder)
    first, gone = memory.add("Where is the key?", "Under the mat"), memory.add("Who has the dog?", "Agnes")
    memory.forget(gone)
    found = diagnosis.diagnose(memory, memory.recall("Who has the dog?"), {gone})
    assert (found.verdict, found.wanted, found.rank) == ("not stored", None, None)
    assert found.causes[0].evidence["closest"] == first
    assert "The closest memory is “Where is the key?”" in found.causes[0].sentence


def test_noise_that_leaves_the_basin_is_named_with_the_basin(facts):
    trace = facts.recall(KEY, noise=Noise(sigma=8, seed=3))
    found = diagnosis.diagnose(facts, trace, {of(facts, KEY)})
    assert trace.answer.id != of(facts, KEY)
    assert found.verdict == "noise beyond the basin"
    curve = list(found.causes[0].evidence.values())
    assert curve[0] == 1
    assert curve[0] >= curve[-1]


def test_two_memories_with_one_cue_are_near_duplicates(encoder, sample):
    memory = Memory(encoder=encoder)
    memory.add_many([Item(row["cue"], row["target"]) for row in sample("support")])
    first = memory.add("Who has the key?", "Agnes")
    second = memory.add("Who has the key?", "Ben")
    trace = memory.recall("Who has the key?")
    missed = second if trace.answer.id == first else first
    found = diagnosis.diagnose(memory, trace, {missed})
    assert found.verdict == "near-duplicate"
    assert found.causes[0].evidence["cosine"] == pytest.approx(1, abs=1e-5)
    assert found.rank == 2


def test_a_query_about_something_else_has_no_relation_to_be_seen(facts):
    found = diagnosis.diagnose(facts, facts.recall("Paint the fence green"), {of(facts, KEY)})
    assert found.verdict == "no relation seen"
    evidence = found.causes[0].evidence
    assert evidence["memories"] == len(facts)
    assert evidence["as close"] > checks.BACKGROUND * len(facts)
    assert found.rank > 20
    assert "not a candidate" in [cause.name for cause in found.causes]  # listed too


def test_a_rival_in_a_small_bank_is_no_lack_of_relation(encoder):
    memory = Memory(encoder=encoder)
    reset = memory.add("How do I reset my password?", "By the link")
    memory.add_many([Item("How do I change my password?"), Item("Where is the office?"), Item("Who is the vet?")])
    trace = memory.recall("I want a new password")
    assert diagnosis.diagnose(memory, trace, {trace.candidates[1].id}).verdict == "a rival wins"
    assert reset in {c.id for c in trace.candidates[:2]}


def test_near_duplicates_are_the_cues_that_answered(encoder, sample):
    memory = Memory(encoder=encoder)
    memory.add_many([Item(row["cue"], row["target"]) for row in sample("facts")])
    coffee = memory.add("Where is the coffee machine?", "Upstairs", ["What is the wifi password?"])
    memory.add("How do I join the network?", "Ask Ben", ["What is the wifi password??"])
    found = diagnosis.diagnose(memory, memory.recall("join the network"), {coffee})
    assert found.verdict != "near-duplicate"


def test_dropped_words_are_not_called_gaussian_noise(facts):
    traces = (facts.recall(KEY, noise=Noise(drop=0.8, seed=seed)) for seed in range(40))
    trace = next(trace for trace in traces if trace.answer.id != of(facts, KEY))
    found = diagnosis.diagnose(facts, trace, {of(facts, KEY)})
    assert found.causes[0].sentence.startswith("The words that were left out or swapped carry the query")


def test_too_few_candidates_leave_a_memory_out(facts):
    trace = facts.recall("Who feeds the dog while we are away at grandma's?", k=2)
    wanted = of(facts, "Who looks after the pets when we travel?")
    found = diagnosis.diagnose(facts, trace, {wanted})
    assert found.verdict == "not a candidate"
    assert found.rank == facts.recall("Who feeds the dog while we are away at grandma's?").rank(wanted) == 3
    assert found.causes[0].evidence["lacks"] > 0


def test_a_more_similar_memory_is_the_rival_that_wins(facts):
    trace = facts.recall("Who feeds the dog while we are away at grandma's?")
    found = diagnosis.diagnose(facts, trace, {of(facts, "Who looks after the pets when we travel?")})
    assert found.verdict == "a rival wins"
    evidence = found.causes[0].evidence
    assert evidence["rival"] == trace.answer.id
    assert evidence["lead"] == pytest.approx(trace.candidates[0].similarity - trace.candidates[2].similarity, abs=1e-5)


def rings(*rows):
    """A bank of ready-made embeddings, kept as they are."""
    memory = Memory(None, dimension=4, exponent=0.0, centre=False)
    memory.add_many([Item(str(i), str(i), (), torch.tensor(row)) for i, row in enumerate(rows)])
    return memory


def test_a_crowd_that_settling_falls_to_is_named_with_the_step():
    alone, crowd = [1.0, 0.0, 0.0, 0.0], [[0.0, 1.0, 0.02 * i, 0.0] for i in range(8)]
    memory = rings(alone, *crowd)
    trace = memory.recall(torch.tensor([1.01, 1.0, 0.0, 0.0]), beta=4.0)
    found = diagnosis.diagnose(memory, trace, {1})
    assert trace.answer.id == 1
    assert found.verdict == "settled elsewhere"
    step = found.causes[0].evidence["step"]
    assert int(trace.p[step - 1].argmax()) != 0
    assert all(int(p.argmax()) == 0 for p in trace.p[: step - 1])


def test_a_low_beta_is_a_blend():
    memory = rings([1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0])
    found = diagnosis.diagnose(memory, memory.recall(torch.tensor([1.0, 0.0, 0.0, 0.0]), beta=0.2), {1})
    assert found.verdict == "blend"
    assert 2 < found.causes[0].evidence["memories"] <= 3
    sharp = diagnosis.diagnose(memory, memory.recall(torch.tensor([1.0, 0.0, 0.0, 0.0]), beta=20), {1})
    assert sharp.verdict == "right"


def test_crosstalk_breaks_a_hop(encoder):
    memory = Memory(encoder=encoder, exponent=0.0, centre=False)
    links = chains.look_alikes(61)
    memory.add_many(links)
    trace = memory.recall(links[0].cue, hops=4, separation=identity())
    found = diagnosis.diagnose(memory, trace, {trace.answer.id})
    assert found.verdict == "hop broken"
    assert (found.causes[0].evidence["hop"], found.causes[0].evidence["why"]) == (2, "crosstalk")


def test_codes_that_share_most_units_collide_where_the_hop_suffers(encoder, sample):
    memory = Memory(encoder=encoder)
    memory.add_many([Item(row["cue"], row["target"]) for row in sample("facts")])
    mine = memory.add("The red bicycle stands in the cellar", "Left of the boiler")
    for end in ".!?":
        memory.add("The red bicycle stands in the cellar" + end, "Right of the boiler, behind the ladder")
    asked = "The red bicycle stands in the cellar"
    found = diagnosis.diagnose(memory, memory.recall(asked, beta=2_000, hops=1, separation=identity()), {mine})
    assert found.verdict == "code collision"
    assert found.causes[0].evidence["with"] != mine
    assert found.causes[0].evidence["units"] >= 25
    clean = diagnosis.diagnose(memory, memory.recall(asked, beta=2_000, hops=1), {mine})
    assert clean.verdict == "right"  # as many units are shared, and a power of 3 does not mind


def test_any_of_several_meant_memories_is_right(facts):
    wanted = {of(facts, KEY), of(facts, "Who is the vet?")}
    assert diagnosis.diagnose(facts, facts.recall("Who is the vet?"), wanted).verdict == "right"


def test_nothing_meant_is_refused(facts):
    with pytest.raises(ValueError, match="meant must name at least one memory"):
        diagnosis.diagnose(facts, facts.recall(KEY), ())
