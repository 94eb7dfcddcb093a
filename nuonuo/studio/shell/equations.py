"""Equations on pages: each stands above its source and its symbols."""

import streamlit as st

from nuonuo.latex.equation import Equation


def show(*equations: Equation) -> None:
    """Each formula, and below it the paper it is from and what its symbols mean."""
    for each in equations:
        st.latex(each.latex)
        st.caption(each.caption)
