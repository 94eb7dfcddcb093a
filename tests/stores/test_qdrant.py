"""Specifies nuonuo/stores/qdrant.py with Qdrant's own client. Its server is a binary that no package brings here."""

import pytest

from nuonuo.stores.addresses import open_store
from nuonuo.stores.protocol import StoreError
from nuonuo.stores.reading import read_collection
from tests.stores.corpus import TEXTS, X, check_same_order, contents, free_port

qdrant_client = pytest.importorskip("qdrant_client")
models = qdrant_client.models


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A database with 2,000 rows, and a collection with several kinds of vectors in LangChain's layout."""
    path = tmp_path_factory.mktemp("qdrant") / "db"
    db = qdrant_client.QdrantClient(path=str(path))
    db.create_collection("docs", models.VectorParams(size=64, distance=models.Distance.DOT))
    payloads = [{"text": text, "source": f"{i}.md", "n": i} for i, text in enumerate(TEXTS)]
    db.upsert("docs", models.Batch(ids=list(range(len(X))), vectors=X.tolist(), payloads=payloads))
    size = {"a": models.VectorParams(size=4, distance=models.Distance.EUCLID)}
    size["b"] = models.VectorParams(size=3, distance=models.Distance.COSINE)
    db.create_collection("two", size, sparse_vectors_config={"s": models.SparseVectorParams()})
    vectors = {"a": [3.0, 0, 0, 0], "b": [0.0, 1, 0]}
    payload = {"page_content": "Tea is hot", "metadata": {"source": "tea.md", "lang": "en"}}
    db.upsert("two", [models.PointStruct(id=1, vector=vectors, payload=payload)])
    db.close()
    return path


def test_a_folder_is_read_as_exact_search_ranks_it_and_stays_byte_for_byte(folder):
    before = contents(folder)
    store = open_store(f"qdrant:{folder}")
    assert store.collections() == ["docs", "two"]
    read = read_collection(store, "docs")
    store.close()
    assert contents(folder) == before
    check_same_order(read)
    assert "ranks by inner product; its vectors are of length 1" in read.sentences[0]
    assert (read.records[3].about.source, read.records[3].about.fields) == ("3.md", {"n": 3})


def test_a_folder_that_its_own_client_has_open_is_read_too(folder):
    db = qdrant_client.QdrantClient(path=str(folder))
    store = open_store(f"qdrant:{folder}")
    assert store.about("docs").count == 2_000
    store.close()
    db.close()


def test_one_of_several_vectors_is_chosen_by_name(folder):
    store = open_store(f"qdrant:{folder}")
    with pytest.raises(StoreError, match=r"must say which vectors to read \(--vector NAME\): there are a, b$"):
        read_collection(store, "two")
    with pytest.raises(StoreError, match=r"has no vectors 'c': there are a, b$"):
        read_collection(store, "two", vector="c")
    read = read_collection(store, "two", vector="a")
    store.close()
    (one,) = read.records
    assert (one.target, one.about.source, one.about.fields) == ("Tea is hot", "tea.md", {"lang": "en"})
    assert one.cue_vectors.tolist() == [3, 0, 0, 0]
    assert read.sentences[0].startswith("The store ranks by Euclidean distance and its vectors are of length 3 to 3: ")


def test_what_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(StoreError, match=r"^there is no Qdrant store at .*nowhere$"):
        open_store(f"qdrant:{tmp_path}/nowhere")
    with pytest.raises(StoreError, match=r"it would hold a file meta.json.*: qdrant\+http://host:6333$"):
        open_store(f"qdrant:{tmp_path}")
    address = f"qdrant+http://127.0.0.1:{free_port()}"
    store = open_store(address)
    with pytest.raises(StoreError, match=rf"^Qdrant at {address.replace('+', '.')} cannot be read: .*refused"):
        store.collections()
    store.close()
