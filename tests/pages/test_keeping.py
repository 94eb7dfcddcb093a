"""Specifies nuonuo/studio/memories/keeping.py: a bank of one's own is renamed, deleted and brought back whole."""

from contextlib import closing

from nuonuo import Memory
from nuonuo.studio.shell import banks, sets
from tests.conftest import items
from tests.pages.conftest import words

DOG = "Who feeds the dog while we are away at grandma's?"  # which memory 66 answers


def picked(app):
    return next(box for box in app.selectbox if box.key == "bank")


def content(name):
    return [(row.id, row.cues, row.target, row.embedding.tobytes()) for row in banks.named(name)]


def test_a_bank_is_renamed_deleted_and_brought_back_with_its_questions(run, home):
    banks.create("one", items(5), 8)
    banks.create("taken", items(2), 8)
    sets.beside("own:one").write_text('{"query": "q", "expected": "target 1"}\n')
    held = content("own:one")
    app = run("pages/memories.py", bank="own:one")
    app.text_input(key="bank_name").set_value("taken").run()
    app.button(key="rename_bank").click().run()
    assert "Nothing was changed: There is already a bank named 'taken': choose another name." in words(app)
    app.text_input(key="bank_name").set_value("two").run()
    app.button(key="rename_bank").click().run()
    assert not app.exception
    assert picked(app).value == "own:two"
    assert content("own:two") == held
    assert sets.beside("own:two").exists()
    assert not sets.beside("own:one").exists()
    app.button(key="delete_bank").click().run()
    assert not app.exception
    assert picked(app).value == "facts"
    assert banks.own() == ["taken"]
    app.button(key="undelete_bank").click().run()
    assert not app.exception
    assert picked(app).value == "own:two"
    assert content("own:two") == held
    assert sets.beside("own:two").exists()
    assert not list((home / "deleted").iterdir())


def test_a_tab_that_changes_a_bank_that_another_has_deleted_is_told(run, home):
    banks.keep("one", banks.named("facts"))
    first, second = run("pages/memories.py", bank="own:one"), run("pages/memories.py", bank="own:one")
    second.text_input(key="new_cue").set_value("too late")
    first.button(key="delete_bank").click().run()
    second.button(key="delete_bank").click().run()
    assert not second.exception
    assert "own:one" not in picked(second).options
    assert picked(second).value == "facts"


def forget_elsewhere(home, name, memory):
    """What another tab, or another program, does meanwhile."""
    with closing(Memory.open(home / "banks" / f"{name}.nuonuo")) as bank:
        bank.forget(memory)


def test_a_fix_of_a_memory_that_another_tab_forgot_is_refused_in_a_sentence(run, home):
    banks.keep("one", banks.named("facts"))
    app = run("pages/debug.py", bank="own:one", q=DOG, want=66)
    forget_elsewhere(home, "one", 66)
    app.button(key="fix-0").click().run()
    assert not app.exception
    assert "It was not applied: there is no memory with id 66 in bank one." in words(app)
    assert 66 not in banks.named("own:one")


def test_a_fix_is_not_taken_back_over_a_memory_that_another_tab_forgot(run, home):
    banks.keep("one", banks.named("facts"))
    app = run("pages/debug.py", bank="own:one", q=DOG, want=66)
    app.button(key="fix-0").click().run()
    forget_elsewhere(home, "one", 66)
    app.button(key="undo").click().run()
    assert not app.exception
    assert "Nothing was taken back: memory 66 was removed by someone else meanwhile." in words(app)
    assert 66 not in banks.named("own:one")
