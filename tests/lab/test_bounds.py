"""Specifies nuonuo/lab/bounds.py: every number of every experiment has a least and a most, and one sentence says so."""

import inspect
import math
from importlib import import_module
from typing import get_args

import pytest
from typer.testing import CliRunner

from nuonuo.cli.commands import EXPERIMENTS, app
from nuonuo.lab import chains, full
from nuonuo.lab.bounds import COUNT, Bounds, within
from nuonuo.lab.experiments import EXPERIMENTS as CHARTS


def module(name):
    return import_module(f"nuonuo.lab.{name}")


def numbers(name):
    """The settings of an experiment that take numbers, and the kind of number."""
    found = {}
    for key, one in inspect.signature(module(name).run).parameters.items():
        kinds = {one.annotation, *get_args(one.annotation)} - {bool}
        if kind := kinds & {int, float}:
            found[key] = kind.pop()
    return found


EVERY = [(name, key, bound) for name in EXPERIMENTS for key, bound in getattr(module(name), "BOUNDS", {}).items()]


def beyond(name, bound, key):
    """The numbers next to both ends, outside."""
    step = 1 if numbers(name)[key] is int else 0.5
    return bound.least - step, bound.most + step


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_number_that_an_experiment_takes_has_bounds(name):
    assert set(numbers(name)) == set(getattr(module(name), "BOUNDS", {}))
    for key, bound in getattr(module(name), "BOUNDS", {}).items():
        assert -math.inf < bound.least < bound.most < math.inf, key


@pytest.mark.parametrize(("name", "key", "bound"), EVERY)
def test_a_number_beyond_its_bounds_is_refused_by_the_function_before_it_begins(name, key, bound):
    several = "tuple" in str(inspect.signature(module(name).run).parameters[key].annotation)
    given = {"file": "none"} if "file" in inspect.signature(module(name).run).parameters else {}
    for wrong in (*beyond(name, bound, key), math.nan, math.inf):
        sentence = rf"^{key} must lie between {bound.least:,} and {bound.most:,}, got {wrong:,}$"
        with pytest.raises(ValueError, match=sentence):
            module(name).run(**given | {key: (bound.most, wrong) if several else wrong})


@pytest.mark.parametrize(("name", "key", "bound"), EVERY)
def test_the_command_line_says_the_same(name, key, bound):
    for wrong in beyond(name, bound, key):
        file = ["none.txt"] if "file" in inspect.signature(module(name).run).parameters else []
        out = CliRunner().invoke(app, ["lab", name, *file, f"--{key.replace('_', '-')}={wrong}"])
        said = f"Error: {key} must lie between {bound.least:,} and {bound.most:,}, got {wrong:,}\n"
        assert (out.exit_code, out.stderr, out.stdout) == (2, said, "")


@pytest.mark.parametrize("name", [one.name for one in CHARTS])
def test_what_is_run_by_the_page_in_tests_and_for_the_results_lies_within(name):
    for given in (module(name).PAGE, module(name).SMALL, full.FULL[name]):
        for key in given.keys() & module(name).BOUNDS.keys():
            module(name).BOUNDS[key].check(key, given[key])


def test_defaults_lie_within():
    for name, key, bound in EVERY:
        bound.check(key, inspect.signature(module(name).run).parameters[key].default)


def test_both_ends_are_included_and_several_numbers_are_checked_each():
    bound = Bounds(1, 3)
    for right in (1, 2, 3, 1.5, (1, 2, 3), (), None, (2,) * COUNT):
        bound.check("n", right)
    with pytest.raises(ValueError, match=f"^n must have at most {COUNT} values, got {COUNT + 1}$"):
        bound.check("n", (2,) * (COUNT + 1))
    with pytest.raises(ValueError, match=r"^n must lie between 1 and 3, got 1e\+300$"):
        bound.check("n", 1e300)


def test_a_function_is_checked_by_name_by_place_and_by_default():
    @within({"n": Bounds(1, 3)})
    def run(n: int = 9, more: str = "") -> str:
        return f"{n}{more}"

    assert run(2, more="a") == "2a"
    for call in (lambda: run(), lambda: run(4), lambda: run(n=0)):
        with pytest.raises(ValueError, match="n must lie between 1 and 3, got"):
            call()


def test_all_links_of_a_file_are_counted_too(tmp_path, monkeypatch):
    monkeypatch.setitem(chains.BOUNDS, "links", Bounds(6, 8))
    (tmp_path / "texts.txt").write_text("\n".join(f"text {n}" for n in range(10)), "utf-8")
    with pytest.raises(ValueError, match=r"^links must lie between 6 and 8, got 9$"):
        chains.run(tmp_path / "texts.txt")
