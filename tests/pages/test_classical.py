"""Specifies the page on ±1 networks: presets, damage, a drawing, the measurement and what the verdict says of them."""

import re

import pytest

from nuonuo.explain.toys import pictures
from nuonuo.studio.classical.panel import TRIES
from tests.pages.conftest import figures, words

PAGE = "pages/classical.py"


def verdict(app) -> str:
    return next(m.value for m in app.markdown if "Damaged alike" in m.value)


def press(app, label: str):
    next(b for b in app.button if b.label == label).click().run()
    assert not app.exception
    return app


def back(app) -> tuple[int, int]:
    """How many of how many stored pictures come back."""
    return tuple(map(int, re.search(r"\*\*(\d+) of (\d+) stored picture", verdict(app)).groups()))


def test_it_opens_on_1982_with_three_pictures_beside_nearest_neighbour(run):
    app = run(PAGE)
    assert "Hopfield's network of 1982 is shown the house, 10% of its pixels turned" in verdict(app)
    assert "brings it back" in verdict(app)
    assert back(app) == (3, 3)
    assert "plain nearest neighbour finds all 3" in verdict(app)
    assert {"pictures", "error", "spurious", "canvas"} <= {each.key for each in figures(app)}


def test_each_preset_shows_what_it_says(run):
    app = run(PAGE)
    wanted = dict.fromkeys(TRIES)
    for label in wanted:
        press(app, label)
        wanted[label] = verdict(app), back(app)
    few, many, exponential, half = wanted.values()
    assert few[1] == (3, 3)
    assert "mixture" in many[0]
    assert many[1][0] < many[1][1] == 6
    assert exponential[1] == (20, 20)
    assert "its lower half hidden" in half[0]
    press(app, "Show it a mixture of three")
    assert "ends in a mixture of" in verdict(app)
    assert "drawn by hand" in verdict(app)
    press(app, "Take the drawing off")
    assert "drawn by hand" not in verdict(app)


def test_the_interaction_alone_decides_what_comes_back(run):
    came = [back(run(PAGE, function=name, stored=20))[0] for name in ("power2", "power3", "exponential", "lse")]
    assert came[0] < came[1] <= came[2] == came[3] == 20


def test_the_address_holds_all_of_it_and_a_wrong_drawing_is_said(run):
    drawn = pictures.spelled(pictures.pictures()[0] > 0)
    app = run(PAGE, function="power3", stored=5, shown=2, turned=0.2, seed=7, drawn=drawn)
    assert "A dense memory of power 3 is shown the ring, 20% of its pixels turned" in verdict(app)
    assert "The link's drawn must be 196 hexadecimal digits" in words(run(drawn="zz"))
    assert back(run(PAGE, drawn="zz")) == (3, 3)
    app = run(PAGE, stored=2, shown=9)
    assert "is shown the ring" in verdict(app), "the last of those stored"


def test_a_measurement_fills_the_figure_as_it_goes_and_what_is_cancelled_stays(run, started, monkeypatch):
    from nuonuo.lab import classical as lab

    monkeypatch.setattr(lab, "PAGE", lab.PAGE | {"patterns": (2, 8), "trials": 1, "starts": 4})
    app = run(PAGE, net_units=32)
    press(app, "Measure")
    assert "Measuring in the background" in str([p.proto.text for p in app.get("progress")])
    started[0].pieces = lambda kept: kept.parts
    started[0].advance(3)
    app.run()
    press(app, "Cancel")
    assert "Cancelled at" in words(app)
    assert "More than 5% of the units wrong" in words(app)
    press(app, "Measure")
    started[1].pieces = lambda kept: kept.parts
    started[1].advance()
    app.run()
    assert not app.exception
    assert "exponential holds all 8" in words(app)
    assert any("nuonuo lab classical --seed 0 --units 32" in each.value for each in app.code)


@pytest.mark.parametrize("function", ["power2", "power4", "exponential", "lse"])
def test_every_equation_names_its_paper(run, function):
    app = run(PAGE, function=function, stored=4)
    said = words(app)
    for paper in ("Amit, Gutfreund", "arXiv:1606.01164", "arXiv:1702.01929"):
        assert paper in said
    assert len(app.latex) == 5
