"""Settling: the kinds of rest, other starts, noisy askings and pictures, for every bank a visitor may bring."""

import re

import pytest

from nuonuo import Memory
from nuonuo.studio.shell import banks
from tests.pages.conftest import figures, words

PAGE = "pages/settling.py"
SAMPLES = ["support", "facts", "stories", "confusable", "island"]


def verdict(app) -> str:
    return next(m.value for m in app.markdown if m.value.startswith("Recalled"))


def own(home, *cues: str) -> str:
    """A bank of one's own with these memories."""
    bank = Memory(banks.folder() / "mine.nuonuo", banks.encoder())
    for cue in cues:
        bank.add(cue)
    bank.close()
    return "own:mine"


@pytest.mark.parametrize("bank", SAMPLES)
def test_every_sample_opens_and_each_preset_shows_what_it_names(run, bank):
    app = run(PAGE, bank=bank)
    assert len(figures(app)) == 4
    assert re.search(r"At β = 32(,| all) \d+ starts", verdict(app))
    assert "Plain nearest neighbour" in words(app)
    assert "of the variance of the states" in words(app)
    presets = [(b.key, b.label) for b in app.button if (b.key or "").startswith("regime-")]
    assert len(presets) == (3 if bank == "confusable" else 2)
    for key, label in presets:
        app.button(key=key).click().run()
        assert not app.exception
        kind = re.fullmatch(r"β = [\d.]+: (?:the|a) (.*)", label)[1]
        assert f"**{kind}**" in verdict(app)
        assert f"β = {app.query_params['beta']}:" in label
    app.button(key="mislead").click().run()
    assert not app.exception
    assert "**The noise changed what is recalled**" in verdict(app)
    assert float(app.query_params["sigma"]) >= 1
    assert f"Of 12 noisy queries (σ = {app.query_params['sigma']}, seeds {app.query_params['seed']}" in words(app)


def test_noisy_askings_are_counted_beside_plain_nearest_neighbour(run):
    app = run(PAGE, bank="facts", sigma=1, seed=5, draws=7)
    said = next(m.value for m in app.markdown if m.value.startswith("Of 7 noisy queries"))
    found, shared, elsewhere = map(int, re.search(r"\*\*(\d+)\*\* came .*, (\d+) where .*, (\d+) on an", said).groups())
    assert found + shared + elsewhere == 7
    assert "seeds 5 to 11" in said
    assert "Plain nearest neighbour recalled it" in said
    assert "significantly different (difference " in said
    assert "did better" not in said
    app.slider(key="draws").set_value(3).run()
    assert "Of 3 noisy queries" in words(app)
    assert app.query_params["draws"] == "3"


def test_one_click_asks_in_noise(run):
    app = run(PAGE)
    assert not [s for s in app.slider if s.key == "draws"]
    app.button(key="noisy").click().run()
    assert app.query_params["sigma"] == "1"
    assert "Of 12 noisy queries" in words(app)


def test_too_few_updates_are_said_to_be_too_few(run):
    assert "did not get there" not in words(run(PAGE, beta=64))
    assert "2 update steps did not get there" in words(run(PAGE, bank="confusable", beta=7, steps=2))


def test_every_shared_setting_may_move(run):
    app = run(PAGE, bank="support", draws=2)
    for key, value in {"beta": 2.0, "k": 3, "sigma": 1.0, "drop": 0.5, "steps": 20}.items():
        app.slider(key=key).set_value(value).run()
        assert not app.exception
        assert app.query_params[key] == f"{value:g}"
        assert len(figures(app)) == 4


def test_the_formula_shows_the_beta_and_updates_that_were_executed(run):
    app = run(PAGE, beta=7, steps=5)
    shown = "\n".join(each.value for each in app.latex)
    assert r"\operatorname{softmax}(7\, X \xi)" in shown
    assert r"\text{5 update steps}" in shown
    app.slider(key="steps").set_value(2).run()
    assert r"\text{2 update steps}" in "\n".join(each.value for each in app.latex)


