"""A stranger's first minute, clicked in a real browser."""

import re

import pytest

from tests.browser.driver import ask, drawn, fits_a_phone, settled, spot

pytestmark = pytest.mark.browser


def verdict(page) -> str:
    return page.locator("[class*='st-key-verdict']").inner_text()


def test_the_first_click_mends_the_opening_recall_and_undo_brings_it_back(server, page):
    page.goto(server)
    drawn(page, "attention")
    assert "which came second" in verdict(page)
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="Undo").wait_for(timeout=60_000)
    settled(page)
    assert ", the expected memory: ranked first" in verdict(page)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Apply").wait_for(timeout=60_000)


def test_a_visitor_asks_adds_and_sees_the_answer_change(server, page):
    page.goto(server)
    drawn(page, "attention")
    page.get_by_label("Your question").fill("What does the parrot say?")
    page.get_by_label("Your question").press("Enter")
    page.wait_for_function("() => !document.body.innerText.includes('which came second')")
    settled(page)  # until then the old form stands beside the new one
    before = verdict(page)
    page.get_by_label("What should bring it back").fill("What does the parrot shout?")
    page.get_by_label("What it should bring back").fill("**Ahoy** :smile: $x$ <b>there</b>")
    page.get_by_role("button", name="Remember").click()
    page.get_by_text("144 memories now").wait_for(timeout=60_000)
    settled(page)
    assert before != verdict(page)
    shown = verdict(page).replace("\u2060", "")
    assert "“**Ahoy** :smile: $x$ <b>there</b>”" in shown  # as typed


def test_a_click_on_a_bar_says_which_memory_was_meant(server, page):
    page.goto(server + "/?q=Who+feeds+the+dog+while+we+are+away+at+grandma%27s%3F")
    drawn(page, "attention")
    assert "which came third" not in verdict(page)
    page.mouse.click(*spot(page, "attention", 0.004, 2))
    page.get_by_text("which came third").first.wait_for(timeout=60_000)
    page.wait_for_url(re.compile(r"[?&]want=\d+"))


def test_a_link_opens_cold_with_bank_question_beta_and_seed(server, page):
    page.goto(server + "/?bank=confusable&q=When+is+Ben+at+the+dentist%3F&beta=12&seed=5&sigma=0.5")
    drawn(page, "attention")
    assert page.get_by_label("Your question").input_value() == "When is Ben at the dentist?"
    page.get_by_text("β = 12, 20 candidates, 3 update steps, noise σ = 0.5, seed 5").wait_for(timeout=60_000)
    page.get_by_test_id("stTopNavSection").get_by_text("Explore").click()
    page.locator("a[href*='/memories']").click()
    page.get_by_text("What is stored?").wait_for(timeout=60_000)
    settled(page)
    assert "beta=12" in page.url
    assert "seed=5" in page.url


def test_a_slider_move_keeps_the_figure_and_changes_its_numbers(server, page):
    page.goto(server)
    drawn(page, "attention")
    ask(page, "attention", "fig.dataset.mark = 'first'")
    before = ask(page, "attention", "fig.data[1].x[0]")
    page.locator(".st-key-settings summary").click()
    page.wait_for_timeout(500)
    slider = page.get_by_role("slider", name="Inverse temperature β")
    slider.press("Home")
    page.wait_for_function(f"() => document.querySelector('.st-key-attention .nn-figure').data[1].x[0] < {before}")
    assert ask(page, "attention", "fig.dataset.mark") == "first"
    page.get_by_text("average of all").or_(page.get_by_text("which came second")).first.wait_for(timeout=60_000)


def test_nothing_scrolls_sideways_on_a_phone(server, phone):
    for path in ("/", "/memories"):
        phone.goto(server + path)
        phone.wait_for_selector("h1", timeout=60_000)
        settled(phone)
        phone.wait_for_timeout(1_000)
        fits_a_phone(phone)
