"""Specifies nuonuo/debug/triage.py and nuonuo/files/questions.py."""

import json
from contextlib import closing

import numpy as np
import pytest

from nuonuo import Memory
from nuonuo.debug import triage
from nuonuo.debug.asking import ask, ask_encoded
from nuonuo.debug.paired import paired
from nuonuo.debug.replaying import compared
from nuonuo.debug.rule import FIRST, Rule
from nuonuo.debug.triage import Checked
from nuonuo.files import suites
from nuonuo.files.questions import Question, read_questions
from nuonuo.memory.asking import Asking
from nuonuo.memory.records import record


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
        (VECTOR + '[1, "two"]}', r'embedding must be a list of numbers, got \[1, "two"\]'),
        (VECTOR + '"text"}', 'embedding must be a list of numbers, got "text"'),
        ('{"question": "a"}', "query must be a text that is not blank, got nothing"),
        ('{"query": "' + "a" * 10**6 + '"}', "query must have at most 100,000 characters, got 1,000,000"),
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
    with pytest.raises(ValueError, match=r"there is no file .*q\.txt"):
        read_questions(tmp_path / "q.txt")
    (tmp_path / "q.txt").write_text("Where is the key?")
    sentence = (
        r"q\.txt must be a JSONL, JSON, CSV, Parquet, Arrow or NPZ file with a query a row, or queries and qrels$"
    )
    with pytest.raises(ValueError, match=sentence):
        read_questions(tmp_path / "q.txt")


def test_every_question_gets_a_verdict_and_a_miss_what_fixes_it(facts):
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
    done = triage.triage(
        facts, asked, progress=lambda *at: told.append(at), keep=lambda some: kept.append(len(some)), rule=FIRST
    )
    assert [one.verdict for one in done] == ["right", "a rival wins", "not stored", triage.NOTHING_EXPECTED]
    assert [(one.rank, one.row["rank_after"]) for one in done] == [(1, None), (3, 3), (None, None), (None, None)]
    assert done[1].fix.words == "Hand on the first 4 instead of 1"  # never the query, memorised
    assert (done[1].fix.whole, done[1].fix.change, done[1].fix.asking) == (True, None, triage.HOW)
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert kept == [1, 2, 3, 4]
    assert triage.verdicts(done)[0]["questions"] == 1
    quick = triage.triage(facts, asked[1:2], fix=False, rule=FIRST)[0]
    assert (quick.verdict, quick.fix) == ("a rival wins", None)
    (lax,) = triage.triage(facts, asked[1:2])  # the third is among the first five
    assert (lax.verdict, lax.rank, lax.fix) == ("right", 3, None)
    assert {one.bank for one in done} == {"facts"}
    assert all(one.ranks[triage.NUONUO][:1] == (one.rank,) for one in done[:2])


def test_the_summary_counts_what_is_answerable(facts):
    asked = [Question("a", "Where is the spare house key?", (1,), ()), Question("b", "Nothing at all", (), ())]
    rows = triage.summary(triage.triage(facts, asked, fix=False))
    assert {row["n"] for row in rows} == {1}
    assert {row["value"] for row in rows} == {1.0}
    assert [row["measure"] for row in rows[:5]] == ["recall@1", "recall@5", "recall@10", "recall@20", "MRR"]
    assert [row["measure"] for row in rows[5:7]] == ["nDCG@10", "MAP"]
    assert triage.summary([]) == []


def test_any_all_and_the_share_of_several_things_are_counted_apart():
    def found(*ranks, count=2):
        return Checked(Question("1", "x", (), ()), "b", 1, "right", "", None, count, {triage.NUONUO: ranks})

    rows = triage.summary([found(1, 7), found(2, 4), found(3, count=2), found(count=1)])
    assert [(row["value"], row["any"], row["all"]) for row in rows[:3]] == [
        (0.125, 0.25, 0.0),
        (0.5, 0.75, 0.25),
        (0.625, 0.75, 0.5),
    ]
    more = {row["measure"]: row for row in rows[4:]}
    assert list(more) == ["MRR", "nDCG@10", "MAP"]
    assert all((row["any"], row["all"]) == (None, None) for row in more.values())
    assert more["MAP"]["value"] == pytest.approx(((1 + 2 / 7) / 2 + (1 / 2 + 2 / 4) / 2 + 1 / 3 / 2 + 0) / 4)


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


