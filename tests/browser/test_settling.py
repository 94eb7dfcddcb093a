"""The scrubber of the settling page, dragged and played in a real browser."""

import pytest

from nuonuo import Memory
from nuonuo.explain.settling.landscape import landscape
from nuonuo.memory.records import record
from tests.browser.driver import ask, drag, drawn, fits_a_phone, node, settled

pytestmark = pytest.mark.browser
QUESTION = "Who feeds the dog while we are away at grandma's?"
ADDRESS = "/settling?bank=facts&q=Who+feeds+the+dog+while+we+are+away+at+grandma%27s%3F&beta=9&steps=6&seed=0"


@pytest.fixture(scope="module")
def trace(encoder, sample):
    """The same recall, computed here."""
    memory = Memory(encoder=encoder)
    memory.add_many([record(row["cue"], row["target"], row["cues"]) for row in sample("facts")])
    return memory.recall(QUESTION, k=20, beta=9.0, steps=6)


def named(page, name: str, axis: str) -> list[float]:
    return ask(page, "path", f"Array.from(fig.data.find((t) => t.name === '{name}').{axis})")


def shows(page, trace, t: int) -> None:
    """The figure stands at step t, and every number in it is the Trace's."""
    page.wait_for_function(f"() => document.querySelector('{node('path')}')._fullLayout.sliders[0].active === {t}")
    page.wait_for_timeout(200)
    land = landscape(trace)
    at = (named(page, "state", "x")[0], named(page, "state", "y")[0])
    assert at == pytest.approx(land.plane.of(trace.xi[t]).tolist(), abs=1e-4)
    assert named(page, "energy", "x") == [t]
    assert named(page, "energy", "y")[0] == pytest.approx(float(trace.energy[t]), abs=1e-5)
    bars = named(page, "attention", "x")
    shown = land.p.amax(0).argsort(descending=True)[:5].sort().values.tolist()
    expected = [float(land.p[t, i]) for i in shown]
    if t < len(trace.p):
        assert expected == pytest.approx([float(trace.p[t, i]) for i in shown])
    assert bars[:5] == pytest.approx(expected, abs=1e-4)
    assert sum(bars) == pytest.approx(1, abs=1e-4)


def grip(page, t: int) -> tuple[float, float]:
    """Page coordinates of the slider's step t."""
    page.locator(f"{node('path')} .slider-rail-touch-rect").scroll_into_view_if_needed()
    box = page.locator(f"{node('path')} .slider-rail-touch-rect").bounding_box()
    rim = 10  # half of the grip: the first and last steps lie that far inside
    return box["x"] + rim + (box["width"] - 2 * rim) * t / 6, box["y"] + box["height"] / 2


def test_state_attention_and_energy_move_together_under_the_scrubber(server, page, trace):
    page.goto(server + ADDRESS)
    drawn(page, "path")
    settled(page)
    runs = page.evaluate("() => performance.getEntriesByType('resource').length")
    shows(page, trace, 0)
    drag(page, grip(page, 0), grip(page, 4))
    shows(page, trace, 4)
    drag(page, grip(page, 4), grip(page, 6))
    shows(page, trace, 6)
    page.focus(node("path"))
    page.keyboard.press("ArrowLeft")
    shows(page, trace, 5)
    page.get_by_text("▶ Play", exact=True).click()
    page.wait_for_function(f"() => document.querySelector('{node('path')}')._fullLayout.sliders[0].active === 0")
    page.wait_for_timeout(6 * 700)
    shows(page, trace, 6)
    assert page.evaluate("() => performance.getEntriesByType('resource').length") == runs  # all of it in the browser


def test_beta_changes_the_landscape_and_the_figure_keeps_its_node(server, page):
    page.goto(server + ADDRESS)
    drawn(page, "path")
    settled(page)
    ask(page, "path", "fig.dataset.mark = 'first'")
    page.get_by_role("button", name="β = 2: the average of all").click()
    page.get_by_text("all 21 starts").wait_for(timeout=60_000)
    settled(page)
    assert ask(page, "path", "fig.dataset.mark") == "first"
    page.get_by_role("button", name="Noise that changes what is recalled").click()
    page.get_by_text("The noise changed what is recalled").wait_for(timeout=60_000)
    page.get_by_text("Of 12 noisy queries").wait_for(timeout=60_000)
    drawn(page, "basins")
    assert ask(page, "basins", "fig.data.some((t) => t.mode === 'markers' && t.x.length === 12)")


def test_a_click_on_a_memory_picks_it_for_every_page(server, page):
    page.goto(server + ADDRESS)
    drawn(page, "path")
    settled(page)
    left, top = ask(
        page,
        "path",
        """(() => { const t = fig.data.find((t) => t.customdata && t.mode === 'markers+text');
        const r = fig.getBoundingClientRect(), l = fig._fullLayout;
        return [r.left + l.xaxis._offset + l.xaxis.d2p(t.x[1]), r.top + l.yaxis._offset + l.yaxis.d2p(t.y[1])]; })()""",
    )
    page.mouse.click(left, top)
    page.wait_for_url("**pick=*", timeout=60_000)


def test_a_phone_stacks_the_figure_and_scrolls_only_down(server, phone):
    phone.goto(server + ADDRESS)
    drawn(phone, "path")
    settled(phone)
    assert ask(phone, "path", "fig._fullLayout.xaxis2.domain.slice()") == [0, 1]
    fits_a_phone(phone)
