"""Specifies nuonuo/debug/diagnosis.py and checks.py: a bank that provokes each cause, which is then named."""

import pytest
import torch

from nuonuo import Memory, Noise
from nuonuo.debug import checks, diagnosis
from nuonuo.debug.causes import Crosstalk
from nuonuo.explain.hops import chains
from nuonuo.maths.association import identity
from nuonuo.memory.records import record


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
    assert (found.verdict, found.expected, found.rank) == ("not stored", None, None)
    assert found.causes[0].closest == first
    assert "The closest memory is “Where is the key?”" in found.causes[0].sentence


def test_noise_that_leaves_the_basin_is_named_with_the_basin(facts):
    trace = facts.recall(KEY, noise=Noise(sigma=8, seed=3), words=0.0)
    found = diagnosis.diagnose(facts, trace, {of(facts, KEY)})
    assert trace.answer.id != of(facts, KEY)
    assert found.verdict == "noise beyond the basin"
    curve = [share for _, share in found.causes[0].basin]
    assert curve[0] == 1
    assert curve[0] >= curve[-1]


def test_two_memories_with_one_cue_are_near_duplicates(encoder, sample):
    memory = Memory(encoder=encoder)
    memory.add_many([record(row["cue"], row["target"]) for row in sample("support")])
    first = memory.add("Who has the key?", "Agnes")
    second = memory.add("Who has the key?", "Ben")
    trace = memory.recall("Who has the key?")
    missed = second if trace.answer.id == first else first
    found = diagnosis.diagnose(memory, trace, {missed})
    assert found.verdict == "near-duplicate"
    assert found.causes[0].cosine == pytest.approx(1, abs=1e-5)
    assert found.rank == 2


def test_a_query_about_something_else_has_no_relation_to_be_seen(facts):
    found = diagnosis.diagnose(facts, facts.recall("Paint the fence green"), {of(facts, KEY)})
    assert found.verdict == "no relation seen"
    evidence = found.causes[0]
    assert evidence.memories == len(facts)
    assert evidence.as_close > checks.BACKGROUND * len(facts)
    assert found.rank > 20
    assert "not a candidate" in [cause.cause for cause in found.causes]  # listed too


def test_a_rival_in_a_small_bank_is_no_lack_of_relation(encoder):
    memory = Memory(encoder=encoder)
    reset = memory.add("How do I reset my password?", "By the link")
    memory.add_many([record("How do I change my password?"), record("Where is the office?"), record("Who is the vet?")])
    trace = memory.recall("I want a new password")
    found = diagnosis.diagnose(memory, trace, {trace.candidates[1].id})
    named = [cause.cause for cause in found.causes]
    assert named[0] == "its words are outvoted"  # by BM25 the two are equal, and it was stored first
    assert named[-1] == "a rival wins"
    assert "no relation seen" not in named
    assert reset in {c.id for c in trace.candidates[:2]}


def test_near_duplicates_are_the_cues_that_answered(encoder, sample):
    memory = Memory(encoder=encoder)
    memory.add_many([record(row["cue"], row["target"]) for row in sample("facts")])
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
    expected = of(facts, "Who looks after the pets when we travel?")
    found = diagnosis.diagnose(facts, trace, {expected})
    assert found.verdict == "not a candidate"
    assert found.rank == facts.recall("Who feeds the dog while we are away at grandma's?").rank(expected) == 3
    assert found.causes[0].lacks > 0


def test_a_more_similar_memory_is_the_rival_that_wins(facts):
    trace = facts.recall("Who feeds the dog while we are away at grandma's?")
    found = diagnosis.diagnose(facts, trace, {of(facts, "Who looks after the pets when we travel?")})
    assert found.verdict == "a rival wins"
    evidence = found.causes[0]
    assert evidence.rival == trace.answer.id
    first, third = trace.candidates[0], trace.candidates[2]
    assert evidence.lead == pytest.approx(first.meaning + first.words - third.meaning - third.words)
    assert evidence.sentence == (
        f"“{first.cue}” wins by {evidence.lead:.2f}: meaning {first.meaning:.2f} + words {first.words:.2f} against "
        f"{third.meaning:.2f} + {third.words:.2f}; query and rival share “dog”."
    )
    alone = diagnosis.diagnose(facts, facts.recall(trace.query, words=0.0), {found.expected}).causes[0]
    assert (
        f"wins by {alone.lead:.2f}: meaning {alone.theirs.meaning:.2f} against {alone.mine.meaning:.2f}"
        in alone.sentence
    )


