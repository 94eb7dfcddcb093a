"""Specifies nuonuo/stores/faiss.py with index files that FAISS wrote."""

import json
import pickle

import numpy as np
import pytest

from nuonuo.stores.addresses import open_store
from nuonuo.stores.protocol import StoreError
from nuonuo.stores.reading import read_collection
from tests.stores.corpus import TEXTS, D, N, X, check_same_order, contents

faiss = pytest.importorskip("faiss")
IDS = np.arange(N, dtype=np.int64)


def written(index, path, rows=None, suffix=".jsonl"):
    """An index file at path, and its texts beside it unless rows is empty."""
    faiss.write_index(index, str(path))
    rows = [{"text": text} for text in TEXTS] if rows is None else rows
    if rows:
        path.with_suffix(suffix).write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return f"faiss:{path}"


def filled(index):
    """The index with all vectors in it."""
    if not index.is_trained:
        index.train(X)
    index.add(X)
    return index


def flat_ivf():
    """An inverted file of exact vectors."""
    return faiss.IndexIVFFlat(faiss.IndexFlatIP(D), D, 16, faiss.METRIC_INNER_PRODUCT)


@pytest.mark.parametrize("make", [lambda: faiss.IndexFlatIP(D), lambda: faiss.IndexHNSWFlat(D, 8), flat_ivf])
def test_an_index_is_read_as_exact_search_ranks_it_and_stays_byte_for_byte(tmp_path, make):
    address = written(filled(make()), tmp_path / "docs.faiss")
    before = contents(tmp_path)
    read = read_collection(open_store(address))
    assert contents(tmp_path) == before
    check_same_order(read)
    assert "its vectors are of length 1" in read.sentences[0]
    assert len(read.sentences) == 1


def test_ids_of_the_index_find_their_texts_in_any_order(tmp_path):
    index = faiss.IndexIDMap(faiss.IndexFlatL2(D))
    index.add_with_ids(X, IDS + 7_000)
    rows = [{"id": 7_000 + i, "text": TEXTS[i]} for i in reversed(range(N))]
    read = read_collection(open_store(written(index, tmp_path / "docs.index", rows)))
    assert [one.about.own_id for one in read.records[:2]] == ["7000", "7001"]
    assert [one.target for one in read.records] == TEXTS
    assert np.array_equal(np.stack([one.cue_vectors for one in read.records]), X)


def test_own_ids_of_the_texts_in_order_are_kept(tmp_path):
    index = faiss.IndexFlatIP(D)
    index.add(X[:2])
    rows = [{"id": "tea-1", "text": "Tea", "lang": "en"}, {"id": "ice-2", "text": "Ice"}]
    read = read_collection(open_store(written(index, tmp_path / "docs.faiss", rows)))
    assert [(one.about.own_id, one.about.fields) for one in read.records] == [("tea-1", {"lang": "en"}), ("ice-2", {})]


@pytest.mark.parametrize("rows", [["Tea", "Ice"], {"0": "Tea", "1": "Ice"}, [{"text": "Tea"}, {"text": "Ice"}]])
def test_texts_may_be_a_json_file(tmp_path, rows):
    index = faiss.IndexFlatIP(D)
    index.add(X[:2])
    address = written(index, tmp_path / "docs.faiss", [])
    (tmp_path / "texts.json").write_text(json.dumps(rows), "utf-8")
    read = read_collection(open_store(address, texts=tmp_path / "texts.json"))
    assert [one.target for one in read.records] == ["Tea", "Ice"]


def test_compressed_vectors_are_said_to_be(tmp_path):
    index = filled(faiss.IndexPQ(D, 8, 8))
    read = read_collection(open_store(written(index, tmp_path / "docs.faiss")))
    assert read.sentences[1] == "The index holds its vectors compressed: what is read is what it decodes them to."


def test_a_pickle_is_never_opened(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (tmp_path.joinpath("exploded").write_text, ("boom",))

    index = faiss.IndexFlatIP(D)
    index.add(X[:2])
    address = written(index, tmp_path / "index.faiss", [])
    (tmp_path / "index.pkl").write_bytes(pickle.dumps(Bomb()))
    for texts in (None, tmp_path / "index.pkl"):
        with pytest.raises(
            StoreError, match=r"index.pkl is a pickle, which is never opened.* write its texts as JSONL"
        ):
            open_store(address, texts=texts)
    assert not (tmp_path / "exploded").exists()


def test_what_is_wrong_is_one_sentence(tmp_path):
    index = faiss.IndexFlatIP(D)
    index.add(X[:3])
    with pytest.raises(StoreError, match=r"^there is no FAISS index at .*none.faiss$"):
        open_store(f"faiss:{tmp_path}/none.faiss")
    address = written(index, tmp_path / "docs.faiss", [])
    with pytest.raises(StoreError, match=r"holds vectors and no texts: name the file with its texts \(--texts"):
        open_store(address)
    with pytest.raises(StoreError, match=r"^there is no file .*none.jsonl with the texts of"):
        open_store(address, texts=tmp_path / "none.jsonl")
    written(index, tmp_path / "docs.faiss", [{"text": "Tea"}])
    with pytest.raises(StoreError, match=r"must have a row for each of the 3 vectors .* got 1$"):
        read_collection(open_store(address))
    mapped = faiss.IndexIDMap(faiss.IndexFlatL2(D))
    mapped.add_with_ids(X[:1], IDS[5:6])
    with pytest.raises(StoreError, match=r"gives its vectors ids of its own, such as 5: each row of"):
        read_collection(open_store(written(mapped, tmp_path / "mapped.faiss", [{"text": "Tea"}])))
    (tmp_path / "docs.faiss").write_bytes(b"no index at all")
    with pytest.raises(StoreError, match=r"^FAISS at faiss:.*docs.faiss cannot be read: "):
        open_store(address)
    for wrong, what in (("{", "must be JSON in UTF-8"), ("7", "must hold a list of texts or of objects")):
        (tmp_path / "texts.json").write_text(wrong, "utf-8")
        with pytest.raises(StoreError, match=what):
            read_collection(open_store(written(index, tmp_path / "a.faiss", []), texts=tmp_path / "texts.json"))
