"""Specifies nuonuo/studio/shell/faults.py: a bank that cannot be used never hides the picker; it is named and kept."""

import os
import random
import sqlite3
from contextlib import closing, contextmanager

import pytest
from streamlit.testing.v1 import AppTest

from nuonuo import Memory
from nuonuo.memory.schema import MIGRATIONS
from nuonuo.studio.shell import banks, own, sets
from tests.conftest import items
from tests.pages.conftest import ROOT, words

PAGES = sorted(file.stem for file in (ROOT / "pages").glob("*.py"))
PICKED = {"home", "memories", "hops", "settling", "map", "codes", "debug", "triage", "compare", "attention", "spiking"}
KINDS = {
    "garbage": "must be a NuoNuo bank, a SQLite file",
    "truncated": "cannot be used: it",
    "newer": "was made by a newer version of NuoNuo",
    "folder": "it is a folder",
    "dangling": "it is a link to nothing",
    "empty": "the file is empty",
    "cueless": "is damaged: its memory 3 has no cue",
    "flipped": "is damaged: its memory 2 is not as it was stored",
    "locked": "is in use by another program",
}


def broken(folder, kind):
    """A file that cannot be used, in the banks folder."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{kind}.nuonuo"
    if kind == "garbage":
        path.write_bytes(random.Random(1).randbytes(9_000))
    elif kind == "folder":
        path.mkdir()
    elif kind == "dangling":
        path.symlink_to(folder / "nowhere")
    elif kind == "empty":
        path.touch()
    else:
        with closing(Memory(path, dimension=8)) as memory:
            memory.add_many(items(300))
        if kind == "truncated":
            os.truncate(path, path.stat().st_size // 2)
        statement = {
            "newer": f"PRAGMA user_version={len(MIGRATIONS) + 1}",
            "cueless": "DELETE FROM cue WHERE memory=3",
            "flipped": "UPDATE memory SET target='other' WHERE id=2",
        }.get(kind)
        if statement:
            with closing(sqlite3.connect(path)) as db, db:
                db.execute(statement)
    return path


@contextmanager
def held(path, kind):
    """Another program holds the file for itself, if it is the kind that is locked."""
    if kind != "locked":
        yield
        return
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        db.execute("BEGIN EXCLUSIVE")
        yield


def image(path):
    return path.read_bytes() if path.is_file() else os.readlink(path) if path.is_symlink() else None


def meets(home, page, kind):
    """The page opens on the sample, with its picker, and says what is wrong; the file is as it was."""
    path = broken(home / "banks", kind)
    with held(path, kind):
        before = image(path)
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        app.query_params["bank"] = f"own:{kind}"
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception, app.exception
        picked = [box for box in app.selectbox if box.key == "bank"]
        assert bool(picked) == (page in PICKED)
        if picked:
            assert KINDS[kind] in words(app)
            assert "shown instead" in words(app)
            assert picked[0].value == "facts"
    assert str(home) not in words(app)
    assert image(path) == before
    return app


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_broken_bank_leaves_the_picker_and_is_named(home, kind):
    app = meets(home, "memories", kind)
    app.run()
    assert not app.exception
    titles = next(box for box in app.selectbox if box.key == "bank").options
    assert (kind in titles) == (kind == "locked")
    assert (f"Set aside: {kind};" in words(app)) == (kind != "locked")


@pytest.mark.parametrize("number", range(len(PAGES)))
def test_no_page_fails_for_a_broken_bank(home, number):
    meets(home, PAGES[number], list(KINDS)[number % len(KINDS)])


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("page", PAGES)
def test_no_page_fails_for_any_broken_bank(home, page, kind):
    meets(home, page, kind)


def test_a_bank_that_is_mended_can_be_chosen_again_and_a_new_one_never_takes_the_place_of_a_broken_one(run, home):
    path = broken(home / "banks", "garbage")
    app = run("pages/memories.py")
    assert "garbage" not in next(box for box in app.selectbox if box.key == "bank").options
    with pytest.raises(ValueError, match="already a bank named 'garbage'"):
        own.free(home / "banks", "garbage")
    path.unlink()
    with closing(Memory(path, dimension=8)) as memory:
        memory.add_many(items(3))
    app.run()
    assert "garbage" in next(box for box in app.selectbox if box.key == "bank").options


@pytest.mark.parametrize("kind", ["file", "refused"])
def test_a_home_that_is_no_folder_to_write_in_is_a_sentence_and_the_samples_stay(run, tmp_path, monkeypatch, kind):
    place = tmp_path / "home" if kind == "file" else "/sys/nuonuo"  # where not even root makes a folder
    if kind == "file":
        place.write_text("")
    monkeypatch.setenv("NUONUO_HOME", str(place))
    app = run("pages/memories.py")
    assert "NUONUO_HOME must be a folder that can be written, and the server's folder is none: " in words(app)
    assert str(place) not in words(app)
    app.text_input(key="new_cue").set_value("a cue")
    app.text_input(key="new_target").set_value("its target")
    next(b for b in app.button if b.label == "Remember").click().run()
    assert not app.exception
    assert "Nothing was stored: NUONUO_HOME must be a folder" in words(app)
    assert app.text_input(key="new_cue").value == "a cue"
    assert app.text_input(key="new_target").value == "its target"


def test_a_memory_that_cannot_be_written_in_two_seconds_stays_typed(run, home):
    banks.keep("other", banks.named("facts"))
    app = run("pages/memories.py", bank="own:other")
    app.text_input(key="new_cue").set_value("a cue that stays")
    with closing(sqlite3.connect(home / "banks" / "other.nuonuo", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        next(b for b in app.button if b.label == "Remember").click().run()
        assert not app.exception
        assert "bank other is in use by another program and cannot be written: nothing was stored" in words(app)
        assert app.text_input(key="new_cue").value == "a cue that stays"
        db.execute("ROLLBACK")
    next(b for b in app.button if b.label == "Remember").click().run()
    assert "Remembered" in words(app)


@pytest.mark.parametrize("name", ["𠜎" * 60, "cafe\u0301 ru\u0301na", "x\u0304 axis"])
def test_long_and_decomposed_names_are_made_used_and_keep_their_questions(run, home, name):
    made = banks.create(name, items(3), 8)
    app = run("pages/memories.py", bank=made)
    assert not app.exception
    assert next(box for box in app.selectbox if box.key == "bank").value == made
    file = sets.beside(made)
    file.write_text("")
    assert file.parent == home / "banks"
    with pytest.raises(ValueError, match="already a bank named"):
        banks.create(own.named(name), (), 8)


def test_an_undo_and_a_link_of_a_memory_that_another_tab_forgot_are_each_a_sentence(run, home):
    made = banks.keep("one", banks.named("facts"))
    app = run("pages/memories.py", bank=made, pick=1)
    app.text_area(key="edit-1-target").set_value("another target")
    next(b for b in app.button if b.label == "Save").click().run()
    assert "Saved." in words(app) or "Changed" in words(app)
    banks.named(made).forget(1)
    app.button(key="undo_step").click().run()
    assert not app.exception
    assert "Nothing was taken back: the memory was forgotten meanwhile." in words(app)
