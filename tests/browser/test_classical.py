"""The page on ±1 networks in a real browser: a picture drawn on by mouse and keys, capacities measured live."""

import pytest

from tests.browser.driver import ask, drawn, fits_a_phone, settled

pytestmark = pytest.mark.browser


def test_a_picture_is_drawn_on_by_mouse_and_by_keys(server, page):
    page.goto(server + "/classical?turned=0")
    drawn(page, "pictures")
    settled(page)
    page.get_by_text("undamaged").first.wait_for()
    before = ask(page, "pictures", "Array.from(fig._fullData[1].z, (row) => Array.from(row).join()).join()")
    box = page.locator(".nn-draw canvas").bounding_box()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.1 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.1 * box["height"], steps=6)
    page.mouse.up()
    page.get_by_text("drawn by hand").first.wait_for(timeout=60_000)
    page.wait_for_url("**drawn=**", timeout=60_000)
    drawn(page, "pictures")
    settled(page)
    assert ask(page, "pictures", "Array.from(fig._fullData[1].z, (row) => Array.from(row).join()).join()") != before
    first = page.url
    page.locator(".nn-draw").focus()
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.wait_for_url(lambda url: url != first, timeout=60_000)
    page.reload()
    page.get_by_text("drawn by hand").first.wait_for(timeout=60_000)


def test_capacities_are_measured_live_and_a_measurement_can_be_cancelled(server, page):
    page.goto(server + "/classical?net_units=32")
    drawn(page, "error")
    settled(page)
    page.get_by_role("button", name="Measure", exact=True).click()
    page.get_by_text("Measuring in the background").wait_for(timeout=60_000)
    page.get_by_text("More than 5% of the units wrong").wait_for(timeout=120_000)  # as it goes
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled at").wait_for(timeout=60_000)
    settled(page)
    drawn(page, "error")
    names = ask(page, "error", "fig.data.map((t) => t.name).filter(Boolean)")
    assert "nearest neighbour" in names


def test_a_phone_needs_no_sideways_scroll(server, phone):
    phone.goto(server + "/classical?function=exponential&stored=20")
    drawn(phone, "pictures")
    settled(phone)
    fits_a_phone(phone)
