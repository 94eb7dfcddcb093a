"""Specifies nuonuo/lab/classical.py: errors against load, breakdowns, what the exponential holds."""

import pytest

from nuonuo.lab import classical
from nuonuo.systems.lineup import NEAREST


def test_every_point_stands_beside_nearest_neighbour_and_repeats_with_its_seed():
    told, kept = [], []
    given = {"interaction": ("power2", "exponential"), "patterns": (2, 16), "seed": 3} | classical.SMALL
    rows = classical.run(**given, progress=lambda *at: told.append(at), keep=lambda some: kept.append(len(some)))
    measured = [row for row in rows if row["part"] == "measured"]
    assert {(row["system"], row["patterns"]) for row in measured} == {
        (name, P) for name in ("Hopfield 1982, power 2", "exponential", NEAREST) for P in (2, 16)
    }
    assert all(row["low"] <= row["error"] <= row["high"] for row in measured)
    assert [row["system"] for row in rows if row["part"] == "breakdown"] == ["Hopfield 1982, power 2", "exponential"]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert kept == sorted(kept)
    assert len(kept) == 4
    assert classical.run(**given) == rows


def test_the_exponential_network_holds_a_thousand_patterns_of_64_units():
    for row in classical.run(exponential=True):
        assert row["whole"] == row["patterns"] == row["nearest"] == 1_000
        assert row["units"] == 64


def test_loads_lie_around_the_known_capacity_where_there_is_one():
    from nuonuo.explain.toys.classical import interaction

    near = classical.around(interaction("power2"), 1_000)
    assert min(near) < 138 < max(near)
    assert classical.around(interaction("exponential"), 64) == classical.WIDE


def test_one_unit_is_no_network():
    with pytest.raises(ValueError, match="units must lie between 2 and 2,048, got 1"):
        classical.run(units=1)
