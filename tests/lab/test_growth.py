"""Specifies nuonuo/lab/growth.py."""

import math

import pytest

from nuonuo.lab import growth

NAMES = ["add in memory", "recall@20", "recall", "associative", "faiss_flat", "add to a file", "change one"]
NAMES += ["associative after a change", "add one", "open", "first recall"]


@pytest.fixture(scope="module")
def rows():
    return growth.run(largest=10_000, turns=1)


def test_every_operation_is_measured_at_every_size(rows):
    assert [row["operation"] for row in rows] == NAMES
    for row in rows:
        assert list(row) == ["operation", "unit", "1,000", "10,000", "exponent"]
        assert 0 < row["1,000"] < math.inf
        assert 0 < row["10,000"] < math.inf
        assert (row["exponent"] is None) == (row["unit"] != "ms")


def test_nothing_of_the_true_nearest_is_missed(rows):
    assert next(row for row in rows if row["operation"] == "recall@20")["10,000"] == 1.0


def test_a_scan_grows_with_what_it_scans(rows):
    flat = next(row for row in rows if row["operation"] == "faiss_flat")
    assert flat["exponent"] == pytest.approx(math.log10(flat["10,000"] / flat["1,000"]))


def test_the_exponent_of_a_power_is_that_power():
    assert growth.exponent([(10**i, 3 * (10**i) ** 0.7) for i in (3, 4, 5)]) == pytest.approx(0.7)
    assert growth.row("open", {1000: 2.0, 10_000: 20.0})["exponent"] == pytest.approx(1.0)


def test_without_faiss_it_is_left_out():
    assert {"faiss_flat", "recall@20"}.isdisjoint(growth.measured(1_000, 0, 1, False))


def test_what_is_no_power_of_ten_is_refused():
    with pytest.raises(ValueError, match=r"^largest must be a power of ten, got 2,000$"):
        growth.run(largest=2_000)
