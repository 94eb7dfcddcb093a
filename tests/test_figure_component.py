"""Specifies nuonuo/figures/template.py, nuonuo/studio/look.py and nuonuo/studio/plot.py."""

import itertools
import json
import math
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from pathlib import Path

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis.strategies import integers, text
from streamlit.testing.v1 import AppTest

from nuonuo.figures.template import (
    ACCENT,
    DIVERGING,
    INK,
    MUTED,
    OKABE_ITO,
    PANEL,
    PAPER,
    RIVAL,
    ROLE,
    SEQUENTIAL,
    THEMES,
    escape,
    figure,
    memory_color,
    resolve,
    short,
)

ROOT = Path(__file__).parents[1]
DEMO = Path(__file__).parent / "browser_demo" / "demo.py"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def linear(channel: int) -> float:
    c = channel / 255
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4


def rgb(color: str) -> list[int]:
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def luminance(color: str) -> float:
    """WCAG 2.2 relative luminance."""
    return sum(w * linear(c) for w, c in zip((0.2126, 0.7152, 0.0722), rgb(color), strict=True))


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


# Colours


def test_memory_colours_are_far_apart():
    distances = [math.dist(rgb(a), rgb(b)) for a, b in itertools.combinations(OKABE_ITO, 2)]
    assert len(OKABE_ITO) == 8
    assert min(distances) > 60


