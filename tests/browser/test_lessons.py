"""Specifies lessons in Chromium: each is walked to its end, terms light up figures, the demo runs by itself."""

import pytest

from nuonuo.studio.lessons import course
from nuonuo.studio.shell.fields import WALKS
from tests.browser.driver import ROOT, chromium, open_tab, serve, settled


@pytest.mark.parametrize("name", [name for name in WALKS if name != "demo"])
def test_a_lesson_is_done_to_its_end(page, server, name):
    lesson = course.LESSONS[name]
    page.goto(f"{server}/lessons")
    page.locator(f".st-key-begin_{name} button").click(timeout=60_000)
    for number, step in enumerate(lesson.steps, 1):
        page.get_by_text(f"step {number} of {len(lesson.steps)}").wait_for(timeout=60_000)
        if step.question:
            page.locator(".st-key-guess-0 button").click(timeout=60_000)
            page.locator(".st-key-guess-0").wait_for(state="detached", timeout=60_000)
        settled(page)
        assert f"step={number}" in page.url or number == 1
        if number < len(lesson.steps):
            page.keyboard.press("ArrowRight")
    page.goto(f"{server}/lessons")
    page.locator(f".st-key-card_{name}").get_by_text("Done.").wait_for(timeout=60_000)


def test_a_term_and_what_it_names_light_up_together(page, server):
    page.goto(f"{server}/plane?lesson=energy")
    page.locator(".nn-term").first.wait_for(timeout=60_000)
    settled(page)
    page.get_by_text("query ξ", exact=True).first.hover()
    page.locator(".nn-toy-query.nn-lit").wait_for(timeout=60_000)
    page.mouse.move(5, 5)
    page.locator(".nn-toy-query:not(.nn-lit)").wait_for(timeout=60_000)
    page.locator("[data-pattern='0']").hover()
    page.locator(".nn-term.nn-lit[data-lights='pattern']").wait_for(timeout=60_000)


def test_a_link_is_copied_and_leads_to_the_same_step(page, server):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{server}/?lesson=attention&step=2&show=none")
    page.get_by_text("step 2 of 7").wait_for(timeout=60_000)
    settled(page)
    page.locator(".nn-term").first.wait_for(timeout=60_000)
    page.evaluate("() => navigator.clipboard.writeText('')")
    page.locator(".nn-copy").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).length > 0", timeout=60_000)
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert "lesson=attention" in link
    assert "step=2" in link
    page.goto(link)
    page.get_by_text("step 2 of 7").wait_for(timeout=60_000)
    settled(page)
    assert not page.get_by_text("What to try").is_visible()
    assert not page.locator(".st-key-settings").is_visible()


def test_the_demo_runs_unattended_from_a_cold_server_to_where_it_says(browser, tmp_path):
    chromium()
    home = tmp_path / "home"
    home.mkdir()
    with serve(ROOT / "app.py", home, NUONUO_HOME=str(home)) as url, open_tab(browser, 1920, 1080) as tab:
        tab.goto(f"{url}/lessons?pace=20")
        tab.locator(".st-key-run_demo button").click(timeout=60_000)
        last = len(course.LESSONS["demo"].steps)
        tab.get_by_text(f"step {last} of {last}").wait_for(timeout=180_000)
        settled(tab)
        tab.wait_for_url("**/attention?**")
        tab.get_by_text("Now ask your own question.").wait_for()
        figure = tab.locator(".st-key-bars .nn-figure").bounding_box()
        assert figure["y"] + figure["height"] <= 1080, "verdict and figure need no scrolling on a projector"
        tab.locator(".st-key-lesson_pause").wait_for(state="detached", timeout=60_000)
        tab.locator(".st-key-lesson_again button").click()
        tab.get_by_text(f"step 1 of {last}").wait_for(timeout=60_000)
        assert tab.errors == []
