"""Where a memory comes from, as fields of a form: title, session, place in it, source and date."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from nuonuo.memory.records import About
from nuonuo.studio.shell.words import typed

TITLE = "What other texts call it: each that names it is linked to this memory."
SESSION = "The conversation or document it is a part of: it is linked to the three before and after it there."
PLACE = "Its place in the session; empty: as stored."
SOURCE = "The file, page or record it was taken from, by which other texts refer to it."


def fields(about: About, key: Callable[[str], str]) -> About:
    """The fields, closed where nothing is known; what stands in them. key: of a field, by its name."""
    with st.expander("Where it comes from", expanded=about != About(), key=key("origin")):
        title = _line("Title", about.title, key("title"), TITLE)
        left, right = st.columns(2)
        with left:
            session = _line("Session", about.session, key("session"), SESSION)
            source = _line("Source", about.source, key("source"), SOURCE)
        st.session_state.setdefault(key("place"), _number(about.position))  # as a default it could not be emptied
        place = right.number_input("Place", value=None, key=key("place"), format="%g", help=PLACE)
        with right:
            when = _line("Date", about.when, key("when"), "As you write it.")
        own = {"id": about.own_id} if about.own_id else {}
        for name, value in (own | about.fields).items():
            st.caption(f"{typed(str(name))}: {typed(str(value))}")
    return replace(about, title=title, session=session, position=place, source=source, when=when)


def _number(position: float | None) -> float | None:
    return None if position is None else float(position)


def _line(label: str, stored: str | None, key: str, help: str) -> str | None:
    """A field of one line; what is stored, if only the line breaks differ, of which it can show none."""
    typed = st.text_input(label, stored or "", key=key, help=help)
    broken = stored is not None and len(stored.splitlines()) > 1
    if stored is not None and (typed == stored or (broken and typed.split() == stored.split())):
        return stored
    return typed.strip() or None
