"""Specifies the energy page: what it says is what the engine computes for the points in its address."""

import pytest

from nuonuo.explain.toys.plane import toy
from nuonuo.studio.plane.panel import PRESETS
from tests.pages.conftest import words

PAGE = "pages/plane.py"


def test_it_opens_on_separate_wells(run):
    said = words(run(PAGE))
    found = toy([(0.9, 0.6), (-0.95, 0.5), (0.1, -1)], (0.35, 0.1), 8.0)
    assert f"comes to rest on **pattern 1** after {found.updates} updates: a fixed point, p = 1.00." in said
    assert "Plain nearest neighbour (the largest dot product) gives pattern 1 too" in said


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ("Separate wells", "on **pattern 1**"),
        ("A metastable pair", "**between 2.0 of 5 patterns**"),
        ("One average", "**the average of 3.0 of 3 patterns**"),
        ("A long pattern wins", "on **pattern 2**"),
    ],
)
def test_each_preset_gives_its_verdict(run, label, says):
    app = run(PAGE)
    app.button(key=f"plane-{list(PRESETS).index(label)}").click().run()
    assert not app.exception
    assert says in words(app)
    assert app.session_state.toy_beta == PRESETS[label]["toy_beta"]


def test_the_address_holds_the_points(run):
    app = run(PAGE, toy="1,0;-1,0", toy_query="-0.2,0.4", toy_beta=20)
    assert "At β = 20 the query comes to rest on **pattern 2**" in words(app)


@pytest.mark.parametrize("wrong", ["1,0;2", "9,0", "nan,0", "", ";".join(["0,0"] * 13), "a,b"])
def test_points_that_are_none_are_refused_in_a_sentence(run, wrong):
    said = words(run(toy=wrong))
    assert "The link's toy must be 1 to 12 points as x,y;x,y in the plane" in said


def test_the_number_of_patterns_can_be_chosen(run):
    app = run(PAGE)
    app.slider(key="toy_count").set_value(6).run()
    assert not app.exception
    assert app.session_state.toy.count(";") == 5
    app.slider(key="toy_count").set_value(1).run()
    assert "pattern 1" in words(app)
    assert app.session_state.toy == "0.9,0.6"
