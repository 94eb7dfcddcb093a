"""Specifies nuonuo/cli and nuonuo/__main__.py."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from nuonuo import Asking, Memory, Trace
from nuonuo.cli.commands import EXPERIMENTS, app
from nuonuo.cli.console import told
from nuonuo.lab import chains, locomo, speed
from nuonuo.memory.records import Tie
from tests.conftest import BANKS


@pytest.fixture
def cli(encoder, tmp_path, monkeypatch):
    """Runs a command in an empty folder, with this test run's encoder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nuonuo.memory.memory.Encoder", lambda name, device: encoder)
    for module in (locomo, chains, speed):
        monkeypatch.setattr(module, "Encoder", lambda: encoder)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def support(cli):
    """The support bank, imported as support.nuonuo."""
    assert cli("import", BANKS / "support.jsonl").exit_code == 0
    return "support.nuonuo"


def test_a_recall_from_the_command_line_is_asked_as_one_from_python(cli, support):
    trace = Trace.from_json(cli("recall", support, "the shop is slow", "--json").stdout)
    assert trace.asking == Asking()


def test_what_is_added_is_recalled_listed_and_forgotten(cli):
    added = cli("add", "notes.nuonuo", "The database is slow", "An index is missing", "--cue", "Queries take ages")
    assert (added.exit_code, added.stdout) == (0, "1\n")
    assert cli("add", "notes.nuonuo", "The cat only eats tuna").stdout == "2\n"
    assert cli("recall", "notes.nuonuo", "my queries are taking ages").stdout.startswith("An index is missing\n")
    assert cli("list", "notes.nuonuo").stdout.splitlines()[1:] == [
        " 1  The database is slow    An index is missing             1",
        " 2  The cat only eats tuna  The cat only eats tuna          0",
    ]
    assert cli("forget", "notes.nuonuo", 1).stdout == "Forgot 1 memory.\n"
    assert cli("recall", "notes.nuonuo", "my queries are taking ages").stdout.startswith("The cat only eats tuna\n")
    assert cli("forget", "notes.nuonuo", 2, 2).stdout == "Forgot 1 memory.\n"
    assert cli("list", "notes.nuonuo").stdout == "notes.nuonuo is empty.\n"


def test_recall_as_json_is_the_trace_and_nothing_else(cli, support, encoder):
    words = ["--k", 4, "--beta", 9, "--steps", 2, "--sigma", 0.5, "--seed", 3, "--hops", 2, "--separation", "softmax"]
    out = cli("recall", support, "the shop is slow", "--json", *words)
    trace = Trace.from_json(out.stdout)
    assert (trace.asking.k, trace.asking.beta, trace.asking.steps) == (4, 9, 2)
    assert (trace.asking.noise.sigma, trace.asking.noise.seed) == (0.5, 3)
    assert trace.asking.separation == "softmax 8"
    memory = Memory.open(support, encoder)
    again = memory.recall("the shop is slow", k=4, beta=9, steps=2, noise=trace.asking.noise)
    assert [c.id for c in again.candidates] == [c.id for c in trace.candidates]
    memory.close()
    assert out.stderr == ""


def test_recall_for_people_shows_the_ranking_plain_cosine_and_the_hops(cli, support):
    out = cli("recall", support, "the shop is slow", "--hops", 3, "--separation", "linear").stdout
    lines = out.splitlines()
    assert lines[2].split() == ["rank", "id", "score", "meaning", "words", "weight", "cosine", "target"]
    assert len(lines[3:8]) == 5
    assert [line.split()[0] for line in lines[3:8]] == ["1", "2", "3", "4", "5"]
    assert lines[3].split()[7:10] == lines[0].split()[:3]
    assert float(lines[3].split()[2]) == pytest.approx(sum(map(float, lines[3].split()[3:5])), abs=2e-3)
    alone = cli("recall", support, "the shop is slow", "--words", 0).stdout.splitlines()
    assert {line.split()[4] for line in alone[3:8]} == {"0.000"}
    assert "\nPlain nearest neighbour: " in out
    assert lines[-1].startswith("Stopped: ")


def test_plain_cosines_answer_is_named_where_it_differs(stories):
    trace = stories.recall("Who mended the boat?")
    first, second = trace.candidates[:2]
    same, other = (told(replace(trace, nearest=n, lexical=None)).splitlines()[-1] for n in (first, second))
    assert same == f"Plain nearest neighbour: the same, cosine {first.cosine:.3f}"
    assert other == f"Plain nearest neighbour: {second.target} (id {second.id}), cosine {second.cosine:.3f}"


def test_what_links_bring_and_the_answer_of_bm25_are_shown(encoder):
    with closing(Memory(encoder=encoder)) as memory:
        one, two = memory.add("The red boat sails"), memory.add("The lamp is lit")
        memory.add("A boat is red", "Another")
        memory.change(one, ties=(Tie(two),))
        out = told(memory.recall("The red boat sails"))
    assert out.splitlines()[2].split() == [
        "rank",
        "id",
        "score",
        "meaning",
        "words",
        "links",
        "weight",
        "cosine",
        "target",
    ]
    assert out.splitlines()[-1].startswith("BM25: the same, ")


