"""Links and origins on the memories page: seen, drawn, cut, restored, undone; two who change them."""

from contextlib import closing

import pytest

from nuonuo import Memory
from nuonuo.memory.joining import Relation
from nuonuo.memory.records import About, Tie, record
from nuonuo.studio.memories.links import tie
from nuonuo.studio.shell.words import typed
from tests.pages.conftest import words
from tests.pages.test_memories import PAGE, imported, press

ROWS = [
    record("The lamp stands by the door", "lamp", about=About("Old Lamp", "monday", 1.0, "notes.md", "1898")),
    record("A tale of the Old Lamp", "tale", about=About(session="monday", position=2.0)),
    record("Green glass", "glass"),
]


@pytest.fixture
def memory(home, encoder):
    """A bank of one's own, open beside the pages: memory 2 mentions 1, and both are of one session."""
    (home / "banks").mkdir()
    with closing(Memory(home / "banks" / "lamps.nuonuo", encoder)) as bank:
        bank.add_many(ROWS)
        yield bank


@pytest.fixture
def app(run, memory):
    return run(PAGE, bank="own:lamps", pick=2)


def button(app, key):
    app.button(key=key).click().run()
    assert not app.exception
    return app


def keys(app):
    return {b.key for b in app.button if b.key}


def stored(memory):
    """All links, by ids, relation and weight."""
    memory.refresh()
    relations = memory.bank.reading.relations
    return {(k.source, k.to, k.relation, k.weight) for i in memory.bank.ids for k in relations.links(i)}


S1, S2 = (1, 2, Relation.SEQUENCE, 0.25), (2, 1, Relation.SEQUENCE, 0.25)
MENTION = (2, 1, Relation.MENTION, 1.0)


def draw(app, to, weight=1.0, source=2):
    app.selectbox(key=f"link-to-{source}").set_value(to).run()
    app.number_input(key="link_weight").set_value(weight).run()
    return press(app, "Draw the link")


def test_links_are_counted_and_listed_by_what_they_lead_to(app, memory):
    assert stored(memory) == {S1, S2, MENTION}
    said = words(app)
    assert "This bank has 3 links: 2 in sequence, 1 mention." in said
    assert "From it: 2 links" in said
    assert "To it: 1 link" in said
    assert "sequence · weight 0.25, mention · weight 1" in said
    assert {"cut-2-1", "cut-1-2", "look-2-1"} <= keys(app)
    assert app.button(key="look-2-1").label == "“Old Lamp”"


def test_a_link_leads_to_the_memory_it_names(app):
    assert button(app, "look-2-1").session_state.pick == 1
    assert next(t for t in app.text_input if t.label == "Title").value == "Old Lamp"


def test_a_link_is_drawn_by_hand_and_undone(app, memory):
    draw(app, 3, 2.5)
    assert stored(memory) == {S1, S2, MENTION, (2, 3, Relation.HAND, 2.5)}
    assert "Drew a link to “Green glass”." in words(app)
    assert "1 by hand" in words(app)
    button(app, "undo_step")
    assert stored(memory) == {S1, S2, MENTION}
    assert "undo_step" not in keys(app)


def test_a_link_by_hand_is_taken_away(app, memory):
    draw(app, 1)
    button(app, "away-2-1")
    assert stored(memory) == {S1, S2, MENTION}
    button(app, "undo_step")
    assert (2, 1, Relation.HAND, 1.0) in stored(memory)
    button(app, "undo_step")
    assert stored(memory) == {S1, S2, MENTION}


def test_what_texts_say_is_cut_restored_and_undone(app, memory):
    button(app, "cut-2-1")
    assert stored(memory) == {S1}
    assert "cut" in [c.value for c in app.caption]
    button(app, "restore-2-1")
    assert stored(memory) == {S1, S2, MENTION}
    button(app, "undo_step")
    assert stored(memory) == {S1}
    button(app, "undo_step")
    assert stored(memory) == {S1, S2, MENTION}


def test_a_link_to_the_memory_looked_at_is_cut_too(app, memory):
    button(app, "cut-1-2")
    assert stored(memory) == {S2, MENTION}


def test_weight_0_cuts(app, memory):
    draw(app, 1, 0.0)
    assert stored(memory) == {S1}
    assert "Cut the links to “Old Lamp”." in words(app)


