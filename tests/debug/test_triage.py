"""Specifies nuonuo/debug/triage.py and nuonuo/debug/queries.py."""

import json

import numpy as np
import pytest

from nuonuo import Memory
from nuonuo.debug import suites, triage
from nuonuo.debug.queries import Question, read_questions
from nuonuo.items import Item
from nuonuo.lab import locomo


def test_questions_are_read_with_what_they_expect(tmp_path, facts):
    file = tmp_path / "q.jsonl"
    rows = [
        {"query_id": "a", "query": "Key?", "expected_id": 3},
        {"query": "Two?", "expected_id": [1, "2"], "expected": "Where is the spare car key?"},
        {"query": "Nothing?"},
        {"query": "Gone?", "expected": ["not stored anywhere"]},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    asked = read_questions(file)
    assert [q.id for q in asked] == ["a", "2", "3", "4"]
    assert [q.meant(facts) for q in asked] == [{3}, {1, 2}, set(), {-1}]
    assert [q.answerable for q in asked] == [True, True, False, True]
    (tmp_path / "q.csv").write_text("query_id,query,expected_id\na,Key?,3\n")
    assert read_questions(tmp_path / "q.csv") == asked[:1]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{}", "query must be a text that is not blank, got nothing"),
        ('{"query": 3}', "query must be a text that is not blank, got 3"),
        ('{"query": "a", "query_id": 1.5}', "query_id must be a text or a whole number, got 1.5"),
        ('{"query": "a", "expected_id": "x"}', 'expected_id must be a whole number or a list of them, got "x"'),
        ('{"query": "a", "expected": [1]}', r"expected must be a text or a list of texts, got \[1\]"),
        ('{"query": "a", "query_id": "1"}', "query_id '1' is that of line 1 already"),
    ],
)
def test_a_wrong_question_is_named_and_none_is_asked(tmp_path, line, sentence):
    (tmp_path / "q.jsonl").write_text('{"query": "right"}\n' + line)
    with pytest.raises(ValueError, match=rf"q\.jsonl, line 2: {sentence}"):
        read_questions(tmp_path / "q.jsonl")


VECTOR = '{"query": "a", "embedding": '


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (VECTOR + "[1, NaN]}", "embedding must be finite, got nan as its number 2"),
        (VECTOR + "[1, 1e999]}", "embedding must be finite, got inf as its number 2"),
        (VECTOR + "[1, 2, 3]}", "embedding must have 2 numbers as in line 1, got 3"),
        (VECTOR + "[[1, 2], [3, 4]]}", "embedding of a query must be one list of numbers, got 2 lists"),
        (VECTOR + '[1, "2"]}', r'embedding must be a list of numbers, got \[1, "2"\]'),
        (VECTOR + '"text"}', 'embedding must be a list of numbers, got "text"'),
        ('{"question": "a"}', "query must be a text that is not blank, got nothing"),
        ('{"query": "' + "a" * 10**6 + '"}', "must have at most 100,000 characters, got 1,000,013"),
        ("query, expected", "must be a JSON object such as"),
    ],
)
def test_a_wrong_vector_or_column_is_named_with_its_line(tmp_path, line, sentence):
    (tmp_path / "q.jsonl").write_text('{"query": "right", "embedding": [1, 2]}\n' + line)
    with pytest.raises(ValueError, match=rf"q\.jsonl, line 2: {sentence}"):
        read_questions(tmp_path / "q.jsonl")


def test_another_encoding_and_a_pickle_are_refused(tmp_path):
    (tmp_path / "q.csv").write_bytes("query\nWo ist der Schlüssel?\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"q\.csv, line 2: must be UTF-8 text, but byte 16 of the line is 0xfc"):
        read_questions(tmp_path / "q.csv")
    np.savez(tmp_path / "q.npz", query=np.array(["a"]), embedding=np.array([{"not": "numbers"}], dtype=object))
    with pytest.raises(
        ValueError, match="array embedding must be numbers or text, got Python objects, which are never"
    ):
        read_questions(tmp_path / "q.npz")
    np.savez(tmp_path / "q.npz", query=np.array(["a", "b"]), embedding=np.eye(3)[:2])
    assert [q.embedding for q in read_questions(tmp_path / "q.npz")] == [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0)]