@given(memory_id=integers(0, 10**9))
def test_a_memory_keeps_its_colour(memory_id):
    assert memory_color(memory_id) == memory_color(memory_id) == memory_color(memory_id + len(OKABE_ITO))
    assert memory_color(memory_id) in OKABE_ITO


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("token", [INK, MUTED, ACCENT, RIVAL])
def test_text_colours_can_be_read_on_both_papers(theme, token):
    colors = THEMES[theme]
    assert contrast(colors[token], colors[PAPER]) >= 4.5
    assert contrast(colors[token], colors[PANEL]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_sequential_colours_move_away_from_the_paper(theme):
    steps = [contrast(THEMES[theme][c], THEMES[theme][PAPER]) for c in SEQUENTIAL]
    assert steps == sorted(steps)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_streamlit_theme_is_the_figures_theme(theme):
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    ours, theirs = THEMES[theme], config[theme]
    named = {PAPER: "backgroundColor", PANEL: "secondaryBackgroundColor", INK: "textColor", ACCENT: "primaryColor"}
    assert {token: theirs[option] for token, option in named.items()} == {token: ours[token] for token in named}
    assert theirs["chartSequentialColors"] == [ours[c] for c in SEQUENTIAL]
    assert theirs["chartDivergingColors"] == [ours[c] for i, c in enumerate(DIVERGING) if i != 5]
    assert config["chartCategoricalColors"] == list(OKABE_ITO)


def test_every_theme_knows_every_token():
    assert THEMES["light"].keys() == THEMES["dark"].keys()
    assert {*ROLE.values(), *SEQUENTIAL, *DIVERGING} <= THEMES["light"].keys()


@pytest.mark.parametrize("dark", [False, True])
def test_resolve_leaves_no_token_and_touches_no_text(dark):
    fig = figure(
        go.Scatter(x=[1, 2], y=[1, 2], marker_color=[ACCENT, RIVAL], text=[INK, "plain"]),
        go.Heatmap(z=[[-1, 1]], colorscale=DIVERGING),
        title=INK,
    )
    out = resolve(fig, dark)
    colors = THEMES["dark" if dark else "light"]
    assert list(out.data[0].marker.color) == [colors[ACCENT], colors[RIVAL]]
    assert list(out.data[0].text) == [INK, "plain"]
    assert out.layout.title.text == INK
    assert out.layout.paper_bgcolor == colors[PAPER]
    assert json.dumps(out.to_plotly_json(), default=list).count("var(--") == 2  # the two texts
    assert fig.data[0].marker.color[0] == ACCENT


# Text


@given(typed=text())
def test_escaped_text_has_no_markup_and_reads_as_typed(typed):
    safe = escape(typed)
    assert not re.search("[<>]", safe)
    assert safe.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == typed


@given(typed=text(), n=integers(1, 60))
def test_short_text_is_short_before_escaping(typed, n):
    shown = short(typed, n).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert len(shown) <= n
    assert shown.endswith("…") or shown == " ".join(typed.split())


def test_short_needs_room_for_one_character():
    with pytest.raises(ValueError, match="n must be >= 1, got 0"):
        short("anything", 0)


# On a page


def page() -> None:
    import streamlit as st

    from nuonuo.figures.template import figure
    from nuonuo.studio import look
    from nuonuo.studio.plot import plot

    look.apply()
    look.verdict("It is **0.93**.")
    look.label("Weights", key="label_weights")
    n = st.slider("n", 1, 9, 3)
    st.text(f"picked: {plot(figure().add_scatter(y=list(range(n))), key='points', alt=f'{n} points')}")


def test_a_page_with_the_look_and_a_figure_runs_and_reruns():
    app = AppTest.from_function(page).run()
    app.slider[0].set_value(5).run()
    assert not app.exception
    assert app.text[0].value == "picked: None"
    assert len(app.get("bidi_component")) == 1


def test_a_figure_needs_words():
    from nuonuo.studio.plot import plot

    with pytest.raises(ValueError, match="alt must describe the figure 'k'"):
        plot(figure(), key="k", alt=" ")


def test_without_the_component_a_figure_is_still_drawn(monkeypatch):
    monkeypatch.setattr("nuonuo.studio.plot._draw", None)
    app = AppTest.from_function(page).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1


def test_the_style_sheet_carries_its_fonts_and_no_address():
    from nuonuo.studio.look import style

    assert style().count("@font-face") == 7
    assert style().count("<") == 2  # <style> and </style>: Streamlit then gives it no room on the page
    assert not re.search(r"url\((?!data:)|@import|https?:", style())


# In a browser


@pytest.fixture(scope="module")
def chromium():
    return shutil.which("chromium") or pytest.skip("needs Chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def demo_url(chromium, tmp_path_factory):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    log = (tmp_path_factory.mktemp("demo") / "server.log").open("w")
    options = f"--server.headless true --server.port {port} --server.address 127.0.0.1 --server.fileWatcherType none"
    command = [sys.executable, "-m", "streamlit", "run", str(DEMO), *options.split()]
    server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | {"PYTHONPATH": str(ROOT)})
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(url + "/_stcore/health", timeout=1).close()
                break
            except OSError:
                assert server.poll() is None, "the demo ended at start"
                time.sleep(0.25)
        yield url
    finally:
        server.terminate()
        server.wait(10)
        log.close()


@pytest.fixture
def tab(chromium, demo_url, tmp_path):
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    with sync_api.sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=chromium,
            args=FLAGS,
            viewport={"width": 1280, "height": 1400},
            color_scheme="light",
        )
        tab = context.new_page()
        tab.errors = []
        tab.on("pageerror", lambda e: tab.errors.append(str(e)))
        tab.on("console", lambda m: tab.errors.append(m.text) if is_ours(m) else None)
        tab.goto(demo_url)
        drawn(tab, "settling")
        yield tab
        context.close()


def is_ours(message) -> bool:
    figure_lost = message.type == "warning" and "figure not drawn" in message.text
    return figure_lost or (message.type == "error" and "_stcore" not in message.location.get("url", ""))


def node(key: str) -> str:
    return f".st-key-{key} .nn-figure"


def drawn(tab, key: str) -> None:
    tab.wait_for_selector(f"{node(key)} .plot-container", timeout=60_000)
    tab.wait_for_timeout(400)


def ask(tab, key: str, expression: str):
    return tab.evaluate(f"() => {{ const fig = document.querySelector('{node(key)}'); return {expression}; }}")


