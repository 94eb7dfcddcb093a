"""Specifies nuonuo/lab/multihop.py and nuonuo/lab/ranking.py."""

import json
import math
from contextlib import closing
from pathlib import Path
from statistics import fmean

import pytest

from nuonuo import Memory
from nuonuo.files.multihop import read_multihop
from nuonuo.lab import multihop, ranking
from nuonuo.memory.asking import Asking

TWOWIKI = Path(__file__).parents[3] / "shared" / "data" / "2wiki-dev.json"
METHODS = ["cosine", "bm25", "whitened", "whitened+bm25", "links"]


@pytest.fixture
def file(sample, tmp_path):
    """The island's passages with their questions as a multi-hop file; the first passage stands there twice."""
    passages = [
        {"id": i, "title": row["title"], "text": row["cue"].split("\n", 1)[1]} for i, row in enumerate(sample("island"))
    ]
    number = {row["cue"]: i for i, row in enumerate(sample("island"))}
    twin = {**passages[0], "id": len(passages)}
    needs = [[[number[text]] for text in row["expected"]] for row in sample("island-questions")]
    asked = [
        {
            "id": row["query_id"],
            "type": row["type"],
            "question": row["query"],
            "answer": row["answer"],
            "evidence": [[*one, twin["id"]] if one == [0] else one for one in need],
        }
        for row, need in zip(sample("island-questions"), needs, strict=True)
    ]
    path = tmp_path / "island.json"
    path.write_text(json.dumps({"passages": [*passages, twin], "questions": asked}))
    return path


def test_recall_is_what_single_recalls_find_and_of_twins_either_will_do(file, encoder):
    rows = multihop.run(file, encoder=encoder)
    corpus = read_multihop(file)
    assert any(len(thing) == 2 for q in corpus.questions for thing in q.evidence)
    measured = {row["method"]: row for row in rows if row["type"] == "all" and row["method"] in METHODS}
    assert list(measured) == METHODS
    asked_so = {
        "cosine": Asking(whitened=False).alone,
        "whitened": Asking().alone,
        "whitened+bm25": Asking(links=0.0),
        "links": Asking(),
    }
    with closing(Memory(encoder=encoder)) as memory:
        ids = memory.add_many(corpus.passages)
        for name, how in asked_so.items():
            found = []
            for q in corpus.questions:
                first = {c.id for c in memory.recall(q.text, how, k=5).candidates}
                found.append([bool({ids[i - 1] for i in thing} & first) for thing in q.evidence])
            row = measured[name]
            assert row["recall@5"] == pytest.approx(fmean(fmean(one) for one in found)), name
            assert row["any@5"] == pytest.approx(fmean(any(one) for one in found))
            assert row["all@5"] == pytest.approx(fmean(all(one) for one in found))
            assert row["n"] == len(corpus.questions)
    assert measured["links"]["recall@5"] > measured["whitened+bm25"]["recall@5"]


def test_types_sum_to_all_times_stand_apart_and_what_is_published_says_so(file, encoder):
    rows = multihop.run(file, encoder=encoder)
    json.dumps(rows, allow_nan=False)
    links = [row for row in rows if row["method"] == "links"]
    every, *types = links
    assert every["type"] == "all"
    assert sum(row["n"] for row in types) == every["n"]
    for field in ("recall@2", "recall@5", "recall@10", "all@5"):
        assert sum(row[field] * row["n"] for row in types) / every["n"] == pytest.approx(every[field])
        assert 0 <= every.get(f"{field}_low", 0) <= every[field]
    assert next(row for row in rows if row["method"] == "encoding")["seconds"] >= 0
    assert every["seconds"] >= 0
    published = {row["method"]: row for row in rows if row["method"].endswith(", published")}
    assert {name: row["recall@5"] for name, row in published.items()} == {
        "NV-Embed-v2, published": 0.765,
        "HippoRAG 2, published": 0.904,
        "Vector Graph RAG, published": 0.941,
    }
    assert all(row["note"].startswith("not measured here: all 1,000 questions") for row in published.values())


def test_a_file_without_evidence_is_refused(tmp_path, encoder):
    (tmp_path / "q.json").write_text(
        json.dumps({"corpus": [{"title": "A", "text": "a"}], "questions": [{"question": "?", "supporting_facts": []}]})
    )
    with pytest.raises(ValueError, match=r"q\.json holds no question whose evidence is among its passages"):
        multihop.run(tmp_path / "q.json", encoder=encoder)
    with pytest.raises(ValueError, match=r"there is no file .*none\.json"):
        multihop.run(tmp_path / "none.json", encoder=encoder)


def test_bm25_alone_ranks_as_the_words_do_and_what_is_not_stored_has_no_place(encoder):
    with closing(Memory(encoder=encoder)) as memory:
        memory.add("The tea is in the tin", cues=["Tin of tea"])
        memory.add("The key hangs by the door")
        questions = ranking.asked(memory, ["Who has the key?"], [(frozenset({2}), frozenset({1, 9}), frozenset({9}))])
        (found,) = ranking.places(memory.bank, questions, ranking.by_words)
        assert found == (1.0, 2.0, math.inf)
        assert (ranking.recall(found, 1), ranking.recall(found, 5)) == pytest.approx((1 / 3, 2 / 3))
    ready = Memory(dimension=4)
    with pytest.raises(ValueError, match="holds ready-made embeddings: its questions cannot be encoded"):
        ranking.asked(ready, ["?"], [()])
    ready.close()


@pytest.mark.slow
@pytest.mark.skipif(not TWOWIKI.is_file(), reason=f"needs every second question of 2WikiMultihopQA as {TWOWIKI}")
def test_links_find_what_two_hops_need(encoder):
    rows = [row for row in multihop.run(TWOWIKI, encoder=encoder) if row["type"] == "all"]
    at_five = {row["method"]: row["recall@5"] for row in rows if "recall@5" in row}  # two rows are times alone
    assert at_five["links"] >= 0.90
    assert at_five["whitened+bm25"] < at_five["links"] - 0.2
