"""Specifies nuonuo/engines/milvus.py with Milvus Lite, in a file and as a server: it finds what the bank finds."""

from contextlib import closing

import pytest

from nuonuo.engines import milvus
from nuonuo.engines.connection import Connection, EngineError
from nuonuo.engines.embedded import Embedded
from nuonuo.engines.filling import fill
from nuonuo.engines.milvus import Milvus
from nuonuo.maths.words import Words, tokens
from tests.engines.material import WINNERS, bank_of, questions, same
from tests.stores.conftest import THEIRS

pymilvus = pytest.importorskip("pymilvus")
pytest.importorskip("milvus_lite")
pytestmark = [pytest.mark.filterwarnings(one) for one in THEIRS]


@pytest.fixture(scope="module")
def engine(ties, address):
    """The bank of ties in Milvus."""
    connection = Connection(address)
    fill(ties.bank, "ties", connection, "ties")
    yield Milvus(connection, "ties", ties.bank, "ties")
    connection.close()


def check_equal(one, other, memory, k):
    keys, codes, texts = questions(memory)
    for method, asked in (("search", keys), ("by_codes", codes), ("by_words", texts)):
        found, expected = getattr(one, method)(asked, k), getattr(other, method)(asked, k)
        assert [len(hits) for hits in found] == [len(hits) for hits in expected], method
        assert all(same(a, b) for a, b in zip(found, expected, strict=True)), method


@pytest.mark.parametrize("k", [1, 10, 64, 5_000])
def test_the_results_are_those_of_the_bank_itself(engine, ties, k):
    assert len(engine) == len(ties.bank.X)
    check_equal(engine, Embedded(ties.bank), ties, k)


def test_ties_beyond_what_is_asked_for_at_first_are_settled_too(engine, ties, monkeypatch):
    monkeypatch.setattr(milvus, "LEAST", 1)
    monkeypatch.setattr(milvus, "MORE", 2)
    monkeypatch.setattr(milvus, "ROWS", 3)
    for k in (1, 3, 20):
        check_equal(engine, Embedded(ties.bank), ties, k)


def test_where_more_tie_than_milvus_gives_the_scores_are_right_still(engine, ties, monkeypatch):
    monkeypatch.setattr(milvus, "MOST", 8)
    codes = questions(ties)[1]
    for found, expected in zip(engine.by_codes(codes, 4), Embedded(ties.bank).by_codes(codes, 4), strict=True):
        assert found.scores[0] == expected.scores[0]
        assert len(found) <= 4


def test_nothing_asked_finds_nothing(engine, ties):
    keys, codes, _ = questions(ties)
    assert engine.search(keys[:0], 3) == engine.by_codes(codes[:0], 3) == engine.by_words([], 3) == []
    assert [len(hits) for hits in engine.by_words(["", "the of", "nowhere"], 3)] == [0, 0, 0]
    with pytest.raises(ValueError, match="k must be >= 1, got 0"):
        engine.search(keys, 0)
    with pytest.raises(ValueError, match=rf"codes must have {WINNERS} columns, got shape \(2, 3\)"):
        engine.by_codes(codes[:2, :3], 1)


def test_an_automatic_index_finds_nearly_all(address, ties):
    with closing(Connection(address)) as connection:
        fill(ties.bank, "ties", connection, "auto", "auto")
        keys = questions(ties)[0]
        engine = Milvus(connection, "auto", ties.bank, "ties")
        pairs = zip(engine.search(keys, 10), Embedded(ties.bank).search(keys, 10), strict=True)
        shared = [len({*a.memories.tolist()} & {*b.memories.tolist()}) / 10 for a, b in pairs]
    assert sum(shared) / len(shared) >= 0.95


def test_a_bank_of_nothing_and_one_of_a_single_memory_are_searched(address, tmp_path):
    with closing(Connection(address)) as connection:
        for n in (0, 1):
            memory = bank_of(n)
            some = memory if n else bank_of(3)
            fill(memory.bank, "few", connection, "few")
            engine = Milvus(connection, "few", memory.bank, "few")
            if n:
                check_equal(engine, Embedded(memory.bank), some, 3)
            assert len(engine) == len(memory.bank.X)
            memory.close()


def test_a_collection_that_is_not_there_is_one_sentence(address, ties):
    with (
        closing(Connection(address)) as connection,
        pytest.raises(EngineError, match=r"has no collection 'nowhere': make it with nuonuo index BANK$"),
    ):
        Milvus(connection, "nowhere", ties.bank, "ties")


def test_milvus_own_bm25_is_another_one(address, sample):
    """What nuonuo/engines/terms.py says was measured: if this fails, Milvus' own function may be used after all."""
    texts = [row["target"] for row in sample("facts")]
    same, shared, _ = beside_ours(address, texts)
    assert (len(texts), len(texts[::5]), same) == (143, 29, 0)
    assert shared == pytest.approx(6.8, abs=0.05)
    same, _, ratios = beside_ours(address, [" ".join(tokens(text)) for text in texts])
    assert same == 19
    assert 2.35 < min(ratios) < max(ratios) < 2.51


def beside_ours(address, texts):
    """Every fifth text asked: how many of Milvus' tens are ours, how many of each on average, its scores / ours."""
    with closing(Connection(address)) as connection, connection.asking("filled") as client:
        schema, indexes = client.create_schema(auto_id=False), client.prepare_index_params()
        schema.add_field("i", pymilvus.DataType.INT64, is_primary=True)
        schema.add_field("text", pymilvus.DataType.VARCHAR, max_length=10_000, enable_analyzer=True)
        schema.add_field("words", pymilvus.DataType.SPARSE_FLOAT_VECTOR)
        bm25 = pymilvus.FunctionType.BM25
        schema.add_function(
            pymilvus.Function(name="bm25", function_type=bm25, input_field_names=["text"], output_field_names=["words"])
        )
        params = {"bm25_k1": 1.5, "bm25_b": 0.75}
        indexes.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=params)
        client.create_collection("own", schema=schema, index_params=indexes)
        client.insert("own", [{"i": i, "text": text} for i, text in enumerate(texts)])
        queries, kind = texts[::5], {"metric_type": "BM25"}
        found = client.search("own", data=queries, anns_field="words", limit=10, search_params=kind)
        client.drop_collection("own")
    words, theirs = Words.of(texts), [[hit["i"] for hit in hits] for hits in found]
    ranked = [words.scores(query).sort(descending=True, stable=True) for query in queries]
    ours = [one.indices[: min(10, int((one.values > 0).sum()))].tolist() for one in ranked]
    both = [len({*a} & {*b}) for a, b in zip(theirs, ours, strict=True)]
    ratios = []
    for query, hits in zip(queries, found, strict=True):
        scores = words.scores(query).tolist()
        ratios += [-hit["distance"] / scores[hit["i"]] for hit in hits if scores[hit["i"]]]
    return sum(a == b for a, b in zip(theirs, ours, strict=True)), sum(both) / len(both), ratios
