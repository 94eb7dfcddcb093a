"""Hops: a memory calls up the next, and that the next, over Hebbian links."""

import streamlit as st

from nuonuo.figures import hops as figures
from nuonuo.studio import chain_making, controls, panels
from nuonuo.studio import hops_panel as panel
from nuonuo.studio.plot import plot

st.title("Can one memory call up the next?")
st.markdown(
    "The answer's code is sent over the stored links, and what comes out is sent again. "
    "Nothing is read or searched on the way: the links alone must lead from memory to memory."
)
memory, asked = panels.ask()

if asked:
    answer = st.container()
    panel.controls()
if asked and (done := panel.chain(memory, asked)):
    trace, followed = done
    way = figures.way(followed, st.session_state.pick)
    with answer:
        panel.verdict(trace, followed)
        panel.mend(memory, followed)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("By links")
        plot(way, "way", figures.way_words(followed), on_pick=controls.choose)
        st.caption("At the line: the cosine of the code that came out to the stored one. ○ what came second.")
    with right:
        st.subheader("By nearest neighbour")
        other = figures.nearest_way(followed, st.session_state.pick)
        plot(other, "nearest", figures.nearest_words(followed), on_pick=controls.choose)
        panel.nearest(followed)
    chain_making.presets()
    panel.ledger(followed)
    chain_making.builder(memory, trace)
    panel.maths(trace)
    panels.footnote(memory, trace, way=way, nearest=other)
