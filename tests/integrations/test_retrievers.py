"""Specifies nuonuo/integrations with the real langchain-core and llama-index-core."""

import pytest

from nuonuo import About, Asking, Memory

FACTS = {"t1": "Tea is hot", "d1": "Vienna lies on the Danube", "w1": "Whales are mammals"}
pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")


@pytest.fixture(scope="module")
def memory(encoder):
    bank = Memory(encoder=encoder)
    for own, text in FACTS.items():
        bank.add(text, about=About(title="Facts", own_id=own, metadata='{"lang": "en"}'))
    yield bank
    bank.close()


def expected(memory, query, asking):
    return [(str(c.id), c.target, c.total) for c in memory.recall(query, asking).candidates]


def test_langchain_gets_our_memories_with_scores_and_metadata(memory):
    pytest.importorskip("langchain_core")
    from nuonuo.integrations.langchain import NuoNuoRetriever

    asking = Asking(k=2)
    documents = NuoNuoRetriever(memory=memory, asking=asking).invoke("Which river flows through Vienna?")
    assert [(d.id, d.page_content, d.metadata["score"]) for d in documents] == expected(
        memory, "Which river flows through Vienna?", asking
    )
    first = documents[0].metadata
    assert (first["own_id"], first["title"], first["lang"], first["cue"]) == ("d1", "Facts", "en", FACTS["d1"])
    with pytest.raises(ValueError, match="must have a Memory and an Asking, got a str and a NoneType"):
        NuoNuoRetriever(memory="bank.nuonuo")


def test_llamaindex_gets_our_memories_with_scores_and_metadata(memory):
    pytest.importorskip("llama_index.core")
    from nuonuo.integrations.llamaindex import NuoNuoRetriever

    asking = Asking(k=2)
    nodes = NuoNuoRetriever(memory, asking).retrieve("Which river flows through Vienna?")
    assert [(n.node_id, n.text, n.score) for n in nodes] == expected(
        memory, "Which river flows through Vienna?", asking
    )
    first = nodes[0].metadata
    assert (first["own_id"], first["title"], first["lang"], first["cue"]) == ("d1", "Facts", "en", FACTS["d1"])
