"""Specifies nuonuo/files/suites.py, over small files of our own in both published forms."""

import json

import pytest

from nuonuo import Memory
from nuonuo.debug.ranking import ranks
from nuonuo.files import suites
from nuonuo.files.suites import count, read_suite
from nuonuo.memory.records import About

FACTS = ["My dog Rex had his birthday in May", "I bought a red bicycle", "Sourdough keeps best in linen"]


def conversation(name, texts=FACTS):
    """LoCoMo's form: each turn a question, and an observation about the first."""
    turns = [{"speaker": "Ada", "text": text, "dia_id": f"D1:{n}"} for n, text in enumerate(texts, 1)]
    at = {text: turn["dia_id"] for text, turn in zip(texts, turns, strict=True)}
    dog, bicycle, bread = (at.get(text, "D1:1") for text in FACTS)
    ask = lambda text, *evidence: {"question": text, "evidence": list(evidence), "category": 1}  # noqa: E731
    return {
        "sample_id": name,
        "conversation": {"speaker_a": "Ada", "session_1": turns},
        "observation": {"session_1_observation": {"Ada": [["Ada has a dog.", "D1:1"]]}},
        "qa": [
            ask("When is the birthday of the dog?", dog),
            ask("?", "D9:9"),
            ask("Which bread is kept in linen, and which bicycle was bought?", bread, bicycle),
        ],
    }


def question(name, marked=True):
    """LongMemEval's form: the second of three sessions answers."""
    said = [[{"role": "user", "content": text}, {"role": "assistant", "content": "I see."}] for text in FACTS]
    if marked:
        said[1][0]["has_answer"] = True
    return {
        "question_id": name,
        "question_type": "single-session-user",
        "question": "What colour is the bicycle?",
        "haystack_session_ids": ["s1", "s2", "s3"],
        "haystack_sessions": said,
        "answer_session_ids": ["s2"],
    }


@pytest.fixture
def write(tmp_path):
    """Writes a file of objects."""

    def to(objects, name="suite.json"):
        (tmp_path / name).write_text(objects if isinstance(objects, str) else json.dumps(objects), "utf-8")
        return tmp_path / name

    return to


def test_locomo_is_read_a_conversation_a_part(write):
    first, second = read_suite(write([conversation("one"), conversation("two")]))
    assert (first.name, second.name) == ("one", "two")
    assert [item.cues[0] for item in first.items] == [f"Ada: {text}" for text in FACTS]
    assert first.spare == (("Ada has a dog.",), (), ())
    assert [(q.id, q.ids, q.texts) for q in first.questions] == [("one:1", (1,), ()), ("one:2", (2, 3), ())]


def test_longmemeval_is_read_a_question_a_part(write):
    parts = list(read_suite(write([question("q1"), question("q2", marked=False), question("q3_abs")])))
    assert [part.name for part in parts] == ["q1", "q2", "q3_abs"]
    assert [[(q.id, q.ids) for q in part.questions] for part in parts] == [
        [("q1", (3,))],
        [("q2", (3, 4))],
        [("q3_abs", ())],
    ]
    assert parts[0].items[2].cues[0] == f"user: {FACTS[1]}"
    assert parts[0].spare == ((),) * 6


def test_where_a_turn_stands_in_its_session_comes_with_it(write):
    two = conversation("one")
    two["conversation"]["session_1_date_time"] = "1:56 pm on 8 May, 2023"
    two["conversation"]["session_10"] = [{"speaker": "Bo", "text": "Well", "dia_id": "D10:1"}]
    (part,) = read_suite(write([two]))
    at = "1:56 pm on 8 May, 2023"
    expected = [About(None, "session_1", n, f"D1:{n}", at) for n in (1, 2, 3)]
    assert [item.about for item in part.items] == [*expected, About(None, "session_10", 1, "D10:1")]

    given = question("q1") | {"haystack_session_ids": ["s1", "s2", "s1"], "haystack_dates": ["1 May", "", 3]}
    (part,) = read_suite(write([given]))
    assert [item.about for item in part.items] == [
        About(session="s1", position=1, when="1 May"),
        About(session="s1", position=2, when="1 May"),
        About(session="s2", position=1),
        About(session="s2", position=2),
        About(session="s1", position=3),
        About(session="s1", position=4),
    ]
    (part,) = read_suite(write([question("q2") | {"haystack_dates": "today"}]))
    assert {item.about.when for item in part.items} == {None}


