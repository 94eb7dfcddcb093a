"""Start: a recall that slightly fails, why, and what fixes it."""

import streamlit as st

from nuonuo.figures import recall as figures
from nuonuo.studio.memories import editing
from nuonuo.studio.shell import answer, panels, presets, sets, terms
from nuonuo.studio.shell.plot import plot

st.title("Does the right memory come back?")
st.markdown(
    "Sentences are stored as patterns. A query is pulled towards the patterns it resembles, "
    "by the same equation as attention in a transformer."
)
memory, trace = panels.ask()

if trace:
    expected = sets.expected(memory)
    missed = sets.missed(memory, trace)
    attention, settling = figures.attention_bars(trace, missed), figures.settling_lines(trace, missed)
    left, right = st.columns(2, gap="large")
    with left:
        panels.verdict(memory, trace)
        st.page_link("pages/debug.py", label="Why? Debug this recall, word by word →")
        st.page_link("pages/attention.py", label="This is what a transformer does: attention →")
        panels.choose_meant(trace)
    with right:
        st.subheader("What ranks them")
        ranking = terms.show(memory, trace, expected, on_pick=panels.meant_by_click)
        panels.nearest(memory, trace)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("One update, and at rest")
        plot(attention, "attention", figures.attention_words(trace), on_pick=panels.meant_by_click)
        st.markdown(answer.against(trace))
    with right:
        st.subheader("How the state settles")
        plot(settling, "settling", figures.settling_words(trace))
        st.caption(answer.steps_taken(trace) or f"After {answer.steps(len(trace.p))} the state has come to rest.")

presets.show(memory)
if len(memory):  # an empty bank has asked for its first above
    with st.container(border=True):
        st.subheader("Add a memory of your own")
        editing.add_form(memory)
if trace:
    panels.maths(trace)
    panels.footnote(memory, trace, terms=ranking, attention=attention, settling=settling)
