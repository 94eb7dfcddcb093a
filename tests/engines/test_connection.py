"""Specifies nuonuo/engines/connection.py."""

import re
import sys

import pytest

from nuonuo.engines.connection import SETTING, Connection, EngineError, address
from tests.stores.conftest import THEIRS
from tests.stores.corpus import free_port

pytestmark = [pytest.mark.filterwarnings(one) for one in THEIRS]
HOW = re.escape("a file that ends in .db, or http://host:port")


def test_the_setting_is_taken_where_no_address_is_given(monkeypatch, tmp_path):
    monkeypatch.setenv(SETTING, "http://cluster:19530")
    assert address(None) == "http://cluster:19530"
    assert address(f"{tmp_path}/own.db") == f"{tmp_path}/own.db"
    monkeypatch.delenv(SETTING)
    with pytest.raises(EngineError, match=rf"^where the index is must be said, with --to or NUONUO_INDEX: {HOW}$"):
        address(None)


@pytest.mark.parametrize("wrong", ["grpc://host:1", "http://", "notes", "notes.nuonuo"])
def test_what_is_no_address_says_what_one_is(wrong):
    with pytest.raises(EngineError, match=rf"^an index must be {HOW}, got '{re.escape(wrong)}'$"):
        address(wrong)


def test_a_file_that_cannot_be_an_index_says_why(tmp_path):
    with pytest.raises(EngineError, match=r"^the index .*/x.db cannot be made: there is no folder .*/nowhere$"):
        address(f"{tmp_path}/nowhere/x.db")
    (tmp_path / "other.db").write_text("SQLite format 3", "utf-8")
    with pytest.raises(EngineError, match=r"other.db is a file of another program: Milvus Lite keeps "):
        address(f"{tmp_path}/other.db")


def test_a_server_that_is_not_there_is_one_sentence_without_a_password():
    pytest.importorskip("pymilvus")
    port = free_port()
    said = rf"^the Milvus server at http://root:\*\*\*@127.0.0.1:{port} cannot be reached: "
    with pytest.raises(EngineError, match=said) as raised:
        Connection(f"http://root:secret@127.0.0.1:{port}")
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("missing", ["pymilvus", "milvus_lite"])
def test_a_missing_library_says_what_to_install(missing, monkeypatch, tmp_path):
    pytest.importorskip("pymilvus")
    monkeypatch.setitem(sys.modules, missing, None)
    said = rf"^indexing in milvus needs the package {missing}: pip install 'nuonuo\[milvus\]'$"
    with pytest.raises(EngineError, match=said):
        Connection(f"{tmp_path}/x.db")
