"""Hops: chains that hold, chains that break, and chains of one's own."""

import pytest

from nuonuo.studio.words import typed
from tests.pages.conftest import words
from tests.pages.test_codes import own

PAGE = "pages/hops.py"
SAMPLES = ["support", "facts", "stories", "confusable"]


def ledger(app):
    return app.dataframe[0].value


@pytest.mark.parametrize("bank", SAMPLES)
def test_every_sample_hops_and_none_of_its_links_is_broken(run, bank):
    app = run(PAGE, bank=bank)
    assert "none broken" in words(app)
    assert ledger(app)["holds"].all()
    assert len(app.get("bidi_component")) == 2
    assert "Plain nearest neighbour" in words(app)


def test_a_story_is_followed_for_six_hops(run, sample):
    app = run(PAGE, bank="stories")
    assert "**6 hops**, none broken" in words(app)
    assert list(ledger(app)["recalled"]) == [row["target"] for row in sample("stories")[:6]]


def test_memories_that_lead_nowhere_end_at_once_and_offer_a_story(run):
    app = run(PAGE)
    assert "**One hop**, none broken" in words(app)
    assert "There it ends, as it should" in words(app)
    app.button(key="story").click().run()
    assert not app.exception
    assert "**6 hops**, none broken" in words(app)


def test_an_empty_bank_invites_to_add(run, home):
    app = run(PAGE, bank=own(home, "empty"))
    assert "This bank is empty" in words(app)
    assert "Remember" in [button.label for button in app.button]
    assert not app.get("bidi_component")


def test_one_memory_that_answers_with_itself_goes_round(run, home):
    app = run(PAGE, bank=own(home, "one", "Where is the key?"), q="the key")
    assert "the last hop came back to a memory already recalled" in words(app)


def test_look_alikes_collapse_hebbs_sum_and_each_repair_works(run):
    app = run(PAGE)
    app.button(key="try-collapse").click().run()
    assert "**The chain breaks at hop 2.**" in words(app)
    assert "look-alikes share units" in words(app)
    assert "does better here" in words(app)
    assert app.query_params["sep"] == "linear"
    assert app.query_params["whiten"] == "False"
    labels = [app.button(key=f"mend-{n}").label for n in range(2)]
    assert labels == ["Whiten the embeddings", "Separate by power 3"]
    app.button(key="mend-0").click().run()
    assert "**6 hops**, none broken" in words(app)
    app.toggle(key="whiten").set_value(False).run()
    app.button(key="mend-1").click().run()
    assert "**6 hops**, none broken" in words(app)


def test_look_alikes_are_added_once_and_only_to_this_visitors_copy(run):
    app = run(PAGE)
    for _ in range(2):
        app.button(key="try-collapse").click().run()
    assert not app.exception
    assert any(r"\sum_{i=1}^{150}" in latex.value for latex in app.latex)
    assert any(r"\sum_{i=1}^{90}" in latex.value for latex in run(PAGE, bank="stories").latex)


def test_a_cue_with_two_targets_breaks_the_chain_and_it_recovers(run):
    app = run(PAGE)
    app.button(key="try-fork").click().run()
    assert "**The chain breaks at hop 2.**" in words(app)
    assert "This cue is stored with 2 targets" in words(app)
    assert "From hop 3 on it is whole again" in words(app)
    assert "meets the same tie" in words(app)
    app.button(key="try-story").click().run()  # another story: still whole
    assert "**6 hops**, none broken" in words(app)


@pytest.mark.parametrize(("sep", "shown"), [("linear", r"\varphi(s_i) = s_i"), ("softmax", "e^{8"), ("power", "^{3}")])
def test_the_separation_switch_changes_what_runs_and_the_formula(run, sep, shown):
    app = run(PAGE, bank="stories")
    app.segmented_control(key="sep").set_value(sep).run()
    assert not app.exception
    assert any(shown in latex.value for latex in app.latex)
    assert "none broken" in words(app)


def test_without_whitening_keys_are_the_embeddings(run):
    app = run(PAGE, bank="stories")
    app.toggle(key="whiten").set_value(False).run()
    assert "**6 hops**, none broken" in words(app)
    assert any(r"k = \frac{x}{\lVert x \rVert}" in latex.value for latex in app.latex)


@pytest.mark.parametrize("hops", [1, 3, 12])
def test_the_hops_slider_says_how_far(run, hops):
    app = run(PAGE, bank="stories")
    app.slider(key="hops").set_value(hops).run()
    assert not app.exception
    assert len(ledger(app)) == min(hops, 9)


@pytest.mark.parametrize(("key", "value"), [("beta", 2.0), ("sigma", 1.5), ("k", 1), ("steps", 1)])
def test_every_setting_can_be_moved(run, key, value):
    app = run(PAGE, bank="stories")
    app.slider(key=key).set_value(value).run()
    assert not app.exception


def test_typed_lines_become_a_chain_that_is_followed(run):
    app = run(PAGE)
    app.text_area(key="chain_lines").set_value("The alarm rings\nPut the **kettle** on\nIt is empty\nBuy another").run()
    app.button(key="chain-add").click().run()
    assert "**3 hops**, none broken" in words(app)
    assert list(ledger(app)["recalled"]) == ["Put the **kettle** on", "It is empty", "Buy another"]
    assert app.query_params["hops"] == "3"
    assert typed("The alarm rings") in words(app)
    assert len(run(PAGE).selectbox(key="pick").options) == 20  # others see the sample as it was


@pytest.mark.parametrize(
    ("lines", "said"), [("only one", "A chain needs at least two lines"), ("a\nb\na", "must not have a line twice")]
)
def test_lines_that_make_no_chain_are_refused_in_a_sentence(run, lines, said):
    app = run(PAGE)
    app.text_area(key="chain_lines").set_value(lines).run()
    app.button(key="chain-add").click().run()
    assert not app.exception
    assert said in words(app)


def test_a_picked_memory_becomes_a_line(run, sample):
    app = run(PAGE, bank="stories")
    app.selectbox(key="pick").set_value(1).run()
    app.button(key="chain-pick").click().run()
    assert app.text_area(key="chain_lines").value == sample("stories")[0]["cue"]


def test_a_link_restores_the_switches(run):
    app = run(PAGE, bank="stories", sep="softmax", whiten="False", hops=2, beta=12, seed=5)
    assert app.segmented_control(key="sep").value == "softmax"
    assert app.toggle(key="whiten").value is False
    assert "**2 hops**, none broken" in words(app)


def test_a_wrong_link_is_said_and_the_default_used(run):
    app = run(bank="stories", sep="cubic", whiten="perhaps")
    assert "The link's sep must be linear, power or softmax, got 'cubic'" in words(app)
    assert "**6 hops**, none broken" in words(app.switch_page(PAGE).run())
