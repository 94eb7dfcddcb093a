"""Specifies nuonuo/cli/debugging.py: triage and suggest on the command line."""

import json

import pytest
from typer.testing import CliRunner

from nuonuo.cli.commands import app
from nuonuo.debug import suggest, triage
from tests.conftest import BANKS
from tests.files.test_suites import conversation, question

QUESTIONS = [
    {"query_id": "slow", "query": "Queries take forever", "expected": "The database is slow"},
    {"query_id": "cat", "query": "What is the pet's favourite meal?", "expected": "The database is slow"},
    {"query_id": "none", "query": "Who won?"},
]


@pytest.fixture
def cli(encoder, tmp_path, monkeypatch):
    """Runs a command in a folder with two memories and three questions, with this test run's encoder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nuonuo.memory.memory.Encoder", lambda *_: encoder)
    for module in (triage, suggest):
        monkeypatch.setattr(module, "Encoder", lambda: encoder)
    (tmp_path / "m.csv").write_text("cue,target\nThe database is slow,An index is missing\nThe cat eats,Only tuna\n")
    (tmp_path / "list.json").write_text("[3, 4]")
    (tmp_path / "q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in QUESTIONS))
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def test_triage_prints_recall_and_verdicts_and_writes_a_row_a_question(cli, tmp_path):
    out = cli("triage", "m.csv", "q.jsonl", "--json", "rows.json")
    assert out.exit_code == 0
    assert "recall@10  1.000" in out.stdout
    assert "BM25" in out.stdout
    assert "\n3 questions in " in out.stdout
    assert out.stdout.endswith("right means that all that is expected is among the first 5.\n")
    rows = json.loads((tmp_path / "rows.json").read_text())
    fields = ["query_id", "query", "rank", "verdict", "settling", "fix", "rank_after", "gain_on_others", "low", "high"]
    assert list(rows[0]) == [*fields, "others", "why"]
    assert [(row["query_id"], row["rank"]) for row in rows] == [("slow", 1), ("cat", 2), ("none", None)]
    assert [row["verdict"] for row in rows[:2]] == ["right", "right"]  # the second is among the first five
    strict = json.loads(cli("triage", "m.csv", "q.jsonl", "--json", "-", "--within", 1).stdout)
    assert (strict[0]["verdict"], strict[1]["verdict"]) == ("right", "asked in other words")
    assert (strict[1]["fix"], strict[1]["rank_after"]) == ("Hand on the first 2 instead of 1", 2)
    assert (strict[1]["others"], strict[1]["gain_on_others"]) == (1, 0.0)  # the other is first already
    assert rows[2]["verdict"] == "nothing expected"
    assert out.stdout.splitlines()[0].split() == ["method", "measure", "value", "low", "high", "n", "any", "all"]
    without = cli("triage", "m.csv", "q.jsonl", "--json", "-", "--words", 0, "--links", 0, "--relations", "mention")
    assert len(json.loads(without.stdout)) == 3
    alone = cli("triage", "m.csv", "q.jsonl", "--json", "-", "--no-fixes").stdout
    assert [row["fix"] for row in json.loads(alone)] == [None, None, None]


def test_a_bank_is_triaged_as_its_file_of_memories_is(cli):
    cli("import", "m.csv")
    rows = [json.loads(cli("triage", bank, "q.jsonl", "--json", "-").stdout) for bank in ("m.csv", "m.nuonuo")]
    assert rows[0] == rows[1]


def test_memories_with_embeddings_of_another_size_are_asked_by_embeddings(cli, tmp_path):
    memories = [{"cue": str(i), "embedding": [float(i == j) for j in range(4)]} for i in range(4)]
    asked = [{"query": "third", "expected_id": 3, "embedding": [0.1, 0, 1, 0]}]
    for name, rows in (("own.jsonl", memories), ("asked.jsonl", asked)):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert json.loads(cli("triage", "own.jsonl", "asked.jsonl", "--json", "-").stdout)[0]["verdict"] == "right"


def test_suggest_runs_every_change_and_says_what_it_breaks(cli, tmp_path):
    cli("import", BANKS / "facts.jsonl")
    rows = [json.loads(line) for line in (BANKS / "facts.jsonl").read_text("utf-8").splitlines()]
    asked = [{"query": query, "expected": row["cue"]} for row in rows for query in row["queries"]]
    (tmp_path / "asked.jsonl").write_text("".join(json.dumps(row) + "\n" for row in asked))
    out = cli("suggest", "facts.nuonuo", "asked.jsonl", "--within", 1, "--json", "rows.json")
    assert out.exit_code == 0
    assert "Compare plain cosines" in out.stdout
    assert "Chosen on one half of the questions, the best change gains" in out.stdout
    found = json.loads((tmp_path / "rows.json").read_text())
    assert all(row["fixes"] == len(row["fixed"]) and row["breaks"] == len(row["broke"]) for row in found)
    plain = next(row for row in found if row["change"] == "Compare plain cosines")
    alone = ("facts.nuonuo", "asked.jsonl", "--within", 1, "--words", 0, "--links", 0, "--json", "-")
    of_meaning = json.loads(cli("suggest", *alone).stdout)
    assert next(row for row in of_meaning if row["change"] == plain["change"])["over plain cosine"] == 0
    assert "Count shared words (w = 0.5)" in {row["change"] for row in of_meaning}
    from_plain = json.loads(
        cli("suggest", "facts.nuonuo", "asked.jsonl", "--within", 1, "--plain", "--json", "-").stdout
    )
    whitened = next(row for row in from_plain if row["change"] == "Whiten the keys with strength 0.5")
    assert whitened["gain"] == pytest.approx(-plain["gain"])


@pytest.mark.parametrize("command", ["triage", "suggest"])
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["m.csv"], "needs questions: python -m nuonuo"),
        (["m.csv", "gone.jsonl"], "there is no file gone.jsonl"),
        (["gone.json"], "there is no file gone.json"),
        (["gone.nuonuo", "q.jsonl"], "there is no bank at gone.nuonuo"),
        (["m.csv", "q.jsonl", "--json", "no/where.json"], "cannot write no/where.json: there is no folder no"),
        (["m.csv", "q.jsonl", "--json", "m.csv"], "cannot write m.csv: it is what is read"),
        (["m.csv", "q.jsonl", "--json", "."], "cannot write .: it is a folder"),
        (["list.json", "q.jsonl"], "list.json, item 1: must be a JSON object or a text"),
        (["m.csv", "q.jsonl", "--within", "0"], "--within must be >= 1, got 0"),
        (["m.csv", "q.jsonl", "--need", "some"], "--need must be all or any, got 'some'"),
        (["m.csv", "m.csv"], "query must be a text that is not blank, got nothing; there is no such column among cue"),
    ],
)
def test_what_cannot_be_begun_is_one_sentence(cli, command, words, sentence):
    out = cli(command, *words)
    assert out.exit_code == 2
    assert sentence in out.stderr
    assert out.stderr.count("\n") == 1


def test_a_bank_of_another_name_is_a_bank_all_the_same(cli):
    cli("import", "m.csv", "--bank", "other.db")
    assert json.loads(cli("triage", "other.db", "q.jsonl", "--json", "-").stdout)[0]["verdict"] == "right"


def test_suggest_counts_among_at_least_the_first(cli):
    out = cli("suggest", "m.csv", "q.jsonl", "--within", 0)
    assert (out.exit_code, out.stderr) == (2, "Error: --within must be >= 1, got 0\n")


def test_published_files_bring_their_own_questions(cli, tmp_path):
    (tmp_path / "locomo.json").write_text(json.dumps([conversation("c1"), conversation("c2")]))
    (tmp_path / "longmemeval.json").write_text(json.dumps([question("q1"), question("q2_abs")]))
    rows = json.loads(cli("triage", "locomo.json", "--json", "-").stdout)
    assert [row["query_id"] for row in rows] == ["c1:1", "c1:2", "c2:1", "c2:2"]
    assert [row["rank"] for row in rows] == [1, 1, 1, 1]
    rows = json.loads(cli("triage", "longmemeval.json", "--json", "-").stdout)
    nothing = [(row["query_id"], row["verdict"] == "nothing expected") for row in rows]
    assert nothing == [("q1", False), ("q2_abs", True)]
    assert json.loads(cli("suggest", "longmemeval.json", "--json", "-").stdout)
