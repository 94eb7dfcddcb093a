"""Attention: the regimes of β, several questions, the proof, and the encoder's own heads."""

import itertools
import re

import pytest

from nuonuo import Memory
from nuonuo.studio.attention.panel import held_out
from nuonuo.studio.shell import banks
from nuonuo.studio.shell.controls import STOPS
from nuonuo.studio.shell.fields import SECTIONS
from tests.pages.conftest import words

PAGE = "pages/attention.py"
DOG, PETS = "Who feeds the dog while we are away at grandma's?", 66
SAMPLES = ["support", "facts", "stories", "confusable", "island"]


@pytest.fixture
def run(run):
    """Runs a page with all sections open, on a missed question where nothing is asked."""

    def start(page: str | None = None, **address: object):
        missed = {} if {"bank", "q"} & set(address) else {"q": DOG, "want": PETS}
        return run(page, **{"open": ",".join(SECTIONS)} | missed | address)

    return start


def verdict(app) -> str:
    return next(m.value for m in app.markdown if m.value.startswith("Recalled"))


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
    assert "\n".join(m.value for m in app.markdown).count(":material/check: passes") == 3
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
    assert "one memory has most of the attention" in verdict(app)
    assert not app.exception


def test_a_sharper_beta_makes_a_wrong_answer_surer_and_the_page_says_so(run):
    app = run(PAGE)
    order = "which is third by attention: a larger β gives the first more attention, it does not change the order"
    assert order in verdict(app)
    app.select_slider(key="log_beta").set_value(200.0).run()
    assert "one memory has most of the attention: the first has p = 1.00 over all 143 memories" in verdict(app)
    assert "it does not change the order" in verdict(app)


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
    assert "3 queries over all 288 stored cues" in words(app)
    assert address(app)["lines"] == "Where is the spare key?\n\nWho is the vet?"


def test_the_questions_of_a_sample_are_not_stored_in_it(run):
    app = run(PAGE)
    stored = {cue for row in banks._sample("facts") for cue in row.cues}
    asked = [query for queries in held_out("facts").values() for query in queries]
    assert asked
    assert not stored & set(asked)
    assert "6 queries over" in words(app)


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


def test_a_head_is_said_to_be_eq_10_and_its_output_and_energy_are_told_apart(run):
    said = words(run(PAGE))
    assert "Eq. 10 of Ramsauer et al. (arXiv:2008.02217)" in said
    assert "different projections of the tokens" in said
    assert "the head's output is Vᵀp, where the update itself gives Kᵀp" in said
    assert "It says nothing of the head's output Vᵀp" in said
    assert "72 memories" not in said


def test_all_72_heads_are_compared_with_the_model(run):
    app = run(PAGE)
    delta = float(re.search(r"all 72 from what the model computed is \*\*([\d.e-]+)\*\*", words(app))[1])
    assert delta < 5e-6  # float32, by another order of summing
    assert shown(app)["β = 1/√32"] == "0.1768"
    assert shown(app)["Tokens that carry 90%"] == "1 of 15"


def test_another_head_has_other_numbers_and_goes_into_the_address(run):
    app = run(PAGE)
    before = shown(app)
    app.selectbox(key="head").set_value(40).run()
    assert not app.exception
    assert address(app)["head"] == "40"
    after = shown(app)
    assert before["Energy of q, of Kᵀp"] != after["Energy of q, of Kᵀp"]
    high, low = map(float, after["Energy of q, of Kᵀp"].split(" → "))
    assert low < high


def test_a_question_longer_than_the_model_reads_is_said_to_be_cut(run):
    app = run(PAGE, q="where is the key " * 90)
    warning = next(w.value for w in app.warning)
    assert "The model reads 256 tokens at most: the last 106 tokens of your query are cut off" in warning


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
    assert verdict(app).endswith("One memory is stored, so it has all the attention, whatever β is.")
    assert not [b for b in app.button if (b.key or "").startswith("beta-")]


def test_equal_memories_cannot_be_parted_by_any_beta(run, own):
    app = run(PAGE, bank=own("Where is the key?", "Where is the key?", "Who is the vet?"), q="key")
    assert "equally similar: no β separates them" in words(app)
    assert "No β up to 200 is enough" in app.button(key="beta-2").label
    app.button(key="beta-2").click().run()
    assert "the attention is spread over 2 of 3 memories" in verdict(app)


def test_a_link_restores_beta_head_and_lines(run):
    app = run(PAGE, bank="stories", q="Why did the camel stop walking?", beta=0.051031, head=70, lines="One\nTwo")
    assert app.select_slider(key="log_beta").value == 0.051031
    assert app.selectbox(key="head").value == 70
    assert app.text_area(key="lines").value == "One\nTwo"
    assert "the attention is spread over 90 of 90" in verdict(app)


def test_a_persons_text_is_shown_as_typed(run, own):
    app = run(PAGE, bank=own("**bold** $x$ | cell", "another"), q="bold")
    assert r"\*\*bold\*\* \$x\$ \| cell" in words(app)


