"""Specifies that hostile texts and addresses are shown as typed on every page and in every export.

No script of theirs runs, nothing of theirs is a link or an image, and no page asks another host for anything.
"""

import json
import re
from contextlib import closing
from urllib.parse import quote

import pytest

from nuonuo import Memory
from nuonuo.memory.records import record
from tests.browser.driver import ROOT, open_tab, serve, settled

pytestmark = pytest.mark.browser

MARKS = [
    "zq1 -> zq2 -- zq3 >= zq4 :smile: :material/delete: :red[zq5] $zq6$ $$zq6$$",
    "www.evil.example and me@evil.example and https://evil.example/a and [zq7](http://evil.example/b)",
    '![zq8](http://evil.example/i.png) <img src=http://evil.example/j.png onerror="window.hit=1">',
    "</script><script>window.hit=2</script><b>zq9</b> **zqa** _zqb_ ~~zqc~~ `zqd` [[zq1]] &lt;zqe&gt;",
    "# zqf\n- zqg\n> zqh | zqi |\n=== <a href='http://evil.example/k'>zqj</a> <i>zqk</i>",
    '=HYPERLINK("http://evil.example") javascript:window.hit=3 \\zql \\(zqm\\) {\\bf zqn} %zqo #zqp ^_zqr',
]
WHAT = ("tap", "pump", "pipe", "well", "tank", "hose")
CUES = [f"The {what} of the water {mark}" for what, mark in zip(WHAT, MARKS, strict=True)]
PAGES = ["home", "attention", "codes", "settling", "hops", "spiking", "map", "memories", "lab", "debug", "triage"]
PAGES += ["compare", "lessons", "plane"]
NAME = "www.evil.example -- zqs"
FOUND = """() => {
  const found = [...document.querySelectorAll('a, img, iframe, object, embed, link, script')]
    .filter(e => ['href', 'src', 'xlink:href', 'data'].some(n => /evil|^javascript:/.test(e.getAttribute(n) || '')));
  const styled = 'strong, b, em, i, del, code, h1, h2, li, blockquote, .katex, .stMarkdownColoredText';
  const marked = [...document.querySelectorAll(styled)]
    .filter(e => /^zq.$/.test(e.textContent.trim()) || (e.matches('.katex') && /zq6/.test(e.textContent)));
  const svg = [...document.querySelectorAll('svg tspan, svg a')]
    .filter(e => /^zq.$/.test(e.textContent.trim()) || e.matches('a[*|href]'));
  return [...found, ...marked, ...svg].map(e => e.outerHTML.slice(0, 300));
}"""
CHANGED = re.compile(r"zq1 →|zq2 —|zq3 ≥|😄|zqs →|evil\.example —")


@pytest.fixture
def hostile(tmp_path):
    """The address of a server with a bank of hostile texts, its name, and its folder."""
    home = tmp_path / "home"
    (home / "banks").mkdir(parents=True)
    with closing(Memory(home / "banks" / f"{NAME}.nuonuo")) as memory:
        memory.add_many([record(cue, f"It is there: {mark}") for cue, mark in zip(CUES, MARKS, strict=True)])
    asked = [{"query": f"Where? {mark}", "target": f"It is there: {mark}"} for mark in MARKS]
    (home / "banks" / f"{NAME}.questions.jsonl").write_text("".join(json.dumps(one) + "\n" for one in asked))
    with serve(ROOT / "server.py", home, NUONUO_HOME=str(home)) as url:
        yield url


def unharmed(tab, url, asked, where):
    """The page's text, once nothing of a hostile text is alive in it."""
    assert tab.evaluate("window.hit") is None, where
    assert tab.evaluate(FOUND) == [], where
    foreign = [one for one in asked if not one.startswith((url, "data:", "blob:", url.replace("http", "ws"), "file:"))]
    assert foreign == [], where
    text = tab.evaluate("document.body.innerText + [...document.querySelectorAll('svg')].map(e => e.textContent)")
    assert not CHANGED.search(text), (where, CHANGED.search(text)[0])
    return " ".join(text.replace("\u2060", "").split())


def unfolded(tab):
    """Open all that is folded, once."""
    for head in tab.locator("[data-testid='stExpander'] summary").all():
        if head.is_visible():
            head.click()
    tab.wait_for_timeout(300)
    settled(tab)


@pytest.mark.slow
def test_hostile_texts_are_dead_on_every_page_and_in_every_export(hostile, browser, tmp_path):
    with open_tab(browser) as tab:
        asked, files = [], []
        tab.context.on("request", lambda request: asked.append(request.url))
        for page in PAGES:
            path = "" if page == "home" else page
            given = f"bank=own:{quote(NAME)}&q={quote(MARKS[0] + ' ' + MARKS[2])}&want=1&pick=2"
            tab.goto(f"{hostile}/{path}?{given}")
            settled(tab)
            tab.wait_for_timeout(800)
            unfolded(tab)
            text = unharmed(tab, hostile, asked, page)
            if page in {"home", "attention", "debug", "settling"}:
                assert "zq1 -> zq2 -- zq3 >= zq4 :smile: :material/delete: :red[zq5] $zq6$" in text, page
            assert tab.locator("[data-testid='stException']").count() == 0, page
            files += exports(tab, tmp_path, page)
        assert len(files) > 20
        for file in files:
            if file.suffix == ".html":
                tab.goto(file.as_uri())
                tab.wait_for_selector(".plot-container, main, body")
                tab.wait_for_timeout(300)
                unharmed(tab, hostile, asked, file.name)


def exports(tab, folder, page):
    """All that the page lets be taken away, as files."""
    made = []
    for number, button in enumerate(tab.locator("[data-testid='stDownloadButton'] button").all()):
        if button.is_visible() and button.is_enabled():
            with tab.expect_download(timeout=30_000) as got:
                button.click()
            made.append(folder / f"{page}-{number}-{got.value.suggested_filename}")
            got.value.save_as(made[-1])
    return made


def test_a_hostile_address_is_shown_as_typed(server, page):
    asked, image = [], "![x](http://evil.example/i.png) [zq1](http://evil.example) www.evil.example"
    page.context.on("request", lambda request: asked.append(request.url))
    for path, names in {"": ("bank", "beta", "k"), "lab": ("lab",), "compare": ("bank_b",)}.items():
        page.goto(f"{server}/{path}?" + "&".join(f"{name}={quote(image)}" for name in names))
        page.wait_for_selector("[data-testid='stAlert']")
        settled(page)
        assert page.locator("[data-testid='stAlert']").count() >= len(names)
        assert image[:31] in unharmed(page, server, asked, path)
