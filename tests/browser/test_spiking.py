"""The spiking page in a real browser: a cell of the sweep clicked, votes scrubbed, a phone."""

import pytest

from tests.browser.driver import ask, drawn, fits_a_phone, node, settled, spot

pytestmark = pytest.mark.browser


def test_a_clicked_cell_sets_gain_and_leak_and_the_votes_follow_the_slider(server, page):
    page.goto(server + "/spiking?bank=support&seed=3&open=lif,voting")
    drawn(page, "budget")
    settled(page)
    drawn(page, "sweep")
    ask(page, "sweep", "fig.scrollIntoView({block: 'center'})")
    page.mouse.click(*spot(page, "sweep", 1, 3))  # gain 0.1, leak 0.9
    page.wait_for_url("**lif_gain=0.1*", timeout=60_000)
    page.get_by_text("Gain γ = 0.1, leak λ = 0.9").wait_for(timeout=60_000)
    page.get_by_text("recalls 5 of 5 cues after 20 steps and 5 after 200").wait_for(timeout=60_000)
    settled(page)
    votes = "Array.from(fig.data.find((t) => t.name === 'votes').x)"
    page.focus(node("votes"))
    last = ask(page, "votes", votes)
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(60)
    page.wait_for_function(f"() => document.querySelector('{node('votes')}')._fullLayout.sliders[0].active === 0")
    page.wait_for_timeout(300)
    first = ask(page, "votes", votes)
    assert set(first) <= {0, 1}  # one spike
    assert first != last
    assert "seed=3" in page.url


def test_a_phone_scrolls_only_down(server, phone):
    phone.goto(server + "/spiking?open=spikes,lif,voting")
    drawn(phone, "budget")
    settled(phone)
    fits_a_phone(phone)
