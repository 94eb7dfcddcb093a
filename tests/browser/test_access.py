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


@pytest.mark.parametrize(
    ("theme", "width"), [("light", 1440), ("dark", 1440), pytest.param("light", 390, marks=pytest.mark.slow)]
)
def test_axe_finds_nothing_serious(server, tmp_path, theme, width):
    pytest.importorskip("axe_playwright_python", reason="needs axe: pip install axe-playwright-python")
    assert len(PATHS) > 10
    wrong = {}
    with open_tab(tmp_path / "profile", width, 1400, dark=theme == "dark") as page:
        for path in [*PATHS, LESSON]:
            page.goto(f"{server}/{'' if path == 'home' else path}{OPENED.get(path, '')}")
            page.locator("h1, .st-key-lesson").first.wait_for(timeout=60_000)
            page.wait_for_timeout(500)
            settled(page)
            page.wait_for_timeout(500)
            serious = found(page)
            for _ in range(3):  # what is drawn anew twice a second, as progress is, fades for a moment
                if serious:
                    page.wait_for_timeout(700)
                    serious = [one for one in found(page) if one in serious]
            if serious:
                wrong[path] = serious
        assert page.errors == [], "no page complains in the console"
    assert wrong == {}
