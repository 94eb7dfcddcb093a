"""Attention in a real browser: β by slider, curve and preset, and the heads of the encoder."""

import re

import pytest

from tests.browser.driver import ask, drawn, node, settled, spot

pytestmark = pytest.mark.browser


def verdict(page) -> str:
    return page.locator("[class*='st-key-verdict']").inner_text()


def number(page) -> float:
    """The effective number of memories at the dial's point."""
    return ask(page, "dial", "fig.data[1].y[0]")


def changed(page, key: str, expression: str, before: object) -> None:
    """Wait until a figure's value is another."""
    page.wait_for_function(
        f"(before) => {{ const fig = document.querySelector('{node(key)}'); return ({expression}) !== before; }}",
        arg=before,
        timeout=30_000,
    )


def test_beta_moves_the_dial_by_slider_curve_and_preset(server, page):
    page.goto(server + "/attention?bank=stories&q=Which+package+came+with+the+mail+boat%3F")
    drawn(page, "dial")
    drawn(page, "tokens")
    ask(page, "dial", "fig.dataset.mark = 'first'")
    assert "picks one memory of 90" in verdict(page)
    before = number(page)
    page.locator(".st-key-log_beta input").press("Home")
    changed(page, "dial", "fig.data[1].y[0]", before)
    settled(page)
    assert "the attention is spread over 90 of 90 memories" in verdict(page)
    assert number(page) == pytest.approx(90, rel=1e-3)
    page.get_by_role("button", name="Enough for one winner").click()
    changed(page, "dial", "fig.data[1].y[0]", number(page))
    settled(page)
    assert number(page) < 2
    page.wait_for_timeout(500)
    curve = ask(page, "dial", "[fig.data[0].x[24], fig.data[0].y[24]]")
    page.mouse.click(*spot(page, "dial", *curve))
    page.wait_for_url(re.compile(rf"[?&]beta={curve[0]:.3g}"))
    settled(page)
    assert number(page) == pytest.approx(curve[1], rel=1e-2)
    assert ask(page, "dial", "fig.dataset.mark") == "first"


def test_a_clicked_bar_is_picked_and_its_numbers_stand_in_the_formula(server, page):
    page.goto(server + "/attention")
    drawn(page, "bars")
    drawn(page, "tokens")
    page.mouse.click(*spot(page, "bars", 0.5, 3.2))
    page.wait_for_url(re.compile(r"[?&]pick=\d+"))
    settled(page)
    page.get_by_text("Q, K and V by both names").click()
    page.get_by_text("The fourth memory, ").wait_for(timeout=10_000)


def test_a_clicked_head_shows_its_attention(server, page):
    page.goto(server + "/attention")
    drawn(page, "heads")
    drawn(page, "tokens")
    settled(page)
    before = ask(page, "tokens", "fig.data[0].z[3].join()")
    page.locator(node("heads")).scroll_into_view_if_needed()
    page.mouse.click(*spot(page, "heads", 10, 2))
    changed(page, "tokens", "fig.data[0].z[3].join()", before)
    page.get_by_text("layer 2, head 10").wait_for(timeout=10_000)
    settled(page)
    assert "head=21" in page.url
    assert ask(page, "heads", "fig.layout.shapes[0].x0") == 9.5


def test_a_cold_link_and_a_phone_show_the_whole_page(server, phone):
    phone.goto(server + "/attention?bank=confusable&beta=12&seed=5")
    drawn(phone, "dial")
    drawn(phone, "tokens")
    settled(phone)
    assert phone.locator("[role=dialog]").count() == 0
    phone.get_by_text("Settings: β = 12, top 20, seed 5").wait_for(timeout=5_000)
    assert phone.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
