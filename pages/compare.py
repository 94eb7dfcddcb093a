"""Compare: the same questions asked in two ways, what B mends and what it breaks."""

import streamlit as st

from nuonuo.debug.triage import CUTS
from nuonuo.figures import compare as figures
from nuonuo.studio import compare_panel as panel
from nuonuo.studio import state
from nuonuo.studio.plot import plot

state.enter_by_app()
st.title("Which of two ways recalls better?")
st.markdown(
    "The same questions are asked in two ways, A and B. What counts is not the average alone but which questions a "
    "change mends, and which it breaks."
)
a, b = panel.sides()
pairs = panel.asked(a, b)

if pairs:
    made = panel.differences(pairs)
    answer = st.container()
    within = panel.within()
    one = made[CUTS.index(within)]
    with answer:
        panel.verdict(one, a, b)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("Where each question's memory came")
        plot(figures.ranks(pairs, within), "ranks", figures.ranks_words(pairs, within))
    with right:
        st.subheader("Recall of both")
        plot(figures.recalls(made), "recalls", figures.recalls_words(made))
    panel.cases(pairs, within, b)
    panel.take_away(pairs, within)
    panel.presets()
    panel.maths(one)
