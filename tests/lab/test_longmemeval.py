"""Specifies nuonuo/lab/longmemeval.py, over a small file of our own in the published form."""

import json

import pytest

from nuonuo.files import longmemeval as longmemeval_file
from nuonuo.lab import longmemeval


def turn(text, answers=None, role="user"):
    return {"role": role, "content": text} | ({} if answers is None else {"has_answer": answers})


def question(name, text, sessions, answer, kind="single-session-user"):
    return {
        "question_id": name,
        "question_type": kind,
        "question": text,
        "answer": "…",
        "question_date": "2023/05/30 (Tue) 23:40",
        "haystack_session_ids": list(sessions),
        "haystack_dates": ["2023/05/20 (Sat) 02:21"] * len(sessions),
        "haystack_sessions": list(sessions.values()),
        "answer_session_ids": answer,
    }


SESSIONS = {
    "s1": [turn("My dog Rex had his birthday in May. We ate cake.", True), turn("Lovely!", role="assistant")],
    "s2": [turn("I bought a red bicycle last week"), turn("What model is it?", role="assistant")],
    "s3": [turn("Which bread keeps longest?"), turn("Sourdough does. Keep it in a linen bag.", role="assistant")],
}
UNMARKED = {name: [turn(t["content"], role=t["role"]) for t in said] for name, said in SESSIONS.items()}
FILE = [
    question("q1", "When is the birthday of my dog?", SESSIONS, ["s1"]),
    question("q2", "What colour is my new bicycle?", UNMARKED, ["s2"], "multi-session"),  # no turn of it is marked
    question("q3_abs", "What is my cat called?", UNMARKED, ["s1"]),
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "longmemeval_own.json"
    path.write_text(json.dumps(FILE))
    return path


def test_turns_and_sessions_are_counted_by_type_and_abstention_apart(file, encoder):
    told = []
    rows = longmemeval.run(file, cues=True, encoder=encoder, progress=lambda *at: told.append(at))
    by = {(r["method"], r["question_type"], r["level"]): r for r in rows}
    assert by["cosine", "all", "session"]["recall@1"] == 1
    assert by["cosine", "all", "session"]["n"] == 2
    assert by["cosine", "all", "turn"]["n"] == 1  # only one question has a marked turn
    assert by["cosine", "multi-session", "session"]["recall@1"] == 1
    assert by["default+cues", "single-session-user", "turn"]["recall@10"] == 1
    lost = by["cosine", longmemeval.ABSTENTION, "turn"]
    assert (lost["recall@1"], lost["n"]) == (None, 1)
    assert lost["top_cosine"] < by["cosine", "all", "session"]["top_cosine"]
    assert told == [(1, 2), (2, 3), (3, 4)]


def test_a_file_is_read_a_question_at_a_time(file):
    read = list(longmemeval_file.read(file))
    assert [one.id for one in read] == ["q1", "q2", "q3_abs"]
    assert [one.abstains for one in read] == [False, False, True]
    assert [t.answers for t in read[0].turns] == [True, False, False, False, False, False]
    assert read[0].turns[1].text == "assistant: Lovely!"


def test_the_first_question_comes_before_the_rest_is_read(tmp_path):
    long = json.dumps([question(f"q{n}", "x" * longmemeval_file.CHUNK, SESSIONS, ["s1"]) for n in range(1, 5)])
    (tmp_path / "cut.json").write_text(long[:-400])
    reading = longmemeval_file.read(tmp_path / "cut.json")
    assert [next(reading).id for _ in range(3)] == ["q1", "q2", "q3"]
    with pytest.raises(ValueError, match=r"cut\.json, object 4: must be a whole JSON list"):
        list(reading)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('[{"a": 1} {"b": 2}]', 2),
        ('[{"a": 1}, {"b": 2}', 3),
        ('[{"a": 1}, {"b": 2', 2),
        ('[{"a": 1},, {"b": 2}]', 2),
        ('[{"a": 1}] and more', 2),
        ('[{"a": 1}][{"b": 2}]', 2),
        ('[{"a" 1}]', 1),
        ('[{"a": caf\xe9}]', 1),
        ("[", 1),
    ],
)
def test_a_list_that_is_not_whole_is_refused_with_the_place(tmp_path, content, place):
    file = tmp_path / "odd.json"
    file.write_text(content, "utf-8")
    with pytest.raises(ValueError, match=rf"odd\.json, object {place}: must be a whole JSON list of questions, but "):
        list(longmemeval_file.objects(file))


def test_bytes_that_are_not_utf8_are_refused_with_the_place(tmp_path):
    file = tmp_path / "odd.json"
    file.write_bytes(b'[{"a": 1}, {"b": "caf\xe9"}]')
    with pytest.raises(ValueError, match=r"odd\.json, object 2: must be a whole JSON list of questions, but "):
        list(longmemeval_file.objects(file))


@pytest.mark.parametrize("content", ["", " ", "3", '{"item": {"a": 1}}', "null", "garbage"])
def test_what_is_no_list_is_said(tmp_path, content):
    (tmp_path / "odd.json").write_text(content)
    with pytest.raises(ValueError, match=r"odd\.json must be a JSON list of questions"):
        list(longmemeval_file.objects(tmp_path / "odd.json"))


def test_objects_are_those_that_json_reads(tmp_path):
    given = [{"a": [1, 2.5, None, True, 'é \u2028 "x"'], "b": {"c": {}}}, [], 3, "text", FILE[0]]
    for written in (json.dumps(given), "\ufeff \n" + json.dumps(given, ensure_ascii=False, indent=1) + "\n"):
        (tmp_path / "own.json").write_text(written, "utf-8")
        assert list(longmemeval_file.objects(tmp_path / "own.json")) == given


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "must be a JSON list of questions; LongMemEval is at https"),
        ('{"a": 1}', "must be a JSON list of questions"),
        ("[]", "holds no question"),
        ('[{"question_id": "x"}]', "question x: must have question_id, question_type, question"),
        ("[3]", "question number 1: must have question_id"),
    ],
)
def test_what_is_no_longmemeval_is_said(tmp_path, content, sentence):
    (tmp_path / "odd.json").write_text(content)
    with pytest.raises(ValueError, match=sentence):
        list(longmemeval_file.read(tmp_path / "odd.json"))
    with pytest.raises(ValueError, match=r"there is no file .*none\.json; LongMemEval is at"):
        list(longmemeval_file.read(tmp_path / "none.json"))


def test_sentences_of_a_turn_become_cues_if_there_are_several():
    assert longmemeval_file.sentences("user: One. Two! Three?") == ["One.", "Two!", "Three?"]
    assert longmemeval_file.sentences("user: Only one.") == []
