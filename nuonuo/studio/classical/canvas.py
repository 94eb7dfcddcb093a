"""The shown picture as a component (assets/draw.js) that is drawn on with mouse, finger or keys."""

import streamlit as st
from torch import Tensor

from nuonuo.explain.toys import pictures
from nuonuo.files.explorer import explorer_file

try:
    from streamlit.components import v2
except ImportError:  # an older Streamlit has no such component
    v2 = None  # type: ignore[assignment]

SCRIPT = explorer_file("assets") / "draw.js"
ALT = (
    "The picture that is shown to the network, to draw on: drag to turn pixels, or move with the arrow keys and press "
    "Space. {} of 784 pixels are ink."
)

_draw = v2.component("nuonuo_draw", js=SCRIPT.read_text("utf-8"), isolate_styles=False) if v2 else None


def show(shown: Tensor) -> None:
    """Draw the shown picture (784,); what is drawn on it becomes the shared value."""
    if _draw is None:
        st.warning("Drawing needs Streamlit 1.51 or newer: pip install -U streamlit.")
        return
    ink = shown > 0
    data = {"ink": pictures.spelled(ink), "side": pictures.SIDE, "alt": ALT.format(int(ink.sum()))}
    _draw(key="canvas", data=data, on_drawn_change=_take)


def _take() -> None:
    """Take what was drawn as the pixels that differ from the damaged picture."""
    s = st.session_state
    drawn = s.canvas.get("drawn")
    if drawn:
        ink = pictures.bits(drawn["ink"])
        before = pictures.damaged(pictures.pictures()[s.shown - 1], s.turned, s.half, "", s.seed) > 0
        s.drawn = pictures.spelled(ink != before)
