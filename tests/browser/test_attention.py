"""Attention in a real browser: β by slider, curve and preset, and the heads of the encoder."""

import re

import pytest

from tests.browser.driver import ask, drawn, fits_a_phone, node, settled, spot

pytestmark = pytest.mark.browser


def opened(page, section: str, figure: str) -> None:
    """Open a section of the page and wait for a figure in it."""
    page.locator(f".st-key-{section} summary").first.click()
    drawn(page, figure)


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
        timeout=60_000,
    )


def test_beta_moves_the_dial_by_slider_curve_and_preset(server, page):
    page.goto(server + "/attention?bank=stories&q=Which+package+came+with+the+mail+boat%3F")
    drawn(page, "dial")
    settled(page)
    ask(page, "dial", "fig.dataset.mark = 'first'")
    assert "one memory has most of the attention" in verdict(page)
    before = number(page)
    page.locator(".st-key-log_beta input").press("Home")
    changed(page, "dial", "fig.data[1].y[0]", before)
    settled(page)
    assert "the attention is spread over 90 of 90 memories" in verdict(page)
    assert number(page) == pytest.approx(90, rel=1e-3)
    before = number(page)
    page.get_by_role("button", name="Enough for one memory").click()
    changed(page, "dial", "fig.data[1].y[0]", before)
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
    settled(page)
    page.mouse.click(*spot(page, "bars", 0.5, 3.2))
    page.wait_for_url(re.compile(r"[?&]pick=\d+"))
    settled(page)
    page.get_by_text("Q, K and V by both names").click()
    page.get_by_text("The fourth memory, ").wait_for(timeout=60_000)


def test_a_clicked_head_shows_its_attention(server, page):
    page.goto(server + "/attention")
    drawn(page, "bars")
    settled(page)
    opened(page, "section-heads", "heads")
    drawn(page, "tokens")
    before = ask(page, "tokens", "fig._fullData[0].z[3].join()")
    page.locator(node("heads")).scroll_into_view_if_needed()
    page.mouse.click(*spot(page, "heads", 10, 2))
    changed(page, "tokens", "fig._fullData[0].z[3].join()", before)
    page.get_by_text("on layer 2, head 10: everything below").wait_for(timeout=60_000)
    settled(page)
    assert "head=21" in page.url
    assert ask(page, "heads", "fig.layout.shapes[0].x0") == 9.5


def test_a_cold_link_and_a_phone_show_the_whole_page(server, phone):
    phone.goto(server + "/attention?bank=confusable&beta=12&seed=5")
    drawn(phone, "dial")
    settled(phone)
    opened(phone, "section-heads", "walk")
    opened(phone, "section-theory", "errors")
    settled(phone)
    assert phone.locator("[role=dialog]").count() == 0
    phone.get_by_text("β = 12, 20 candidates, 3 update steps, seed 5").wait_for(timeout=60_000)
    fits_a_phone(phone)


def test_verdict_slider_and_main_figure_are_seen_without_scrolling(server, page):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(server + "/attention")
    drawn(page, "bars")
    settled(page)
    for part in ("[class*='st-key-verdict']", ".st-key-log_beta", node("bars")):
        box = page.locator(part).first.bounding_box()
        assert box["y"] + box["height"] <= 900, part


def test_a_chosen_token_is_walked_and_a_click_on_the_errors_takes_its_beta(server, page):
    page.goto(server + "/attention?head=29&token=4")
    drawn(page, "bars")
    settled(page)
    opened(page, "section-heads", "walk")
    assert ask(page, "walk", "fig.layout.shapes.length") == 5
    before = ask(page, "walk", "fig.layout.shapes[0].y0")
    page.locator(".st-key-token").scroll_into_view_if_needed()
    for _ in range(5):  # while the section unfolds, a list closes when its place moves
        page.wait_for_timeout(1_500)
        page.locator(".st-key-token input").click()
        page.wait_for_timeout(1_200)
        if page.get_by_role("option").count():
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    changed(page, "walk", "fig.layout.shapes[0].y0", before)
    page.wait_for_url(re.compile(r"[?&]token=\d+"))
    opened(page, "section-theory", "errors")
    page.locator(node("errors")).scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    curve = ask(page, "errors", "[fig.data[0].x[30], Math.log10(fig.data[0].y[30])]")
    left, top = ask(
        page,
        "errors",
        f"""(() => {{ const r = fig.getBoundingClientRect(), l = fig._fullLayout;
        return [r.left + l.xaxis._offset + l.xaxis.l2p(Math.log10({curve[0]})),
                r.top + l.yaxis._offset + l.yaxis.l2p({curve[1]})]; }})()""",
    )
    page.mouse.click(left, top)
    page.wait_for_url(re.compile(rf"[?&]beta={curve[0]:.3g}"))
