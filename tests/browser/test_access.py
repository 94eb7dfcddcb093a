"""Specifies access: axe finds nothing serious in any page, in the light and the dark theme, on a desk and a phone."""

import re
from importlib.resources import files

import pytest

from tests.browser.driver import ROOT, open_tab, settled

pytestmark = pytest.mark.browser
PATHS = re.findall(r'st\.Page\("pages/(\w+)\.py"', (ROOT / "app.py").read_text("utf-8"))
OPENED = {"attention": "?open=heads,theory,matrix,proof,names", "spiking": "?open=spikes,lif,voting"}
LESSON = "plane?lesson=energy&step=2"
STREAMLITS = "[data-testid=stSidebarNavItems]"  # a phone's list of pages nests its items in buttons
RUN = f"() => axe.run({{ exclude: [['{STREAMLITS}']] }}, {{ resultTypes: ['violations'] }})"

IS_LIGHT = "(getComputedStyle(document.querySelector('.stApp')).backgroundColor === 'rgb(251, 250, 247)')"


def found(page) -> list[str]:
    """What is serious or critical here, with the elements."""
    script = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    page.evaluate(script)
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in page.evaluate(RUN)["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


def serious(page) -> list[str]:
    """What is serious here and stays so: what is drawn anew twice a second, as progress is, fades for a moment."""
    wrong = found(page)
    for _ in range(3):
        if wrong:
            page.wait_for_timeout(700)
            wrong = [one for one in found(page) if one in wrong]
    return wrong


@pytest.mark.parametrize("width", [1440, pytest.param(390, marks=pytest.mark.slow)])
def test_axe_finds_nothing_serious(server, browser, width):
    """The theme changes under an open page, which follows at once, as it does for a visitor at dusk."""
    pytest.importorskip("axe_playwright_python", reason="needs axe: pip install axe-playwright-python")
    assert len(PATHS) > 10
    wrong, themes = {}, ["light", "dark"]
    with open_tab(browser, width) as page:
        for path in [*PATHS, LESSON]:
            page.emulate_media(color_scheme=themes[0])
            page.goto(f"{server}/{'' if path == 'home' else path}{OPENED.get(path, '')}")
            page.locator("h1, .st-key-lesson").first.wait_for(timeout=60_000)
            page.wait_for_timeout(500)
            settled(page)
            for theme in themes:
                page.emulate_media(color_scheme=theme)
                page.wait_for_function(IS_LIGHT if theme == "light" else f"!{IS_LIGHT}")
                page.wait_for_timeout(500)
                if errors := serious(page):
                    wrong[path, theme] = errors
            themes.reverse()  # so that half of the pages open in the dark
        assert page.errors == [], "no page complains in the console"
    assert wrong == {}