def test_an_import_takes_every_memory_with_its_cues(cli, sample):
    assert cli("import", BANKS / "facts.jsonl", "--bank", "here.nuonuo").stdout == (
        f"Added {len(sample('facts'))} memories to here.nuonuo.\n"
    )
    memory = Memory.open("here.nuonuo")
    assert [(r.cues[0], r.target) for r in memory] == [(row["cue"], row["target"]) for row in sample("facts")]
    assert memory.cues == sum(1 + len(row.get("cues", ())) for row in sample("facts"))
    memory.close()


def test_an_import_tells_the_links_that_come_with_it(cli, tmp_path):
    a, b = (
        '{"id": 1, "title": "Old Lamp", "cue": "one", "embedding": [1, 0]',
        '{"id": 2, "cue": "an Old Lamp", "embedding": [0, 1]',
    )
    (tmp_path / "mine.jsonl").write_text(f'{a}, "links": [2]}}\n{b}}}\n')
    assert cli("import", "mine.jsonl").stdout == (
        "Added 2 memories to mine.nuonuo; 2 links between them: 1 mention, 1 by hand.\n"
    )
    (tmp_path / "more.jsonl").write_text(b.replace("an Old", "that Old") + "}\n")
    assert cli("import", "more.jsonl", "--bank", "mine.nuonuo").stdout == (
        "Added 1 memory to mine.nuonuo; 1 link with the others: 1 mention.\n"
    )


def test_a_file_of_ready_made_embeddings_makes_a_bank_without_an_encoder(cli, tmp_path):
    (tmp_path / "mine.jsonl").write_text('{"cue": "a", "embedding": [1, 0, 0]}\n{"cue": "b", "embedding": [0, 1, 0]}\n')
    assert cli("import", "mine.jsonl").stdout == "Added 2 memories to mine.nuonuo.\n"
    memory = Memory.open("mine.nuonuo")
    assert (memory.encoder, memory.dimension) == (None, 3)
    memory.close()


def test_an_import_that_fails_leaves_no_bank_behind(cli, tmp_path):
    (tmp_path / "odd.jsonl").write_text('{"cue": "a", "embedding": [1, 0]}\n{"cue": "b", "embedding": [1]}\n')
    out = cli("import", "odd.jsonl")
    assert out.exit_code == 2
    assert out.stderr == "Error: odd.jsonl, line 2: embedding must have 2 numbers as in line 1, got 1\n"
    assert [p.name for p in tmp_path.iterdir()] == ["odd.jsonl"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["recall", "none.nuonuo", "x"], "there is no bank at none.nuonuo"),
        (["recall", "support.nuonuo", " "], "query must not be blank"),
        (["recall", "support.nuonuo", "x", "--beta", "0"], "beta must be a finite number > 0, got 0.0"),
        (["recall", "support.nuonuo", "x", "--k", "0"], "k must be >= 1, got 0"),
        (["recall", "support.nuonuo", "x", "--words", "-1"], "words must be a finite number >= 0, got -1.0"),
        (["recall", "support.nuonuo", "x", "--links", "nan"], "links must be a finite number >= 0, got nan"),
        (
            ["recall", "support.nuonuo", "x", "--relations", "mention,cousin"],
            "--relations must be among sequence, mention, reference, target, by hand, got 'cousin'",
        ),
        (["recall", "support.nuonuo", "x", "--steps", "0"], "steps must be >= 1, got 0"),
        (["recall", "support.nuonuo", "x", "--hops", "-1"], "hops must be >= 0, got -1"),
        (["recall", "support.nuonuo", "x", "--sigma", "-1"], "sigma must be a finite number >= 0, got -1.0"),
        (
            ["recall", "support.nuonuo", "x", "--separation", "cube"],
            "separation must be one of linear, power, softmax, or power or softmax with a number, got 'cube'",
        ),
        (["recall", "note.txt", "x"], "bank note.txt must be a NuoNuo bank, a SQLite file"),
        (["add", "no/such/notes.nuonuo", "x"], "bank no/such/notes.nuonuo cannot be made: there is no folder no/such"),
        (["add", "new.nuonuo", " "], "memory 0 must have texts that are not blank, got [' ', ' ']"),
        (["import", "none.txt"], "there is no file none.txt"),
        (["forget", "support.nuonuo", "99"], "there is no memory with id 99 in bank support"),
        (["list", "none.nuonuo"], "there is no bank at none.nuonuo"),
        (["lab", "alchemy"], f"there is no experiment 'alchemy': choose {', '.join(EXPERIMENTS)}"),
        (["lab", "locomo"], "experiment locomo needs a file: python -m nuonuo lab locomo FILE"),
        (["lab", "locomo", "note.txt", "--n", "9", "--links", "9"], "experiment locomo does not take --links, --n"),
        (["lab", "speed", "--json", "no/such.json"], "cannot write no/such.json: there is no folder no"),
        (["lab", "speed", "--n", "9"], "n must lie between 100 and 200,000, got 9"),
        (["lab", "speed", "--n", "many"], "--n must be a whole number, got 'many'"),
        (["lab", "capacity", "--sigma", "much"], "--sigma must be a number, got 'much'"),
        (["lab", "locomo", "note.txt", "--cues=no"], "--cues must be true or false, got 'no'"),
        (["lab", "backgrounds", "--sizes", "1,x"], "--sizes must be a whole number, got 'x'"),
        (["lab", "chains", "--links"], "--links needs a value"),
        (["lab", "chains", "one.txt", "two.txt"], "an option must be --name value, got 'two.txt'"),
        (["lab", "speed", "--csv", "no/such.csv"], "cannot write no/such.csv: there is no folder no"),
    ],
)
def test_an_expected_error_is_one_sentence_and_code_two(cli, support, tmp_path, words, sentence):
    (tmp_path / "note.txt").write_text("just a note\n" * 100)
    out = cli(*words)
    assert (out.exit_code, out.stdout) == (2, "")
    assert out.stderr.startswith(f"Error: {sentence}")
    assert out.stderr.count("\n") == 1
    assert not (tmp_path / "new.nuonuo").exists()


