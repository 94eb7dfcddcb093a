"""The hops page in a real browser: a question that needs a link, a story, a collapse, its repair, an own chain."""

import re

import pytest

from nuonuo.figures.template import THEMES
from tests.browser.driver import ask, drawn, fits_a_phone, node, settled, spot

pytestmark = pytest.mark.browser
LIT, BROKEN = (THEMES["light"][f"var(--{name})"] for name in ("accent", "rival"))


def verdict(page) -> str:
    return page.locator(".st-key-verdict").inner_text()


def found(page) -> str:
    return page.locator(".st-key-verdict-links").inner_text()


def colors(page) -> list[str]:
    return ask(page, "way", "Array.from(fig.data[0].marker.color).slice(1)")


BOTH = "2 of 2 expected memories are among the first 5: The Salt Hymns (1st) and Ilse Varrow (2nd)."


def test_a_two_hop_question_fails_without_links_and_succeeds_with_them_and_the_address_keeps_it(server, page):
    page.goto(server + "/hops")
    drawn(page, "graph")
    settled(page)
    assert found(page).startswith(BOTH)
    label = page.locator(node("graph")).get_attribute("aria-label")
    assert "2nd Ilse Varrow, expected, 46th without links, because The Salt Hymns mentions it, +12.0" in label
    places = ask(page, "graph", "[fig.data[3].x, fig.data[3].y].map((v) => Array.from(v).join())")
    page.get_by_text("without links", exact=True).click()
    page.get_by_text("1 of 2 expected memories is among the first 5").wait_for(timeout=60_000)
    settled(page)
    assert "Ilse Varrow (46th of 92)" in found(page)
    assert ask(page, "graph", "[fig.data[3].x, fig.data[3].y].map((v) => Array.from(v).join())") == places
    page.get_by_role("button", name="Send attention over links").click()
    page.get_by_text("2 of 2 expected memories are").wait_for(timeout=60_000)
    settled(page)
    page.wait_for_url(re.compile("bank=island"))
    phone = page.context.new_page()  # a fresh session
    phone.set_viewport_size({"width": 390, "height": 844})
    phone.goto(page.url)
    drawn(phone, "graph")
    settled(phone)
    assert found(phone) == found(page)
    fits_a_phone(phone)
    assert "was 46th" in ask(phone, "graph", "fig._fullLayout.annotations.map((a) => a.text).join(' ')")


def test_an_address_without_links_restores_the_failure(server, page):
    page.goto(server + "/hops?bank=island&links=0")
    drawn(page, "graph")
    settled(page)
    assert found(page).startswith("1 of 2 expected memories is among the first 5")


def test_a_chain_collapses_before_ones_eyes_and_is_repaired(server, page):
    page.goto(server + "/hops?bank=stories")
    drawn(page, "way")
    settled(page)
    assert "6 hops, none broken" in verdict(page)
    assert colors(page) == [LIT] * 6
    page.get_by_role("button", name="similar sentences").click()
    page.get_by_text("The chain breaks at hop 2.").wait_for(timeout=60_000)
    settled(page)
    page.wait_for_function(f"() => document.querySelector('{node('way')}')?.data?.[0].marker.color[2] === '{BROKEN}'")
    assert colors(page)[0] == LIT
    assert "sep=linear" in page.url
    assert "whiten=False" in page.url
    page.get_by_role("button", name="Whiten the embeddings", exact=True).click()
    page.get_by_text("6 hops, none broken").wait_for(timeout=60_000)
    page.wait_for_function(f"() => document.querySelector('{node('way')}')?.data?.[0].marker.color[2] === '{LIT}'")


def test_a_clicked_memory_is_picked_and_can_become_a_line(server, page):
    page.goto(server + "/hops?bank=stories")
    drawn(page, "way")
    settled(page)
    page.locator(node("way")).scroll_into_view_if_needed()
    page.mouse.click(*spot(page, "way", 0, 2))
    page.wait_for_url(re.compile(r"pick=2(&|$)"))
    page.get_by_role("button", name="Add it as a line").click()
    page.wait_for_function("() => document.querySelector('textarea').value.startsWith('Inside the wrapping')")


def test_typed_lines_are_followed(server, page):
    page.goto(server + "/hops?bank=stories")
    drawn(page, "way")
    settled(page)
    page.get_by_label("One memory per line; each will recall the next").fill(
        "The alarm rings\nPut the kettle on\nIt is empty"
    )
    page.get_by_role("button", name="Remember this chain").click()
    page.get_by_text("2 hops, none broken").wait_for(timeout=60_000)
    settled(page)
    assert ask(page, "way", "fig.data[0].customdata.map((c) => c[1])") == [
        "The alarm rings",
        "Put the kettle on",
        "It is empty",
    ]


def test_a_link_restores_the_switches_and_a_phone_needs_no_sideways_scroll(server, phone):
    phone.goto(server + "/hops?bank=stories&sep=softmax&whiten=False&hops=3&beta=20&seed=4")
    drawn(phone, "way")
    settled(phone)
    phone.get_by_text("3 hops, none broken").wait_for(timeout=60_000)
    phone.get_by_text("β = 20, 20 candidates, 3 update steps, plain cosines, hops: softmax 8, seed 4").wait_for(
        timeout=60_000
    )
    assert "sep=softmax" in phone.url
    fits_a_phone(phone)
