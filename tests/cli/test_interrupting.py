"""Specifies nuonuo/cli/filling.py: what an import leaves behind that was interrupted, by real signals."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from nuonuo.files.memories import missing
from nuonuo.memory.records import Record
from tests.browser.driver import ROOT

CANCELLED = "Cancelled: nothing was stored.\n"


@pytest.fixture
def nuonuo(tmp_path):
    """Starts a command in a folder of its own, with a cache of its own."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}
    started = []

    def start(*words):
        code = "from nuonuo.__main__ import main; print('up', flush=True); main()"
        command = [sys.executable, "-c", code, *map(str, words)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(command, cwd=tmp_path, env=env, **pipes))
        assert started[-1].stdout.readline() == "up\n"
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def texts(path, n):
    """A file of n memories to be encoded."""
    path.write_text("".join(f"memory {i}: " + "words " * (5 + i % 40) + "\n" for i in range(n)), "utf-8")


def vectors(path, n):
    """A file of n memories with embeddings, which take no time."""
    x = torch.randn(n, 8, generator=torch.Generator().manual_seed(0)).tolist()
    path.write_text("".join(json.dumps({"cue": f"cue {i}", "embedding": x[i]}) + "\n" for i in range(n)), "utf-8")


def stored(path):
    """How many memories a bank's file holds."""
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    count = db.execute("SELECT count(*) FROM memory").fetchone()[0]
    db.close()
    return count


def until(true, seconds=90):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def encoding(tmp_path):
    """Whether a batch has reached the cache."""
    file = tmp_path / "cache" / "nuonuo" / "embeddings.sqlite-wal"
    return file.exists() and file.stat().st_size > 200_000


def test_an_interrupted_first_import_leaves_nothing_and_takes_nothing_that_another_stored(nuonuo, tmp_path):
    texts(tmp_path / "long.txt", 6000)
    importing = nuonuo("import", "long.txt", "--bank", "b.nuonuo")
    until(lambda: encoding(tmp_path))
    adding = nuonuo("add", "b.nuonuo", "Tea is in the tin")
    assert adding.communicate(timeout=120) == ("1\n", "")
    assert importing.poll() is None
    importing.send_signal(signal.SIGINT)
    assert importing.communicate(timeout=60) == ("", CANCELLED)
    assert importing.returncode == 130
    assert stored(tmp_path / "b.nuonuo") == 1


def test_an_interrupted_import_alone_leaves_no_file(nuonuo, tmp_path):
    texts(tmp_path / "long.txt", 6000)
    importing = nuonuo("import", "long.txt")
    until(lambda: encoding(tmp_path))
    importing.send_signal(signal.SIGINT)
    assert importing.communicate(timeout=60) == ("", CANCELLED)
    assert not list(tmp_path.glob("*.nuonuo*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda s: s.name)
def test_an_import_run_again_after_an_interruption_stores_each_memory_once(nuonuo, tmp_path, number):
    """Interrupted at random moments, most of them while it writes."""
    n, moment = 6000, random.Random(int(number))
    vectors(tmp_path / "many.jsonl", n)
    file = tmp_path / "many.nuonuo"
    for _ in range(4):
        importing = nuonuo("import", "many.jsonl")
        until(lambda: file.exists() or importing.poll() is not None)  # noqa: B023
        time.sleep(moment.uniform(0, 0.5))
        importing.send_signal(number)
        out, err = importing.communicate(timeout=60)
        if number == signal.SIGINT and importing.returncode:
            assert (err, importing.returncode, stored(file) in {0, n}) == (CANCELLED, 130, True)
        elif number == signal.SIGINT:
            assert out.startswith("Added ")  # what was being stored is stored
            assert stored(file) == n
    out, err = nuonuo("import", "many.jsonl").communicate(timeout=60)
    assert err == ""
    assert stored(file) == n
    assert (
        nuonuo("import", "many.jsonl").communicate()[0] == f"Added 0 memories to many.nuonuo; {n:,} it had already.\n"
    )


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.4, 1.2])
def test_ctrl_c_in_the_first_second_is_one_line(nuonuo, tmp_path, delay):
    """Once Python itself is up, which takes some hundredths of a second."""
    texts(tmp_path / "long.txt", 6000)
    for words in (["import", "long.txt"], ["lab", "capacity"]):
        command = nuonuo(*words)
        time.sleep(delay)
        command.send_signal(signal.SIGINT)
        assert command.communicate(timeout=60) == ("", CANCELLED)
        assert command.returncode == 130


def prepared(target, cue, x):
    return Record((cue,), target, np.float32([x]), np.float32(x))


def test_what_is_missing_differs_in_texts_or_embeddings_or_comes_more_often():
    there = [Record(("c",), "t", np.float32([[1, 0]]), np.float32([1, 0]), 7)]
    same, close = prepared("t", "c", [1, 0]), prepared("t", "c", [1, 1e-6])
    others = [prepared("t", "d", [1, 0]), prepared("u", "c", [1, 0]), prepared("t", "c", [0, 1])]
    assert missing([same], there) == missing([close], there) == []
    assert missing([*others, same], there) == [0, 1, 2]
    assert missing([same, same], there) == [1]
    assert missing([same], []) == [0]