def test_a_hop_over_links_is_attention_with_a_matrix_of_relations(run):
    app = run(PAGE, bank="island", links=8)
    assert r"S = s + 8\, P^\top e^{0.15(s - \max s)}" in formulas(app)
    trace = banks._sample("island").recall(app.session_state.q, links=8.0)
    brought = max(trace.candidates, key=lambda c: c.association)
    assert rf"= {brought.total:.2f}" in formulas(app)
    assert "It brings most to “Ilse Varrow" in words(app)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ({"bank": "island", "links": 0}, "Links are off (γ = 0)"),
        ({"bank": "facts"}, "No memory of this bank is linked"),
    ],
)
def test_without_links_the_matrix_of_relations_is_not_shown(run, address, why):
    app = run(PAGE, **address)
    assert f"{why}, so nothing is sent: candidates are ranked by meaning and words alone." in words(app)
    assert "P^" not in formulas(app)


def test_where_words_outrank_meaning_the_largest_attention_is_named(run):
    app = run(PAGE, bank="confusable", q="Where does the Hamburg train stop at 6:35 pm?")
    assert "By meaning alone “The 8:05 to Hamburg leaves from platform 3" in verdict(app).replace("\\", "").replace(
        "\u2060", ""
    )
    assert "is closer: it has the largest attention, p = 0.46." in verdict(app)


def test_p_at_rest_stands_beside_p_at_step_0_with_one_sentence(run):
    for page in (PAGE, "pages/home.py"):
        app = run(page)
        assert "One update ranks: the first has p = 0.82. Repeated, it completes: at rest the first has 1.00." in words(
            app
        )
        app.slider(key="beta").set_value(2.0).run()
        assert "of 20 share (the average of all)" in words(app)


def test_heads_that_sink_are_counted_and_the_chosen_head_is_told(run):
    said = words(run(PAGE, head=29)).replace("\\", "")
    count = int(
        re.search(r"Attention sinks:\*\* (\d+) heads put more than half of their weight on \[CLS\] and", said)[1]
    )
    assert 10 < count < 60
    assert "arXiv:2309.17453" in said
    assert "arXiv:1906.04341" in said
    assert re.search(
        r"Of this head's weight \d+% on \[CLS\] and \d+% on \[SEP\], more than half: an \*\*attention sink", said
    )


def test_a_head_is_walked_from_what_its_layer_reads_to_its_output(run):
    app = run(PAGE, head=29, token=4)
    said = words(app).replace("\\", "")
    for step in ("R = Y, 15 × 384", "β Q Kᵀ, 15 × 15", "p = softmax, 15 × 15", "p V, 15 × 32"):
        assert f"**{step}:**" in said
    delta = float(re.search(r"from what the model computed: \*\*([\d.e-]+)\*\*", said)[1])
    assert delta < 5e-6  # float32, by another order of summing
    assert "the output of “dog” is" in said
    assert "Values are not keys" in said
    moved = re.search(r"updated a second time over the same keys, \*\*([\d.]+)%\*\* of the weight of “dog”", said)[1]
    app.selectbox(key="token").set_value(7).run()
    assert not app.exception
    assert address(app)["token"] == "7"
    assert f"**{moved}%** of the weight of" not in words(app)


def test_a_link_to_a_token_beyond_the_question_shows_its_last(run):
    app = run(PAGE, q="key", token=200)
    assert not app.exception
    assert app.selectbox(key="token").value == 2


def test_theory_is_said_to_promise_only_what_it_does(run):
    app = run(PAGE)
    assert "Theory does not promise this recall" in words(app)
    assert "is separated well enough (Eq. 5, from β = 14 on)" in words(app)
    assert shown(app)["Bound of one update"] == "2.00"
    assert 0.1 < float(shown(app)["Error after one update"]) < 0.3
    app.select_slider(key="log_beta").set_value(8.0).run()
    assert "is not separated well enough (Eq. 5), from β = 14 on it is" in words(app)
    cue = banks._sample("facts").get(5).cues[0]
    app = run(PAGE, q=cue, beta=64.0)
    assert "Theorems 4 and 5 of Ramsauer et al. (arXiv:2008.02217) apply at β = 64" in words(app)
    assert float(shown(app)["Bound of one update"]) < 1e-6
    assert r"\Delta_1 = x_1^\top x_1" in formulas(app)


def test_where_two_memories_are_alike_no_beta_is_promised(run, own):
    app = run(PAGE, bank=own("Where is the key?", "Where is the key?", "Who is the vet?"), q="key")
    assert "another candidate is as similar to" in words(app)


def test_sections_are_closed_until_they_are_opened_and_the_address_says_which_are(run):
    app = run(PAGE, open="none")
    assert "Attention sinks" not in words(app)
    assert not app.metric
    app = run(PAGE, open="proof")
    assert address(app)["open"] == "proof"
    assert len(app.metric) == 3
    assert "Attention sinks" not in words(app)
