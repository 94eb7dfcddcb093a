"""Specifies nuonuo/files/multihop.py, over small files of our own in each published layout."""

import json
from contextlib import closing

import pytest

from nuonuo import Memory
from nuonuo.debug.ranking import ranks
from nuonuo.files.multihop import read_multihop
from nuonuo.files.questions import read_questions, things, write_questions
from nuonuo.files.suites import count, read_suite
from nuonuo.memory.records import About

PASSAGES = [
    {"title": "Ann Pell", "text": "Ann Pell is a potter. She was born in Lund."},
    {"title": "Lund", "text": "Lund is a town in Sweden."},
    {"title": "Rex (dog)", "text": "Rex belongs to Ann Pell."},
    {"title": "Lund", "text": "Its cathedral has a clock."},
]
ASKED = "In which country was the owner of Rex born?"
MUSIQUE = {
    "id": "2hop__1",
    "question": ASKED,
    "answer": "Sweden",
    "paragraphs": [
        {"idx": 0, "title": "Rex (dog)", "paragraph_text": PASSAGES[2]["text"], "is_supporting": True},
        {"idx": 1, "title": "Lund", "paragraph_text": PASSAGES[1]["text"], "is_supporting": True},
        {"idx": 2, "title": "Ann Pell", "paragraph_text": PASSAGES[0]["text"], "is_supporting": False},
    ],
}
HOTPOT = {
    "_id": "h1",
    "type": "bridge",
    "question": ASKED,
    "answer": "Sweden",
    "supporting_facts": [["Rex (dog)", 0], ["Lund", 0], ["Lund", 1]],
    "context": [["Lund", ["Lund is a town in Sweden."]]],
}


@pytest.fixture
def write(tmp_path):
    """Writes questions, and the passages beside them if there are any."""

    def to(questions, corpus=PASSAGES, name="set"):
        if corpus is not None:
            (tmp_path / f"{name}_corpus.json").write_text(json.dumps(corpus), "utf-8")
        path = tmp_path / f"{name}.json"
        path.write_text(questions if isinstance(questions, str) else json.dumps(questions), "utf-8")
        return path

    return to


def evidence(corpus):
    return [tuple(set(thing) for thing in q.evidence) for q in corpus.questions]


def test_a_passage_is_its_title_and_text_and_keeps_its_title(write):
    corpus = read_multihop(write([MUSIQUE], [*PASSAGES, {"title": "", "text": "No title."}]))
    assert [p.cues for p in corpus.passages][::4] == [
        ("Ann Pell\nAnn Pell is a potter. She was born in Lund.",),
        ("No title.",),
    ]
    assert [p.about for p in corpus.passages][2:] == [About("Rex (dog)"), About("Lund"), About()]


def test_musique_needs_the_paragraphs_that_support(write):
    corpus = read_multihop(write([MUSIQUE]))
    (q,) = corpus.questions
    assert (q.id, q.type, q.text, q.answer, corpus.left_out) == ("2hop__1", "", ASKED, "Sweden", 0)
    assert evidence(corpus) == [({3}, {2})]


def test_a_supporting_paragraph_of_another_wording_is_met_by_any_passage_of_its_title(write):
    reworded = {"title": "Lund", "text": "Another wording."}
    corpus = read_multihop(write([{"question": ASKED, "contexts": [reworded]}]))
    assert evidence(corpus) == [({2, 4},)]
    assert (corpus.questions[0].id, corpus.questions[0].answer) == ("1", "")


def test_hotpotqa_needs_a_passage_of_each_title(write):
    corpus = read_multihop(write([HOTPOT]))
    assert (corpus.questions[0].id, corpus.questions[0].type) == ("h1", "bridge")
    assert evidence(corpus) == [({3}, {2, 4})]


@pytest.mark.parametrize("name", ["corpus", "passages"])
def test_one_file_may_hold_questions_and_passages(name, write):
    assert evidence(read_multihop(write({name: PASSAGES, "questions": [MUSIQUE]}, None))) == [({3}, {2})]


