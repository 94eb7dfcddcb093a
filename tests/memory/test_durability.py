"""Specifies that nothing acknowledged is lost: real processes, really killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from nuonuo import Memory
from tests.conftest import items

CHILD = """
import sys
from nuonuo import Memory
from nuonuo.memory.records import record
from tests.conftest import unit

memory, first, n = Memory(sys.argv[1], dimension=8), int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for i in range(first, first + n):
    (number,) = memory.add_many([record(f"cue {i}", f"target {i}", ("again",), unit(2, 8, i), unit(1, 8, -i)[0])])
    print(number, i, flush=True)
"""


def adding(path, first, n):
    """A process that adds n memories and prints each one's id and number once it is stored."""
    command = [sys.executable, "-c", CHILD, str(path), str(first), str(n)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def begin(*children):
    """Wait until all are ready, then let them add."""
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()


def acknowledged(lines):
    """Ids and numbers of whole lines."""
    return {int(number): int(i) for number, i in (line.split() for line in lines if line.endswith("\n"))}


def check(path, promised):
    """The bank is whole and holds every promised memory."""
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    db.close()
    memory = Memory.open(path)
    for number, i in promised.items():
        row = memory.get(number)
        assert (row.target, row.cues) == (f"target {i}", (f"cue {i}", "again"))
        assert memory.recall(row.cue_embeddings[0]).answer.id == number
    memory.close()
    return len(memory)


@pytest.mark.parametrize("delay", [0.0, 0.003, 0.011])
def test_a_killed_process_loses_nothing_it_acknowledged(tmp_path, delay):
    child = adding(tmp_path / "b.db", 0, 100_000)
    begin(child)
    lines = [child.stdout.readline() for _ in range(20)]
    time.sleep(delay)
    os.kill(child.pid, signal.SIGKILL)
    lines += child.stdout.readlines()
    assert child.wait() == -signal.SIGKILL
    child.stdin.close()
    child.stdout.close()
    promised = acknowledged(lines)
    assert len(promised) >= 20
    assert len(promised) <= check(tmp_path / "b.db", promised) <= len(promised) + 1


def test_processes_that_add_at_the_same_time_lose_nothing(tmp_path):
    children = [adding(tmp_path / "b.db", 1000 * c, 60) for c in (1, 2)]
    begin(*children)
    promised = [acknowledged(child.communicate()[0].splitlines(keepends=True)) for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert [len(p) for p in promised] == [60, 60]
    assert not set(promised[0]) & set(promised[1])
    assert check(tmp_path / "b.db", promised[0] | promised[1]) == 120


IMPORT = """
import sys
from nuonuo import Memory
from tests.conftest import items

memory = Memory(sys.argv[1], dimension=8)
print("ready", flush=True)
sys.stdin.readline()
memory.add_many(items(2_500))
print("done", flush=True)
"""


def importing(path):
    """A process that imports 2,500 memories in one go."""
    command, root = [sys.executable, "-c", IMPORT, str(path)], Path(__file__).parents[2]
    return subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_a_killed_import_is_there_wholly_or_not_at_all_and_made_again_doubles_nothing(tmp_path):
    child, began = importing(tmp_path / "whole.db"), 0.0
    begin(child)
    began = time.monotonic()
    assert child.stdout.readline() == "done\n"
    whole = time.monotonic() - began
    child.communicate()
    found = []
    for kill in range(5):
        path = tmp_path / f"{kill}.db"
        child = importing(path)
        begin(child)
        time.sleep(whole * (kill + 1) / 6)
        os.kill(child.pid, signal.SIGKILL)
        said = child.communicate()[0]
        db = sqlite3.connect(path)
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        db.close()
        with closing(Memory.open(path)) as memory:
            found.append(len(memory))
            assert found[-1] in ({2_500} if said else {0, 2_500})
            if not found[-1]:
                memory.add_many(items(2_500))
            assert len(memory) == len(memory._store.load()) == 2_500
    assert 0 in found
