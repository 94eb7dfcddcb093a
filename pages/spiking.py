"""Spiking: an embedding as spikes, a spiking network that forgets, and one that is softmax attention."""

import streamlit as st

from nuonuo.studio.shell import about, controls, look, panels
from nuonuo.studio.spiking import code, lif, panel

st.title("Can spikes alone remember?")
st.markdown(
    "A Hopfield network built of spiking neurons forgets. Let the memories themselves fire by chance, first come "
    "first served, and their votes are softmax attention."
)
memory, trace = panels.ask()

asked, failed = panel.asked(memory, trace), lif.failing(memory)
votes = panel.votes(asked)
left, right = st.columns(2, gap="large")
with left:
    panel.verdict(memory, asked, votes, lif.failure(failed), trace)
    controls.beta_slider()
    if trace:
        panels.nearest(memory, trace)
with right:
    panel.converging(asked, votes)
lif.presets()
with look.section("An embedding as spikes", "spikes") as shown:
    if shown:
        code.encoder(asked)
with look.section("A Hopfield network of such neurons, which fails", "lif") as shown:
    if shown:
        lif.part(memory, failed)
        lif.table()
with look.section("How the spiking memory works, and what a recall costs in spikes", "voting") as shown:
    if shown:
        panel.voting(asked, votes)
with look.part("maths", "pagesspiking"), st.expander("The maths, with the numbers just executed"):
    code.maths(code.coded(asked))
    lif.maths(failed)
    panel.vote_maths(votes)
st.caption(f"Seed {st.session_state.seed} draws all chances. {about.address()}")