@pytest.mark.parametrize("objects", [[conversation("one")], [question("q1"), question("q2", marked=False)]])
def test_the_ids_are_those_that_adding_gives(objects, write, encoder):
    for part in read_suite(write(objects)):
        memory = Memory(encoder=encoder)
        assert memory.add_many(part.items) == list(range(1, len(part.items) + 1))
        for q in part.questions:
            assert set(q.ids) == q.meant(memory)
            assert len(q.ids) > 0


def test_a_question_finds_what_its_ids_name(write, encoder):
    for part in read_suite(write([conversation("one"), conversation("two", FACTS[::-1])])):
        memory = Memory(encoder=encoder, name=part.name)
        memory.add_many(part.items)
        meant = [q.meant(memory) for q in part.questions]
        assert ranks(memory, part.questions, meant) == [(1,), (1, 2)]
        assert [memory.recall(part.questions[0].query).answer.id] == list(part.questions[0].ids)


def test_questions_are_counted_where_that_is_cheap(write):
    assert count(write([conversation("one"), conversation("two")])) == 4
    assert count(write([question("q1")])) is None


def test_the_format_is_told_without_reading_on(write):
    text = json.dumps([question("q1")])[:-1] + ", " + " " * 3_000_000 + "no JSON any more"
    parts = read_suite(write(text))
    assert next(parts).name == "q1"
    assert count(write(text)) is None


@pytest.mark.parametrize(
    ("content", "got"),
    [
        ('[{"query": "a", "id": 1}]', r', got \["id", "query"\]$'),
        ("[]", ", got nothing$"),
        ("[3]", ", got 3$"),
        ('{"conversation": {}}', ""),
        ("cue,target", ""),
    ],
)
def test_another_file_is_refused_in_a_sentence_that_names_both_formats(content, got, write):
    with pytest.raises(ValueError, match=rf"suite\.json must be a JSON list .*LoCoMo.*LongMemEval.*{got}"):
        read_suite(write(content))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"there is no file .*gone\.json: it must be a JSON list as published"):
        read_suite(tmp_path / "gone.json")


def without(given, field):
    return {name: value for name, value in given.items() if name != field}


def test_a_wrong_conversation_is_named(write):
    wrong = conversation("two")
    del wrong["conversation"]["session_1"][1]["text"]
    with pytest.raises(
        ValueError, match=r"suite\.json, conversation 2: must be as published, locomo10\.json from http"
    ):
        list(read_suite(write([conversation("one"), wrong])))
    with pytest.raises(ValueError, match=r"suite\.json, conversation 1: must be as published"):
        count(write([without(conversation("one"), "qa")]))
    with pytest.raises(ValueError, match=r"suite\.json, line 2, column 1: must be as published"):
        list(read_suite(write(json.dumps([conversation("one")])[:-1] + ",\nhalf")))


def test_a_wrong_question_of_longmemeval_is_named_after_those_before_it(write):
    parts = read_suite(write([question("q1"), without(question("q2"), "question_type")]))
    assert next(parts).name == "q1"
    with pytest.raises(ValueError, match=r"suite\.json, question q2: must have question_id, question_type"):
        next(parts)


def test_a_text_that_cannot_be_asked_or_stored_is_named(write):
    with pytest.raises(ValueError, match=r"suite\.json, question q1: must be a text that is not blank, got ' '"):
        list(read_suite(write([question("q1") | {"question": " "}])))
    with pytest.raises(ValueError, match=r"suite\.json, one, turn 1: must be a text"):
        list(read_suite(write([conversation("one", ["half a pair \ud800"])])))


def test_both_formats_say_where_to_get_the_file():
    assert "https://github.com/snap-research/locomo" in suites.EITHER
    assert "https://github.com/xiaowu0162/LongMemEval" in suites.EITHER


def test_a_list_that_breaks_is_named_by_its_place_not_as_another_format(tmp_path):
    file = tmp_path / "broken.json"
    file.write_text('[{"question_id": "a1", "question_type": "x", "question": "q?" "answer": "b"}]')
    with pytest.raises(ValueError, match=r"broken\.json, object 1: must be a whole JSON list of questions, but"):
        list(suites.read_suite(file))
