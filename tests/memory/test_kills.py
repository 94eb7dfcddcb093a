"""Specifies that a kill at any moment of an add, import, change, forget or migration loses nothing acknowledged."""

import json
import os
import random
import signal
import sqlite3
import time
from contextlib import closing

import pytest
import torch

from nuonuo import Memory
from nuonuo.memory.records import About, record
from tests.conftest import items, unit

MANY = 120  # memories of one import


def made(number):
    return record(f"cue {number}", f"target {number}", (), unit(1, 8, number), unit(1, 8, -number)[0])


def changing(path, seed, say):
    """Changes a bank for ever, and says each change before it begins and after it is stored."""
    draw = random.Random(seed)
    with closing(Memory(path, dimension=8)) as memory:
        for number in range(seed * 1_000_000, (seed + 1) * 1_000_000, MANY):
            ids = [row.id for row in memory]
            kind = draw.choice(["add", "change", "forget", "import"] if ids else ["add", "import"])
            chosen = (
                draw.sample(ids, len(ids) // 2 if len(ids) > 2 * MANY else 1) if kind in {"change", "forget"} else []
            )
            numbers = list(range(number, number + (MANY if kind == "import" else 1)))
            told = {"kind": kind, "ids": chosen[:1] if kind == "change" else chosen, "numbers": numbers}
            say(told)
            if kind == "change":
                memory.change(chosen[0], about=About(title=str(number)))
            elif kind == "forget":
                memory.forget(chosen)
            else:
                told["ids"] = memory.add_many([made(one) for one in numbers])
            say(told | {"done": True})


def opening(path, seed, say):
    """Opens a bank, which brings it to the newest format."""
    Memory.open(path).close()
    say({"done": True})


def killed(work, path, seed, delay):
    """What a process said that worked on a bank until it was killed after some seconds."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reading)
            torch.set_num_threads(1)
            work(path, seed, lambda told: os.write(writing, (json.dumps(told) + "\n").encode()))
        finally:
            os._exit(0)
    os.close(writing)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reading) as said:
        return [json.loads(line) for line in said if line.endswith("\n")]


def content(path):
    """What a bank holds, by id; its file is whole."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    with closing(Memory.open(path)) as memory:
        return {row.id: (row.target, row.about.title) for row in memory}


def applied(held, told, ids):
    """What a bank holds after a change, whose memories have these ids."""
    held = dict(held)
    if told["kind"] == "change":
        held[ids[0]] = held[ids[0]][0], str(told["numbers"][0])
    elif told["kind"] == "forget":
        held = {i: one for i, one in held.items() if i not in ids}
    else:
        held |= {i: (f"target {number}", None) for i, number in zip(ids, told["numbers"], strict=True)}
    return held


@pytest.mark.parametrize("kills", [12, pytest.param(220, marks=pytest.mark.slow)])
def test_nothing_acknowledged_is_lost_nothing_is_half_there_and_nothing_is_doubled(tmp_path, kills):
    path, draw = tmp_path / "b.db", random.Random(7)
    with closing(Memory(path, dimension=8)) as memory:
        memory.add_many([made(i) for i in range(5)])
    held, promised, pending, kinds = content(path), 0, 0, set()
    for kill in range(1, kills + 1):
        said = killed(changing, path, kill, draw.uniform(0.0, 0.15))
        for told in said:
            if told.get("done"):
                held, promised = applied(held, told, told["ids"]), promised + 1
                kinds.add(told["kind"])
        now = content(path)
        if now != held:  # the change that was being made is there wholly
            last = said[-1]
            assert not last.get("done")
            new = sorted(set(now) - set(held))
            assert now == applied(held, last, new if last["kind"] in {"add", "import"} else last["ids"])
            pending += 1
        held = now
        assert len({target for target, _ in held.values()}) == len(held)
    print(f"{kills} kills, {promised} acknowledged, {pending} stored when killed before they said so")
    assert promised >= kills
    assert kinds == {"add", "change", "forget", "import"}


@pytest.mark.parametrize("kills", [5, pytest.param(40, marks=pytest.mark.slow)])
def test_a_migration_that_is_killed_is_made_again_and_the_copy_of_the_old_file_is_whole(tmp_path, kills):
    old, draw, copies = tmp_path / "old.db", random.Random(8), 0
    with closing(Memory(old, dimension=8)) as memory:
        memory.add_many(items(2_000))
    whole = content(old)
    with closing(sqlite3.connect(old)) as db, db:
        db.execute("ALTER TABLE memory DROP COLUMN checksum")
        db.execute("ALTER TABLE whitening DROP COLUMN checksum")
        db.execute("DELETE FROM meta WHERE key='checksum'")
        db.execute("PRAGMA user_version=4")
    for kill in range(kills):
        path = tmp_path / f"{kill}.db"
        path.write_bytes(old.read_bytes())
        killed(opening, path, kill, draw.uniform(0.0, 0.12))
        assert content(path) == whole
        copy = tmp_path / f"{kill}.db.v4"
        with closing(sqlite3.connect(copy)) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (4,)
            assert db.execute("SELECT count(*) FROM memory").fetchone() == (2_000,)
        copies += not list(tmp_path.glob("*.part"))
    assert copies == kills
