"""The map in a real browser: PCA first, UMAP in the background, a dot read, a lasso, a question made of a dot."""

import re

import pytest

from tests.browser.driver import ask, drag, drawn, settled, spot

pytestmark = pytest.mark.browser
KEY = "map2d"


def verdict(page) -> str:
    return page.locator("[class*='st-key-verdict']").inner_text()


DOTS = "const t = fig._fullData.find((t) => t.customdata && t.customdata.length > 20);"


def dot(page, memory: int) -> tuple[float, float]:
    """Where a memory's dot is on the page."""
    find = f"{DOTS} const i = [...t.customdata].indexOf({memory}); return [t.x[i], t.y[i]];"
    return spot(page, KEY, *ask(page, KEY, f"(() => {{ {find} }})()"))


def lonely(page) -> int:
    """The memory whose dot is furthest from every other mark, so that a click can only mean it."""
    return ask(
        page,
        KEY,
        f"""(() => {{
          {DOTS}
          const drawn = fig._fullData.filter((d) => d.mode.includes("markers"));
          const marks = drawn.flatMap((d) => [...d.x].map((x, i) => [x, d.y[i]]));
          const room = (i) => Math.min(...marks.map(([x, y]) => Math.hypot(x - t.x[i], y - t.y[i]) || 1e9));
          return t.customdata[[...t.customdata.keys()].reduce((a, b) => (room(a) > room(b) ? a : b))];
        }})()""",
    )


@pytest.mark.slow
def test_pca_is_there_at_once_umap_follows_and_a_dot_is_read_and_asked(server, page):
    page.goto(server + "/map?bank=stories")
    drawn(page, KEY)
    assert "This PCA map keeps" in verdict(page)
    page.get_by_role("button", name="Cancel").wait_for(timeout=60_000)
    ask(page, KEY, "fig.dataset.mark = 'first'")
    page.get_by_role("button", name="Show the UMAP map").wait_for(timeout=180_000)
    assert "This PCA map keeps" in verdict(page)  # offered, not put in its place
    page.get_by_role("button", name="Show the UMAP map").click()
    page.get_by_text("UMAP, seed 0, fitted to 90 memories").wait_for(timeout=60_000)
    settled(page)
    assert "This UMAP map keeps" in verdict(page)
    assert ask(page, KEY, "fig.dataset.mark") == "first"  # the same node: nothing flickered
    chosen = lonely(page)
    page.mouse.click(*dot(page, chosen))
    page.get_by_text("is in truth").wait_for(timeout=60_000)
    page.wait_for_url(re.compile(rf"[?&]pick={chosen}\b"))
    settled(page)
    assert "looked at" in ask(page, KEY, "fig.textContent")
    page.get_by_role("button", name="Make this the question").click()
    page.wait_for_url(re.compile(rf"[?&]want={chosen}\b"))
    settled(page)
    page.reload()  # made once, the map is there at once
    drawn(page, KEY)
    assert "This UMAP map keeps" in verdict(page)


@pytest.mark.slow
def test_cancel_ends_the_making_and_a_lasso_takes_several(server, page):
    page.goto(server + "/map?bank=confusable")
    drawn(page, KEY)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("UMAP was cancelled").wait_for(timeout=60_000)
    settled(page)
    ask(page, KEY, "window.__nuonuoPlotly.then((P) => P.relayout(fig, {dragmode: 'select'}))")
    ranges = ask(page, KEY, "[...fig._fullLayout.xaxis.range, ...fig._fullLayout.yaxis.range]")
    middle = (ranges[0] + ranges[1]) / 2
    drag(page, spot(page, KEY, middle, ranges[2] * 0.99), spot(page, KEY, ranges[1] * 0.99, ranges[3] * 0.99))
    page.get_by_text("memories in the lasso").wait_for(timeout=60_000)
    page.get_by_role("button", name="Let the lasso go").click()
    page.get_by_text("memories in the lasso").wait_for(state="detached", timeout=60_000)
