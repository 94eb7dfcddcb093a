"""Specifies nuonuo/stores/lancedb.py with LanceDB itself."""

import numpy as np
import pytest

from nuonuo.stores.addresses import open_store
from nuonuo.stores.protocol import StoreError
from nuonuo.stores.reading import read_collection
from tests.stores.corpus import TEXTS, X, check_same_order, contents

lancedb = pytest.importorskip("lancedb")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A database with 2,000 rows under an index, and a table without ids."""
    from lancedb.index import IvfFlat

    path = tmp_path_factory.mktemp("lancedb") / "db"
    db = lancedb.connect(path)
    rows = [{"id": str(i), "text": text, "vector": X[i], "title": f"Page {i}"} for i, text in enumerate(TEXTS)]
    db.create_table("docs", rows).create_index("vector", config=IvfFlat(distance_type="cosine", num_partitions=2))
    db.create_table(
        "plain", [{"note": "Tea", "vector": np.float32([0, 2])}, {"note": None, "vector": np.float32([1, 0])}]
    )
    return path


def test_a_folder_is_read_as_exact_search_ranks_it_and_stays_byte_for_byte(folder):
    before = contents(folder)
    store = open_store(f"lancedb:{folder}")
    assert store.collections() == ["docs", "plain"]
    read = read_collection(store, "docs")
    store.close()
    assert contents(folder) == before
    check_same_order(read)
    assert read.sentences == ["The store ranks by cosine, as NuoNuo does."]
    assert read.records[5].about.title == "Page 5"


def test_rows_without_ids_are_numbered_and_rows_without_a_text_are_counted(folder):
    store = open_store(f"lancedb:{folder}")
    read = read_collection(store, "plain")
    assert [(one.about.own_id, one.target) for one in read.records] == [("0", "Tea")]
    assert read.sentences == [
        "The store does not say what it ranks by and its vectors are of length 2 to 2: NuoNuo ranks by cosine, in "
        "another order than the store's.",
        "Left out: 1 row without a text.",
    ]


def test_what_is_not_there_is_named_and_nothing_is_made(folder, tmp_path):
    with pytest.raises(StoreError, match=r"^there is no LanceDB store at .*nowhere$"):
        open_store(f"lancedb:{tmp_path}/nowhere")
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(StoreError, match=r"has no collection 'doc': there are docs, plain$"):
        read_collection(open_store(f"lancedb:{folder}"), "doc")
    with pytest.raises(StoreError, match=r"has no field 'body': it has note, id$|has no field 'body': it has note$"):
        read_collection(open_store(f"lancedb:{folder}"), "plain", text="body")
