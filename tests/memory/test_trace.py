"""Specifies nuonuo/memory/trace.py."""

import json
from dataclasses import FrozenInstanceError, fields

import pytest
import torch

from nuonuo import Memory, Noise, Trace
from nuonuo.memory.trace import Recalled
from tests.conftest import items, unit


def equal(a, b, but=()):
    """Whether two traces hold the same, to the last bit."""
    for f in fields(Trace):
        one, two = getattr(a, f.name), getattr(b, f.name)
        if f.name not in but and not (torch.equal(one, two) if isinstance(one, torch.Tensor) else one == two):
            return False
    return True


def test_a_trace_survives_json_exactly(stories):
    noise = Noise(sigma=0.7, drop=0.1, swap=0.3, flip=3, seed=9)
    for trace in (
        stories.recall("Welches 'Päckchen' \"kam\" 📦?"),
        stories.recall("Which package came with the mail boat?", k=3, hops=4, noise=noise),
    ):
        again = Trace.from_json(trace.to_json())
        assert equal(again, trace)
        assert again.to_json() == trace.to_json()


def test_a_trace_of_an_embedding_survives_json_exactly():
    memory = Memory(dimension=8)
    memory.add_many(items(1))
    trace = memory.recall(unit(1, 8)[0], hops=1)
    assert equal(Trace.from_json(trace.to_json()), trace)
    assert trace.query is None
    assert trace.hops[0].runner_up is None
    memory.close()


def test_the_json_says_its_format_and_keeps_unicode_readable(stories):
    row = json.loads(stories.recall("Größe").to_json())
    assert row["format"] == 3
    assert "Größe" in stories.recall("Größe").to_json()


def test_the_answer_ranks_first(stories):
    trace = stories.recall("the mail boat", k=5)
    assert [trace.rank(c.id) for c in trace.candidates] == [1, 2, 3, 4, 5]
    assert trace.rank(-1) is None
    assert trace.answer is trace.candidates[0]


def test_the_margin_is_the_lead_over_the_runner_up():
    assert Recalled(1, "t", 0.9, 1.0, 2, "u", 0.4).margin == pytest.approx(0.5)


def test_a_trace_cannot_be_changed(stories):
    with pytest.raises(FrozenInstanceError):
        stories.recall("the mail boat").query = "other"


def test_text_that_is_no_trace_is_refused(stories):
    good = json.loads(stories.recall("the mail boat", k=2).to_json())
    with pytest.raises(ValueError, match="a trace must be JSON, got text that breaks at line 2"):
        Trace.from_json('{"format": 1,\n broken')
    for other in ("[1]", "{}", json.dumps(good | {"format": 1})):
        with pytest.raises(ValueError, match="a trace must be a JSON object of format 3"):
            Trace.from_json(other)
    with pytest.raises(ValueError, match="a trace must have exactly its own fields; wrong or missing: extra, xi"):
        Trace.from_json(json.dumps({k: v for k, v in good.items() if k != "xi"} | {"extra": 1}))
    for name, wrong in (
        ("asking", {}),
        ("bank", {}),
        ("candidates", [{}]),
        ("nearest", None),
        ("xi", "no"),
        ("hops", 3),
    ):
        with pytest.raises(ValueError, match="a trace must hold what to_json wrote, got a field that cannot be read"):
            Trace.from_json(json.dumps(good | {name: wrong}))
