"""Specifies nuonuo/debug/fixes.py, proposals.py and ranking.py: what is offered was run, and fixes."""

import pickle
from contextlib import closing

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers

from nuonuo import Memory, Noise
from nuonuo.debug import ranking
from nuonuo.debug.asking import ask
from nuonuo.debug.changes import AddCue, Forget
from nuonuo.debug.diagnosis import diagnose
from nuonuo.debug.fixes import apply, first, fixes, found_in, run, undo
from nuonuo.debug.proposals import Proposal, teaching
from nuonuo.debug.rule import FIRST
from nuonuo.explain.hops import chains
from nuonuo.files.questions import Question, expected, things
from nuonuo.memory.asking import Asking
from nuonuo.memory.records import record
from tests.conftest import items, unit

PETS = "Who feeds the dog while we are away at grandma's?"
LOOKS = "Who looks after the pets when we travel?"


def bank(encoder, rows):
    memory = Memory(encoder=encoder)
    memory.add_many([record(row["cue"], row["target"]) for row in rows])
    return memory


def of(memory, cue):
    return next(row.id for row in memory if row.cues[0] == cue)


def offered(memory, asking, question, saved=()):
    """The verdict of a recall and its fixes, each proven: applied to a copy, it does what it says."""
    trace = ask(memory, question, asking)
    found = diagnose(memory, trace, things([question], memory)[0])
    made = fixes(memory, trace, question, found, saved)
    for fix in made:
        trial = memory.copy()
        if fix.change:
            fix.change(trial)
        after = diagnose(trial, ask(trial, question, fix.asking), things([question], trial)[0])
        assert (after.verdict, after.rank) == (fix.left, fix.rank)
        assert after.weight == pytest.approx(fix.weight, abs=1e-6)
        trial.close()
    alone = first(memory, trace, question, found)
    assert [(one.kind, one.words) for one in made[:1]] == ([(alone.kind, alone.words)] if alone else [])
    return found.verdict, made


def meaning(memory, query, *cues):
    """A question that expects the memories with these cues."""
    return Question("q", query, tuple(of(memory, cue) for cue in cues), ())


def test_a_right_recall_is_offered_nothing(facts):
    key = "Where is the spare house key?"
    assert offered(facts, Asking(), meaning(facts, key, key)) == ("right", [])


@pytest.mark.parametrize(
    ("verdict", "query", "expected", "asking", "kind"),
    [
        ("a rival wins", PETS, LOOKS, Asking(), "teach"),
        ("not a candidate", PETS, LOOKS, Asking(k=2), "teach"),
        ("no relation seen", "Paint the fence green", "Where is the spare house key?", Asking(), "teach"),
        (
            "noise beyond the basin",
            "Who is the vet?",
            "Who is the vet?",
            Asking(noise=Noise(sigma=8, seed=3), words=0.0),
            "quiet",
        ),
        ("average of all", "Who is the vet?", "Who is the vet?", Asking(beta=1.0), "beta"),
    ],
)
def test_the_first_fix_offered_fixes_it_and_leaves_the_bank_as_it_was(facts, verdict, query, expected, asking, kind):
    before = [row.cues for row in facts]
    named, made = offered(facts, asking, meaning(facts, query, expected))
    assert (named, made[0].kind, made[0].left) == (verdict, kind, "right")
    assert [row.cues for row in facts] == before


def test_more_candidates_help_in_part_and_stand_behind_what_fixes(facts):
    _, made = offered(facts, Asking(k=2), meaning(facts, PETS, LOOKS))
    assert [fix.whole for fix in made] == sorted((fix.whole for fix in made), reverse=True)
    more = next(fix for fix in made if fix.kind == "k")
    assert (more.words, more.rank, more.left) == ("Raise k from 2 to 3", 3, "a rival wins")
    assert more.asking.k == 3


def test_a_rival_can_be_renamed_or_forgotten(encoder):
    memory = Memory(encoder=encoder)
    memory.add_many(
        [record("When is the rent due?", "On the first"), record("When is rent money due for Ana?", "Never")]
    )
    _, made = offered(memory, Asking(), meaning(memory, "When is the rent due for Ana?", "When is the rent due?"))
    assert {"rename", "remove"} & {fix.kind for fix in made}


def test_what_was_expected_and_never_stored_is_stored(facts):
    question = Question("q", "Where did we leave the drill?", (), ("The drill is in the cellar, behind the paint.",))
    named, made = offered(facts, Asking(), question)
    assert (named, [fix.kind for fix in made], made[0].left) == ("not stored", ["store", "memorise"], "right")


def test_what_was_forgotten_without_a_text_is_offered_nothing(facts):
    assert offered(facts, Asking(), Question("q", "Who is the vet?", (99_999,), ())) == ("not stored", [])