def test_a_set_that_holds_no_question_is_refused(tmp_path):
    (tmp_path / "q.jsonl").write_text("\n")
    with pytest.raises(ValueError, match=r"q\.jsonl is empty: it must hold one question a row"):
        read_questions(tmp_path / "q.jsonl")
    with pytest.raises(ValueError, match=r"q\.txt must be a JSONL, CSV, TSV, Parquet or NPZ file"):
        read_questions(tmp_path / "q.txt")


def test_every_question_gets_a_verdict_and_a_miss_what_mends_it(facts):
    asked = [
        Question("right", "Where is the spare house key?", (1,), ()),
        Question(
            "rival",
            "Who feeds the dog while we are away at grandma's?",
            (),
            ("Who looks after the pets when we travel?",),
        ),
        Question("gone", "Who lives on the moon?", (999,), ()),
        Question("none", "What is the meaning of life?", (), ()),
    ]
    told, kept = [], []
    done = triage.triage(facts, asked, progress=lambda *at: told.append(at), keep=lambda some: kept.append(len(some)))
    assert [one.verdict for one in done] == ["right", "a rival wins", "not stored", triage.NONE_MEANT]
    assert [(one.rank, one.rank_after) for one in done] == [(1, None), (3, 1), (None, None), (None, None)]
    assert done[1].fix == "Store the question as one more cue of the memory"
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert kept == [1, 2, 3, 4]
    assert triage.verdicts(done)[0]["questions"] == 1
    quick = triage.triage(facts, asked[1:2], mend=False)[0]
    assert (quick.verdict, quick.fix) == ("a rival wins", None)
    assert {one.bank for one in done} == {"facts"}
    assert all(one.ranks[triage.NUONUO][:1] == (one.rank,) for one in done[:2])


def test_the_summary_counts_what_is_answerable(facts):
    asked = [Question("a", "Where is the spare house key?", (1,), ()), Question("b", "Nothing at all", (), ())]
    rows = triage.summary(triage.triage(facts, asked, mend=False))
    assert {row["n"] for row in rows} == {1}
    assert {row["value"] for row in rows} == {1.0}
    assert [row["measure"] for row in rows[:5]] == ["recall@1", "recall@5", "recall@10", "recall@20", "MRR"]
    assert triage.summary([]) == []


@pytest.fixture
def talk(tmp_path, sample):
    """A LoCoMo file of our own: the household's answers as turns, its questions with their evidence."""
    some = sample("facts")[:30]
    turns = [{"speaker": "Ana", "text": row["target"], "dia_id": f"D1:{i}"} for i, row in enumerate(some)]
    qa = [{"question": row["cue"], "evidence": [f"D1:{i}"], "category": 1} for i, row in enumerate(some)]
    file = tmp_path / "talk.json"
    file.write_text(
        json.dumps([{"sample_id": "own", "conversation": {"session_1": turns}, "observation": {}, "qa": qa}])
    )
    return file


def test_triage_of_locomo_counts_as_the_lab_does(talk, encoder):
    done = triage.of_parts(suites.read_suite(talk), encoder, mend=False)
    assert len(done) == 30
    ours = {(row["method"], row["measure"]): row["value"] for row in triage.summary(done)}
    for row in locomo.run(talk, encoder=encoder):
        method = {"cosine": "nearest neighbour", "default": "NuoNuo"}[row["method"]]
        for k in (1, 5, 10):
            assert ours[method, f"recall@{k}"] == pytest.approx(row[f"recall@{k}"])
    assert all(one.verdict != "right" or one.rank == 1 for one in done)


def test_a_file_of_memories_is_as_good_as_a_bank(tmp_path, sample):
    (tmp_path / "q.jsonl").write_text('{"query": "Where is the tea?", "expected": "Tea is in the tin"}')
    (tmp_path / "m.txt").write_text("Tea is in the tin\nThe key is under the mat")
    with_file = triage.of_file(tmp_path / "m.txt", tmp_path / "q.jsonl")
    bank = Memory(tmp_path / "m.nuonuo")
    bank.add_many([Item("Tea is in the tin"), Item("The key is under the mat")])
    bank.close()
    assert [one.row for one in triage.of_file(tmp_path / "m.nuonuo", tmp_path / "q.jsonl")] == [
        one.row for one in with_file
    ]
    assert with_file[0].verdict == "right"
