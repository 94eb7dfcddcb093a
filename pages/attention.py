"""Attention: a question's attention over all memories, which is a Hopfield update, and the encoder's own heads."""

import streamlit as st

from nuonuo.figures import attention as figures
from nuonuo.figures.dial import sharing, sharing_words
from nuonuo.studio import attention_panel as panel
from nuonuo.studio import controls, heads_panel, panels
from nuonuo.studio.plot import plot

st.title("Is attention a memory?")
st.markdown(
    "A question is compared with every stored memory, and softmax shares its attention out among them. "
    "That is a step of a Hopfield network, and it is what a transformer calls attention."
)
memory, trace = panels.ask()

if trace:
    view, dial = panel.seen_now(memory, trace)
    bars, curve = figures.bars(view, st.session_state.want), sharing(dial)
    panel.verdict(view, dial)
    controls.beta_slider()
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Who gets the attention")
        plot(bars, "bars", figures.bars_words(view), on_pick=controls.choose)
    with right:
        st.subheader("How many share it")
        plot(curve, "dial", sharing_words(dial), on_pick=controls.take_beta)
        panel.dial_notes(dial)
    panels.nearest(memory, trace)
    panel.presets(dial)

    grid, proof = panel.compare(memory, trace, panel.questions(memory, view))
    matrix = figures.grid(grid)
    st.subheader("Several questions at once: Q × K")
    plot(matrix, "matrix", figures.grid_words(grid), on_pick=controls.choose)
    panel.ask_lines(memory)
    st.subheader("The same numbers, computed by PyTorch")
    panel.proof_panel(proof, memory.cues)
    panel.names(view, dial, proof)
    inside = heads_panel.show(trace)
    panels.footnote(memory, trace, bars=bars, dial=curve, matrix=matrix, **inside)
