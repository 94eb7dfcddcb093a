"""The settings that pages share: one click away, told in words below, and back to what they were at first."""

from collections.abc import Callable
from functools import partial
from typing import Literal

import streamlit as st

from nuonuo import Memory
from nuonuo.maths.association import SEPARATIONS
from nuonuo.memory.joining import Relation
from nuonuo.studio.shell import state
from nuonuo.studio.shell.fields import DEFAULT


def show(memory: Memory, more: Callable[[], object] = tuple, told: Callable[[], str] = str) -> None:
    """Every number that shapes a recall; and with `more` what else a page lets be set, `told` in a few words."""
    left, right = st.columns([5, 1], vertical_alignment="top")
    with left, st.expander("Settings", key="settings"):  # a title that changes would close it under the visitor's hand
        one, two, three = st.columns(3)
        one.slider("Inverse temperature β", 0.05, 200.0, step=0.05, key="beta", help="Large: one memory. Small: all.")
        one.slider("Candidates k", 1, 100, key="k", help="How many memories stage one passes on.")
        two.slider("Noise σ", 0.0, 3.0, step=0.1, key="sigma", help="Gaussian; 1 is as long as the question itself.")
        two.slider("Words dropped", 0.0, 1.0, step=0.1, key="drop", help="Share of the question's words left out.")
        three.slider("Update steps", 1, 20, key="steps")
        three.number_input("Seed of the noise", 0, 2**31 - 1, key="seed")
        _ranking(memory)
        more()
    with right:
        reset_button()
    with st.container(key="settings-now"):
        st.caption(summary() + told())


def _ranking(memory: Memory) -> None:
    """The weights of words and links beside meaning, and which kinds of links count, of those that the bank has."""
    one, two, three = st.columns(3)
    with one:
        mirrored("words", partial(st.slider, "Words w", 0.0, 5.0, step=0.1, help="0: meaning alone."))
    kinds = _kinds(memory)
    if not kinds:
        two.caption("No memory of this bank is linked.")
        return
    with two:
        mirrored("links", partial(st.slider, "Links γ", 0.0, 40.0, step=0.5, help="0: nothing comes over links."))
    s, key = st.session_state, "set_relations"
    s[key] = [kind for kind in kinds if kind in s.relations]
    three.pills(
        "Kinds of links",
        kinds,
        selection_mode="multi",
        key=key,
        on_change=lambda: s.update(
            relations=[one for one in Relation if one in (s[key] if one in kinds else s.relations)]
        ),
    )


def mirrored(name: str, widget: Callable[..., object]) -> None:
    """A widget with a key of its own for a shared value, for which a page may have another."""
    s, key = st.session_state, f"set_{name}"
    s[key] = s[name]
    widget(key=key, on_change=lambda: s.update({name: s[key]}))


def _kinds(memory: Memory) -> list[Relation]:
    """The kinds of links that a bank has."""
    codes = memory.bank.reading.relations.arrays()[3]
    return [kind for code, kind in enumerate(Relation) if (codes == code).any()]


def summary() -> str:
    """The settings of a recall in one line: the main ones always, the others where they are not the default."""
    s = st.session_state
    said = [f"β = {s.beta:g}", f"{s.k} candidates", f"{s.steps} update step{'s' * (s.steps != 1)}"]
    said += [f"noise σ = {s.sigma:g}"] * bool(s.sigma) + [f"{s.drop:.0%} of words dropped"] * bool(s.drop)
    said += [f"words w = {s.words:g}"] * (s.words != DEFAULT.words)
    said += [f"links γ = {s.links:g}"] * (s.links != DEFAULT.links)
    if len(s.relations) < len(Relation):
        said.append(f"links by {', '.join(s.relations)}" if s.relations else "no links")
    said += ["plain cosines"] * (not s.whiten) + [f"hops: {SEPARATIONS[s.sep]}"] * (s.sep != state.defaults()["sep"])
    return ", ".join([*said, f"seed {s.seed}"])


def line(said: str = "") -> None:
    """What a page without settings of its own is asked with, and the way back to the defaults."""
    with st.container(horizontal=True, vertical_alignment="center"):
        reset_button("content")
        st.caption(said)


def reset_button(width: Literal["content", "stretch"] = "stretch") -> None:
    """Put the settings of all pages back to the defaults."""
    s = st.session_state
    st.button(
        "Reset",
        key="reset",
        icon=":material/restart_alt:",
        on_click=state.reset,
        disabled=all(s[name] == value for name, value in state.defaults().items()),
        help="All settings of all pages as they were at first; bank and question stay.",
        width=width,
    )
