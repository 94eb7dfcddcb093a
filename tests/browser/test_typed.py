"""Specifies that a person's text reads as typed in Streamlit's own renderer."""

import json
import string

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from nuonuo.studio.shell.words import one_line, quoted, read, typed
from tests.browser.driver import open_tab, serve, settled

pytestmark = pytest.mark.browser

KNOWN = [
    *(
        "www.example.com",
        "WWW.Example.com/x?y=1",
        "http://127.0.0.1:9/a.png",
        "https://example.com",
        "ftp://example.com",
    ),
    *(
        "someone@example.com",
        "mailto:some.one+tag@example.co.uk",
        "xmpp:a@b.c",
        "<https://example.com>",
        "see www.a.b.",
    ),
    *("a -> b", "<-", "a <-> b", "->", "--", "a -- b", "---", ">=", "x >= 3", "x <= 3", "~=", "a ~= b", "<->", "=>"),
    *(":smile:", ":red[x]", ":red-background[x]", ":material/delete:", ":streamlit:", ":blue[:smile:]", "::", ":-)"),
    *(
        "$x$",
        "$$x$$",
        "costs $5 and $6",
        r"\(x\)",
        r"\[x\]",
        "<b>bold</b>",
        "<script>alert(1)</script>",
        "&amp;",
        "&lt;",
    ),
    *(
        "<img src=http://127.0.0.1:9/a.png>",
        "![](http://127.0.0.1:9/a.png)",
        "[a](http://127.0.0.1:9)",
        "[[a]]",
        "[^1]",
    ),
    *("# title", "- item", "+ item", "* item", "1. item", "1) item", "> quote", "| a | b |", "a\n===", "```", "`code`"),
    *(
        "**b** _i_ ~~s~~",
        "[a]: http://127.0.0.1:9",
        "a  \nb",
        "\\",
        "\\*",
        "- [ ] task",
        "    code",
        "javascript:alert(1)",
    ),
]
PIECES = st.sampled_from(
    [*KNOWN, *string.punctuation, " ", "\n", "\t", "a", "www.", "@", "b.c", "://", "é", "日", "1", "\\"]
)
PLAIN = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf"]), max_size=12)
TEXTS = st.lists(st.one_of(PIECES, PIECES, PLAIN), min_size=1, max_size=7).map("".join).filter(str.strip)

APP = """
import json, sys
import streamlit as st
for i, (shown, how) in enumerate(json.load(open({path!r}))):
    with st.container(key=f"text-{{i}}"):
        getattr(st, how)(shown, **({{"key": f"b{{i}}"}} if how == "button" else {{}}))
"""
PART = "[data-testid=stMarkdownContainer], [data-testid=stCaptionContainer]"
LOOK = """() => [...document.querySelectorAll('[class*="st-key-text-"]')].map(box => {
  const part = box.querySelector('[data-testid=stMarkdownContainer], [data-testid=stCaptionContainer]');
  return [+box.className.match(/st-key-text-(\\d+)/)[1], part.textContent,
          part.querySelectorAll(':scope :not(p):not(span), span[style], span[role], span[title]').length];
})"""


def drawn(n):
    """n texts that hypothesis makes; the same ones in each run."""
    texts = []

    @settings(max_examples=n, database=None, derandomize=True, phases=[Phase.generate])
    @given(TEXTS)
    def collect(text):
        texts.append(text)

    collect()
    return texts


def test_what_is_escaped_can_be_read_back():
    for text in KNOWN + drawn(300):
        assert read(typed(text)) == one_line(text)


def test_every_text_reads_as_typed(browser, tmp_path):
    texts = list(dict.fromkeys(KNOWN + [f"x {one} y" for one in KNOWN] + drawn(250)))
    said = [(typed(text), how) for text in texts for how in ("markdown", "button")]
    meant = [" ".join(one_line(text).split()) for text in texts for _ in range(2)]
    said += [(f"**It says** {quoted(text)}", "caption") for text in texts]
    meant += [f"It says {read(quoted(text))}" for text in texts]
    (tmp_path / "texts.json").write_text(json.dumps(said))
    (tmp_path / "app.py").write_text(APP.format(path=str(tmp_path / "texts.json")))
    with serve(tmp_path / "app.py", tmp_path) as url, open_tab(browser) as tab:
        asked = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(url)
        settled(tab)
        drawn_all = f"document.querySelectorAll('[class*=st-key-text-] :is({PART})').length == {len(said)}"
        tab.wait_for_function(drawn_all, timeout=60_000)  # what Markdown needs for emoji is loaded late
        shown = tab.evaluate(LOOK)
    wrong = [
        (said[i], meant[i], text, elements)
        for i, text, elements in shown
        if " ".join(text.replace("\u2060", "").split()) != meant[i] or elements > (said[i][1] == "caption")
    ]
    assert len(shown) == len(said)
    assert not wrong, f"{len(wrong)} of {len(said)}: {wrong[:5]}"
    assert all(request.startswith((url, "data:", "blob:")) for request in asked)
