"""Controls of several pages: β by slider or by click, and the memory looked at by click."""

from typing import Any

import streamlit as st

from nuonuo.debug.rule import Need, Rule
from nuonuo.debug.triage import CUTS
from nuonuo.explain.attention.view import HIGHEST, LOWEST
from nuonuo.studio.shell import state

STOPS = [
    *(0.05, 0.07, 0.1, 0.14, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.4, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 28),
    *(32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 200),
]  # of the β slider: each is a fifth to a half more than the last


def beta_slider(key: str = "beta", of: str = "") -> None:
    """β in steps that grow with it; any value that came by another way keeps a stop of its own.

    key: the shared value that it sets. of: whose β it is, where a page has several.
    """
    s = st.session_state
    log = f"log_{key}"
    if s.get(log) != s[key]:  # else a value set again would undo a move that is under way
        s[log] = s[key]
    st.select_slider(
        f"Inverse temperature β{of}",
        sorted({*map(float, STOPS), s[key]}),
        format_func=lambda beta: f"{beta:.3g}",
        key=log,
        on_change=lambda: s.update({key: s[log]}),
        help="Large: one winner. Small: an average of everything.",
    )


def rule(key: str) -> Rule:
    """When a recall counts as right: asked for once, and shared. key: the state's name for the number of ranks."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    label = "An expected memory counts as recalled among the first"
    left.segmented_control(label, CUTS, key=key, required=True)
    helps = "Where a question expects several: all of them, of which the first five count at least, or any one."
    right.segmented_control("Of several expected", list(map(str, Need)), key="need", required=True, help=helps)
    return state.rule(key)


def pressed(label: str, key: str, **given: Any) -> bool:
    """A button that starts something with the settings as they are now: whether it was pressed and is not yet answered.

    A callback's arguments would be the settings of the last drawing, and a button's own value is lost where another
    change interrupts the run that would have read it.
    """
    s, waiting = st.session_state, f"{key}_pressed"
    st.button(label, key=key, on_click=s.update, kwargs={waiting: True}, **given)
    return bool(s.pop(waiting, False))


def take_beta(pick: dict) -> None:
    """Take a clicked place of the curve for β, to three digits."""
    st.session_state.beta = min(max(float(f"{pick['points'][0]['x']:.3g}"), LOWEST), HIGHEST)


def choose(pick: dict) -> None:
    """Take a clicked memory for the one looked at, on every page."""
    data = pick["points"][0].get("customdata")
    if data and data[0] is not None:
        st.session_state.pick = data[0]
