"""The hops page in a real browser: a story, a collapse, its repair, and a chain of one's own."""

import re

import pytest

from nuonuo.figures.template import THEMES
from tests.browser.driver import ask, drawn, node, settled, spot

pytestmark = pytest.mark.browser
LIT, BROKEN = (THEMES["light"][f"var(--{name})"] for name in ("accent", "rival"))


def verdict(page) -> str:
    return page.locator("[class*='st-key-verdict']").inner_text()


def colors(page) -> list[str]:
    return ask(page, "way", "Array.from(fig.data[0].marker.color).slice(1)")


def test_a_chain_collapses_before_ones_eyes_and_is_repaired(server, page):
    page.goto(server + "/hops?bank=stories")
    drawn(page, "way")
    settled(page)
    assert "6 hops, none broken" in verdict(page)
    assert colors(page) == [LIT] * 6
    page.get_by_role("button", name="look-alikes").click()
    page.get_by_text("The chain breaks at hop 2.").wait_for(timeout=60_000)
    settled(page)
    page.wait_for_function(f"() => document.querySelector('{node('way')}').data[0].marker.color[2] === '{BROKEN}'")
    assert colors(page)[0] == LIT
    assert "sep=linear" in page.url
    assert "whiten=False" in page.url
    page.get_by_role("button", name="Whiten the embeddings", exact=True).click()
    page.get_by_text("6 hops, none broken").wait_for(timeout=60_000)
    page.wait_for_function(f"() => document.querySelector('{node('way')}').data[0].marker.color[2] === '{LIT}'")


def test_a_clicked_memory_is_picked_and_can_become_a_line(server, page):
    page.goto(server + "/hops?bank=stories")
    drawn(page, "way")
    settled(page)
    page.mouse.click(*spot(page, "way", 0, 2))
    page.wait_for_url(re.compile(r"pick=2(&|$)"))
    page.get_by_role("button", name="Add it as a line").click()
    page.wait_for_function("() => document.querySelector('textarea').value.startsWith('Inside the wrapping')")


def test_typed_lines_are_followed(server, page):
    page.goto(server + "/hops?bank=stories")
    drawn(page, "way")
    settled(page)
    page.get_by_label("One memory a line").fill("The alarm rings\nPut the kettle on\nIt is empty")
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
    phone.get_by_text("3 hops, none broken").wait_for(timeout=15_000)
    phone.get_by_text("Settings: β = 20, top 20, seed 4").wait_for(timeout=5_000)
    assert "sep=softmax" in phone.url
    assert phone.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
