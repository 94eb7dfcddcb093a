"""Spiking: an embedding as spikes, a spiking network that forgets, and one that is softmax attention."""

import streamlit as st

from nuonuo.studio import panels
from nuonuo.studio import spiking_lif_panel as lif
from nuonuo.studio import spiking_panel as panel

st.title("Can spikes alone remember?")
st.markdown(
    "Neurons send all-or-nothing spikes. They carry an embedding well, but a Hopfield network built of them forgets; "
    "let the memories themselves fire by chance, first come first served, and their votes are softmax attention."
)
memory, trace = panels.ask()

asked, failed = panel.asked(memory, trace), lif.failing(memory)
votes = panel.votes(asked)
panel.verdict(asked, votes, lif.failure(failed))
if trace:
    panels.nearest(memory, trace)
lif.presets()
coded = panel.encoder(asked)
lif.part(memory, failed)
panel.voting(asked, votes)
lif.table()
with st.expander("The maths, with the numbers just executed"):
    panel.code_maths(coded)
    lif.maths(failed)
    panel.vote_maths(votes)
st.caption(f"Seed {st.session_state.seed} draws all chances; this page's address repeats it.")