def test_triage_of_locomo_counts_as_recalls_do(talk, encoder):
    done = triage.of_parts(suites.read_suite(talk), encoder, fix=False)
    assert len(done) == 30
    ours = {(row["method"], row["measure"]): row["value"] for row in triage.summary(done)}
    (part,) = suites.read_suite(talk)
    with closing(Memory(encoder=encoder)) as memory:
        memory.add_many(part.items)
        traces = [memory.recall(q.query, k=20) for q in part.questions]
        plain = [memory.recall(q.query, Asking(k=20, whitened=False).alone) for q in part.questions]
    for method, asked in ((triage.NUONUO, traces), (triage.COSINE, plain)):
        found = [trace.rank(q.ids[0]) or 99 for q, trace in zip(part.questions, asked, strict=True)]
        for k in (1, 5, 10):
            assert ours[method, f"recall@{k}"] == pytest.approx(sum(rank <= k for rank in found) / 30)
    assert [one.verdict == "right" for one in done] == [
        (trace.rank(q.ids[0]) or 99) <= triage.RULE.within for q, trace in zip(part.questions, traces, strict=True)
    ]
    strict = triage.of_parts(suites.read_suite(talk), encoder, fix=False, rule=FIRST)
    assert [one.verdict == "right" for one in strict] == [
        trace.rank(q.ids[0]) == 1 for q, trace in zip(part.questions, traces, strict=True)
    ]


def test_a_file_of_memories_is_as_good_as_a_bank(tmp_path, sample):
    (tmp_path / "q.jsonl").write_text('{"query": "Where is the tea?", "expected": "Tea is in the tin"}')
    (tmp_path / "m.txt").write_text("Tea is in the tin\nThe key is under the mat")
    with_file = triage.of_file(tmp_path / "m.txt", tmp_path / "q.jsonl")
    bank = Memory(tmp_path / "m.nuonuo")
    bank.add_many([record("Tea is in the tin"), record("The key is under the mat")])
    bank.close()
    assert [one.row for one in triage.of_file(tmp_path / "m.nuonuo", tmp_path / "q.jsonl")] == [
        one.row for one in with_file
    ]
    assert with_file[0].verdict == "right"


def test_each_question_is_encoded_and_recalled_once_where_nothing_needs_fixing(facts, monkeypatch):
    asked = [Question(str(i), row.cues[0], (row.id,), ()) for i, row in enumerate(list(facts)[:5])]
    encoded, recalled, encode, recall = [], [], facts.encoder.encode, Memory.recall
    monkeypatch.setattr(facts.encoder, "encode", lambda texts, *more: encoded.extend(texts) or encode(texts, *more))
    monkeypatch.setattr(Memory, "recall", lambda *given, **more: recalled.append(1) or recall(*given, **more))
    done = triage.triage(facts, asked)
    assert [one.verdict for one in done] == ["right"] * 5
    assert encoded == [question.query for question in asked]
    assert len(recalled) == 5
    trace = ask_encoded(facts, asked[0], triage.HOW, encode([asked[0].query])[0])
    assert compared(ask(facts, asked[0], triage.HOW), trace).told(0).startswith("The Trace is the same")


def test_a_miss_is_recalled_once_for_its_verdict_and_its_proposals(facts, monkeypatch):
    asked = [
        Question(
            "p", "Who feeds the dog while we are away at grandma's?", (), ("Who looks after the pets when we travel?",)
        )
    ]
    recalled, recall = [], Memory.recall
    monkeypatch.setattr(Memory, "recall", lambda *given, **more: recalled.append(1) or recall(*given, **more))
    (one,) = triage.triage(facts, asked, rule=FIRST)
    assert (one.verdict, one.fix.kind) == ("a rival wins", "within")
    assert len(recalled) == 2  # the query, and a copy whose rival is renamed: other ways to ask are run all at once


def test_nuonuo_is_held_against_other_methods_question_by_question(facts):
    asked = [Question(str(i), row.cues[0], (row.id,), ()) for i, row in enumerate(list(facts)[:5])]
    rows = paired(triage.triage(facts, asked, fix=False))
    assert {row.gain for row in rows if row.method == triage.COSINE} == {0.0}
    assert not any(row.sure for row in rows if row.method == triage.COSINE)
    assert paired([]) == []


def test_ranks_beyond_the_candidates_count_where_the_rule_says_so(facts):
    """The rule alone says how many ranks count, not how many candidates a recall keeps."""
    asked = [Question(str(i), "Paint the fence green", (row.id,), ()) for i, row in enumerate(list(facts)[::8])]
    for within in (60, len(facts)):
        done = triage.triage(facts, asked, fix=False, rule=Rule(within))
        assert [one.verdict == "right" for one in done] == [one.rank <= within for one in done]
        assert any(20 < one.rank <= within for one in done)
