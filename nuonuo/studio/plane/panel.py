"""What the energy page says: where the query of the plane rests, presets, the number of patterns, the maths."""

import streamlit as st

from nuonuo.explain.toys.plane import LARGEST, Toy, resized
from nuonuo.latex import toys as formula
from nuonuo.memory.outcome import Kind
from nuonuo.studio.plane.drawing import read
from nuonuo.studio.shell import equations, look
from nuonuo.studio.shell.fields import spelled
from nuonuo.studio.shell.presets import take as take_preset
from nuonuo.studio.shell.words import counted

PRESETS = {
    "Separate wells": {"toy": "0.9,0.6;-0.95,0.5;0.1,-1", "toy_query": "0.35,0.1", "toy_beta": 8.0},
    "A metastable pair": {
        "toy": "1,0.25;1,-0.25;-0.9,0.8;-0.9,-0.8;0.1,1.2",
        "toy_query": "0.45,0.35",
        "toy_beta": 8.0,
    },
    "One average": {"toy": "0.9,0.6;-0.95,0.5;0.1,-1", "toy_query": "0.35,0.1", "toy_beta": 0.8},
    "A long pattern wins": {"toy": "0.5,0.5;1.2,-0.6;-1,0", "toy_query": "0.5,0.4", "toy_beta": 8.0},
}


def verdict(found: Toy) -> None:
    """Where the query rests and what kind of rest that is, with plain nearest neighbour beside it."""
    beta, N = f"{found.settling.beta:.3g}", len(found.X)
    after = f"after {counted(found.updates, 'update')}"
    weight = f"p = {float(found.p.max()):.2f}"
    says = {
        Kind.ONE: f"At β = {beta} the query comes to rest on **pattern {found.lead + 1}** {after}: a fixed "
        f"point, {weight}.",
        Kind.SUBSET: f"At β = {beta} the query comes to rest **between {found.number:.1f} of {N} patterns** {after}: a "
        f"metastable state, which recalls none of them.",
        Kind.ALL: f"At β = {beta} the query comes to rest on **the average of {found.number:.1f} of {N} patterns** "
        f"{after}: nothing is recalled.",
    }
    look.verdict(f"{says[found.kind]} {_nearest(found)}")


def _nearest(found: Toy) -> str:
    plain = f"Plain nearest neighbour (the largest dot product) gives pattern {found.nearest + 1}"
    if found.kind is not Kind.ONE:
        return f"{plain} at once."
    return f"{plain} too, at once." if found.nearest == found.lead else f"**{plain}**: settling went elsewhere."


def presets() -> None:
    """Three pictures of a lecture, and one where the dot product misleads."""
    with look.tries():
        for number, (label, values) in enumerate(PRESETS.items()):
            st.button(label, on_click=take_preset, kwargs=values, key=f"plane-{number}")


def patterns() -> None:
    """How many patterns there are; more of them are drawn by the seed."""
    s = st.session_state
    s.toy_count = len(read(s.toy))
    st.slider("Number of patterns", 1, LARGEST, key="toy_count", on_change=_resize)
    st.caption(
        f"Drag ξ or a pattern, or move it with the arrow keys; click the plane to add a pattern, Delete removes the "
        f"one in focus. Patterns that the slider adds are drawn with seed {s.seed}. All of it is in this page's "
        f"address."
    )


def _resize() -> None:
    s = st.session_state
    s.toy = spelled(resized(read(s.toy), s.toy_count, s.seed))


def legend(found: Toy) -> None:
    """How to read the plane."""
    st.caption(
        "Shade: energy, palest where it is lowest. Colour: the pattern on which a start at that place comes to rest; "
        f"grey: several share it. ◆ places of rest, {counted(found.places, 'place')} from the patterns and the query. "
        "The line: every state of this query, update by update, to the ring. Nothing is projected: a state here *is* "
        "two numbers, where a sentence's embedding has 384."
    )


def maths(found: Toy) -> None:
    """The equations of the plane with the numbers just executed."""
    with look.part("maths", "planepanel"), st.expander("The maths, with the numbers just executed"):
        st.markdown("**One update** moves the state to the average of the patterns, weighted by its attention.")
        equations.show(formula.update(found))
        st.markdown("**Energy.** No update raises it.")
        equations.show(formula.energy(found))
