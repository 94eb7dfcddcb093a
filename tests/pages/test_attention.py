"""Attention: the regimes of β, several questions, the proof, and the encoder's own heads."""

import itertools
import re

import pytest

from nuonuo import Memory
from nuonuo.studio import banks
from nuonuo.studio.attention_panel import held_out
from nuonuo.studio.controls import STOPS
from tests.pages.conftest import words

PAGE = "pages/attention.py"
SAMPLES = ["support", "facts", "stories", "confusable"]


def verdict(app) -> str:
    return next(m.value for m in app.markdown if m.value.startswith(("At β", "One memory")))


def formulas(app) -> str:
    return "\n".join(latex.value for latex in app.latex)


def shown(app) -> dict:
    return {m.label: m.value for m in app.metric}


def address(app) -> dict:
    """What the URL carries; AppTest gives one value now as itself, now as a list."""
    return {key: value[-1] if isinstance(value, list) else value for key, value in app.query_params.items()}


@pytest.fixture
def own(home):
    """Makes a bank of one's own with these cues; gives its name for the address."""

    def make(*cues: str) -> str:
        path = home / "banks" / "mine.nuonuo"
        path.parent.mkdir(exist_ok=True)
        memory = Memory(path, banks.encoder())
        for cue in cues:
            memory.add(cue)
        memory.close()
        return "own:mine"

    return make


@pytest.mark.parametrize("bank", SAMPLES)
def test_every_sample_is_read_and_every_check_passes(run, bank):
    app = run(PAGE, bank=bank)
    assert "At β = 32" in verdict(app)
    assert words(app).count(":material/check: passes") == 3
    assert "fails" not in words(app)
    assert "Plain nearest neighbour" in words(app)
    assert "PyTorch's attention" in "".join(shown(app))


@pytest.mark.parametrize("bank", SAMPLES)
def test_the_presets_show_an_average_a_rule_of_thumb_and_the_sharpest(run, bank):
    app = run(PAGE, bank=bank)
    count = len(held_out(bank))
    app.button(key="beta-0").click().run()
    assert f"At β = 0.051 the attention is spread over {count} of {count} memories" in verdict(app)
    app.button(key="beta-1").click().run()
    assert "the attention is spread over" in verdict(app)  # ln N hardly does better
    app.button(key="beta-2").click().run()
    assert "the question picks one memory" in verdict(app)
    assert not app.exception


def test_a_sharper_beta_makes_a_wrong_answer_surer_and_the_page_says_so(run):
    app = run(PAGE)
    assert "which is third: a larger β makes the winner surer, not right" in verdict(app)
    app.select_slider(key="log_beta").set_value(200.0).run()
    assert "the question picks one memory of 143: “What food does the dog eat" in verdict(app)
    assert "surer, not right" in verdict(app)


def test_the_beta_slider_is_the_shared_beta(run):
    app = run(PAGE)
    app.select_slider(key="log_beta").set_value(8.0).run()
    assert address(app)["beta"] == "8"
    assert app.slider(key="beta").value == 8
    app.slider(key="beta").set_value(33.35).run()
    assert app.select_slider(key="log_beta").value == 33.35
    assert "At β = 33.4" in verdict(app)
    app.switch_page("pages/home.py").run()
    assert app.slider(key="beta").value == 33.35


def test_the_sliders_stops_rise_like_a_logarithm():
    ratios = [b / a for a, b in itertools.pairwise(STOPS)]
    assert (STOPS[0], STOPS[-1]) == (0.05, 200)
    assert max(ratios) <= 1.5
    assert min(ratios) > 1.1


def test_the_formula_shows_the_settings_that_were_executed(run):
    app = run(PAGE, beta=7.5)
    assert r"softmax}(7.5\,\xi" in formulas(app)
    assert "e^{7.5 " in formulas(app)
    assert r"(\beta = 7.5)" in formulas(app)
    app.select_slider(key="log_beta").set_value(64.0).run()
    assert "e^{64 " in formulas(app)
    assert "7.5" not in formulas(app)


@pytest.mark.parametrize(("key", "value"), [("k", 3), ("sigma", 1.0), ("drop", 0.5), ("steps", 1)])
def test_moving_any_setting_raises_nothing(run, key, value):
    app = run(PAGE)
    app.slider(key=key).set_value(value).run()
    assert not app.exception
    assert verdict(app)


