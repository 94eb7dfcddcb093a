"""What the browser does beside Streamlit, in assets/shell.js: history, the verdict in view, navigation of a phone."""

import streamlit as st

from nuonuo.files.explorer import explorer_file

try:
    from streamlit.components import v2
except ImportError:  # an older Streamlit: the pages work, without these comforts
    v2 = None  # type: ignore[assignment]

SCRIPT = explorer_file("assets") / "shell.js"

_shell = v2.component("nuonuo_shell", js=SCRIPT.read_text("utf-8"), isolate_styles=False) if v2 else None


def apply(lessons: str = "") -> None:
    """Let the script run in the browser; call once in each run, before the page. lessons: kept in its cookie."""
    if _shell:
        s = st.session_state
        _shell(key="shell", data={"reveal": s.get("reveal", 0), "top": s.get("top", 0), "lessons": lessons})


def reveal_top() -> None:
    """Bring the top of the page into the window in the run that follows; for callbacks."""
    st.session_state.top = st.session_state.get("top", 0) + 1


def reveal_verdict() -> None:
    """Bring the page's verdict into the window in the run that follows; for callbacks."""
    st.session_state.reveal = st.session_state.get("reveal", 0) + 1
