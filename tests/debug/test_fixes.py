"""Specifies nuonuo/debug/fixes.py, proposals.py and ranking.py: what is offered was run, and mends."""

from contextlib import closing
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers

from nuonuo import Memory, Noise, chains
from nuonuo.association import identity
from nuonuo.debug import ranking
from nuonuo.debug.asking import Asking
from nuonuo.debug.diagnosis import diagnose
from nuonuo.debug.fixes import apply, first, firsts, fixes, run, undo
from nuonuo.debug.proposals import teaching
from nuonuo.debug.queries import Question, expected
from nuonuo.items import Item
from nuonuo.trace import Settings
from tests.conftest import items, unit

PETS = "Who feeds the dog while we are away at grandma's?"
LOOKS = "Who looks after the pets when we travel?"


def bank(encoder, rows):
    memory = Memory(encoder=encoder)
    memory.add_many([Item(row["cue"], row["target"]) for row in rows])
    return memory


def of(memory, cue):
    return next(row.id for row in memory if row.cues[0] == cue)


def offered(memory, asking, question, saved=()):
    """The verdict of a recall and its fixes, each proven: applied to a copy, it does what it says."""
    found = diagnose(memory, asking.of(memory), question.meant(memory))
    made = fixes(memory, asking, question, found, saved)
    for fix in made:
        trial = memory.copy()
        if fix.change:
            fix.change(trial)
        after = diagnose(trial, fix.asking.of(trial), question.meant(trial))
        assert (after.verdict, after.rank) == (fix.left, fix.rank)
        assert after.weight == pytest.approx(fix.weight, abs=1e-6)
        trial.close()
    alone = first(memory, asking, question, found)
    assert [(one.kind, one.words) for one in made[:1]] == ([(alone.kind, alone.words)] if alone else [])
    return found.verdict, made


def meaning(memory, *cues):
    """A question that means the memories with these cues."""
    return Question("q", "", tuple(of(memory, cue) for cue in cues), ())


def test_a_right_recall_is_offered_nothing(facts):
    key = "Where is the spare house key?"
    assert offered(facts, Asking(key), meaning(facts, key)) == ("right", [])


@pytest.mark.parametrize(
    ("verdict", "query", "wanted", "settings", "kind"),
    [
        ("a rival wins", PETS, LOOKS, Settings(), "teach"),
        ("not a candidate", PETS, LOOKS, Settings(k=2), "teach"),
        ("no relation seen", "Paint the fence green", "Where is the spare house key?", Settings(), "teach"),
        (
            "noise beyond the basin",
            "Who is the vet?",
            "Who is the vet?",
            Settings(noise=Noise(sigma=8, seed=3)),
            "quiet",
        ),
        ("blend", "Who is the vet?", "Who is the vet?", Settings(beta=1.0), "beta"),
    ],
)
def test_the_first_fix_offered_mends_and_leaves_the_bank_as_it_was(facts, verdict, query, wanted, settings, kind):
    before = [row.cues for row in facts]
    named, made = offered(facts, Asking(query, settings), meaning(facts, wanted))
    assert (named, made[0].kind, made[0].left) == (verdict, kind, "right")
    assert [row.cues for row in facts] == before


def test_more_candidates_help_in_part_and_stand_behind_what_mends(facts):
    _, made = offered(facts, Asking(PETS, Settings(k=2)), meaning(facts, LOOKS))
    assert [fix.whole for fix in made] == sorted((fix.whole for fix in made), reverse=True)
    more = next(fix for fix in made if fix.kind == "k")
    assert (more.words, more.rank, more.left) == ("Raise k from 2 to 3", 3, "a rival wins")
    assert more.asking.settings.k == 3


def test_a_rival_can_be_renamed_or_forgotten(encoder):
    memory = Memory(encoder=encoder)
    memory.add_many([Item("When is the rent due?", "On the first"), Item("When is rent money due for Ana?", "Never")])
    _, made = offered(memory, Asking("When is the rent due for Ana?"), meaning(memory, "When is the rent due?"))
    assert {"rename", "remove"} & {fix.kind for fix in made}


def test_what_was_expected_and_never_stored_is_stored(facts):
    question = Question("q", "", (), ("The drill is in the cellar, behind the paint.",))
    named, made = offered(facts, Asking("Where did we leave the drill?"), question)
    assert (named, [fix.kind for fix in made], made[0].left) == ("not stored", ["store"], "right")


