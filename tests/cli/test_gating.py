"""Specifies nuonuo/cli/gating.py: minima, baselines and somebody's own run in `triage` on the command line."""

import json

import pytest

from tests.cli.test_debugging import cli  # noqa: F401

RUN = "slow Q0 2 1 0.9 bm25\nslow Q0 1 2 0.4 bm25\ncat Q0 2 1 0.8 bm25\n"


def test_a_minimum_that_is_missed_is_said_and_leaves_code_1(cli):  # noqa: F811
    good = cli("triage", "m.csv", "q.jsonl", "--no-fixes", "--min", "recall@10=0.9", "--min", "any@5=1")
    assert good.exit_code == 0
    assert "Passed: recall@10 is 1.000 (95% interval 0.342 to 1.000, 2 questions): at least 0.9." in good.stdout
    bad = cli("triage", "m.csv", "q.jsonl", "--no-fixes", "--min", "recall@1=0.9", "--json", "-")
    assert bad.exit_code == 1
    assert len(json.loads(bad.stdout)) == 3  # the rows alone
    assert bad.stderr == (
        "Failed: recall@1 is 0.500 (95% interval 0.095 to 0.905, 2 questions): below the 0.9 that was asked.\n"
    )


def test_a_baseline_is_kept_and_the_next_run_is_held_against_it(cli, tmp_path):  # noqa: F811
    first = cli("triage", "m.csv", "q.jsonl", "--no-fixes", "--save-baseline", "base.json")
    assert first.exit_code == 0
    assert set(json.loads((tmp_path / "base.json").read_text())["questions"]) == {"slow", "cat"}
    again = cli("triage", "m.csv", "q.jsonl", "--no-fixes", "--baseline", "base.json", "--strict")
    assert again.exit_code == 0
    assert "Passed: MRR did not fall against the baseline, from 0.750 to 0.750" in again.stdout
    (tmp_path / "run.trec").write_text("slow Q0 2 1 0.9 x\n")
    worse = cli("triage", "m.csv", "q.jsonl", "--run", "run.trec", "--baseline", "base.json")
    assert worse.exit_code == 0
    assert "fell against the baseline, which may be chance" in worse.stdout
    strict = cli(
        "triage", "m.csv", "q.jsonl", "--run", "run.trec", "--baseline", "base.json", "--strict", "--save-baseline", "b"
    )
    assert strict.exit_code == 1
    assert "Failed: recall@10 fell against the baseline, failed because any fall fails" in strict.stderr
    assert not (tmp_path / "b").exists()  # what failed is no baseline


def test_a_run_is_triaged_as_it_is_beside_ours(cli, tmp_path):  # noqa: F811
    (tmp_path / "run.trec").write_text(RUN)
    out = cli("triage", "m.csv", "q.jsonl", "--run", "run.trec", "--within", 1, "--json", "rows.json")
    assert out.exit_code == 0
    head = out.stdout.splitlines()[0].split()
    assert head == ["measure", "run", "bm25", "NuoNuo", "nearest", "neighbour", "BM25"]
    assert "slow, “Queries take forever”: “1” is at rank 2 of the run with score 0.4, 0.5 below that of place 1" in (
        out.stdout
    )
    assert "Questions without a ranking in the run, which count as finding nothing: 1." in out.stdout
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert [(row["query_id"], row["verdict"]) for row in rows] == [("slow", "below the cut"), ("cat", "not retrieved")]
    (tmp_path / "qrels.txt").write_text("slow 0 2 1\n")
    judged = cli("triage", "m.csv", "q.jsonl", "--run", "run.trec", "--qrels", "qrels.txt", "--min", "MRR=1")
    assert judged.exit_code == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ["--min", "accuracy=0.5"],
            "there is no measure 'accuracy': choose recall@k, any@k, all@k, nDCG@k, MRR or MAP",
        ),
        (["--min", "MRR"], "a minimum must be MEASURE=VALUE"),
        (["--strict"], "--strict needs --baseline FILE"),
        (["--baseline", "gone.json"], "there is no file gone.json"),
        (["--save-baseline", "no/base.json"], "cannot write no/base.json: there is no folder no"),
        (["--qrels", "qrels.txt"], "--qrels needs --run RUN"),
        (["--run", "q.jsonl"], "must have `query_id` and `results`"),
    ],
)
def test_wrong_options_are_one_sentence_and_code_2(cli, options, sentence):  # noqa: F811
    out = cli("triage", "m.csv", "q.jsonl", *options)
    assert out.exit_code == 2
    assert sentence in out.stderr
    assert out.stdout == ""


def test_a_run_without_questions_says_how(cli, tmp_path):  # noqa: F811
    (tmp_path / "run.trec").write_text(RUN)
    out = cli("triage", "list.json", "--run", "run.trec")
    assert out.exit_code == 2
    assert "a run needs its questions: python -m nuonuo triage CORPUS QUERIES --run RUN" in out.stderr
