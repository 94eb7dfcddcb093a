"""Start: a recall that slightly fails, why, and what mends it."""

import streamlit as st

from nuonuo.figures import recall as figures
from nuonuo.studio import editing, panels, presets
from nuonuo.studio.plot import plot

st.title("Does the right memory come back?")
st.markdown(
    "Sentences are stored as patterns. A question is pulled towards the patterns it resembles, "
    "by the same equation as attention in a transformer."
)
memory, trace = panels.ask()

if trace:
    want = st.session_state.want
    attention, settling = figures.attention_bars(trace, want), figures.settling_lines(trace, want)
    panels.verdict(memory, trace)
    st.page_link("pages/debug.py", label="Why, word by word and memory by memory: debug this recall →")
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("Who was attended to")
        plot(attention, "attention", figures.attention_words(trace), on_pick=panels.meant_by_click)
        panels.nearest(memory, trace)
    with right:
        st.subheader("How the state settled")
        plot(settling, "settling", figures.settling_words(trace))
        panels.choose_meant(trace)

presets.show(memory)
if len(memory):  # an empty bank has asked for its first above
    with st.container(border=True):
        st.subheader("Add a memory of your own")
        editing.add_form(memory)
if trace:
    panels.maths(trace)
    panels.footnote(memory, trace, attention=attention, settling=settling)
