"""Specifies nuonuo/debug/own_run.py and nuonuo/debug/run_items.py."""

from contextlib import closing

import pytest

from nuonuo import Memory
from nuonuo.debug import run_items as kinds
from nuonuo.debug.own_run import RIGHT, triage_run
from nuonuo.debug.triage import BM25, COSINE, NUONUO
from nuonuo.files.questions import Question
from nuonuo.files.runs import Hit, Run
from nuonuo.memory.records import About, record

TEXTS = {
    "d1": "The spare car key hangs behind the kitchen door.",
    "d2": "The boiler was serviced in March by Anders.",
    "d3": "Error E-4711 means that the pump has no water.",
    "d4": "The library card expires in June.",
    "d5": "Grandmother's recipe asks for two spoons of cardamom.",
}


@pytest.fixture(scope="module")
def corpus(encoder):
    """Five documents with ids of their own."""
    with closing(Memory(encoder=encoder, name="corpus")) as memory:
        memory.add_many([record(text, about=About(own_id=name)) for name, text in TEXTS.items()])
        yield memory


def question(name, query, *ids):
    return Question(name, query, ids, ())


def run_of(**rankings):
    return Run("theirs", {q: tuple(Hit(i, 1.0 - n / 10) for n, i in enumerate(ids, 1)) for q, ids in rankings.items()})


def test_their_own_ranking_is_measured_and_ours_stands_beside_it(corpus):
    asked = [question("q1", "Where is the spare car key?", 1), question("q2", "What does E-4711 mean?", 3)]
    found = triage_run(corpus, asked, run_of(q1=["d2", "d1"], q2=["d4", "d5"]), k=1)
    value = {(row["method"], row["measure"]): row["value"] for row in found.summary}
    assert value["run theirs", "MRR"] == 1 / 4  # rank 2, and not at all
    assert value["run theirs", "recall@5"] == 1 / 2
    assert value[NUONUO, "recall@1"] == value[COSINE, "recall@1"] == value[BM25, "recall@1"] == 1
    assert [one.verdict for one in found.checked] == [kinds.BELOW, kinds.UNRETRIEVED]
    assert found.places["q1"].ranks == (2,)


def test_each_item_says_where_it_was_lost_and_what_brings_it(corpus):
    asked = [question("q", "Where is the spare car key?", 1, 2, 4), question("none", "Who?")]
    found = triage_run(corpus, asked, run_of(q=["d1", "d3", "d2"], none=["d1"]), k=2)
    first, second, third = found.checked[0].items
    assert (first.verdict, first.rank, first.margin, first.sentence) == (kinds.FOUND, 1, pytest.approx(0.2), "")
    assert (second.verdict, second.rank, second.margin) == (kinds.BELOW, 3, pytest.approx(-0.1))
    assert second.sentence.startswith("“d2” is at rank 3 of the run with score 0.7, 0.1 below that of place 2; NuoNuo ")
    assert third.verdict == kinds.UNRETRIEVED
    assert "“d4” is in the corpus and not among the 3 documents that the run holds" in third.sentence
    assert all(one.cause and not one.unexplained for one in (second, third))
    assert found.checked[0].verdict == kinds.UNRETRIEVED
    assert (found.checked[1].verdict, found.checked[1].rows) == ("nothing expected", [])
    assert [row["expected"] for row in found.rows] == ["d1", "d2", "d4"]
    assert sum(row["items"] for row in found.verdicts) == 3


def test_what_our_rankings_miss_too_gets_the_cause_of_our_diagnosis(corpus):
    asked = [question("q", "Which spice does the cake need?", 4)]  # expects the library card: nothing brings that
    item = triage_run(corpus, asked, run_of(q=["d1"]), k=1).checked[0].items[0]
    assert item.cause == "asked in other words"
    assert item.ranks[NUONUO] > 1
    assert item.sentence.count(".") >= 2  # where it is, and why


def test_qrels_take_the_place_of_what_the_questions_say_and_graded_gains_count(corpus):
    asked = [question("q", "What does E-4711 mean?", 1)]
    qrels = {"q": {"d3": 3.0, "d2": 1.0, "d5": 0.0, "gone": 1.0}, "other": {"d1": 1.0}}
    found = triage_run(corpus, asked, run_of(q=["d2", "d3", "x"], more=["d1"]), qrels)
    items = found.checked[0].items
    assert [(one.name, one.verdict) for one in items] == [
        ("d3", kinds.FOUND),
        ("d2", kinds.FOUND),
        ("gone", kinds.NOWHERE),
    ]
    assert items[2].sentence == "“gone” is not in the corpus: no ranking of it can bring it."
    assert found.checked[0].gains == (3.0, 1.0, 1.0)
    better = triage_run(corpus, asked, run_of(q=["d3", "d2"]), qrels)
    ndcg = [next(r["value"] for r in one.summary if r["measure"] == "nDCG@10") for one in (found, better)]
    assert ndcg[0] < ndcg[1] < 1
    assert found.notes == (
        "Questions of the run that are not in the question set, and left out: 1.",
        "Documents of the run that are not in the corpus: 1.",
        "Questions of the qrels that are not in the question set, and left out: 1.",
        "Documents that the qrels expect and the corpus does not hold: 1.",
    )


def test_a_document_of_several_memories_is_found_by_any_of_them(encoder):
    with closing(Memory(encoder=encoder, name="parts")) as memory:
        memory.add_many([record(text, about=About(own_id="whole")) for text in list(TEXTS.values())[:2]])
        memory.add_many([record(TEXTS["d3"], about=About(own_id="d3"))])
        asked = [question("q", "Who serviced the boiler?", 2)]
        item = triage_run(memory, asked, run_of(q=["d3", "whole"])).checked[0].items[0]
    assert (item.name, item.rank, item.ranks[COSINE]) == ("whole", 2, 1)


def test_a_bank_without_own_ids_goes_by_its_ids(facts):
    asked = [question("q", "Where is the spare car key?", 3), question("r", "Nowhere?", 9_999)]
    found = triage_run(facts, asked, run_of(q=["3", "4"]))
    assert (found.checked[0].verdict, found.checked[1].verdict) == (RIGHT, kinds.NOWHERE)
    assert found.notes == ("Questions without a ranking in the run, which count as finding nothing: 1.",)


def test_ids_that_have_nothing_in_common_are_refused(corpus):
    asked = [question("q", "Where?", 1)]
    with pytest.raises(ValueError, match="run theirs ranks none of the questions: its question ids are such as “z”"):
        triage_run(corpus, asked, run_of(z=["d1"]))
    with pytest.raises(ValueError, match="no document of run theirs is in the corpus: its ids are such as “x”"):
        triage_run(corpus, asked, run_of(q=["x"]))
    with pytest.raises(ValueError, match="the qrels judge none of the questions: theirs are such as “z”"):
        triage_run(corpus, asked, run_of(q=["d1"]), {"z": {"d1": 1.0}})
    with pytest.raises(ValueError, match="k must be >= 1, got 0"):
        triage_run(corpus, asked, run_of(q=["d1"]), k=0)