def test_an_empty_bank_invites_and_still_shows_the_pictures(run, home):
    app = run(PAGE, bank=own(home))
    assert "This bank is empty" in words(app)
    assert app.text_input(key="new_cue")
    assert len(figures(app)) == 1
    assert "A stored **6**" in words(app)


def test_one_memory_is_one_place_without_presets(run, home):
    app = run(PAGE, bank=own(home, "Where is the key?"), q="the key", sigma=1)
    assert "There is one candidate, so every start comes to rest on it" in verdict(app)
    assert not [b for b in app.button if (b.key or "").startswith(("regime", "mislead"))]
    assert len(figures(app)) == 4


def test_two_equal_memories_are_averaged_at_every_beta(run, home):
    app = run(PAGE, bank=own(home, "Where is the key?", "Where is the key?"), q="the key", beta=64)
    assert "**average of all**: about 2.0 of 2 candidates" in verdict(app)


def test_a_changed_bank_is_swept_again(run):
    app = run(PAGE, sigma=1)
    before = app.session_state["around"][0]
    app.slider(key="beta").set_value(8.0).run()
    assert app.session_state["around"][0] is before
    app.slider(key="sigma").set_value(1.5).run()
    assert app.session_state["around"][0] is not before


# Pictures


def said_of_picture(app) -> str:
    return next(m.value for m in app.markdown if m.value.startswith("A stored"))


def test_each_picture_preset_shows_what_it_names(run):
    app = run(PAGE)
    outcomes = {"digit-0": "comes back", "digit-1": "**an average**", "digit-2": "**another digit**"}
    for preset, outcome in outcomes.items():
        app.button(key=preset).click().run()
        assert not app.exception
        assert outcome in said_of_picture(app)
    assert said_of_picture(app).endswith("Plain nearest neighbour finds the right picture.")


def test_settling_and_nearest_neighbour_are_compared_with_an_interval_over_the_same_pictures(run):
    app = run(PAGE, digit_beta=64, covered=6, digits=200)  # 24 against 25 of 60
    said = next(m.value for m in app.markdown if m.value.startswith("The same damage"))
    assert "settling brings back that very picture **24** times" in said
    assert "nearest neighbour finds it **25** times" in said
    assert "not significantly different (difference −1.7 points, 95% interval" in said
    assert "better" not in said
    app = run(PAGE, digit_beta=24, covered=4, digits=500)  # 29 against 51 of 60
    said = next(m.value for m in app.markdown if m.value.startswith("The same damage"))
    assert "this is significantly different (difference −36.7 points" in said
    assert "p < 0.001" in said


def test_both_betas_have_the_same_slider_on_the_same_scale_and_names_of_their_own(run):
    app = run(PAGE, beta=8, digit_beta=24)
    own, pictures = app.select_slider(key="log_beta"), app.select_slider(key="log_digit_beta")
    assert not [slider.key for slider in app.slider if slider.key == "digit_beta"]
    assert set(own.options) <= {*pictures.options, "8"}
    assert own.label == "Inverse temperature β"
    assert pictures.label == "Inverse temperature β of the pictures"
    pictures.set_value(64.0).run()
    assert not app.exception
    assert (app.query_params["digit_beta"], app.query_params["beta"]) == ("64", "8")


def test_every_setting_of_the_pictures_may_move_and_is_in_the_address(run):
    app = run(PAGE)
    moves = [("covered", 7), ("covered", 0), ("digits", 2), ("digits", 1797), ("pixel", 3.0)]
    for key, value in moves:
        app.slider(key=key).set_value(value).run()
        assert not app.exception
        assert app.query_params[key] == f"{value:g}"


def test_a_link_opens_with_its_picture(run):
    app = run(PAGE, digits=30, digit=29, covered=2, pixel=0.5, digit_beta=12, seed=9)
    assert "30 pictures stored, picture 29 damaged, noise σ = 0.5, seed 9" in [e.label for e in app.expander]
    assert "2 of 8 rows hidden and noise σ = 0.5" in said_of_picture(app)


def test_a_picture_that_is_no_longer_stored_gives_way_to_the_last(run):
    app = run(PAGE, digits=30, digit=29)
    app.slider(key="digits").set_value(5).run()
    assert not app.exception
    assert app.number_input(key="digit").value == 5
