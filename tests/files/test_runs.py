"""Specifies nuonuo/files/runs.py."""

import json

import pytest

from nuonuo.files.runs import Hit, read_qrels, read_run


def wrote(tmp_path, text, name="run.trec"):
    (tmp_path / name).write_text(text)
    return tmp_path / name


def test_a_trec_run_is_ordered_by_its_scores_as_trec_eval_does(tmp_path):
    run = read_run(wrote(tmp_path, "q1 Q0 b 1 0.5 mine\nq1 Q0 a 2 0.9 mine\n\nq2\tQ0\tc\t1\t-1e-3\tmine\n"))
    assert run.name == "mine"
    assert run.rankings == {"q1": (Hit("a", 0.9), Hit("b", 0.5)), "q2": (Hit("c", -0.001),)}
    assert "the ranks of 1 of 2 questions contradict their scores; the scores decide" in run.notes[0]


def test_equal_scores_keep_the_order_of_the_ranks(tmp_path):
    run = read_run(wrote(tmp_path, "q Q0 b 2 1 t\nq Q0 a 1 1 t\nq Q0 z 3 1 t\n"))
    assert [hit.id for hit in run.rankings["q"]] == ["a", "b", "z"]
    assert run.notes == ()


def test_the_forms_of_a_json_run_say_the_same(tmp_path):
    rows = [
        {"query_id": "q1", "results": [{"id": "a", "score": 0.9}, {"id": "b", "score": 0.5}]},
        {"query_id": 2, "results": [{"id": 7, "score": 1}]},
    ]
    as_list = read_run(wrote(tmp_path, json.dumps(rows, indent=1), "a.json"))
    as_lines = read_run(wrote(tmp_path, "\n".join(map(json.dumps, rows)), "b.jsonl"))
    scores = {"q1": {"b": 0.5, "a": 0.9}, "2": {"7": 1}}
    as_scores = read_run(wrote(tmp_path, json.dumps(scores), "c.json"))
    assert as_list.rankings == as_lines.rankings == as_scores.rankings
    assert as_list.rankings["q1"] == (Hit("a", 0.9), Hit("b", 0.5))
    assert as_list.name == "a"
    bare = read_run(wrote(tmp_path, '{"query_id": "q", "results": ["x", "y"]}', "d.json"))
    assert bare.rankings == {"q": (Hit("x", None), Hit("y", None))}


def test_of_distances_the_negative_counts_and_of_a_trace_its_last_stage(tmp_path):
    results = [{"id": "a", "score": 0.1}, {"id": "b", "score": 0.4}]
    row = {"query_id": "q", "results": results, "better": "lower"}
    assert read_run(wrote(tmp_path, json.dumps(row), "d.json")).rankings == {"q": (Hit("a", -0.1), Hit("b", -0.4))}
    stages = [{"name": "first", "results": [{"id": "z"}]}, {"name": "last", "results": results, "better": "lower"}]
    trace = {"query_id": "q", "query": "Where?", "expected": ["a"], "stages": stages}
    found = read_run(wrote(tmp_path, json.dumps(trace), "trace.json")).rankings
    assert found == {"q": (Hit("a", -0.1), Hit("b", -0.4))}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty: a run must be"),
        ("q Q0 a 1 0.5\n", r"line 1: must be `qid Q0 docid rank score tag`, got 5 fields"),
        ("q Q0 a 1 0.5 t\nq Q0 b x 0.4 t\n", 'line 2: rank must be a whole number, got "x"'),
        ("q Q0 a 1 high t\n", 'line 1: score must be a number, got "high"'),
        ("q Q0 a 1 nan t\n", 'line 1: score must be a number, got "nan"'),
        ("q Q0 a 1 0.5 t\nq Q0 a 2 0.4 t\n", "line 2: document a of question q is on line 1 already"),
        ("[]", "holds no ranking: each must have `query_id` and `results`"),
        ('[{"query": "q"}]', "row 1: must have `query_id` and `results`"),
        ('{"q": 3}', "question q: must be an object document: score, 3"),
        ('{"query_id": "q", "results": [{"score": 1}]}', "result 1: id must be a text or a whole number, got nothing"),
        ('{"query_id": "q", "results": [{"id": "a", "score": "x"}]}', "result 1: score must be a finite number"),
        (
            '{"query_id": "q", "results": [{"id": "a", "score": 0.1}, {"id": "b", "score": 0.2}]}',
            "results of question q must stand best first, so that no score is better than the one before; where lower",
        ),
        ('{"query_id": "q", "results": ["a", "a"]}', "document a of question q comes twice"),
        ('{"query_id": "q", "results": []}\n{"query_id": "q", "results": []}', "line 2: question q comes twice"),
        ('{"query_id": "q", "results": []}\n{"query_id": ', "line 2: must be JSON"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, text, sentence):
    with pytest.raises(ValueError, match=sentence) as wrong:
        read_run(wrote(tmp_path, text))
    assert "run.trec" in str(wrong.value)


def test_a_run_that_is_no_text_is_named(tmp_path):
    (tmp_path / "run").write_bytes(b"q Q0 \xff 1 1 t")
    with pytest.raises(ValueError, match="must be UTF-8 text, but byte 6 is not"):
        read_run(tmp_path / "run")
    with pytest.raises(ValueError, match=r"nowhere\.trec"):
        read_run(tmp_path / "nowhere.trec")


def test_qrels_are_read_in_the_form_of_trec_and_of_beir(tmp_path):
    trec = read_qrels(wrote(tmp_path, "q1 0 a 2\nq1 0 b 0\nq2 0 c 1\n", "qrels.txt"))
    beir = read_qrels(wrote(tmp_path, "query-id\tcorpus-id\tscore\nq1\ta\t2\nq1\tb\t0\nq2\tc\t1\n", "qrels.tsv"))
    assert trec == beir == {"q1": {"a": 2.0, "b": 0.0}, "q2": {"c": 1.0}}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("q1 0\n", "line 1: must be `qid 0 docid grade` or"),
        ("q1 0 a high\n", "line 1: grade must be a number"),
        ("q1 0 a 1\nq1 0 a 1\n", "line 2: document a is judged twice for question q1"),
        ("query-id\tcorpus-id\tscore\n", "is empty: it must hold judgements"),
    ],
)
def test_wrong_qrels_are_said_by_line(tmp_path, text, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_qrels(wrote(tmp_path, text, "qrels.txt"))
