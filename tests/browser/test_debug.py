"""One failure from its verdict to its fix and back, in a real browser."""

import re

import pytest

from tests.browser.driver import ask, drawn, fits_a_phone, node, settled, spot

pytestmark = pytest.mark.browser


def verdict(page) -> str:
    return page.locator("[class*='st-key-verdict']").inner_text().replace("\u2060", "")


def until(page, text: str) -> None:
    """Wait until the verdict holds a text and the page has run to its end."""
    page.locator("[class*='st-key-verdict']").get_by_text(text).wait_for(timeout=60_000)
    settled(page)


def test_a_failure_is_explained_fixed_and_put_back(server, page):
    page.goto(f"{server}/debug?q=Who+feeds+the+dog+while+we+are+away+at+grandma's%3F&want=66")
    drawn(page, "ladder")
    before = verdict(page)
    assert before.startswith(
        "A rival wins. “Who looks after the pets when we travel?” is expected and came third of 143"
    )
    drawn(page, "words")
    drawn(page, "memories")
    page.get_by_role("button", name="Apply").click()
    until(page, "Right.")
    assert ask(page, "ladder", "fig.data.find(t => t.name === 'dots').x[0]") > 0.99
    page.get_by_role("button", name="Undo").click()
    until(page, "A rival wins.")
    assert verdict(page) == before


def test_a_click_on_the_ladder_says_which_memory_is_expected(server, page):
    page.goto(server + "/debug?q=Where+is+the+ladder%3F")
    drawn(page, "ladder")
    assert verdict(page).startswith("Recalled")
    page.mouse.click(*spot(page, "ladder", 0.1, 2))
    until(page, "is expected and came third")
    page.wait_for_url(re.compile(r"[?&]want=\d+"))
    drawn(page, "memories")


def test_a_click_on_a_memory_in_the_way_tells_what_it_recalls(server, page):
    page.goto(server + "/debug?q=Who+feeds+the+dog+while+we+are+away+at+grandma's%3F&want=66")
    drawn(page, "memories")
    page.locator(node("memories")).scroll_into_view_if_needed()
    page.mouse.click(*spot(page, "memories", 0.1, 0))
    page.get_by_text("“What food does the dog eat?” recalls “Biscuit gets").wait_for(timeout=60_000)


def test_a_case_is_taken_away_and_opened_again(server, page, tmp_path):
    page.goto(server + "/debug?k=2&q=Who+feeds+the+dog+while+we+are+away+at+grandma's%3F&want=66")
    drawn(page, "ladder")
    before = verdict(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Capsule", exact=True).click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "capsule-facts.json"
    page.get_by_text("Open a capsule").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("The Trace is the same").wait_for(timeout=60_000)
    settled(page)
    assert "own%3Acapsule+facts" in page.url
    assert verdict(page).startswith("Not a candidate.")
    assert verdict(page).split(". ", 1)[1].split(" is expected")[0] == before.split(". ", 1)[1].split(" is expected")[0]


@pytest.mark.parametrize("address", ["/debug", "/debug?k=2", "/debug?q=Where+is+the+ladder%3F&want=0"])
def test_nothing_scrolls_sideways_on_a_phone(server, phone, address):
    phone.goto(server + address)
    drawn(phone, "ladder")
    settled(phone)
    fits_a_phone(phone)