def test_a_near_duplicate_is_renamed_or_forgotten(encoder, sample):
    memory = bank(encoder, sample("support"))
    pair = {memory.add("Who has the key?", "Agnes"), memory.add("Who has the key?", "Ben")}
    missed = (pair - {memory.recall("Who has the key?").answer.id}).pop()
    named, made = offered(memory, Asking(), Question("q", "Who has the key?", (missed,), ()))
    assert named == "near-duplicate"
    assert [(fix.kind, fix.whole) for fix in made] == [("rename", True), ("remove", True)]


def test_near_duplicates_that_recall_the_same_are_merged(encoder, sample):
    memory = bank(encoder, sample("support"))
    pair = {memory.add("Who has the key?", "Agnes next door"), memory.add("Who has the key?", "Agnes, next door")}
    missed = (pair - {memory.recall("Who has the key?").answer.id}).pop()
    _, made = offered(memory, Asking(), Question("q", "Who has the key?", (missed,), ()))
    assert "merge" in [fix.kind for fix in made]


def test_crosstalk_is_fixed_by_another_separation(encoder):
    memory = Memory(encoder=encoder, exponent=0.0, centre=False)
    links = chains.look_alikes(61)
    memory.add_many(links)
    asking, cue = Asking(hops=4, separation="linear"), links[0].cues[0]
    named, made = offered(memory, asking, Question("q", cue, (memory.recall(cue, asking).answer.id,), ()))
    assert (named, made[0].kind, made[0].left) == ("hop broken", "separation", "right")


def test_a_chain_that_ends_is_fixed_by_the_missing_link(encoder, sample):
    memory = bank(encoder, sample("support"))
    memory.add_many(chains.chain_items("The bell rings\nThe door opens\nThe cat slips out"))
    memory.add_many(chains.chain_items("A cat sits on the roof\nThe neighbour fetches a ladder"))
    named, made = offered(memory, Asking(hops=4), meaning(memory, "The bell rings", "The bell rings"))
    assert (named, made[0].kind, made[0].left) == ("hop broken", "link", "right")
    assert made[0].words == "Store the missing link “The cat slips out” → “A cat sits on the roof”"


def test_a_code_collision_is_fixed_by_a_sharper_separation(encoder, sample):
    memory = bank(encoder, sample("facts"))
    mine = memory.add("The red bicycle stands in the cellar", "Left of the boiler")
    for end in ".!?":
        memory.add("The red bicycle stands in the cellar" + end, "Right of the boiler, behind the ladder")
    asking = Asking(beta=2_000.0, hops=1, separation="linear")
    named, made = offered(memory, asking, Question("q", "The red bicycle stands in the cellar", (mine,), ()))
    assert (named, made[0].kind, made[0].left) == ("code collision", "separation", "right")


def rings():
    """A memory alone and a crowd, ready-made and kept as they are."""
    memory = Memory(None, dimension=4, exponent=0.0, centre=False)
    rows = [[1.0, 0.0, 0.0, 0.0], *([0.0, 1.0, 0.02 * i, 0.0] for i in range(8))]
    memory.add_many([record(str(i), str(i), (), torch.tensor(row)) for i, row in enumerate(rows)])
    return memory


def test_a_bank_without_an_encoder_is_fixed_by_the_questions_own_embedding():
    memory = rings()
    alone = Question("q", "alone", (1,), (), (1.3, 1.0, 0.0, 0.0))
    named, made = offered(memory, Asking(beta=4.0), alone)
    assert (named, made[0].kind, made[0].left) == ("average of all", "beta", "right")
    crowd = Question("q", "the crowd", (1,), (), (0.5, 1.0, 0.0, 0.0))
    named, made = offered(memory, Asking(beta=64.0), crowd)
    assert (named, made[0].kind, made[0].left) == ("no relation seen", "teach", "right")  # eight are closer
    undone = apply(memory, made[0].change)
    assert memory.get(1).cues == ("0", "the crowd")
    undo(memory, undone)
    assert memory.get(1).cues == ("0",)


def test_what_else_changes_is_told(encoder):
    memory = Memory(encoder=encoder)
    one = memory.add("Where do we keep the tea?", "In the tin")
    second = memory.add("What is for dinner on Monday?", "Soup")
    tea, please = Question("q", "Where do we keep the tea?", (second,), ()), "Where do we keep the tea, please?"
    trace = ask(memory, tea, Asking())
    found = diagnose(memory, trace, things([tea], memory)[0])
    forget = Proposal("remove", "Forget the rival", Asking(), Forget(one))
    for expected_of_it, fate, gain in ((one, "broke", -1.0), (second, "fixed", 1.0)):
        fix = run(memory, Asking(), tea, found, forget, [Question("s", please, (expected_of_it,), ())])
        assert getattr(fix, fate) == (please,)
        assert (fix.held.gain, fix.held.n, fix.held.costs) == (gain, 1, gain < 0)


