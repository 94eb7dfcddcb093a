"""Hops: what links bring up, chains that hold, chains that break, and chains of one's own."""

import pytest

from nuonuo.studio.shell.words import typed
from tests.pages.conftest import figures, words
from tests.pages.test_codes import own

PAGE = "pages/hops.py"
SAMPLES = ["support", "facts", "stories", "confusable", "island"]


def ledger(app):
    return app.dataframe[0].value


@pytest.mark.parametrize("bank", SAMPLES)
def test_every_sample_hops_and_none_of_its_links_is_broken(run, bank):
    app = run(PAGE, bank=bank)
    assert "none broken" in words(app)
    assert ledger(app)["holds"].all()
    linked = bank in {"island", "stories"}
    assert {each.key for each in figures(app)} == {"graph", "way", "nearest", *(["agreement"] if linked else [])}
    assert ("agrees with the exact sum at **r = " in words(app)) is linked
    assert "Plain nearest neighbour" in words(app)


def test_a_story_is_followed_for_six_hops(run, sample):
    app = run(PAGE, bank="stories")
    assert "**6 hops**, none broken" in words(app)
    assert list(ledger(app)["recalled"]) == [row["target"] for row in sample("stories")[:6]]


def test_memories_that_lead_nowhere_end_at_once_and_offer_a_story(run):
    app = run(PAGE, bank="facts")
    assert "**One hop**, none broken" in words(app)
    assert "There it ends, rightly" in words(app)
    app.button(key="story").click().run()
    assert not app.exception
    assert "**6 hops**, none broken" in words(app)


def test_an_empty_bank_invites_to_add(run, home):
    app = run(PAGE, bank=own(home, "empty"))
    assert "This bank is empty" in words(app)
    assert "Remember" in [button.label for button in app.button]
    assert not figures(app)


def test_one_memory_that_answers_with_itself_goes_round(run, home):
    app = run(PAGE, bank=own(home, "one", "Where is the key?"), q="the key")
    assert "recalls itself, so its chain is a loop" in words(app)


def test_look_alikes_collapse_hebbs_sum_and_each_repair_works(run):
    app = run(PAGE)
    app.button(key="try-collapse").click().run()
    assert "**The chain breaks at hop 2.**" in words(app)
    assert "similar memories share units" in words(app)
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
    assert "From hop 3 on every hop holds again" in words(app)
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
    app = run(PAGE, bank="facts")
    app.text_area(key="chain_lines").set_value("The alarm rings\nPut the **kettle** on\nIt is empty\nBuy another").run()
    app.button(key="chain-add").click().run()
    assert "**3 hops**, none broken" in words(app)
    assert list(ledger(app)["recalled"]) == ["Put the **kettle** on", "It is empty", "Buy another"]
    assert app.query_params["hops"] == "3"
    assert typed("The alarm rings") in words(app)
    assert len(run(PAGE, bank="facts").selectbox(key="pick").options) == 20  # others see the sample as it was


@pytest.mark.parametrize(
    ("lines", "said"), [("only one", "A chain needs at least two lines"), ("a\nb\na", "must not have a line twice")]
)
def test_lines_that_make_no_chain_are_refused_in_a_sentence(run, lines, said):
    app = run(PAGE, bank="facts")
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


def test_where_no_hop_is_made_the_page_says_from_which_state_and_why(run):
    app = run(PAGE, q="Who feeds the dog while we are away at grandma's?", beta=8, steps=20)
    said = words(app)
    assert "The hops start from the state after 20 update steps, still 0.83 away from rest. **No hop was made**" in said
    assert "is below the threshold" in said
    assert "finds the same way" not in said
    assert not app.dataframe


def test_the_page_says_that_the_hops_start_from_a_state_that_has_come_to_rest(run):
    app = run(PAGE, bank="facts")
    assert "The hops start from the state after 3 update steps, which has come to rest." in words(app)


BOTH = "**2 of 2 expected memories are among the first 5**: The Salt Hymns (1st) and Ilse Varrow (2nd)."
WITHOUT = " Without links 1 of 2: Ilse Varrow (46th of 92)."


def test_who_comes_without_a_bank_meets_the_island_and_its_opening_question_with_all_its_evidence(run):
    app = run(PAGE)
    assert app.selectbox(key="bank").value == "island"
    assert BOTH + WITHOUT in words(app)
    assert app.query_params["bank"] == "island"


def test_the_island_stays_when_the_visitor_goes_on(run):
    app = run(PAGE).switch_page("pages/attention.py").run()
    assert app.selectbox(key="bank").value == "island"


@pytest.mark.parametrize("address", [{"bank": "facts"}, {"q": "Where is the fuse box?"}, {"want": 66}], ids=str)
def test_who_comes_with_something_keeps_it(run, address):
    assert run(PAGE, **address).selectbox(key="bank").value == "facts"


