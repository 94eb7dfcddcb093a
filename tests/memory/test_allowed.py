"""Specifies nuonuo/memory/allowed.py: a bank's file must not choose which model is loaded."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from nuonuo import Encoder, Memory
from nuonuo.memory import encoder as module
from nuonuo.memory.bundled import bundled


@pytest.fixture
def stranger(tmp_path, monkeypatch):
    """A bank from another installation that names a model; any loading of a model fails the test."""
    folder = str(bundled())
    monkeypatch.setenv("NUONUO_HOME", str(tmp_path / "theirs"))
    with closing(Memory(tmp_path / "b.nuonuo", folder)) as memory:
        memory.add("Where is the key?", "On the hook")
    monkeypatch.setenv("NUONUO_HOME", str(tmp_path / "mine"))
    return tmp_path / "b.nuonuo", folder


def test_a_model_that_a_file_names_is_not_loaded(stranger, monkeypatch):
    path, folder = stranger
    monkeypatch.setattr(module, "load", lambda *_: pytest.fail("a model was loaded"))
    before = path.read_bytes()
    said = rf"bank {path} was made with the model '{folder}', which is not loaded because a file says so: name it in "
    with pytest.raises(ValueError, match=said + "NUONUO_MODELS to allow it, or hand it over, as in Memory.open"):
        Memory.open(path)
    assert path.read_bytes() == before
    monkeypatch.setenv("NUONUO_MODELS", f"{folder}-other,{folder[:-1]}")
    with pytest.raises(ValueError, match="NUONUO_MODELS"):
        Memory.open(path)


def test_it_is_loaded_once_it_is_allowed_or_handed_over(stranger, tmp_path, monkeypatch):
    path, folder = stranger
    with closing(Memory.open(path, Encoder(folder))) as memory:
        assert memory.recall("the key").answer.target == "On the hook"
    monkeypatch.setenv("NUONUO_MODELS", f"another, {folder}")
    with closing(Memory.open(path)) as memory:
        assert memory.recall("the key").answer.target == "On the hook"
    monkeypatch.delenv("NUONUO_MODELS")
    with pytest.raises(ValueError, match="NUONUO_MODELS"):  # opening allows nothing for later
        Memory.open(path)
    Memory(tmp_path / "own.nuonuo", folder).close()  # a new bank made with it here does
    Memory.open(path).close()


def test_a_bank_of_the_bundled_model_needs_no_permission(tmp_path, monkeypatch, encoder):
    monkeypatch.setenv("NUONUO_HOME", str(tmp_path))
    Memory(tmp_path / "b.nuonuo", encoder).close()
    Memory.open(tmp_path / "b.nuonuo").close()
    assert not (tmp_path / "models.txt").exists()


def test_a_server_that_a_file_names_is_not_asked(tmp_path, monkeypatch, encoder):
    monkeypatch.setenv("NUONUO_HOME", str(tmp_path))
    Memory(tmp_path / "b.nuonuo", encoder).close()
    shutil.copy(tmp_path / "b.nuonuo", tmp_path / "c.nuonuo")
    with closing(sqlite3.connect(tmp_path / "c.nuonuo")) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        assert "meta" in tables
        db.execute("UPDATE meta SET value = ? WHERE key = 'encoder'", ('"openai:m@http://127.0.0.1:9/v1"',))
        db.commit()
    with pytest.raises(ValueError, match=r"openai:m@http://127.0.0.1:9/v1|damaged"):
        Memory.open(tmp_path / "c.nuonuo")
