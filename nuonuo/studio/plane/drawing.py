"""The plane as a component (assets/toy.js) that computes and redraws in the browser while a point is dragged."""

from typing import Any

import streamlit as st

from nuonuo.explain.toys.plane import LARGEST, Point, Toy, rules
from nuonuo.figures.template import OKABE_ITO
from nuonuo.files.explorer import explorer_file
from nuonuo.studio.shell.fields import spelled

try:
    from streamlit.components import v2
except ImportError:  # an older Streamlit has no such component
    v2 = None  # type: ignore[assignment]

SCRIPT = explorer_file("assets") / "toy.js"
GREY = OKABE_ITO[6]  # where several patterns share the attention, as on the settling page
COLORS = [color for color in OKABE_ITO if color != GREY]

_draw = v2.component("nuonuo_toy", js=SCRIPT.read_text("utf-8"), isolate_styles=False) if v2 else None


def read(text: str) -> list[Point]:
    """The points of a shared value, as the URL has them."""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split(";"))]


def show(points: list[Point], query: Point, beta: float, alt: str) -> None:
    """Draw the plane; what is dragged, added or removed in it becomes the shared values. alt: it in words."""
    if _draw is None:
        st.warning("The plane needs Streamlit 1.51 or newer: pip install -U streamlit.")
        return
    data = {"points": points, "query": query, "beta": beta, "alt": alt}
    data |= {"rules": rules(), "most": LARGEST, "colors": COLORS, "grey": GREY}
    _draw(key="plane", data=data, on_moved_change=_take)


def _take() -> None:
    """Take what the browser says was moved."""
    s = st.session_state
    moved: dict[str, Any] | None = s.plane.get("moved")
    if moved:
        s.update(toy=spelled(moved["points"]), toy_query=spelled([moved["query"]]), toy_beta=float(moved["beta"]))


def words(found: Toy) -> str:
    """What the plane shows, for who does not see it."""
    x, y = found.end.tolist()
    return (
        f"A plane with {len(found.X)} patterns, their energy and their basins; a query comes to rest at "
        f"({x:.2f}, {y:.2f}), nearest to pattern {found.lead + 1}. There are {found.places} places of rest."
    )
