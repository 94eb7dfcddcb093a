"""Start: the opening recall, its mending, and what a visitor can turn."""

import pytest

from nuonuo.studio.words import ordinal, quoted, typed
from tests.pages.conftest import words

SAMPLES = ["support", "facts", "stories", "confusable"]


def verdict(app) -> str:
    return next(m.value for m in app.markdown if m.value.startswith("Recalled"))


def test_the_app_opens_on_a_recall_that_slightly_fails_and_says_why(run):
    app = run()
    assert "You probably meant “Who looks after the pets when we travel" in verdict(app)
    assert "which came third because its similarity to the question is 0.33 and the winner's 0.42" in verdict(app)
    assert "just as wrong" in words(app)  # plain nearest neighbour is shown beside it


def test_one_button_mends_it_and_undo_breaks_it_again(run):
    app = run()
    before = verdict(app)
    app.button(key="mend").click().run()
    assert verdict(app).endswith("as meant.")
    assert "Before, it was third" in words(app)
    app.button(key="undo").click().run()
    assert verdict(app) == before


def test_mending_changes_only_this_visitors_copy(run):
    run().button(key="mend").click().run()
    assert "You probably meant" in verdict(run())


@pytest.mark.parametrize("bank", SAMPLES)
def test_every_sample_opens_on_its_own_question(run, bank):
    app = run(bank=bank)
    assert app.text_input(key="q").value
    assert verdict(app)


@pytest.mark.parametrize("bank", SAMPLES)
def test_every_preset_recalls_something(run, bank):
    app = run(bank=bank)
    presets = [b.key or b.label for b in app.button if (b.key or "").startswith("try-") or "This question" in b.label]
    assert len(presets) >= 4
    for number in range(len(presets)):
        button = [b for b in app.button if (b.key or "").startswith("try-") or "This question" in b.label][number]
        button.click().run()
        assert not app.exception
        assert verdict(app)


def test_choosing_another_bank_asks_its_opening_question(run):
    app = run()
    app.selectbox(key="bank").set_value("stories").run()
    assert app.text_input(key="q").value == "Which package came with the mail boat?"
    assert verdict(app).endswith("as meant.")


def test_a_typed_question_forgets_which_memory_was_meant(run):
    app = run()
    app.text_input(key="q").set_value("Where is the spare car key?").run()
    assert app.selectbox(key="want").value is None
    assert "You probably meant" not in verdict(app)


@pytest.mark.parametrize(("key", "value"), [("beta", 2.0), ("k", 3), ("sigma", 1.0), ("drop", 0.5), ("steps", 1)])
def test_moving_a_setting_recalls_with_it(run, key, value):
    app = run()
    app.slider(key=key).set_value(value).run()
    assert not app.exception
    assert app.query_params[key] == f"{value:g}"


def test_a_low_beta_is_called_a_blend(run):
    app = run(q="Where is the spare car key?", beta=1)
    assert "a blend of about 19" in verdict(app)


def test_noise_that_hides_a_memory_is_mended_by_asking_without_it(run):
    app = run(bank="support", q="Inventory is wrong again", want=6, sigma=3)
    assert app.button(key="mend").label == "Ask it without the noise"
    app.button(key="mend").click().run()
    assert app.slider(key="sigma").value == 0
    assert verdict(app).endswith("as meant.")
    app.button(key="undo").click().run()
    assert app.slider(key="sigma").value == 3


def test_an_added_memory_answers_at_once(run):
    app = run(q="What colour is the bicycle?")
    app.text_input(key="new_cue").set_value("What colour is the bicycle?")
    app.text_input(key="new_target").set_value("Sea green, with a bell.")
    next(b for b in app.button if b.label == "Remember").click().run()
    assert "144 memories now" in words(app)
    assert typed("Sea green, with a bell") in verdict(app)


def test_a_memory_without_a_cue_is_refused_in_one_sentence(run):
    app = run()
    app.text_input(key="new_target").set_value("Sea green")
    next(b for b in app.button if b.label == "Remember").click().run()
    assert "A memory needs a text that should bring it back; the first field is blank." in words(app)


def test_a_blank_question_invites_to_ask(run):
    app = run(q="")
    assert "Ask a question in your own words" in words(app)


def test_the_formula_shows_the_settings_that_were_executed(run):
    app = run(beta=7.5, steps=5)
    shown = "\n".join(latex.value for latex in app.latex)
    assert r"softmax}}(7.5\, X \xi)".replace("}}", "}") in shown
    assert "5 updates" in shown
    assert "e^{7.5 " in shown
    app.slider(key="beta").set_value(64.0).run()
    shown = "\n".join(latex.value for latex in app.latex)
    assert "e^{64 " in shown
    assert "7.5" not in shown


def test_a_link_restores_bank_question_and_settings(run):
    app = run(bank="confusable", q="When is Ben at the dentist?", beta=12, seed=7, sigma=0.5)
    assert app.selectbox(key="bank").value == "confusable"
    assert app.text_input(key="q").value == "When is Ben at the dentist?"
    assert (app.slider(key="beta").value, app.number_input(key="seed").value) == (12.0, 7)
    assert app.query_params["seed"] == "7"
    assert app.query_params["v"] == "1"


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("beta", "abc", "a number from 0.05 to 200"),
        ("k", "0", "a whole number from 1 to 100"),
        ("seed", "-1", "from 0"),
    ],
)
def test_a_broken_link_is_noticed_and_the_default_used(run, name, value, rule):
    app = run(**{name: value})
    assert f"The link's {name} must be" in words(app)
    assert rule in words(app)
    assert verdict(app)


def test_a_link_to_a_bank_that_is_not_here_says_so(run):
    app = run(bank="own:../secret")
    assert "There is no bank named 'own:../secret' here" in words(app)
    assert verdict(app)


def test_a_persons_text_is_shown_as_typed(run):
    nasty = "**bold** :smile: $x$ [l](http://x) <b>b</b> `c` :red[r]"
    app = run()
    app.text_input(key="new_cue").set_value(nasty)
    next(b for b in app.button if b.label == "Remember").click().run()
    app.text_input(key="q").set_value(nasty).run()
    assert quoted(nasty) in verdict(app)


def test_ordinals_are_english():
    said = [ordinal(n) for n in (1, 3, 10, 11, 12, 13, 21, 22, 103, 111, 1002)]
    assert said == ["first", "third", "tenth", "11th", "12th", "13th", "21st", "22nd", "103rd", "111th", "1,002nd"]