def test_an_experiment_prints_its_table_or_its_json_alone_or_writes_it(cli, tmp_path):
    (tmp_path / "texts.txt").write_text("one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n")
    printed = cli("lab", "chains", "texts.txt", "--links", 6, "--json", "rows.json").stdout
    assert printed.split()[:5] == ["system", "keys", "separation", "parameter", "links"]
    alone = cli("lab", "chains", "texts.txt", "--links", 6, "--json", "-", "--csv", "rows.csv")
    assert (tmp_path / "rows.csv").read_text().startswith("system,keys,separation,parameter,links,hop,cosine")
    assert alone.stderr == ""
    assert json.loads(alone.stdout) == json.loads((tmp_path / "rows.json").read_text())
    assert len(json.loads(alone.stdout)) == len(printed.splitlines()) - 1 == 42


def test_the_program_runs_without_a_network_or_a_traceback(tmp_path):
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    run = lambda *words: subprocess.run(  # noqa: E731
        [sys.executable, "-m", "nuonuo", *words], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert (run("add", "notes.nuonuo", "Tea is in the tin").stdout) == "1\n"
    recalled = run("recall", "notes.nuonuo", "Where is the tea?", "--json")
    assert (Trace.from_json(recalled.stdout).answer.target, recalled.stderr) == ("Tea is in the tin", "")
    wrong = run("list", "none.nuonuo")
    assert (wrong.returncode, wrong.stdout, wrong.stderr) == (2, "", "Error: there is no bank at none.nuonuo\n")


def test_embeddings_of_another_size_than_the_banks_are_refused_and_none_is_stored(cli, support, tmp_path):
    (tmp_path / "four.jsonl").write_text('{"cue": "a", "embedding": [1, 2, 3, 4]}\n{"cue": "b"}\n')
    says = "an embedding is missing in 1 of 2 rows, and the others have 4 numbers where all-MiniLM-L6-v2 makes 384: "
    for into, sentence in (
        (support, f"its embeddings have 4 numbers, and bank {support} takes 384"),
        ("new.nuonuo", says + "give each row an embedding"),
    ):
        out = cli("import", "four.jsonl", "--bank", into)
        assert (out.exit_code, out.stderr) == (2, f"Error: four.jsonl: {sentence}\n")
    assert not (tmp_path / "new.nuonuo").exists()
    assert len(cli("list", support).stdout.splitlines()) == 11


def test_a_damaged_bank_is_checked_and_repaired_and_an_open_one_copied(cli, support, tmp_path):
    assert cli("check", support).stdout.startswith("support.nuonuo is whole: ")
    with closing(Memory.open(support)):
        assert cli("copy", support, "copy.nuonuo").stdout == "Copied support.nuonuo to copy.nuonuo.\n"
    assert cli("check", "copy.nuonuo").exit_code == 0
    assert cli("copy", support, "copy.nuonuo").exit_code == 2
    with closing(sqlite3.connect(support)) as db, db:
        db.execute("UPDATE memory SET target='other' WHERE id=2")
    for words in (("check", support), ("list", support), ("recall", support, "slow"), ("add", support, "a", "b")):
        failed = cli(*words)
        assert failed.exit_code == 2
        assert failed.stderr == "Error: bank support.nuonuo is damaged: its memory 2 is not as it was stored\n"
    done = cli("repair", support)
    assert "are in support-repaired.nuonuo now.\nLost: 1 memory, not whole or not as stored (ids 2).\n" in done.stdout
    assert cli("check", "support-repaired.nuonuo").exit_code == 0
    assert cli("repair", "copy.nuonuo", "again.nuonuo").stdout.endswith("Nothing is lost.\n")
    assert "is there already: choose another name" in cli("repair", support).stderr
    (tmp_path / "folder.nuonuo").mkdir()
    assert cli("list", "folder.nuonuo").stderr == "Error: there is no bank at folder.nuonuo: it is a folder\n"
    assert cli("check", "none.nuonuo").stderr == "Error: there is no bank at none.nuonuo\n"
