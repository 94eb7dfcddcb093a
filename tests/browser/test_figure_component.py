"""The figure component in a real browser: what survives a rerun, what comes back to Python."""

import re
from pathlib import Path

import pytest

from nuonuo.figures.template import ACCENT, THEMES
from tests.browser.driver import ask, chromium, drag, drawn, fits_a_phone, node, open_tab, serve, spot

DEMO = Path(__file__).parent / "demo.py"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo_url(tmp_path_factory):
    chromium()
    with serve(DEMO, tmp_path_factory.mktemp("demo")) as url:
        yield url


@pytest.fixture
def tab(demo_url, browser):
    with open_tab(browser, 1280) as tab:
        tab.goto(demo_url)
        drawn(tab, "settling")
        yield tab


def press_slider(tab) -> None:
    """Move the slider of the demo one step up and wait for the new data."""
    before = ask(tab, "points", "fig.data[0].x.length")
    tab.get_by_role("slider", name="Number of memories N").press("ArrowRight")
    tab.wait_for_function(f"() => document.querySelector('{node('points')}').data[0].x.length === {before + 1}")


def test_node_and_zoom_survive_new_data(tab):
    ask(tab, "points", "fig.dataset.mark = 'first'")
    drag(tab, spot(tab, "points", 1.5, 0.2), spot(tab, "points", 6.5, 3.6))
    zoomed = ask(tab, "points", "fig._fullLayout.xaxis.range.slice()")
    assert 1 < zoomed[0] < zoomed[1] < 7
    press_slider(tab)
    assert ask(tab, "points", "fig.dataset.mark") == "first"
    assert ask(tab, "points", "fig._fullLayout.xaxis.range.slice()") == pytest.approx(zoomed)
    assert ask(tab, "points", "fig.getAttribute('aria-label')") == "13 memories, weight against overlap."
    assert tab.evaluate("() => document.querySelectorAll('script[src*=\"plotly.min.js\"]').length") == 1
    assert tab.errors == []


def test_clicks_and_boxes_come_back_to_python(tab):
    tab.mouse.click(*spot(tab, "points", 4, 2))
    tab.get_by_text("'customdata': [4, 'memory 4']").wait_for(timeout=60_000)
    tab.mouse.click(*spot(tab, "matrix", 6, 1))
    tab.get_by_text("'point': [1, 6]").wait_for(timeout=60_000)
    tab.get_by_text("picked: None").wait_for(timeout=60_000)  # a pick is told once
    ask(tab, "points", "window.__nuonuoPlotly.then((P) => P.relayout(fig, {dragmode: 'select'}))")
    drag(tab, spot(tab, "points", 2.5, 1.5), spot(tab, "points", 4.5, 2.5))
    tab.get_by_text("'kind': 'select'").wait_for(timeout=60_000)
    assert tab.errors == []


def test_the_toolbar_saves_pictures_and_offers_no_upload(tab):
    tab.hover(node("matrix"))
    titles = tab.eval_on_selector_all(f"{node('matrix')} .modebar-btn", "xs => xs.map((x) => x.dataset.title)")
    assert {"Download as PNG", "Download as SVG"} <= set(titles)
    assert not [t for t in titles if re.search("share|cloud|edit", t, re.IGNORECASE)]
    with tab.expect_download() as download:
        tab.click(f"{node('matrix')} [data-title='Download as SVG']", force=True)
    assert download.value.suggested_filename == "nuonuo-matrix.svg"


def test_frames_move_without_a_rerun(tab):
    tab.focus(node("settling"))
    for _ in range(3):
        tab.keyboard.press("ArrowRight")
        tab.wait_for_timeout(400)
    assert ask(tab, "settling", "fig._fullLayout.sliders[0].active") == 3
    assert ask(tab, "settling", "fig.data[0].y.length") == 4
    tab.get_by_text("Play", exact=True).click()
    tab.wait_for_function(f"() => document.querySelector('{node('settling')}').data[0].y.length === 6")
    assert tab.errors == []


def test_typed_markup_is_shown_as_typed(tab):
    tab.mouse.move(*spot(tab, "points", 4, 2))
    hover = tab.locator(f"{node('points')} .hoverlayer")
    hover.get_by_text("not bold").wait_for(timeout=60_000)
    assert "<b>not bold</b> <a href='https://example.org'>no link</a> &lt; var(--ink)" in hover.text_content()
    assert hover.locator("a").count() == 0


def test_the_figure_follows_the_theme_at_once(tab):
    ask(tab, "points", "fig.dataset.mark = 'first'")
    for scheme in ("dark", "light"):
        tab.emulate_media(color_scheme=scheme)
        accent = THEMES[scheme][ACCENT]
        tab.wait_for_function(f"() => document.querySelector('{node('points')}').data[1].marker.color === '{accent}'")
    assert ask(tab, "points", "fig.dataset.mark") == "first"
    assert tab.errors == []


def test_nothing_moves_while_figures_load_and_a_phone_needs_no_sideways_scroll(tab):
    assert ask(tab, "matrix", "fig.clientHeight") == 320
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.wait_for_function(f"() => document.querySelector('{node('points')}')._fullLayout.width < 390")
    fits_a_phone(tab)
    assert tab.errors == []


def test_points_are_walked_by_keys_read_out_and_picked(tab):
    tab.locator(node("points")).focus()
    tab.keyboard.press("ArrowDown")
    said = tab.locator(".st-key-points .nn-said")
    assert "no link" in said.inner_text(), "as typed, like the label that is drawn"
    for _ in range(4):
        tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    tab.get_by_text("'customdata': [4, 'memory 4']").wait_for(timeout=60_000)
    tab.locator(node("matrix")).focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Enter"):  # the first press stands on the first cell
        tab.keyboard.press(key)
    tab.get_by_text("'point': [1, 1]").wait_for(timeout=60_000)
    assert tab.locator(".st-key-matrix .nn-said").inner_text()
    assert tab.errors == []


def test_who_wants_no_motion_gets_none(demo_url, browser):
    with open_tab(browser, 1280, still=True) as tab:
        tab.goto(demo_url)
        drawn(tab, "settling")
        moving = """[...fig._transitionData._frames.map((f) => f.layout?.transition?.duration ?? 0),
            ...fig._fullLayout.sliders.flatMap((s) => s.steps.map((p) => p.args[1].transition.duration))]"""
        assert set(ask(tab, "settling", moving)) <= {0}
        each = "[...document.querySelectorAll('*')].map((e) => parseFloat(getComputedStyle(e).transitionDuration))"
        assert max(tab.evaluate(f"() => {each}")) <= 0.001