def test_a_visitors_own_words_are_tried_like_any_fix(facts):
    asking, question = Asking(), meaning(facts, PETS, LOOKS)
    found = diagnose(facts, ask(facts, question, asking), question.meant(facts))
    own = teaching(asking, question, question.ids[0], "Who feeds the dog when we are away?")
    good = run(facts, asking, question, found, own)
    assert (good.rank, good.left) == (1, "right")
    news = teaching(asking, question, question.ids[0], "Stock market news")
    assert run(facts, asking, question, found, news) is None


@pytest.mark.parametrize("kind", ["teach", "rename", "remove", "merge"])
def test_an_applied_fix_is_undone_to_the_last_bit(encoder, sample, kind):
    memory = bank(encoder, sample("support"))
    pair = [memory.add("Who has the key?", "Agnes next door"), memory.add("Who has the key?", "Agnes, next door")]
    missed = next(i for i in pair if i != memory.recall("Who has the key?").answer.id)
    asking, question = Asking(), Question("q", "Who has the key?", (missed,), ())
    if kind == "teach":
        change = teaching(asking, question, missed, "Is there a spare key?").change
    else:
        change = next(fix.change for fix in offered(memory, asking, question)[1] if fix.kind == kind)
    before, rows = ask(memory, question, asking), {row.id: row for row in memory}
    made = apply(memory, change)
    assert {row.id: row for row in memory} != rows
    undo(memory, made)
    assert [(row.id, row.target, row.cues) for row in memory] == [(r.id, r.target, r.cues) for r in rows.values()]
    after = ask(memory, question, asking)
    assert [c.id for c in after.candidates] == [c.id for c in before.candidates]
    assert torch.equal(after.X, before.X)


def answered(memory, how, asked):
    """Which questions are answered, by the rule that counts the first place."""
    found = found_in(memory, how, asked)
    return [FIRST.met(ranks, question.count) for ranks, question in zip(found, asked, strict=True)]


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
        how, right = Asking(k=40, noise=noise, whitened=whitened), []
        for question, wanted, found in zip(asked, meant, ranking.ranks(memory, asked, meant, how), strict=True):
            trace = ask(memory, question, how)
            assert found == tuple(sorted(trace.rank(i) for i in wanted))
            right.append(found[-1] <= 5)
        assert answered(memory, how, asked) == right
        one = [Question(q.id, q.query, q.ids[:1], (), q.embedding) for q in asked]
        assert answered(memory, how, one) == [ask(memory, q, how).answer.id == q.ids[0] for q in asked]
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
        here.add_many([record("a cat"), record("a dog"), record("a bird")])
        with closing(Memory.open(tmp_path / "b.nuonuo", encoder)) as elsewhere:
            added = elsewhere.add("a fish")
            elsewhere.change(2, target="edited there")
        made = apply(here, lambda bank: bank.add_cue(1, "meow"))
        assert ([row.id for row in made.rows], made.added) == ([1], ())
        undo(here, made)
        assert here.get(1).cues == ("a cat",)
        assert here.get(2).target == "edited there"
        assert added in here


def test_undo_refuses_to_take_anothers_edit_with_it(encoder, tmp_path):
    with closing(Memory(tmp_path / "b.nuonuo", encoder)) as here:
        here.add_many([record("a cat"), record("a dog"), record("a bird")])
        made = apply(here, AddCue(1, "meow"))
        with closing(Memory.open(tmp_path / "b.nuonuo", encoder)) as elsewhere:
            elsewhere.change(1, target="edited there")
        with pytest.raises(ValueError, match="memory 1 was changed by someone else meanwhile: it holds"):
            undo(here, made)
        assert (here.get(1).cues, here.get(1).target) == (("a cat", "meow"), "edited there")
        gone = apply(here, Forget(2))
        undo(here, gone)
        assert here.get(2).cues == ("a dog",)
        made = apply(here, AddCue(3, "tweet"))
        here.forget(3)
        with pytest.raises(ValueError, match="memory 3 was removed by someone else meanwhile"):
            undo(here, made)


def test_a_fix_can_be_sent_to_another_process_and_does_the_same_there(facts):
    trace, question = facts.recall(PETS), meaning(facts, PETS, LOOKS)
    fix = first(facts, trace, question, diagnose(facts, trace, question.meant(facts)))
    assert pickle.loads(pickle.dumps(fix)) == fix


def test_the_weight_that_is_promised_is_the_weight_after_apply(facts):
    trace, question = facts.recall(PETS), meaning(facts, PETS, LOOKS)
    fix = first(facts, trace, question, diagnose(facts, trace, question.meant(facts)))
    with closing(facts.copy()) as memory:
        apply(memory, fix.change)
        assert memory.recall(PETS).answer.weight == pytest.approx(fix.weight, abs=1e-6)
