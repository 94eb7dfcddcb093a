"""Specifies nuonuo/stores/milvus.py with Milvus Lite, in a file and as a server."""

import shutil
import sys
import time
from pathlib import Path

import pytest

from nuonuo.stores.addresses import open_store
from nuonuo.stores.protocol import StoreError
from nuonuo.stores.reading import read_collection
from tests.stores.corpus import TEXTS, X, check_same_order, contents, free_port, serving

pymilvus = pytest.importorskip("pymilvus")
pytest.importorskip("milvus_lite")
pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A database with 2,000 rows, written by Milvus Lite."""
    from milvus_lite.server_manager import server_manager_instance

    path = tmp_path_factory.mktemp("milvus") / "docs.db"
    db = pymilvus.MilvusClient(str(path))
    db.create_collection("docs", dimension=64, metric_type="IP")
    db.insert("docs", [{"id": i, "vector": X[i].tolist(), "text": text, "page": i} for i, text in enumerate(TEXTS)])
    db.close()
    server_manager_instance.release_server(str(path))
    return path


def test_a_file_is_read_as_exact_search_ranks_it_and_stays_byte_for_byte(file):
    before = contents(file)
    store = open_store(f"milvus:{file}")
    assert store.collections() == ["docs"]
    read = read_collection(store)
    store.close()
    assert contents(file) == before
    check_same_order(read)
    assert read.sentences[0].startswith("The store ranks by inner product; its vectors are of length 1, so that")
    assert read.records[9].about.fields == {"page": 9}


def test_a_server_is_read_and_its_end_is_one_sentence(file, tmp_path):
    shutil.copytree(file, tmp_path / "docs.db")
    port = free_port()
    command = [str(Path(sys.executable).with_name("milvus-lite")), "server", "--data-dir", str(tmp_path / "docs.db")]
    address = f"milvus+http://127.0.0.1:{port}"
    named = address.replace("+", ".")
    with serving([*command, "--host", "127.0.0.1", "--port", str(port)], port):
        store = open_store(address)
        check_same_order(read_collection(store))
        state = pymilvus.MilvusClient(f"http://127.0.0.1:{port}")
        assert state.get_load_state("docs")["state"].name == "NotLoad"  # as it was found
        with pytest.raises(StoreError, match=r"has no collection 'doc': there is docs$"):
            read_collection(store, "doc")
        state.close()
    began = time.monotonic()
    with pytest.raises(StoreError, match=f"^Milvus at {named} cannot be read: "):
        store.collections()
    store.close()
    with pytest.raises(StoreError, match=f"^the Milvus server at {named} cannot be read: "):
        open_store(address)
    assert time.monotonic() - began < 15


def test_what_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(StoreError, match=r"^there is no Milvus store at .*nowhere.db$"):
        open_store(f"milvus:{tmp_path}/nowhere.db")
    with pytest.raises(StoreError, match=r"^a Milvus Lite store must be named as one that ends in .db, got "):
        open_store(f"milvus:{tmp_path}")