def test_who_has_asked_or_chosen_keeps_it(run):
    app = run()
    app.text_input(key="q").set_value("Where is the fuse box?").run()
    app.switch_page(PAGE).run()
    assert app.selectbox(key="bank").value == "facts"
    app = run(PAGE)
    app.selectbox(key="bank").set_value("facts").run()
    assert app.selectbox(key="bank").value == "facts"
    assert "Nothing in this bank is linked" in words(app)


def test_without_links_the_page_fails_and_offers_them(run):
    app = run(PAGE)
    app.segmented_control(key="linked").set_value("without links").run()
    said = words(app)
    assert "**1 of 2 expected memories is among the first 5**: The Salt Hymns (1st). Ilse Varrow (46th of 92)." in said
    assert "Links are off." in said
    assert "Tried just now at γ = 12: 2 of 2 among the first 5." in said
    assert app.query_params["links"] == "0"
    app.button(key="links-fix").click().run()
    assert BOTH + WITHOUT in words(app)


def test_the_switch_goes_back_to_the_gamma_that_was(run):
    app = run(PAGE, bank="island", links=8)
    app.segmented_control(key="linked").set_value("without links").run()
    app.segmented_control(key="linked").set_value("with links").run()
    assert app.slider(key="gamma").value == 8
    assert app.query_params["links"] == "8"


@pytest.mark.parametrize(
    ("gamma", "rank"), [(1.0, "among the first 5**: The Salt"), (3.0, "Varrow (4th)"), (20.0, "(2nd)")]
)
def test_the_slider_moves_the_ranks(run, gamma, rank):
    app = run(PAGE)
    app.slider(key="gamma").set_value(gamma).run()
    assert not app.exception
    assert rank in words(app)
    assert app.query_params["links"] == f"{gamma:g}"


def test_a_gamma_beyond_the_slider_is_kept(run):
    app = run(PAGE, bank="island", links=33)
    assert app.slider(key="gamma").value == 33
    assert "γ = 33" in words(app)


def test_the_page_says_why_each_was_recalled(run):
    said = words(run(PAGE))
    assert "1. **The Salt Hymns** ✓ by its own meaning" in said
    assert "2. **Ilse Varrow** ✓ because *The Salt Hymns*, ranked 1st, mentions it (+12.0)" in said
    assert "Without links it comes 46th." in said


def test_plain_rag_and_bm25_stand_beside_it(run):
    said = words(run(PAGE))
    for title, found in (
        ("With links, γ = 12", 2),
        ("Meaning and words", 1),
        ("Plain RAG: cosine", 1),
        ("BM25: words", 1),
    ):
        assert f"{title}  \n{found} of 2 expected" in said


def test_half_of_the_evidence_is_never_called_right(run):
    app = run(PAGE, bank="island", links=0)
    assert "**1 of 2 expected memories is" in words(app)
    assert "2 of 2 expected memories" not in words(app)


def test_a_bank_without_links_offers_the_island(run):
    app = run(PAGE, bank="facts")
    assert "**The expected memory comes" in words(app)
    assert "Nothing in this bank is linked" in words(app)
    assert app.slider(key="gamma").disabled
    app.button(key="island").click().run()
    assert not app.exception
    assert BOTH in words(app)


def test_without_an_expected_memory_the_page_says_what_links_bring_up(run):
    said = words(run(PAGE, bank="island", q="Tell me of the composer of The Salt Hymns"))
    assert "**Links bring up Ilse Varrow**: it comes 2nd, and without them" in said
    assert "expected memor" not in said


def test_where_nothing_stored_is_right_nothing_is_expected(run):
    said = words(run(PAGE, bank="island", q="How did the composer of The Salt Hymns earn her living?", want=0))
    assert "**Links bring up Ilse Varrow**" in said


@pytest.mark.parametrize(("number", "said"), [(0, "2 of 2"), (1, "3 of 3"), (2, "4 of 4")])
def test_what_to_try_needs_two_three_and_four_entries(run, number, said):
    app = run(PAGE, bank="facts")
    app.button(key=f"try-island-{number}").click().run()
    assert not app.exception
    assert f"**{said} expected memories are among the first 5**" in words(app)


def test_a_link_by_hand_brings_up_what_the_question_does_not_find(run):
    app = run(PAGE, bank="facts")
    for _ in range(2):
        app.button(key="try-hand").click().run()
        assert not app.exception
        assert "**The expected memory comes 2nd** of 143" in words(app)
        assert "is tied to it" in words(app)
    app.segmented_control(key="linked").set_value("without links").run()
    assert "**The expected memory comes 2nd**" not in words(app)


def test_a_link_restores_what_links_brought(run):
    app = run(PAGE, bank="island", links=3, relations="mention")
    assert "Ilse Varrow (4th)" in words(app)
    app = run(PAGE, bank="island", relations="sequence,reference")
    assert "Nothing in this bank is linked" in words(app)


def test_the_ranking_is_told_as_an_equation_with_its_numbers(run):
    shown = [latex.value for latex in run(PAGE).latex]
    assert any("S = s + \\gamma" in value for value in shown)
    assert any("a = e^" in value for value in shown)
    assert any("P = D^{-1/2} L" in value for value in shown)
