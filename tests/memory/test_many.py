"""Specifies nuonuo/memory/many.py: many queries at once."""

import numpy as np
import pytest

from nuonuo import Asking, Memory, Noise
from nuonuo.memory.records import record

FACTS = ["Vienna lies on the Danube", "Tea is hot", "Whales are mammals", "The index is missing on table users"]


@pytest.fixture(scope="module")
def facts(encoder):
    memory = Memory(encoder=encoder)
    memory.add_many([record(text) for text in FACTS])
    yield memory
    memory.close()


def test_each_trace_is_what_recall_gives(facts, encoder):
    asking = Asking(k=3, hops=2, noise=Noise(sigma=0.1, seed=4))
    queries = ["Which river?", encoder.encode(["hot drinks"])[0], "animals of the sea"]
    many = facts.recall_many(queries, asking, beta=8)
    for query, trace in zip(queries, many, strict=True):
        one = facts.recall(query, asking, beta=8)
        assert [(c.id, c.total) for c in trace.candidates] == [(c.id, c.total) for c in one.candidates]
        assert trace.asking == one.asking
    assert facts.recall_many([]) == []


def test_texts_are_encoded_together(facts, encoder, monkeypatch):
    calls, real = [], encoder._rows
    monkeypatch.setattr(encoder, "_rows", lambda batch: calls.append(len(batch)) or real(batch))
    facts.recall_many([f"a question never asked before {i}" for i in range(20)])
    assert calls == [20]


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ("one text", "^queries must be a list of texts or embeddings, got the text 'one text'$"),
        (["fine", " "], "^query 1: query must not be blank$"),
        (["fine", None], "^query 1 must be a text or an embedding, got a NoneType$"),
        ([np.ones(3, np.float32)], r"^query 0: query must have shape \(384,\), got \(3,\)$"),
    ],
)
def test_a_wrong_query_is_named_before_any_is_asked(facts, queries, said, monkeypatch):
    monkeypatch.setattr("nuonuo.memory.many.recall", lambda *_: pytest.fail("a query was asked"))
    with pytest.raises(ValueError, match=said):
        facts.recall_many(queries)


def test_a_bank_of_ready_made_embeddings_takes_no_texts():
    memory = Memory(dimension=2)
    memory.add("a", embedding=np.float32([1, 0]))
    with pytest.raises(ValueError, match=r"^query 0: bank memory holds ready-made embeddings"):
        memory.recall_many(["a"])
    (trace,) = memory.recall_many(np.float32([[1, 0]]))
    assert trace.answer.target == "a"
    memory.close()
