"""Specifies nuonuo/fixes.py: what is offered was run, and mends."""

import pytest
import torch

from nuonuo import Memory, Noise, chains
from nuonuo.association import identity
from nuonuo.causes import diagnose
from nuonuo.fixes import Asking, Saved, fixes
from nuonuo.items import Item
from nuonuo.trace import Settings

PETS = "Who feeds the dog while we are away at grandma's?"


def bank(encoder, rows):
    memory = Memory(encoder=encoder)
    memory.add_many([Item(row["cue"], row["target"]) for row in rows])
    return memory


@pytest.fixture(scope="module")
def facts(encoder, sample):
    return bank(encoder, sample("facts"))


def of(memory, cue):
    return next(row.id for row in memory if row.cues[0] == cue)


def offered(memory, asking, meant, saved=()):
    return fixes(memory, asking, meant, diagnose(memory, asking.of(memory), meant), saved)


def mends(memory, fix, meant):
    """Whether a fix, applied to a copy, really makes the recall right."""
    trial = memory.copy()
    if fix.change:
        fix.change(trial)
    after = diagnose(trial, fix.asking.of(trial), meant)
    trial.close()
    return (after.verdict, after.rank, after.weight) == ("right", fix.rank, pytest.approx(fix.weight))


def test_a_right_recall_is_offered_nothing(facts):
    key = "Where is the spare house key?"
    assert offered(facts, Asking(key, Settings()), {of(facts, key)}) == []


@pytest.mark.parametrize(
    ("query", "wanted", "settings", "kind"),
    [
        (PETS, "Who looks after the pets when we travel?", Settings(), "teach"),  # a rival wins
        (PETS, "Who looks after the pets when we travel?", Settings(k=2), "teach"),  # not a candidate
        ("Paint the fence green", "Where is the spare house key?", Settings(), "teach"),  # no relation seen
        ("Who is the vet?", "Who is the vet?", Settings(noise=Noise(sigma=8, seed=3)), "quiet"),
        ("Who is the vet?", "Who is the vet?", Settings(beta=1.0), "beta"),  # a blend
    ],
)
def test_the_first_fix_offered_mends_and_leaves_the_bank_as_it_was(facts, query, wanted, settings, kind):
    meant, before = {of(facts, wanted)}, [row.cues for row in facts]
    first = offered(facts, Asking(query, settings), meant)[0]
    assert first.kind == kind
    assert mends(facts, first, meant)
    assert [row.cues for row in facts] == before


def test_crosstalk_is_mended_by_another_separation(encoder):
    memory = Memory(encoder=encoder, exponent=0.0, centre=False)
    links = chains.look_alikes(61)
    memory.add_many(links)
    asking = Asking(links[0].cue, Settings(), 4, identity())
    meant = {asking.of(memory).answer.id}
    assert diagnose(memory, asking.of(memory), meant).verdict == "hop broken"
    first = offered(memory, asking, meant)[0]
    assert first.kind == "separation"
    assert mends(memory, first, meant)


def test_a_near_duplicate_is_mended_by_forgetting_it(encoder, sample):
    memory = bank(encoder, sample("support"))
    pair = {memory.add("Who has the key?", "Agnes"), memory.add("Who has the key?", "Ben")}
    asking = Asking("Who has the key?", Settings())
    missed = (pair - {asking.of(memory).answer.id}).pop()
    found = offered(memory, asking, {missed})
    assert [fix.kind for fix in found] == ["remove"]
    assert mends(memory, found[0], {missed})


def test_what_else_changes_is_told(encoder):
    memory = Memory(encoder=encoder)
    first = memory.add("Where do we keep the tea?", "In the tin")
    second = memory.add("What is for dinner on Monday?", "Soup")
    asking = Asking("Where do we keep the tea?", Settings())
    fix = offered(memory, asking, {second}, [Saved("Where do we keep the tea, please?", frozenset({first}))])
    assert [one.newly_wrong for one in fix] == [("Where do we keep the tea, please?",)] * len(fix)
    helped = [Saved("Where do we keep the tea, please?", frozenset({second}))]
    assert all(one.newly_right for one in offered(memory, asking, {second}, helped))


def test_a_memory_that_is_not_stored_is_offered_nothing(facts):
    assert offered(facts, Asking("Who is the vet?", Settings()), {99_999}) == []


def test_a_bank_without_an_encoder_is_refused():
    memory = Memory(None, dimension=3)
    memory.add_many([Item("a", "b", (), torch.ones(3))])
    found = diagnose(memory, memory.recall(torch.ones(3)), {1})
    with pytest.raises(
        ValueError, match="bank memory holds ready-made embeddings: fixes need a bank that encodes texts"
    ):
        fixes(memory, Asking("a", Settings()), {1}, found)