def test_what_was_forgotten_without_a_text_is_offered_nothing(facts):
    assert offered(facts, Asking("Who is the vet?"), Question("q", "", (99_999,), ())) == ("not stored", [])


def test_a_near_duplicate_is_renamed_or_forgotten(encoder, sample):
    memory = bank(encoder, sample("support"))
    pair = {memory.add("Who has the key?", "Agnes"), memory.add("Who has the key?", "Ben")}
    asking = Asking("Who has the key?")
    missed = (pair - {asking.of(memory).answer.id}).pop()
    named, made = offered(memory, asking, Question("q", "", (missed,), ()))
    assert named == "near-duplicate"
    assert [(fix.kind, fix.whole) for fix in made] == [("rename", True), ("remove", True)]


def test_near_duplicates_that_recall_the_same_are_merged(encoder, sample):
    memory = bank(encoder, sample("support"))
    pair = {memory.add("Who has the key?", "Agnes next door"), memory.add("Who has the key?", "Agnes, next door")}
    asking = Asking("Who has the key?")
    missed = (pair - {asking.of(memory).answer.id}).pop()
    _, made = offered(memory, asking, Question("q", "", (missed,), ()))
    assert "merge" in [fix.kind for fix in made]


def test_crosstalk_is_mended_by_another_separation(encoder):
    memory = Memory(encoder=encoder, exponent=0.0, centre=False)
    links = chains.look_alikes(61)
    memory.add_many(links)
    asking = Asking(links[0].cue, Settings(), 4, identity())
    named, made = offered(memory, asking, Question("q", "", (asking.of(memory).answer.id,), ()))
    assert (named, made[0].kind, made[0].left) == ("hop broken", "separation", "right")


def test_a_chain_that_ends_is_mended_by_the_missing_link(encoder, sample):
    memory = bank(encoder, sample("support"))
    memory.add_many(chains.chain_items("The bell rings\nThe door opens\nThe cat slips out"))
    memory.add_many(chains.chain_items("A cat sits on the roof\nThe neighbour fetches a ladder"))
    asking = Asking("The bell rings", hops=4)
    named, made = offered(memory, asking, meaning(memory, "The bell rings"))
    assert (named, made[0].kind, made[0].left) == ("hop broken", "link", "right")
    assert made[0].words == "Store the missing link “The cat slips out” → “A cat sits on the roof”"


def test_a_code_collision_is_mended_by_a_sharper_separation(encoder, sample):
    memory = bank(encoder, sample("facts"))
    mine = memory.add("The red bicycle stands in the cellar", "Left of the boiler")
    for end in ".!?":
        memory.add("The red bicycle stands in the cellar" + end, "Right of the boiler, behind the ladder")
    asking = Asking("The red bicycle stands in the cellar", Settings(beta=2_000.0), 1, identity())
    named, made = offered(memory, asking, Question("q", "", (mine,), ()))
    assert (named, made[0].kind, made[0].left) == ("code collision", "separation", "right")


def rings():
    """A memory alone and a crowd, ready-made and kept as they are."""
    memory = Memory(None, dimension=4, exponent=0.0, centre=False)
    rows = [[1.0, 0.0, 0.0, 0.0], *([0.0, 1.0, 0.02 * i, 0.0] for i in range(8))]
    memory.add_many([Item(str(i), str(i), (), torch.tensor(row)) for i, row in enumerate(rows)])
    return memory


def test_a_bank_without_an_encoder_is_mended_by_the_questions_own_embedding():
    memory, question = rings(), Question("q", "", (1,), ())
    alone = Asking("alone", Settings(beta=4.0), embedding=(1.3, 1.0, 0.0, 0.0))
    named, made = offered(memory, alone, question)
    assert (named, made[0].kind, made[0].left) == ("settled elsewhere", "beta", "right")
    crowd = Asking("the crowd", Settings(beta=32.0), embedding=(0.5, 1.0, 0.0, 0.0))
    named, made = offered(memory, crowd, question)
    assert (named, made[0].kind, made[0].left) == ("no relation seen", "teach", "right")  # eight are closer
    undone = apply(memory, made[0].change)
    assert memory.get(1).cues == ("0", "the crowd")
    undo(memory, undone)
    assert memory.get(1).cues == ("0",)