@pytest.mark.parametrize(
    ("to", "weight", "sentence"),
    [
        (None, 1.0, "choose the memory that the link should lead to"),
        (3, -1.0, "the weight of a link must be 0 or 1e-06 to 1,000,000, got -1"),
        (3, None, "the weight of a link must be 0 or 1e-06 to 1,000,000, got none"),
    ],
)
def test_a_link_that_cannot_be_drawn_is_refused_in_one_sentence(app, memory, to, weight, sentence):
    draw(app, to, weight)
    assert f"Nothing was changed: {typed(sentence)}." in words(app)
    assert stored(memory) == {S1, S2, MENTION}
    assert "undo_step" not in keys(app)


def test_a_memory_is_not_linked_to_itself(app, memory):
    assert not any(option.startswith("2 ·") for option in app.selectbox(key="link-to-2").options)
    with pytest.raises(ValueError, match="a memory cannot be linked to itself, choose another one"):
        tie(memory, 2, 2, 1.0, ())
    assert memory.get(2).ties == ()


def test_a_memory_forgotten_meanwhile_takes_no_link(app, memory):
    app.selectbox(key="link-to-2").set_value(3).run()
    memory.forget(3)
    press(app, "Draw the link")
    assert "Nothing was changed: memory 3 was forgotten meanwhile." in words(app)
    assert memory.get(2).ties == ()


def test_a_link_of_a_memory_forgotten_meanwhile_is_not_cut(app, memory):
    memory.forget(1)
    button(app, "cut-1-2")
    assert "Nothing was changed: memory 1 was forgotten meanwhile." in words(app)


def test_a_link_that_was_changed_elsewhere_is_not_overwritten(app, memory):
    memory.change(2, ties=[Tie(1, 3.0)])
    button(app, "cut-2-1")
    assert "this link was changed elsewhere meanwhile" in words(app)
    assert (2, 1, Relation.HAND, 3.0) in stored(memory)
    assert "by hand · weight 3" in words(app)


def test_a_link_drawn_to_another_memory_meanwhile_stays(app, memory):
    memory.change(2, ties=[Tie(3, 3.0)])
    button(app, "cut-2-1")
    assert stored(memory) == {S1, (2, 3, Relation.HAND, 3.0)}


def test_an_undo_of_what_was_changed_again_takes_nothing_back(app, memory):
    button(app, "cut-2-1")
    memory.refresh()
    memory.change(2, ties=[Tie(1, 7.0)])
    button(app, "undo_step")
    assert "Nothing was taken back: memory 2 was changed again meanwhile." in words(app)
    assert (2, 1, Relation.HAND, 7.0) in stored(memory)


def test_an_undo_for_a_memory_that_is_gone_says_so(app, memory):
    button(app, "cut-1-2")
    memory.refresh()
    memory.forget(1)
    button(app, "undo_step")
    assert "Nothing was taken back: the memory was forgotten meanwhile." in words(app)


def test_the_origin_is_changed_and_undone(app, memory):
    fields = {t.label: t for t in app.text_input}
    fields["Title"].set_value("Green glass")
    fields["Session"].set_value(" ")
    fields["Source"].set_value("b.md")
    fields["Date"].set_value("May")
    next(n for n in app.number_input if n.label == "Place").set_value(None)
    press(app, "Save")
    memory.refresh()
    assert memory.get(2).about == About("Green glass", None, None, "b.md", "May")
    assert stored(memory) == {MENTION, (3, 2, Relation.MENTION, 1.0)}
    button(app, "undo_step")
    memory.refresh()
    assert memory.get(2).about == ROWS[1].about
    assert next(t for t in app.text_input if t.label == "Session").value == "monday"
    assert stored(memory) == {S1, S2, MENTION}


def test_a_title_too_long_changes_nothing(app, memory):
    next(t for t in app.text_input if t.label == "Title").set_value("x" * 100_001)
    press(app, "Save")
    assert "must have a title of at most 100,000 characters" in words(app).replace("\\", "")
    assert memory.get(2).about == ROWS[1].about


def test_an_undo_of_texts_keeps_a_link_that_was_drawn_meanwhile(app, memory):
    next(t for t in app.text_area if t.label == "Target").set_value("story")
    press(app, "Save")
    memory.refresh()
    memory.change(2, ties=[Tie(3)])
    button(app, "undo_step")
    memory.refresh()
    assert (memory.get(2).target, memory.get(2).ties) == ("tale", (Tie(3),))


