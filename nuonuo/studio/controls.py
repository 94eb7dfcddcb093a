"""Controls of several pages: β by slider or by click, and the memory looked at by click."""

import streamlit as st

from nuonuo.attention import HIGHEST, LOWEST

STOPS = [
    *(0.05, 0.07, 0.1, 0.14, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.4, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 28),
    *(32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 200),
]  # of the β slider: each is a fifth to a half more than the last


def beta_slider() -> None:
    """β in steps that grow with it; any value that came by another way keeps a stop of its own."""
    s = st.session_state
    if s.get("log_beta") != s.beta:  # else a value set again would undo a move that is under way
        s.log_beta = s.beta
    st.select_slider(
        "Inverse temperature β",
        sorted({*map(float, STOPS), s.beta}),
        format_func=lambda beta: f"{beta:.3g}",
        key="log_beta",
        on_change=lambda: s.update(beta=s.log_beta),
        help="Large: one winner. Small: an average of everything.",
    )


def take_beta(pick: dict) -> None:
    """Take a clicked place of the curve for β, to three digits."""
    st.session_state.beta = min(max(float(f"{pick['points'][0]['x']:.3g}"), LOWEST), HIGHEST)


def choose(pick: dict) -> None:
    """Take a clicked memory for the one looked at, on every page."""
    data = pick["points"][0].get("customdata")
    if data and data[0] is not None:
        st.session_state.pick = data[0]
