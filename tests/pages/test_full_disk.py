"""A disk that is full, or can only be read: each page says so in a sentence, keeps what was typed and loses nothing."""

import os
import shutil
import subprocess
import sys
from contextlib import closing
from tempfile import TemporaryDirectory

import pytest
from streamlit.testing.v1 import AppTest

from nuonuo import Memory
from nuonuo.studio.shell import banks, own, removing
from tests.conftest import items
from tests.pages.conftest import ROOT, words

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux") or os.geteuid() != 0, reason="mounts a disk")
SIZE = 8 << 20  # bytes of the disk


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """A small disk of its own, which is the home of all that is kept."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted: {mounted.stderr.decode()}")
    monkeypatch.setenv("NUONUO_HOME", str(place))
    try:
        yield place
    finally:
        banks._own.clear()
        banks._scratch.clear()
        subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture
def bank():
    """Three memories in a bank of one's own on that disk."""
    return banks.create("notes", items(3), 8)


def fill(disk):
    """Leave no byte free."""
    with open(disk / "filler", "ab", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def stored(disk):
    """What the bank's file and its log hold, read on another disk."""
    with TemporaryDirectory() as folder:
        for file in (disk / "banks").glob("notes.nuonuo*"):
            if not file.name.endswith("-shm"):
                shutil.copy(file, folder)
        with closing(Memory.open(f"{folder}/notes.nuonuo")) as memory:
            return [(row.id, row.cues, row.target) for row in memory]


def press(app, label):
    next(b for b in app.button if b.label == label).click().run()
    assert not app.exception, app.exception
    return app


def test_a_memory_for_a_full_disk_is_refused_in_a_sentence_and_stays_typed(run, disk):
    made = banks.keep("notes", banks.named("facts"))
    before, app = stored(disk), run("pages/memories.py", bank=made)
    app.text_input(key="new_cue").set_value("a cue that stays")
    app.text_input(key="new_target").set_value("its target " * 500)
    fill(disk)
    press(app, "Remember")
    assert "Nothing was stored: bank notes cannot be written: nothing was stored: its disk is full." in words(app)
    assert str(disk) not in words(app)
    assert app.text_input(key="new_cue").value == "a cue that stays"
    assert stored(disk) == before
    (disk / "filler").unlink()
    press(app, "Remember")
    assert "Remembered" in words(app)
    assert stored(disk)[:-1] == before


def test_a_change_and_a_forgetting_on_a_full_disk_change_nothing(run, disk):
    made = banks.keep("notes", banks.named("facts"))
    before, app = stored(disk), run("pages/memories.py", bank=made, pick=1)
    fill(disk)
    app.text_area(key="edit-1-target").set_value("another target " * 300)
    press(app, "Save")
    assert "Nothing was changed: bank notes cannot be written" in words(app)
    assert app.text_area(key="edit-1-target").value.startswith("another target")
    press(app, "Forget this memory")
    said = words(app)
    assert str(disk) not in said
    assert stored(disk) in (before, before[1:])  # what is forgotten may still find room
    assert ("Nothing was forgotten: bank notes cannot be written" in said) == (stored(disk) == before)


def test_a_changed_sample_needs_room_and_the_sample_stays(run, disk):
    app = run("pages/memories.py")
    fill(disk)
    app.text_input(key="new_cue").set_value("a cue that stays")
    press(app, "Remember")
    assert "Nothing was stored: " in words(app)
    assert "full" in words(app) or "No space left" in words(app)
    assert str(disk) not in words(app)
    assert app.text_input(key="new_cue").value == "a cue that stays"
    assert next(box for box in app.selectbox if box.key == "bank").value == "facts"


def test_no_bank_is_made_on_a_full_disk_and_none_is_left_half_made(disk, bank):
    fill(disk)
    for make in (lambda: banks.create("more", items(50), 8), lambda: banks.keep("more", banks.named(bank))):
        with pytest.raises(ValueError, match=r"disk is full$|No space left on device$") as said:
            make()
        assert str(disk) not in own.nameless(str(said.value))
    assert sorted(file.name for file in (disk / "banks").iterdir() if "notes" not in file.name) == []


def test_a_bank_that_cannot_be_kept_aside_is_not_deleted(disk, bank):
    before = stored(disk)
    fill(disk)
    with pytest.raises(ValueError, match=r"disk is full$|No space left on device$"):
        removing.delete(bank, banks.named(bank))
    assert stored(disk) == before


def test_questions_for_a_full_disk_are_refused_and_the_old_ones_stay(run, disk, bank):
    from nuonuo.files.questions import Question
    from nuonuo.studio.shell import sets

    old = (Question("1", "cue 1", (1,), ()),)
    sets.keep("old", old, bank)
    fill(disk)
    with pytest.raises((ValueError, OSError), match=r"full|No space left"):
        sets.keep("new", tuple(Question(str(n), "another " * 900, (1,), ()) for n in range(50)), bank)
    assert sets._read(str(sets.beside(bank)), 0.0) == old


def test_a_bank_that_does_not_fit_is_not_given_a_name(disk):
    """There is room for its log, and not for the file as well."""
    sample, file = banks.named("facts"), disk / "banks" / "notes.nuonuo"
    banks.keep("notes", sample)
    size = file.stat().st_size
    file.unlink()
    (disk / "filler").write_bytes(bytes(shutil.disk_usage(disk).free - size - size // 2))
    with pytest.raises(ValueError, match=r"its disk is full$"):
        banks.keep("notes", sample)
    assert [*(disk / "banks").iterdir()] == []


def test_a_bank_on_a_full_disk_is_set_aside_only_as_long_as_the_disk_is_full(run, disk, bank):
    fill(disk)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.query_params["bank"] = bank
    app.switch_page("pages/memories.py").run()
    assert "The bank 'notes' cannot be used: " in words(app)
    assert "its disk is full. The sample is shown instead." in words(app)
    (disk / "filler").unlink()
    app = run("pages/memories.py", bank=bank)
    assert next(box for box in app.selectbox if box.key == "bank").value == bank
    assert "cannot be used" not in words(app)


def test_a_disk_that_can_only_be_read_shows_its_banks_and_takes_no_change(run, disk):
    made = banks.keep("notes", banks.named("facts"))
    banks._own.clear()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    assert own.unwritable() == (
        f"NUONUO_HOME must be a folder that can be written, and {disk} is none: Read-only file system"
    )
    app = run("pages/memories.py", bank=made)
    app.text_input(key="new_cue").set_value("a cue that stays")
    press(app, "Remember")
    assert "Nothing was stored: " in words(app)
    assert str(disk) not in words(app)
    assert app.text_input(key="new_cue").value == "a cue that stays"