def test_an_origin_changed_elsewhere_is_shown_beside_ones_own(app, memory):
    memory.change(2, about=About("Theirs"))
    next(t for t in app.text_input if t.label == "Title").set_value("Mine")
    press(app, "Save")
    said = [t.value for t in app.text]
    assert any("title: Theirs" in text for text in said)
    assert any("title: Mine" in text for text in said)
    press(app, "Overwrite with yours")
    memory.refresh()
    assert memory.get(2).about.title == "Mine"


def test_overwriting_keeps_the_links_that_were_drawn_meanwhile(app, memory):
    memory.change(2, target="theirs", ties=[Tie(3)])
    next(t for t in app.text_area if t.label == "Target").set_value("mine")
    press(app, "Save")
    press(app, "Overwrite with yours")
    memory.refresh()
    assert (memory.get(2).target, memory.get(2).ties) == ("mine", (Tie(3),))


def test_a_form_that_was_open_while_a_link_was_cut_is_saved_without_asking(app, memory):
    button(app, "cut-2-1")
    next(t for t in app.text_area if t.label == "Target").set_value("story")
    press(app, "Save")
    assert "Saved." in words(app)
    memory.refresh()
    assert (memory.get(2).target, memory.get(2).ties) == ("story", (Tie(1, 0),))


def test_the_links_of_a_forgotten_memory_come_back_with_it(app, memory):
    draw(app, 3)
    before = stored(memory)
    press(app, "Forget this memory")
    assert stored(memory) == set()
    press(app, "Bring it back")
    assert stored(memory) == before


def test_a_sample_is_changed_in_ones_own_copy(run):
    app = run(PAGE, bank="island", pick=1)
    cut = next(key for key in sorted(keys(app)) if key.startswith("cut-"))
    button(app, cut)
    assert "in your own copy of the sample" in words(app)
    assert cut.replace("cut", "restore") in keys(app)
    assert cut not in keys(app)
    button(app, "undo_step")
    assert cut in keys(app)


def test_a_large_bank_is_searched_for_the_other_memory(app, memory, monkeypatch):
    from nuonuo.studio.memories import links

    monkeypatch.setattr(links, "CHOICE", 1)
    app.run()
    assert "The first 1 of 2 can be chosen from; another word finds the rest." in words(app)
    app.text_input(key="link_find").set_value("green").run()
    assert list(app.selectbox(key="link-to-2").options) == ["3 · Green glass"]
    app.text_input(key="link_find").set_value("1").run()
    assert list(app.selectbox(key="link-to-2").options) == ["1 · Old Lamp"]


def test_a_hub_shows_its_heaviest_links(run, memory):
    memory.add_many(record(f"The Old Lamp, {n}") for n in range(20))
    memory.change(10, ties=[Tie(1, 9.0)])
    app = run(PAGE, bank="own:lamps", pick=1)
    assert "The 12 heaviest of 21 are shown; drawn with weight 0, any other is cut." in words(app)
    assert len({key for key in keys(app) if key.startswith("look-") and key.endswith("-1")}) == 12
    assert "look-10-1" in keys(app)


def test_an_import_says_the_links_it_will_bring_and_has_brought(app, started):
    lines = b'{"cue": "once more the Old Lamp"}\n{"cue": "a", "session": "x"}\n{"cue": "b", "session": "x"}\n'
    app.file_uploader[0].upload("new.jsonl", lines, "application/jsonl").run()
    assert "3 memories" in words(app)
    assert typed("2 links between them: 2 in sequence") in words(app)
    imported(app, started)
    says = "Imported 3 memories; 2 links between them: 2 in sequence; 1 link with the others: 1 mention."
    assert says in words(app)


def test_the_island_is_stored_with_its_mentions(run, started, home, encoder, sample):
    from tests.conftest import BANKS

    (home / "banks").mkdir()
    Memory(home / "banks" / "new.nuonuo", encoder).close()
    app = run(PAGE, bank="own:new")
    app.file_uploader[0].upload("island.jsonl", (BANKS / "island.jsonl").read_bytes(), "application/jsonl").run()
    imported(app, started)
    said = next(each.value for each in app.success)
    assert said.startswith("Imported 92 memories; ")
    assert said.endswith(" mentions.")
