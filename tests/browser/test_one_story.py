"""One address tells one story, in a real browser: each page of it names the same target, p and state at rest."""

import re

import pytest

from tests.browser.driver import settled

pytestmark = pytest.mark.browser

ADDRESS = "?want=66&beta=8&steps=20"  # of the household sample: ranked first and at rest are two memories
PATHS = ["", "attention", "settling", "hops", "spiking", "debug"]


@pytest.mark.slow
def test_the_address_of_two_readings_says_both_on_every_page(server, page):
    stories = {}
    for path in PATHS:
        page.goto(f"{server}/{path}{ADDRESS}")
        page.get_by_text("ranked first by").first.wait_for(timeout=60_000)
        settled(page)
        body = page.locator("[data-testid='stMain']").inner_text()
        found = re.search(r"Recalled (“[^”]*”): ranked first by [a-z ]+, with (p = [\d.]+) among 20 candidates", body)
        rest = re.search(r"At rest the state is a (fixed point at “[^”]*”)", body)
        assert found, body[:800]
        assert rest, body[:800]
        stories[path] = (found[1], found[2], rest[1])
        assert "recalls the same memory" not in body
    assert set(stories.values()) == {stories[""]}, stories
    assert stories[""][1] == "p = 0.19"
    assert not page.errors
