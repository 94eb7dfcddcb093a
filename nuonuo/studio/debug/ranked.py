"""How the memories of a debugged recall were ranked: the ladder of candidates, and the terms of those that matter."""

import plotly.graph_objects as go
import streamlit as st

from nuonuo.figures import debugging as figures
from nuonuo.studio.debug.panel import Looked
from nuonuo.studio.shell import panels, terms
from nuonuo.studio.shell.plot import plot

MOST = 6  # memories whose terms are shown


def bars(case: Looked) -> go.Figure:
    """What ranks the first, the expected memories and the best rival, drawn; the figure."""
    right = case.right - {0, -1}
    ranked = list(enumerate(case.trace.candidates, 1))
    rival = next((row for row in ranked if row[1].id not in right), ranked[0])
    rows = {row[0]: row for row in (ranked[0], rival, *(row for row in ranked if row[1].id in right))}
    shown = [rows[rank] for rank in sorted(rows)][:MOST] + ([case.far] if case.far else [])
    return terms.show(case.memory, case.trace, right, shown, on_pick=panels.meant_by_click)


def ladder(case: Looked) -> go.Figure:
    """Draw the candidates with the expected memory among or below them; the figure."""
    expected = case.found.expected
    far = case.far
    below = (far[1].id, far[1].cue, far[1].total, far[0]) if far else None
    right = case.right - {0}  # -1 says that none of these is right
    fig = figures.ladder(case.trace, expected, right, below)
    plot(fig, "ladder", figures.ladder_words(case.trace, expected, below), on_pick=panels.meant_by_click)
    st.caption("Click the one that is expected.")
    return fig
