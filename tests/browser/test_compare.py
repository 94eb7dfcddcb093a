"""Two ways of asking compared, clicked in a real browser."""

import re

import pytest

from tests.browser.driver import ask, drawn, fits_a_phone, settled
from tests.browser.test_home import verdict

pytestmark = pytest.mark.browser


def test_a_visitor_compares_finds_what_broke_and_opens_it(server, page):
    page.goto(server + "/compare")
    drawn(page, "ranks")
    drawn(page, "recalls")
    settled(page)
    first = verdict(page)
    assert first.startswith("Of 143 questions B fixes")
    page.get_by_role("button", name="In noise", exact=True).click()
    page.wait_for_function(
        "t => document.querySelector('[class*=st-key-verdict]')?.innerText.includes(t) === false", arg=first
    )
    settled(page)
    assert "sigma_b=1" in page.url
    broken = page.get_by_test_id("stButtonGroup").get_by_text(re.compile(r"^broke \d+"))
    count = int(broken.inner_text().split()[1])
    with page.expect_download() as taken:
        page.get_by_role("button", name=re.compile("Regression list")).click()
    assert len(taken.value.path().read_text("utf-8").splitlines()) == count
    broken.click()
    page.wait_for_timeout(800)  # until its run has begun
    settled(page)
    box = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + 52)
    page.get_by_role("button", name=re.compile("Open in the debugger")).click()
    page.wait_for_url(re.compile("/debug"))
    page.get_by_text("Why did this recall fail?").wait_for(timeout=60_000)


def test_a_comparison_fits_a_phone(server, phone):
    phone.goto(server + "/compare?within=5")
    drawn(phone, "ranks")
    settled(phone)
    assert ask(phone, "ranks", "fig.getBoundingClientRect().width") <= 390
    fits_a_phone(phone)
