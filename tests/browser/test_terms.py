"""What ranks candidates, seen and touched in a real browser."""

import pytest

from tests.browser.driver import ask, drawn, fits_a_phone, settled, spot

pytestmark = pytest.mark.browser


def test_pointing_at_a_bar_names_who_sent_the_association(server, page):
    page.goto(server + "/?bank=island")
    drawn(page, "terms")
    assert ask(page, "terms", "fig.data.map(t => t.name)") == ["meaning", "words", "links", "rows"]
    page.mouse.move(*spot(page, "terms", 2.0, 1))
    page.get_by_text("The Salt Hymns (mention, a = 1.00").first.wait_for(timeout=60_000)


def test_links_off_takes_the_second_evidence_away_and_the_address_keeps_it(server, page):
    page.goto(server + "/?bank=island&links=0")
    drawn(page, "terms")
    page.get_by_text("1 of 2 expected memories").first.wait_for(timeout=60_000)
    assert "links" not in ask(page, "terms", "fig.data.map(t => t.name)")
    page.locator(".st-key-mend button").click()
    page.get_by_text("2 of 2 expected memories").first.wait_for(timeout=60_000)
    settled(page)
    assert "links=" not in page.url


def test_the_terms_fit_on_a_phone(server, phone):
    phone.goto(server + "/?bank=island")
    drawn(phone, "terms")
    settled(phone)
    fits_a_phone(phone)