def test_a_visitors_lines_are_asked_beside_the_question(run):
    app = run(PAGE)
    assert "others about the memories it attends to" in words(app)
    app.text_area(key="lines").set_value("Where is the spare key?\n\nWho is the vet?").run()
    assert not app.exception
    assert "the one above, then yours" in words(app)
    assert "3 questions over all 288 stored cues" in words(app)
    assert address(app)["lines"] == "Where is the spare key?\n\nWho is the vet?"


def test_the_questions_of_a_sample_are_not_stored_in_it(run):
    app = run(PAGE)
    stored = {cue for row in banks._sample("facts") for cue in row.cues}
    asked = [query for queries in held_out("facts").values() for query in queries]
    assert asked
    assert not stored & set(asked)
    assert "6 questions over" in words(app)


def test_a_picked_memorys_numbers_are_in_the_formula(run):
    app = run(PAGE, pick=5)
    named = re.search(r"The \S+ memory, “(.*?)”", words(app).replace("\\", ""))[1]
    assert named in banks._sample("facts").get(5).cues
    rank = re.search(r"s_\{(\d+)\}", formulas(app))[1]
    assert rf"p_{{{rank}}} = " in formulas(app)


def test_the_code_that_ran_can_be_read(run):
    code = "\n".join(c.value for c in run(PAGE).code)
    assert "scaled_dot_product_attention(Q[None], K[None], V[None], scale=beta)" in code
    assert "nn.MultiheadAttention" in code
    assert "W = V.mT @ K" in code


def test_all_72_heads_are_compared_with_the_model(run):
    app = run(PAGE)
    delta = float(re.search(r"all 72 from what the model computed is \*\*([\d.e-]+)\*\*", words(app))[1])
    assert delta < 2e-6
    assert shown(app)["β = 1/√32"] == "0.1768"
    assert shown(app)["Tokens that carry 90%"] == "1 of 15"


def test_another_head_has_other_numbers_and_goes_into_the_address(run):
    app = run(PAGE)
    before = shown(app)
    app.selectbox(key="head").set_value(40).run()
    assert not app.exception
    assert address(app)["head"] == "40"
    after = shown(app)
    assert before["Energy, one update"] != after["Energy, one update"]
    high, low = map(float, after["Energy, one update"].split(" → "))
    assert low < high


def test_a_question_longer_than_the_model_reads_is_said_to_be_cut(run):
    app = run(PAGE, q="where is the key " * 90)
    warning = next(w.value for w in app.warning)
    assert "The model reads 256 tokens at most: the last 106 tokens of your question are cut off" in warning


def test_an_empty_bank_invites_to_add_and_shows_nothing_else(run, own):
    app = run(PAGE, bank=own())
    assert "This bank is empty" in words(app)
    assert not app.subheader
    app.text_input(key="new_cue").set_value("Where did I park?")
    next(b for b in app.button if b.label == "Remember").click().run()
    assert not app.exception
    assert "Ask a question" in words(app)


def test_one_memory_has_all_the_attention(run, own):
    app = run(PAGE, bank=own("Where is the key?"), q="the key")
    assert verdict(app) == "One memory is stored, so it has all the attention, whatever β is."
    assert not [b for b in app.button if (b.key or "").startswith("beta-")]


def test_equal_memories_cannot_be_parted_by_any_beta(run, own):
    app = run(PAGE, bank=own("Where is the key?", "Where is the key?", "Who is the vet?"), q="key")
    assert "equally similar: no β parts them" in words(app)
    assert "No β up to 200 is enough" in app.button(key="beta-2").label
    app.button(key="beta-2").click().run()
    assert "about 2 of 3 memories share the attention" in verdict(app)


def test_a_link_restores_beta_head_and_lines(run):
    app = run(PAGE, bank="stories", q="Why did the camel stop walking?", beta=0.051031, head=70, lines="One\nTwo")
    assert app.select_slider(key="log_beta").value == 0.051031
    assert app.selectbox(key="head").value == 70
    assert app.text_area(key="lines").value == "One\nTwo"
    assert "the attention is spread over 90 of 90" in verdict(app)


def test_a_persons_text_is_shown_as_typed(run, own):
    app = run(PAGE, bank=own("**bold** $x$ | cell", "another"), q="bold")
    assert r"\*\*bold\*\* \$x\$ \| cell" in words(app)
