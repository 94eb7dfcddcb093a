"""The app's look beyond the theme of .streamlit/config.toml: fonts and one style sheet.

Fonts travel inside the style sheet as data: URIs, so no page waits for a network or a static folder. Streamlit sends
the sheet once and afterwards only its hash.
"""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import streamlit as st

from nuonuo.files.explorer import explorer_file
from nuonuo.studio.shell.fields import PARTS, SECTIONS

ASSETS = explorer_file("assets")

PRESENT = ":root { font-size: 18px; --nn-scale: 1.15 } .stMainBlockContainer { max-width: none; padding-top: 3.5rem }"
ASKS = {"ask", "settings"}

FAMILIES = {
    "inter": "Inter Variable",
    "source-serif-4": "Source Serif 4 Variable",
    "jetbrains-mono": "JetBrains Mono Variable",
}

RANGES = {  # the ranges Fontsource subsets by
    "latin": "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,"
    "U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD",
    "latin-ext": "U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,U+0329,U+1D00-1DBF,"
    "U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF",
    "greek": "U+0370-0377,U+037A-037F,U+0384-038A,U+038C,U+038E-03A1,U+03A3-03FF",
}


def _font_faces() -> str:
    rules = []
    for file_start, family in FAMILIES.items():
        for subset, characters in RANGES.items():
            file = ASSETS / "fonts" / f"{file_start}-{subset}-wght-normal.woff2"
            if file.exists():  # only Inter carries latin-ext
                data = b64encode(file.read_bytes()).decode()
                rules.append(
                    f"@font-face{{font-family:'{family}';font-weight:100 900;font-display:swap;"
                    f"unicode-range:{characters};src:url(data:font/woff2;base64,{data}) format('woff2')}}"
                )
    return "\n".join(rules)


@cache
def style() -> str:
    """Build the style sheet: fonts, then assets/style.css."""
    return f"<style>{_font_faces()}\n{(ASSETS / 'style.css').read_text('utf-8')}</style>"


def apply() -> None:
    """Style the app; call once per run, before anything is drawn."""
    st.html(style())


def frame() -> None:
    """Present mode, the parts that a link leaves out, and the tools that stand in every page's header."""
    s = st.session_state
    hidden = set(PARTS) - set(s.show) | (ASKS if s.present and s.lesson else set())  # a lesson asks by itself
    rules = [f"[class*='st-key-part-{name}-'] {{ display: none }}" for name in sorted(hidden)]
    if s.present:
        rules.append(PRESENT)
    if rules:
        st.html(f"<style>{' '.join(rules)}</style>")
    with st.container(key="tools", horizontal=True):
        label = "End presenting" if s.present else "Present"
        st.button(label, on_click=s.update, kwargs={"present": not s.present}, type="tertiary", key="present_toggle")
        st.html('<button class="nn-copy" type="button">Copy link</button>')


@contextmanager
def part(name: str, of: str) -> Iterator[None]:
    """Draw what a link may leave out (`show` in the address). name: one of PARTS. of: where, unique on the page."""
    with st.container(key=f"part-{name}-{of}"):
        yield


@contextmanager
def section(label: str, name: str) -> Iterator[bool]:
    """Draw a part of a long page that opens on demand; whether it is open, which the address keeps.

    name: one of SECTIONS. What it holds should be computed only while it is open.
    """
    s, key = st.session_state, f"section-{name}"
    s[key] = name in s.open
    with st.expander(label, key=key, on_change=_fold, args=(name,)) as box:
        yield bool(box.open)


def _fold(name: str) -> None:
    s = st.session_state
    s.open = [each for each in SECTIONS if (each in s.open) != (each == name)]


@contextmanager
def tries() -> Iterator[None]:
    """Draw buttons in a row below the heading "What to try"."""
    with part("try", "row"):
        st.subheader("What to try")
        with st.container(horizontal=True):
            yield


def verdict(sentence: str, key: str = "verdict") -> None:
    """Say the page's answer in one large sentence.

    sentence: Markdown; escape a person's text first. key: unique on the page, begins with "verdict".
    """
    if not key.startswith("verdict"):
        raise ValueError(f"key must begin with 'verdict', got {key!r}")
    with st.container(key=key):
        st.markdown(sentence)


def label(text: str, key: str) -> None:
    """Write a small muted heading above a group; key begins with "label"."""
    if not key.startswith("label"):
        raise ValueError(f"key must begin with 'label', got {key!r}")
    with st.container(key=key):
        st.markdown(text)
