"""Whether theory promises the recall on the attention page: Δ of the memory ranked first, and errors beside bounds."""

import math

import plotly.graph_objects as go
import streamlit as st

from nuonuo import Trace
from nuonuo.explain.attention.separation import Separated, separated
from nuonuo.explain.attention.view import HIGHEST
from nuonuo.figures.separation import error_curves, error_words
from nuonuo.latex import attention as formula
from nuonuo.studio.shell import controls, equations
from nuonuo.studio.shell.plot import plot
from nuonuo.studio.shell.words import quoted


def show(trace: Trace) -> dict[str, go.Figure]:
    """Separation, errors and bounds of the memory ranked first; the figure by name, none with one candidate."""
    found = separated(trace)
    if found.N == 1:
        st.markdown("There is one candidate: every update ends on it, whatever β is.")
        return {}
    st.markdown(verdict(found))
    gap, asked, once, rest, bound = st.columns(5)
    gap.metric("Separation Δ", f"{found.gap:.3f}")
    asked.metric(f"Δ asked for at β = {found.beta:.3g}", f"{found.asked:.3f}")
    once.metric("Error after one update", distance(float(found.now.once[0])))
    rest.metric("Error at rest", distance(float(found.now.rest[0])))
    bound.metric("Bound of one update", distance(float(found.now.bound[0])))
    curves = error_curves(found)
    plot(curves, "errors", error_words(found), on_pick=controls.take_beta)
    st.caption(
        f"An error is the distance of the state from the memory's key; no two states of this recall lie more than "
        f"2M = {2 * found.M:.3g} apart, so a bound of {2 * found.M:.3g} promises nothing. Click a curve to take its β."
    )
    equations.show(formula.separation(found), formula.retrieval_error(found))
    return {"errors": curves}


def verdict(found: Separated) -> str:
    """Whether the theorems apply to this recall at its β, and from which β on the memory is well separated."""
    who, beta = quoted(found.target, 60), f"β = {found.beta:.3g}"
    near = (
        f"they speak of states within 1/(βNM) = {found.radius:.2g} of the memory, and your query is "
        f"{found.distance:.2f} away"
    )
    if found.applies:
        return (
            f"Theorems 4 and 5 of Ramsauer et al. (arXiv:2008.02217) apply at {beta}: {who} is well separated, and "
            f"your query lies within 1/(βNM) = {found.radius:.2g} of it."
        )
    start = "Theory does not promise this recall (Ramsauer et al., arXiv:2008.02217, Theorems 4 and 5)"
    if found.stored:
        return (
            f"{start}: at {beta} {who} is separated well enough (Eq. 5, from β = {found.needed:.3g} on), but {near}"
            ". What is measured is better than what is promised."
        )
    if math.isinf(found.needed):
        return f"{start}: another candidate is as similar to {who} as it is to itself, and no β separates them."
    later = f"from β = {found.needed:.3g} on" if found.needed <= HIGHEST else f"only from β = {found.needed:,.0f} on"
    return f"{start}: at {beta} {who} is not separated well enough (Eq. 5), {later} it is; and {near}."


def distance(x: float) -> str:
    """A distance with two digits that count."""
    return f"{x:.2f}" if x >= 0.095 or x < 1e-12 else f"{x:.1e}" if x < 1e-3 else f"{x:.2g}"
