"""Specifies nuonuo/cli/indexing.py with Milvus Lite, in a file and as a server."""

import os
import re
import signal
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest
from typer.testing import CliRunner

from nuonuo import Memory
from nuonuo.cli.commands import app
from nuonuo.engines.embedded import Embedded
from nuonuo.memory.records import record
from tests.browser.driver import ROOT
from tests.conftest import BANKS
from tests.engines.material import bank_of, milvus_server
from tests.stores.conftest import THEIRS
from tests.stores.corpus import free_port

pytest.importorskip("pymilvus")
pytest.importorskip("milvus_lite")
pytestmark = [pytest.mark.filterwarnings(one) for one in THEIRS]
QUERY = "the shop is slow"


@pytest.fixture
def cli(encoder, tmp_path, monkeypatch):
    """Runs a command in an empty folder that holds the support bank, with this test run's encoder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NUONUO_INDEX", raising=False)
    monkeypatch.setattr("nuonuo.memory.memory.Encoder", lambda name, device: encoder)
    run = lambda *words: CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)  # noqa: E731
    assert run("import", BANKS / "support.jsonl").exit_code == 0
    return run


def targets(shown, memory):
    """The ids in a printed table."""
    return [int(line.split()[1]) for line in shown.strip().splitlines()[1:]]


@pytest.mark.parametrize("kind", ["file", "server"])
def test_a_bank_is_indexed_asked_and_dropped(cli, encoder, kind, tmp_path, monkeypatch):
    with milvus_server(tmp_path / "server.db") as (uri, _):
        to = "support.db" if kind == "file" else uri
        with closing(Memory.open("support.nuonuo", encoder)) as memory:
            n, key = len(memory.bank.X), memory.bank.whitening(encoder.encode([QUERY]))
            engine, codes = Embedded(memory.bank), memory.bank.encode(key).winners
            expected = [engine.search(key, 5), engine.by_words([QUERY], 5), engine.by_codes(codes, 5)]
        assert cli("index", "support.nuonuo", "--to", to).stdout == f"Cues in support at {to}: {n} added.\n"
        monkeypatch.setenv("NUONUO_INDEX", to)
        again = cli("index", "support.nuonuo").stdout
        assert again == f"Cues in support at {to}: nothing to send; {n} were there already.\n"
        shown = cli("index", "support.nuonuo", "--ask", QUERY, "--k", 5).stdout
        parts = re.split(r"By (?:meaning|words|codes):\n", shown)[1:]
        assert [targets(part, memory) for part in parts] == [hits.memories.tolist() for (hits,) in expected]
        assert cli("forget", "support.nuonuo", 1).exit_code == 0
        behind = f"support holds {n} cues, and the bank {n - 1}: run nuonuo index again.\n"
        assert cli("index", "support.nuonuo", "--ask", QUERY).stdout.endswith(behind)
        removed = cli("index", "support.nuonuo").stdout
        assert removed == f"Cues in support at {to}: 1 removed; {n - 1} were there already.\n"
        assert cli("index", "support.nuonuo", "--drop").stdout == f"Dropped support at {to}; the bank is as it was.\n"
        assert cli("list", "support.nuonuo").exit_code == 0
        gone = cli("index", "support.nuonuo", "--drop")
        assert (gone.exit_code, gone.stderr) == (
            2,
            f"Error: {to} has no collection 'support': there is nothing to drop\n",
        )


def test_what_shares_nothing_is_said(cli):
    assert cli("index", "support.nuonuo", "--to", "x.db").exit_code == 0
    shown = cli("index", "support.nuonuo", "--to", "x.db", "--ask", "zzyzx").stdout
    assert "By words: no memory shares one.\n" in shown


def test_what_cannot_be_indexed_is_one_sentence(cli, tmp_path):
    def error(*words):
        out = cli("index", *words)
        assert (out.exit_code, out.stdout) == (2, "")
        assert out.stderr.count("\n") == 1
        return out.stderr

    how = "a file that ends in .db, or http://host:port"
    port = free_port()
    assert error("support.nuonuo") == f"Error: where the index is must be said, with --to or NUONUO_INDEX: {how}\n"
    assert error("support.nuonuo", "--to", "x.sqlite") == f"Error: an index must be {how}, got 'x.sqlite'\n"
    assert error("support.nuonuo", "--to", "x.db", "--name", "a b").startswith("Error: a collection's name must be ")
    assert error("support.nuonuo", "--to", "x.db", "--dense", "hnsw").startswith("Error: dense must be flat (exact) ")
    there = f"http://127.0.0.1:{port}"
    assert error("support.nuonuo", "--to", there).startswith(f"Error: the Milvus server at {there} cannot be reached: ")
    assert error("support.nuonuo", "--to", "x.db", "--ask", "x") == (
        "Error: x.db has no collection 'support': make it with nuonuo index BANK\n"
    )
    assert "nowhere.nuonuo" in error("nowhere.nuonuo", "--to", "x.db")
    bank_of(5, path=tmp_path / "ready.nuonuo").close()
    assert error("ready.nuonuo", "--to", "x.db", "--ask", "x").startswith(
        "Error: bank ready holds ready-made embeddings"
    )


def test_ctrl_c_leaves_what_was_sent_and_the_next_run_goes_on(tmp_path):
    x = np.random.default_rng(0).normal(size=(4_000, 32))
    with closing(Memory(tmp_path / "many.nuonuo", dimension=32, units=256, winners=8)) as memory:
        memory.add_many([record(f"cue {i}", None, (), one, one) for i, one in enumerate(x)])
    with milvus_server(tmp_path / "server.db") as (uri, _):
        code = (
            "import os, signal; from nuonuo.engines import filling; from nuonuo.__main__ import main\n"
            "filling.BATCH, sent = 100, filling.batches\n"
            "def some(*words):\n"
            "    for i, rows in enumerate(sent(*words)):\n"
            "        if i == 7: os.kill(os.getpid(), signal.SIGINT)\n"
            "        yield rows\n"
            "filling.batches = some\n"
            "main()"
        )
        command = [sys.executable, "-c", code, "index", "many.nuonuo", "--to", uri]
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stdout) == (130, "")
        assert done.stderr == "Cancelled: what was sent stays, and the same command goes on from there.\n"
        assert done.returncode == signal.SIGINT + 128
        command = [sys.executable, "-m", "nuonuo", "index", "many.nuonuo", "--to", uri]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
        assert done.stdout == f"Cues in many at {uri}: 3,300 added; 700 were there already.\n"
        assert done.stderr == ""
