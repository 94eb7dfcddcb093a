"""The lab in a real browser: a run goes on behind other pages, is cancelled half way, and shows what it kept."""

import re

import pytest

from tests.browser.driver import ask, drawn, fits_a_phone, node, settled

pytestmark = pytest.mark.browser
KEY = "lab-chains"


def set_number(page, label: str, value: int) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(str(value))
    field.press("Enter")
    settled(page)


def go_to(page, name: str) -> None:
    """Open another page of the Explore section through the menu."""
    page.get_by_test_id("stTopNavSection").get_by_text("Explore").click()
    page.locator(f"a[href*='/{name.lower()}']").click()


@pytest.mark.slow
def test_a_run_goes_on_behind_another_page_and_a_cancelled_one_shows_what_it_kept(server, page):
    page.goto(server + "/lab?lab=chains&seed=3")
    page.get_by_role("heading", name="How far does a chain of links carry?").wait_for(timeout=60_000)
    settled(page)
    page.locator(".st-key-lab_settings summary").click()
    set_number(page, "links", 200)
    set_number(page, "starts", 190)
    page.get_by_role("button", name="Run it").click()
    page.get_by_text("Chains runs in the background").wait_for(timeout=60_000)
    assert page.get_by_role("button", name="Run it").is_disabled()

    go_to(page, "Memories")
    page.get_by_role("heading", name="What is stored?").wait_for(timeout=60_000)  # while it runs
    go_to(page, "Lab")
    page.wait_for_url(re.compile(r"/lab\?.*lab=chains"))
    page.get_by_text("--links 200").wait_for(timeout=120_000)
    drawn(page, KEY)
    settled(page)
    assert page.get_by_text("--seed 3").count() == 1
    assert "over 200 links" in page.locator("[class*='st-key-verdict']").inner_text()
    whole = ask(page, KEY, "fig._fullData.length")

    page.get_by_role("button", name="Pin this run").click()
    page.get_by_text("Pinned. Run it again").wait_for(timeout=60_000)
    page.get_by_role("button", name="Run it").click()
    page.get_by_text(re.compile(r"\d+ rows of \d")).wait_for(timeout=60_000)  # a part is finished
    page.get_by_role("button", name="Cancel").click()
    note = page.get_by_text(re.compile(r"^Cancelled at \d+%: \d+ rows of \d+ (of \d+|finished) parts? kept\.$"))
    note.wait_for(timeout=60_000)
    settled(page)
    assert page.locator("[class*='st-key-verdict']").inner_text().startswith("Unfinished run.")
    page.get_by_text("It is incomplete").wait_for(timeout=60_000)
    assert page.get_by_role("button", name="Run it").is_enabled()
    dashes = ask(page, KEY, "fig._fullData.map((t) => t.line.dash)")
    assert dashes.count("dash") == whole
    assert 0 < dashes.count("solid") < whole
    page.get_by_text("Against the pinned run nothing changed").wait_for(timeout=60_000)  # the same seed and settings


def test_the_lab_fits_a_phone(server, phone):
    phone.goto(server + "/lab?lab=backgrounds")
    phone.get_by_role("button", name="Run it").wait_for(timeout=60_000)
    settled(phone)
    fits_a_phone(phone)
    if phone.locator(node("lab-backgrounds")).count():  # something ships
        drawn(phone, "lab-backgrounds")
        assert ask(phone, "lab-backgrounds", "fig.scrollWidth <= fig.clientWidth")
