"""Compare: the same questions asked in two ways, what B fixes and what it breaks."""

import streamlit as st

from nuonuo.debug.triage import CUTS
from nuonuo.figures import compare as figures
from nuonuo.studio.compare import panel
from nuonuo.studio.shell import state
from nuonuo.studio.shell.plot import plot

state.enter_by_app()
st.title("Which of two ways recalls better?")
st.markdown(
    "The same questions are asked in two ways, A and B. What counts is not the average alone but which questions a "
    "change fixes, and which it breaks."
)
a, b = panel.sides()
pairs = panel.asked(a, b)

if pairs:
    made = panel.differences(pairs)
    left, right = st.columns(2, gap="large")
    with left:
        answer = st.container()
        rule = panel.within()
        one = made[CUTS.index(rule.within)]
        with answer:
            panel.verdict(one, a, b)
        st.subheader("Recall of both")
        plot(figures.recalls(made), "recalls", figures.recalls_words(made))
    with right:
        st.subheader("Where each question's memory came")
        plot(figures.ranks(pairs, rule), "ranks", figures.ranks_words(pairs, rule))
    panel.cases(pairs, rule, b)
    panel.take_away(pairs, rule)
    panel.presets()
    panel.maths(one)
