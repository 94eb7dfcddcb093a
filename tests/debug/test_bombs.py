"""Specifies that a capsule from a stranger is refused by its size, before it costs more than it weighs."""

import json
import subprocess
import sys

import pytest

from nuonuo.debug import capsule_schema
from nuonuo.debug.capsule import Capsule
from nuonuo.debug.capsule_suite import files_of
from tests.debug import bombs

SAYS = {
    bombs.large: "a capsule must have at most 64,000,000 bytes, got 70,006,",
    bombs.wide: "bank must be a text, got 1",
    bombs.memories: "memories must be at most 10,000, got ",
    bombs.more: "a capsule must have at most 300,000 fields in all, got more",
    bombs.most: "a capsule must have exactly its own fields, each of its own type; 299,000 are not",
    bombs.lists: "a capsule must have at most 200,000 lists, got 10,000,0",
    bombs.objects: "a capsule must have at most 100,000 objects, got 5,000,0",
    bombs.numbers: "",
    bombs.steps: "asking.steps must be at most 1,000, got 1000000000",
}
MORE = 200  # MiB


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("make", bombs.BOMBS, ids=lambda make: make.__name__)
def test_a_bomb_is_refused_with_little_memory(tmp_path, make):
    file = make(tmp_path)
    command = [sys.executable, "-m", "tests.debug.bombs", str(file)]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=200).stdout)
    says = f"{file} is no capsule that can be read: {SAYS[make]}" if SAYS[make] else "read: 3 memories"
    assert told["said"].startswith(says)
    assert told["more"] < MORE


def test_limits_are_counted_as_they_are_said(monkeypatch, tmp_path):
    """At the limit a capsule is read and written; one past it is refused both ways, and no folder takes it for one."""
    text = Capsule.from_json(json.dumps(bombs.small())).to_json()
    for limit in (len(text), len(text) - 1):
        monkeypatch.setattr(capsule_schema, "BYTES", limit)
        if limit == len(text):
            whole = Capsule.from_json(text)
            continue
        with pytest.raises(ValueError, match=rf"^a capsule must have at most {limit:,} bytes, got {len(text):,}$"):
            Capsule.from_json(text)
        with pytest.raises(ValueError, match=r"^a capsule must have at most"):
            whole.to_json()
        (tmp_path / "one.json").write_text(text, "utf-8")
        with pytest.raises(ValueError, match="there is no capsule in"):
            files_of(tmp_path)


def test_the_most_steps_are_asked_and_one_more_is_not(vectors):
    from nuonuo import Asking
    from nuonuo.debug.capsule import make
    from nuonuo.debug.replaying import replay
    from nuonuo.files.question import Question
    from tests.conftest import items

    memory, question = vectors(), Question("q", "x", (1,), (), (1.0,) * 8)
    memory.add_many(items(3))
    most = make(memory, question, Asking(steps=capsule_schema.STEPS))
    assert replay(Capsule.from_json(most.to_json())).same
    for name in ("steps", "hops"):
        with pytest.raises(ValueError, match=f"^a capsule has at most 1,000 {name}, got 1,001$"):
            make(memory, question, Asking(**{name: capsule_schema.STEPS + 1}))
