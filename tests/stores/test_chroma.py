"""Specifies nuonuo/stores/chroma.py with Chroma's own client and server."""

import gc
import shutil
import sys
import warnings
from pathlib import Path

import pytest

from nuonuo.stores.addresses import open_store
from nuonuo.stores.protocol import StoreError
from nuonuo.stores.reading import read_collection
from tests.stores.corpus import TEXTS, X, check_same_order, contents, free_port, serving

chromadb = pytest.importorskip("chromadb")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A database with 2,000 rows and an empty collection, written by Chroma."""
    path = tmp_path_factory.mktemp("chroma") / "db"
    db = chromadb.PersistentClient(str(path), chromadb.Settings(anonymized_telemetry=False))
    docs = db.create_collection("docs", metadata={"hnsw:space": "cosine"}, embedding_function=None)
    ids = [str(i) for i in range(len(TEXTS))]
    docs.add(ids, embeddings=X, documents=TEXTS, metadatas=[{"title": f"Page {i}", "page": i} for i in ids])
    db.create_collection("empty", embedding_function=None)
    db.close()
    return path


def test_a_folder_is_read_as_exact_search_ranks_it_and_stays_byte_for_byte(folder):
    before = contents(folder)
    store = open_store(f"chroma:{folder}")
    assert store.collections() == ["docs", "empty"]
    read = read_collection(store, "docs")
    store.close()
    assert contents(folder) == before
    check_same_order(read)
    assert read.sentences == ["The store ranks by cosine, as NuoNuo does."]
    assert read.records[7].about.title == "Page 7"
    assert read.records[7].about.fields == {"page": "7"}


def test_a_server_is_read_and_its_end_is_one_sentence(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "db")
    port = free_port()
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(tmp_path / "db")]
    address = f"chroma+http://127.0.0.1:{port}"
    named = address.replace("+", ".")
    with serving([*command, "--host", "127.0.0.1", "--port", str(port)], port):
        store = open_store(address)
        check_same_order(read_collection(store, "docs"))
        rows = store.read("docs")
        next(rows)
    with pytest.raises(StoreError, match=f"^Chroma at {named} cannot be read: "):
        list(rows)
    store.close()
    with pytest.raises(StoreError, match=rf"^the Chroma server at {named} cannot be read: Could not connect"):
        open_store(address)
    del rows, store
    with warnings.catch_warnings():  # httpcore forgets the connection to a server that is gone without closing it
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def test_what_is_not_there_is_named(folder, tmp_path):
    store = open_store(f"chroma:{folder}")
    with pytest.raises(StoreError, match=r"has no collection 'doc': there are docs, empty$"):
        read_collection(store, "doc")
    with pytest.raises(
        StoreError, match=r"must be read one collection at a time \(--collection NAME\): there are docs"
    ):
        read_collection(store)
    with pytest.raises(StoreError, match=f"^collection empty of chroma:{folder} is empty$"):
        read_collection(store, "empty")
    store.close()
    with pytest.raises(StoreError, match=r"^there is no Chroma store at .*nowhere$"):
        open_store(f"chroma:{tmp_path}/nowhere")
    with pytest.raises(StoreError, match=r"it would hold a file chroma.sqlite3$"):
        open_store(f"chroma:{tmp_path}")
