"""Specifies outranked.py, terms.py and diagnosis.py of nuonuo/debug where several things are expected."""

import pytest

from nuonuo import Memory
from nuonuo.debug.asking import ask
from nuonuo.debug.changes import Link
from nuonuo.debug.diagnosis import diagnose
from nuonuo.debug.fixes import apply, fixes, undo
from nuonuo.debug.outranked import Score, against
from nuonuo.debug.rule import Rule
from nuonuo.debug.suggest import suggest
from nuonuo.debug.terms import kinds, ways
from nuonuo.files.questions import Question, things
from nuonuo.memory.asking import Asking
from nuonuo.memory.joining import Relation
from nuonuo.memory.records import About, Tie, record

WHOSE = "Whose daughter made The Red Boat?"
BOTH = Question("q", WHOSE, (1, 2), ())


def paintings(encoder, maker):
    """A painting, who made it, and thirty paintings more."""
    memory = Memory(encoder=encoder)
    boat = record(f"The Red Boat\nThe Red Boat is a painting of 1900{maker}.", about=About("The Red Boat"))
    berg = record("Anna Berg\nAnna Berg, child of Lina Holt, lived in Skagen.", about=About("Anna Berg"))
    more = (record(f"Painting {i}\nA painting of a boat, number {i}.", about=About(f"Painting {i}")) for i in range(30))
    memory.add_many([boat, berg, *more])
    return memory


@pytest.fixture(scope="module")
def linked(encoder):
    """Where the painting names its maker."""
    memory = paintings(encoder, " by Anna Berg")
    yield memory
    memory.close()


@pytest.fixture(scope="module")
def unlinked(encoder):
    """Where it does not."""
    memory = paintings(encoder, "")
    yield memory
    memory.close()


def looked(memory, asking, question=BOTH):
    """The recall of a question, and its diagnosis."""
    trace = ask(memory, question, asking)
    return trace, diagnose(memory, trace, things([question], memory)[0])


def test_what_only_a_link_reaches_is_right_and_noted(linked):
    trace, found = looked(linked, Asking())
    assert (found.verdict, found.recalled, found.wanted) == ("right", 2, 2)
    assert [rank for _, rank in found.evidence] == [1, 2]
    (note,) = found.notes
    alone = linked.recall(WHOSE, k=len(linked), links=0.0)
    assert (note.memory, note.rank, note.without) == (2, 2, alone.rank(2))
    assert (note.sender, note.relation) == (1, Relation.MENTION)
    assert note.sentence.startswith("“Anna Berg")
    assert f"rank 2, {note.without} without links" in note.sentence
    assert trace.rank(2) == 2


def test_without_links_a_part_is_recalled_and_links_are_what_fixes_it(linked):
    trace, found = looked(linked, Asking(links=0.0))
    assert (found.verdict, found.recalled, found.notes) == ("its link carries too little", 1, ())
    assert (found.expected, found.rank) == (2, found.evidence[1][1])
    assert found.sentence.startswith("1 of 2 recalled. A link (mention) leads to “Anna Berg")
    assert "the link brings 0.00" in found.sentence
    made = fixes(linked, trace, BOTH, found)
    best = next(fix for fix in made if fix.whole)
    assert (best.kind, best.words, best.asking.links) == ("links", "Send attention over links (γ = 12)", 12.0)
    one = diagnose(linked, trace, {1, 2})
    assert (one.verdict, one.wanted) == ("right", 1)  # plain ids: any is right


def test_a_missing_link_is_a_second_hop_and_is_fixed_by_drawing_it(unlinked):
    asking = Asking(k=5)
    trace, found = looked(unlinked, asking)
    assert (found.verdict, found.expected, found.recalled) == ("needs a second hop", 2, 1)
    assert "no link leads from it or any other of the 3 senders to “Anna Berg" in found.sentence
    assert found.rank == ask(unlinked, BOTH, Asking(k=32)).rank(2)
    fix = next(fix for fix in fixes(unlinked, trace, BOTH, found) if fix.kind == "tie")
    assert (fix.change, fix.left, fix.rank) == (Link(1, 2), "right", 1)
    trial = unlinked.copy()
    done = apply(trial, fix.change)
    assert looked(trial, asking)[1].verdict == "right"
    undo(trial, done)
    assert trial.get(1).ties == ()
    assert looked(trial, asking)[1].verdict == "needs a second hop"
    trial.close()


def test_a_link_drawn_anew_takes_the_place_of_one_that_was_cut(unlinked):
    memory = unlinked.copy()
    memory.change(1, ties=(Tie(3, 2.0), Tie(2, 0.0)))
    Link(1, 2, 0.5)(memory)
    assert memory.get(1).ties == (Tie(3, 2.0), Tie(2, 0.5))
    with pytest.raises(ValueError, match="there is no memory with id 999"):
        Link(1, 999)(memory)
    memory.close()


def test_what_is_not_stored_is_the_verdict_once_all_else_is_recalled(linked):
    gone = Question("q", WHOSE, (1, 2, 999), ())
    _, found = looked(linked, Asking(), gone)
    assert (found.verdict, found.recalled, found.wanted, found.expected) == ("not stored", 2, 3, None)
    assert found.evidence[2] == (frozenset(), None)


def test_any_of_several_memories_will_do_for_one_thing(linked):
    _, found = looked(linked, Asking(), Question("q", WHOSE, (1,), (), None, ((2, 30),)))
    assert (found.verdict, found.recalled, found.wanted) == ("right", 2, 2)
    assert found.evidence[1] == (frozenset({2, 30}), 2)


def test_suggest_runs_words_and_each_kind_of_link_that_a_bank_has(linked):
    made = suggest([(linked, [BOTH], {})], Asking())
    tried = {one.words: one for one in made.tried}
    assert kinds(linked.bank) == {Relation.MENTION}
    assert "Send nothing over links of kind “mention”" in tried
    assert not [words for words in tried if "sequence" in words]
    assert tried["Ask without links"].difference(Rule(5)).gain == -0.5
    assert tried["Ask without words"].pairs[0].a == (1, 2)


def test_ways_to_ask_are_other_ways():
    for asking in (Asking(), Asking().alone, Asking(relations=(Relation.MENTION,))):
        assert asking not in [way.asking for way in ways(asking)]
    (words, more, links) = ways(Asking().alone)
    assert (words.asking.words, more.asking.words, links.asking.links) == (0.5, 4.0, 12.0)


def test_scores_are_held_against_each_other_in_the_terms_that_either_has():
    assert against(Score(2.1, 0.4, 0.0), Score(1.3, 0.0, 0.0)) == "meaning 2.10 + words 0.40 against 1.30 + 0.00"
    assert against(Score(2.0, 0.0, 0.0), Score(1.0, 0.0, 3.0)) == "meaning 2.00 + links 0.00 against 1.00 + 3.00"
    assert against(Score(2.0, 0.0, 0.0), Score(1.0, 0.0, 3.0), links=False) == "meaning 2.00 against 1.00"