def rings(*rows):
    """A bank of ready-made embeddings, kept as they are."""
    memory = Memory(None, dimension=4, exponent=0.0, centre=False)
    memory.add_many([record(str(i), str(i), (), torch.tensor(row)) for i, row in enumerate(rows)])
    return memory


CROWD = [[1.0, 0.0, 0.0, 0.0], *([0.0, 1.0, 0.02 * i, 0.0] for i in range(8))]  # one alone, eight close together


def test_a_state_that_rests_on_an_average_of_others_is_metastable_or_an_average_of_all():
    memory, query = rings(*CROWD), torch.tensor([1.01, 1.0, 0.0, 0.0])
    trace = memory.recall(query, beta=4.0)
    found = diagnosis.diagnose(memory, trace, {1})
    assert trace.answer.id == 1
    assert found.verdict == trace.outcome.rest.kind == "average of all"
    assert found.causes[0].number == trace.outcome.rest.number > 4.5
    apart = rings(*CROWD[:4], *([0.0, 0.0, 0.0, sign] for sign in (1.0, -1.0)), *([0.0, 0.0, -1.0, s] for s in (1, -1)))
    trace = apart.recall(query, beta=6.0)
    found = diagnosis.diagnose(apart, trace, {1})
    assert found.verdict == trace.outcome.rest.kind == "metastable state"
    assert found.causes[0].number < len(apart) / 2


def test_a_state_that_rests_on_another_memory_has_settled_elsewhere():
    around = [[0.0, 0.5, 0.75**0.5 * a, 0.75**0.5 * b] for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    memory = rings([1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], *around)
    trace = memory.recall(torch.tensor([1.02, 1.0, 0.0, 0.0]), beta=8.0)
    assert (trace.answer.id, trace.resting.id, trace.outcome.agree) == (1, 2, False)
    found = diagnosis.diagnose(memory, trace, {1})
    assert (found.verdict, found.causes[0].at) == ("settled elsewhere", 2)
    assert diagnosis.diagnose(memory, trace, {1, 2}).verdict == "right"


def test_at_a_low_beta_the_state_is_the_average_of_all():
    memory = rings([1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0])
    found = diagnosis.diagnose(memory, memory.recall(torch.tensor([1.0, 0.0, 0.0, 0.0]), beta=0.2), {1})
    assert found.verdict == "average of all"
    assert 2 < found.causes[0].number <= 3
    sharp = diagnosis.diagnose(memory, memory.recall(torch.tensor([1.0, 0.0, 0.0, 0.0]), beta=20), {1})
    assert sharp.verdict == "right"


def test_crosstalk_breaks_a_hop(encoder):
    memory = Memory(encoder=encoder, exponent=0.0, centre=False)
    links = chains.look_alikes(61)
    memory.add_many(links)
    trace = memory.recall(links[0].cues[0], hops=4, separation=identity())
    found = diagnosis.diagnose(memory, trace, {trace.answer.id})
    assert found.verdict == "hop broken"
    assert isinstance(found.causes[0], Crosstalk)
    assert found.causes[0].hop == 2


def test_codes_that_share_most_units_collide_where_the_hop_suffers(encoder, sample):
    memory = Memory(encoder=encoder)
    memory.add_many([record(row["cue"], row["target"]) for row in sample("facts")])
    mine = memory.add("The red bicycle stands in the cellar", "Left of the boiler")
    for end in ".!?":
        memory.add("The red bicycle stands in the cellar" + end, "Right of the boiler, behind the ladder")
    asked = "The red bicycle stands in the cellar"
    found = diagnosis.diagnose(memory, memory.recall(asked, beta=2_000, hops=1, separation=identity()), {mine})
    assert found.verdict == "code collision"
    assert found.causes[0].rival != mine
    assert found.causes[0].units >= 25
    clean = diagnosis.diagnose(memory, memory.recall(asked, beta=2_000, hops=1), {mine})
    assert clean.verdict == "right"  # as many units are shared, and a power of 3 does not mind


def test_any_of_several_expected_memories_is_right(facts):
    expected = {of(facts, KEY), of(facts, "Who is the vet?")}
    assert diagnosis.diagnose(facts, facts.recall("Who is the vet?"), expected).verdict == "right"


def test_nothing_expected_is_refused(facts):
    with pytest.raises(ValueError, match="expected must name at least one memory"):
        diagnosis.diagnose(facts, facts.recall(KEY), ())