def spot(tab, key: str, x: float, y: float) -> tuple[float, float]:
    """Page coordinates of a data point."""
    left, top = ask(
        tab,
        key,
        f"""(() => {{ const r = fig.getBoundingClientRect(), l = fig._fullLayout;
        return [r.left + l.xaxis._offset + l.xaxis.d2p({x}), r.top + l.yaxis._offset + l.yaxis.d2p({y})]; }})()""",
    )
    return left, top


def drag(tab, start: tuple[float, float], end: tuple[float, float]) -> None:
    tab.mouse.move(*start)
    tab.mouse.down()
    tab.mouse.move(*end, steps=8)
    tab.mouse.up()
    tab.wait_for_timeout(500)


def press_slider(tab) -> None:
    """Move the slider of the demo one step up and wait for the new data."""
    before = ask(tab, "points", "fig.data[0].x.length")
    tab.get_by_role("slider", name="Number of memories N").press("ArrowRight")
    tab.wait_for_function(f"() => document.querySelector('{node('points')}').data[0].x.length === {before + 1}")


@pytest.mark.browser
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


@pytest.mark.browser
def test_clicks_and_boxes_come_back_to_python(tab):
    tab.mouse.click(*spot(tab, "points", 4, 2))
    tab.get_by_text("'customdata': [4, 'memory 4']").wait_for(timeout=10_000)
    tab.mouse.click(*spot(tab, "matrix", 6, 1))
    tab.get_by_text("'point': [1, 6]").wait_for(timeout=10_000)
    tab.get_by_text("picked: None").wait_for(timeout=10_000)  # a pick is told once
    ask(tab, "points", "window.__nuonuoPlotly.then((P) => P.relayout(fig, {dragmode: 'select'}))")
    drag(tab, spot(tab, "points", 2.5, 1.5), spot(tab, "points", 4.5, 2.5))
    tab.get_by_text("'kind': 'select'").wait_for(timeout=10_000)
    assert tab.errors == []


@pytest.mark.browser
def test_the_toolbar_saves_pictures_and_offers_no_upload(tab):
    tab.hover(node("matrix"))
    titles = tab.eval_on_selector_all(f"{node('matrix')} .modebar-btn", "xs => xs.map((x) => x.dataset.title)")
    assert {"Download as PNG", "Download as SVG"} <= set(titles)
    assert not [t for t in titles if re.search("share|cloud|edit", t, re.IGNORECASE)]
    with tab.expect_download() as download:
        tab.click(f"{node('matrix')} [data-title='Download as SVG']", force=True)
    assert download.value.suggested_filename == "nuonuo-matrix.svg"


@pytest.mark.browser
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


@pytest.mark.browser
def test_typed_markup_is_shown_as_typed(tab):
    tab.mouse.move(*spot(tab, "points", 4, 2))
    hover = tab.locator(f"{node('points')} .hoverlayer")
    hover.get_by_text("not bold").wait_for(timeout=5_000)
    assert "<b>not bold</b> <a href='https://example.org'>no link</a> &lt; var(--ink)" in hover.text_content()
    assert hover.locator("a").count() == 0


@pytest.mark.browser
def test_the_figure_follows_the_theme_at_once(tab):
    ask(tab, "points", "fig.dataset.mark = 'first'")
    for scheme in ("dark", "light"):
        tab.emulate_media(color_scheme=scheme)
        accent = THEMES[scheme][ACCENT]
        tab.wait_for_function(f"() => document.querySelector('{node('points')}').data[1].marker.color === '{accent}'")
    assert ask(tab, "points", "fig.dataset.mark") == "first"
    assert tab.errors == []


@pytest.mark.browser
def test_nothing_moves_while_figures_load_and_a_phone_needs_no_sideways_scroll(tab):
    assert ask(tab, "matrix", "fig.clientHeight") == 320
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.wait_for_function(f"() => document.querySelector('{node('points')}')._fullLayout.width < 390")
    assert tab.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    assert tab.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert tab.errors == []
