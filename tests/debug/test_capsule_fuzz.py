"""Capsules with anything in the place of anything: read or refused in one sentence, and asked within bounds."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nuonuo.debug.capsule import Capsule, make
from nuonuo.files.question import Question
from nuonuo.memory.asking import Asking

ODD = [None, True, -1, 0, 10**9, 2**23, 2**63, 10**400, 0.5, 1e300, "", "x", "\x00", "A" * 200_000, [], {}, [[]], [{}]]
ODD += [["a"], [1, 2], {"a": 1}, [[[[[]]]]], "NaN", float("nan"), float("inf")]


@pytest.fixture(scope="module")
def whole(facts):
    return json.loads(make(facts, Question("q", "where is it?", (1,), ()), Asking()).to_json())


def places(value, path=()):
    """The path of every part of a value of JSON."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value[:3]) if isinstance(value, list) else ()
    for name, part in inner:
        yield from places(part, (*path, name))


def changed(value, path, new):
    """The value with another one at a path."""
    if not path:
        return new
    if isinstance(value, dict):
        return value | {path[0]: changed(value[path[0]], path[1:], new)}
    return [changed(part, path[1:], new) if n == path[0] else part for n, part in enumerate(value)]


@pytest.mark.parametrize("examples", [40, pytest.param(400, marks=pytest.mark.slow)])
def test_any_part_of_a_capsule_may_be_anything(whole, examples):
    every = [path for path in places(whole) if len(path) <= 5]

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(st.sampled_from(every), st.sampled_from(ODD))
    def each(path, new):
        text, said = json.dumps(changed(whole, path, new)), None
        try:
            capsule = Capsule.from_json(text)
        except ValueError as reason:
            said = reason
        if said is None:
            assert Capsule.from_json(capsule.to_json()).to_json() == capsule.to_json()
        else:
            assert type(said) is ValueError
            assert str(said).strip()

    each()