def test_passages_with_ids_are_named_by_them(write):
    passages = [{"id": 10 * number, **one} for number, one in enumerate(PASSAGES)]
    asked = {"id": "a", "type": "comparison", "question": ASKED, "answer": "Sweden", "evidence": [[20], [10, 30]]}
    corpus = read_multihop(write({"passages": passages, "questions": [asked]}, None))
    assert evidence(corpus) == [({3}, {2, 4})]
    with pytest.raises(ValueError, match=r"set\.json, question 1: its evidence names passage '7', which is not there"):
        read_multihop(write({"passages": passages, "questions": [asked | {"evidence": [[7]]}]}, None))


def test_a_question_that_needs_a_passage_that_is_not_there_is_left_out_and_counted(write):
    lost = HOTPOT | {"_id": "h2", "supporting_facts": [["Lund", 0], ["Malmö", 0]]}
    nothing = HOTPOT | {"_id": "h3", "supporting_facts": []}
    corpus = read_multihop(write([HOTPOT, lost, nothing]))
    assert ([q.id for q in corpus.questions], corpus.left_out) == (["h1"], 2)


@pytest.mark.parametrize(
    ("questions", "corpus", "sentence"),
    [
        ("{", PASSAGES, r"set\.json must be JSON in UTF-8, but Expecting"),
        ([], PASSAGES, r"set\.json must have a list of questions and one of passages, neither of them empty"),
        ([MUSIQUE], [], r"set\.json must have a list of questions and one of passages, neither of them empty"),
        ([MUSIQUE], {"a": 1}, r"set\.json must have a list of questions and one of passages"),
        (
            [{"question": "a"}],
            None,
            r"there is no file .*set_corpus\.json; multi-hop questions with their passages are at https",
        ),
        ({"questions": []}, None, r"must be a list of questions, or an object with questions and corpus, got \[\"que"),
        ("3", None, r"must be a list of questions, or an object with questions and corpus, got 3"),
        ([MUSIQUE], [{"title": "a"}], r"set_corpus\.json, passage 1: must be an object with the texts title and text"),
        ([MUSIQUE], [{"title": " ", "text": ""}], r"set_corpus\.json, passage 1 must have texts that are not blank"),
        ([{"question": " "}], PASSAGES, r"set\.json, question 1: question must be a text that is not blank"),
        ([MUSIQUE, MUSIQUE], PASSAGES, r'set\.json, question 2: its id "2hop__1" is that of another question'),
        ([{"question": "a"}], PASSAGES, r"question 1: must have evidence, paragraphs, contexts or supporting_facts"),
        ([HOTPOT | {"supporting_facts": [3]}], PASSAGES, r"question 1: its evidence must be as published at https"),
        ([MUSIQUE | {"paragraphs": [{}]}], PASSAGES, r"question 1: its evidence must be as published at https"),
    ],
)
def test_a_wrong_file_is_named_with_the_place(questions, corpus, sentence, write):
    path = write(questions, None) if corpus is None else write(questions, corpus)
    with pytest.raises(ValueError, match=sentence):
        read_multihop(path)


def test_it_is_a_suite_of_one_part_whose_ids_are_those_that_adding_gives(write, encoder, tmp_path):
    for path in (write([HOTPOT]), write({"corpus": PASSAGES, "questions": [HOTPOT]}, None, "whole")):
        (part,) = read_suite(path)
        assert (part.name, count(path), part.spare) == (path.stem, 1, ((),) * 4)
        (q,) = part.questions
        assert (q.ids, q.any_of, q.count, q.answerable) == ((3,), ((2, 4),), 2, True)
        with closing(Memory(encoder=encoder)) as memory:
            assert memory.add_many(part.items) == [1, 2, 3, 4]
            assert things([q], memory) == [({3}, {2, 4})]
            assert q.meant(memory) == {2, 3, 4}
            assert len(ranks(memory, [q], [frozenset({3})])) == 1
        write_questions(tmp_path / "q.jsonl", part.questions)
        assert tuple(read_questions(tmp_path / "q.jsonl")) == part.questions


def test_what_any_one_of_several_would_do_for_must_be_lists_of_ids(tmp_path):
    (tmp_path / "q.jsonl").write_text('{"query": "a", "expected_any": [[1, "b"]]}')
    with pytest.raises(ValueError, match=r"line 1: expected_any must be a list of lists of whole numbers, got"):
        read_questions(tmp_path / "q.jsonl")