def test_what_else_changes_is_told(encoder):
    memory = Memory(encoder=encoder)
    one = memory.add("Where do we keep the tea?", "In the tin")
    second = memory.add("What is for dinner on Monday?", "Soup")
    asking, please = Asking("Where do we keep the tea?"), "Where do we keep the tea, please?"
    _, made = offered(memory, asking, Question("q", "", (second,), ()), [Question("s", please, (one,), ())])
    assert (made[0].kind, made[0].newly_wrong) == ("remove", (please,))
    _, made = offered(memory, asking, Question("q", "", (second,), ()), [Question("s", please, (second,), ())])
    assert (made[0].kind, made[0].newly_right) == ("remove", (please,))


def test_a_visitors_own_words_are_tried_like_any_fix(facts):
    asking, question = Asking(PETS), meaning(facts, LOOKS)
    found = diagnose(facts, asking.of(facts), question.meant(facts))
    good = run(facts, asking, question, found, teaching(asking, question.ids[0], "Who feeds the dog when we are away?"))
    assert (good.rank, good.left) == (1, "right")
    assert run(facts, asking, question, found, teaching(asking, question.ids[0], "Stock market news")) is None


@pytest.mark.parametrize("kind", ["teach", "rename", "remove", "merge"])
def test_an_applied_fix_is_undone_to_the_last_bit(encoder, sample, kind):
    memory = bank(encoder, sample("support"))
    pair = [memory.add("Who has the key?", "Agnes next door"), memory.add("Who has the key?", "Agnes, next door")]
    asking = Asking("Who has the key?")
    missed = next(i for i in pair if i != asking.of(memory).answer.id)
    question = Question("q", "", (missed,), ())
    if kind == "teach":
        change = teaching(asking, missed, "Is there a spare key?").change
    else:
        change = next(fix.change for fix in offered(memory, asking, question)[1] if fix.kind == kind)
    before, rows = asking.of(memory), {row.id: row for row in memory}
    made = apply(memory, change)
    assert {row.id: row for row in memory} != rows
    undo(memory, made)
    assert [(row.id, row.target, row.cues) for row in memory] == [(r.id, r.target, r.cues) for r in rows.values()]
    after = asking.of(memory)
    assert [c.id for c in after.candidates] == [c.id for c in before.candidates]
    assert torch.equal(after.X, before.X)


@given(seed=integers(0, 1_000))
def test_ranks_are_those_of_a_recall_over_all_memories(seed):
    memory = Memory(None, dimension=8)
    memory.add_many(items(40, seed=seed))
    memory.add_cue(3, "again", unit(1, 8, seed + 5)[0])
    noise = Noise(sigma=0.5, seed=seed)
    asked = [
        Question(str(i), "?", (i, i + 7), (), tuple(row)) for i, row in enumerate(unit(6, 8, seed + 9).tolist(), 1)
    ]
    meant = expected(asked, memory)
    for whitened in (True, False):
        for question, wanted, found in zip(
            asked, meant, ranking.ranks(memory, asked, meant, whitened, noise), strict=True
        ):
            trace = memory.recall(torch.tensor(question.embedding), 40, noise=noise, whitened=whitened)
            assert found == tuple(sorted(trace.rank(i) for i in wanted))
        how = replace(Asking("?", Settings(noise=noise)), whitened=whitened)
        right = [how.about("?", q.embedding).of(memory).answer.id in w for q, w in zip(asked, meant, strict=True)]
        assert firsts(memory, how, asked) == right
    memory.close()


def test_a_question_without_an_embedding_is_refused_where_texts_are_not_encoded():
    memory = rings()
    with pytest.raises(
        ValueError, match="bank memory holds ready-made embeddings: each question needs an embedding, and 'Hm\\?'"
    ):
        ranking.ranks(memory, [Question("q", "Hm?", (1,), ())], [frozenset({1})])
    with pytest.raises(ValueError, match=r"embedding of question q must have shape \(4,\), got \(2,\)"):
        ranking.ranks(memory, [Question("q", "Hm?", (1,), (), (1.0, 2.0))], [frozenset({1})])


def test_undo_takes_back_only_its_own_change(encoder, tmp_path):
    with closing(Memory(tmp_path / "b.nuonuo", encoder)) as here:
        here.add_many([Item("a cat"), Item("a dog"), Item("a bird")])
        with closing(Memory.open(tmp_path / "b.nuonuo", encoder)) as elsewhere:
            added = elsewhere.add("a fish")
            elsewhere.change(2, target="edited there")
        made = apply(here, lambda bank: bank.add_cue(1, "meow"))
        assert ([row.id for row in made.rows], made.added) == ([1], ())
        undo(here, made)
        assert here.get(1).cues == ("a cat",)
        assert here.get(2).target == "edited there"
        assert added in here
