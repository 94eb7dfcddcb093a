"""Specifies nuonuo/lab/results.py and running.py: what a run leaves, and how it is run by name."""

import csv
import io
import json
import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuonuo.lab import results, running
from nuonuo.lab.experiments import EXPERIMENTS, experiment
from nuonuo.lab.results import Result, made, read, shipped, table

VALUES = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
ROWS = st.lists(st.dictionaries(st.text(min_size=1), VALUES | st.text()), max_size=4)


@given(rows=ROWS, complete=st.booleans(), command=st.text())
def test_what_is_written_is_read_back_equal(rows, complete, command):
    result = Result("noise", command, "abc1234", "2026-11-22", complete, tuple(rows))
    assert read(result.to_json()) == result


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", '{"experiment": "noise"}'])
def test_something_else_is_refused_by_name(text):
    with pytest.raises(ValueError, match="a result must be JSON with the fields experiment, command, commit, date"):
        read(text)


@pytest.mark.parametrize("rows", [[1], "rows", 5, None])
def test_rows_that_are_no_rows_are_refused(rows):
    fields = {"experiment": "a", "command": "b", "commit": "c", "date": "d", "complete": True, "rows": rows}
    with pytest.raises(ValueError, match="a result must be JSON"):
        read(json.dumps(fields))


def test_a_number_that_json_does_not_know_is_refused():
    with pytest.raises(ValueError, match="JSON compliant"):
        made("noise", "x", [{"recall": float("nan")}]).to_json()


def test_the_csv_has_a_column_for_every_field_and_keeps_commas_apart():
    text = table([{"system": "power, 3", "recall": 0.5}, {"system": 'a "b"', "low": None}])
    assert list(csv.DictReader(io.StringIO(text))) == [
        {"system": "power, 3", "recall": "0.5", "low": ""},
        {"system": 'a "b"', "recall": "", "low": ""},
    ]
    assert made("noise", "x", [{"a": 1}]).to_csv() == "a\n1\n"


def test_a_result_of_now_names_its_commit_and_day():
    result = made("noise", "python -m nuonuo lab noise", [{"a": 1}], complete=False)
    assert not result.complete
    assert result.rows == ({"a": 1},)
    assert len(result.date.split("-")) == 3
    assert result.commit == results.commit() != ""


def test_what_ships_is_found_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "SHIPPED", tmp_path)
    assert shipped("noise") is None
    result = made("noise", "x", [{"a": 1}])
    (tmp_path / "noise.json").write_text(result.to_json(), "utf-8")
    assert shipped("noise") == result


@pytest.mark.parametrize("e", EXPERIMENTS, ids=lambda e: e.name)
def test_whatever_ships_can_be_read_and_drawn(e):
    found = shipped(e.name)
    if found is not None:
        assert found.experiment == e.name
        assert found.complete
        assert found.rows
        assert all({"system", "low", "high", e.x, e.value} <= row.keys() for row in found.rows)


def test_an_experiment_is_found_by_its_name():
    assert experiment("chains").value == "cosine"
    with pytest.raises(ValueError, match="there is no experiment 'magic': choose backgrounds, noise"):
        experiment("magic")


# Running


@pytest.fixture
def tried(monkeypatch):
    """An experiment named `tried` of four parts; the list of what it was given."""
    asked = []

    def run(file=None, links=8, exact=True, whole=(1, 2), seed=0, progress=None, keep=None):
        asked.append({"file": file, "links": links, "exact": exact, "whole": whole, "seed": seed})
        rows = []
        for part in range(1, 5):
            rows.append({"system": "a", "part": part})
            progress(tried.way[part - 1], tried.way[-1])
            keep(rows)
        return rows

    page = {"links": 5, "exact": False, "whole": (3,), "stranger": 1}
    tried = SimpleNamespace(run=run, PAGE=page, asked=asked, way=[1, 2, 3, 4])
    monkeypatch.setitem(sys.modules, "nuonuo.lab.tried", tried)
    return tried


class Heard:
    """A report that remembers."""

    def __init__(self):
        self.said, self.kept = [], []

    def __call__(self, fraction, message):
        self.said.append((fraction, message))

    def keep(self, value):
        self.kept.append(value)


def test_a_run_reports_its_way_and_hands_over_every_finished_part(tried):
    heard = Heard()
    rows = running.work("tried", {"links": 7, "seed": 3}, heard)
    assert tried.asked[0] == {"file": None, "links": 7, "exact": True, "whole": (1, 2), "seed": 3}
    assert heard.said == [(0.25, "1 of 4"), (0.5, "2 of 4"), (0.75, "3 of 4"), (1.0, "4 of 4")]
    assert [len(kept.rows) for kept in heard.kept] == [1, 2, 3, 4]
    assert str(heard.kept[0]) == "1 row of 1 of 4 parts"
    assert str(heard.kept[2]) == "3 rows of 3 of 4 parts"
    assert heard.kept[-1].rows == tuple(rows)


def test_where_progress_grows_evenly_with_the_parts_it_tells_how_many_there_are(tried):
    tried.way, heard = [500, 1000, 1500, 2000], Heard()
    running.work("tried", {}, heard)
    assert str(heard.kept[1]) == "2 rows of 2 of 4 parts"


@pytest.mark.parametrize("way", [[1, 5, 6, 10], [4, 4, 4, 4], [3, 6, 8, 10], [0, 1, 2, 3]])
def test_where_it_does_not_the_parts_are_not_guessed(tried, way):
    tried.way, heard = way, Heard()
    running.work("tried", {}, heard)
    assert str(heard.kept[1]) == "2 rows of 2 finished parts"
    assert heard.kept[3].of is None


def test_a_page_may_change_numbers_and_switches_that_the_run_takes(tried):
    assert running.changeable("tried") == {"links": 5, "exact": False}
    assert running.settings("tried") == tried.PAGE
    assert running.takes_file("tried")


def test_the_command_names_every_setting_and_quotes_what_a_shell_would_take_apart():
    command = running.command("chains", 3, {"links": 20_000, "top_k": 5}, "my texts.txt")
    assert command == "python -m nuonuo lab chains 'my texts.txt' --seed 3 --links 20000 --top-k 5"
    assert running.command("backgrounds", 0, {"sizes": (0, 40)}).endswith(" --sizes 0,40")
    assert running.command("noise", 0, {}) == "python -m nuonuo lab noise --seed 0"
