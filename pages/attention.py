"""Attention: a query's attention over all memories, which is a Hopfield update, and the encoder's own heads."""

from functools import cache

import streamlit as st

from nuonuo.figures import attention as figures
from nuonuo.figures.dial import sharing, sharing_words
from nuonuo.studio.attention import heads as heads_panel
from nuonuo.studio.attention import panel, separation
from nuonuo.studio.shell import answer, controls, look, panels, sets
from nuonuo.studio.shell.plot import plot

st.title("Is attention a memory?")
st.markdown(
    "A query is compared with every stored memory, and softmax divides its attention among them. "
    "That is one update step of a Hopfield network, and a transformer calls it attention."
)
memory, trace = panels.ask()

if trace:
    view, dial = panel.seen_now(memory, trace)
    bars, curve = figures.bars(view, sets.missed(memory, trace), panel.at_rest(trace)), sharing(dial)
    left, right = st.columns(2, gap="large")
    with left:
        with st.container():  # what comes and goes in here keeps the figure beside it
            panel.verdict(memory, trace, view, dial)
        controls.beta_slider()
    with right:
        st.subheader("Which memories get the attention")
        plot(bars, "bars", figures.bars_words(view), on_pick=controls.choose)
        st.markdown(answer.against(trace))
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("How many share it")
        plot(curve, "dial", sharing_words(dial), on_pick=controls.take_beta)
    with right:
        panel.presets(dial)
        panel.dial_notes(dial)
        panels.nearest(memory, trace)

    inside = {}
    with look.section("Inside a real transformer: 72 attention heads, and one of them step by step", "heads") as shown:
        if shown:
            inside |= heads_panel.show(memory, trace)
    with look.section("Does theory promise this recall? Separation, and the error beside its bound", "theory") as shown:
        if shown:
            inside |= separation.show(trace)
    compared = cache(lambda: panel.compare(memory, trace, panel.questions(memory, view)))
    with look.section("Several queries at once: Q × K", "matrix") as shown:
        if shown:
            inside["matrix"] = panel.matrix(memory, compared()[0])
    with look.section("The same numbers, computed by PyTorch", "proof") as shown:
        if shown:
            panel.proof_panel(compared()[1], memory.cues)
    with look.section("Q, K and V by both names, with the numbers just executed", "names") as shown:
        if shown:
            panel.names(view, dial, compared()[1])
    panel.relations(trace)
    panels.footnote(memory, trace, bars=bars, dial=curve, **inside)
