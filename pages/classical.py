"""From 1982: networks of ±1 units, whose interaction function decides how many patterns they hold."""

import streamlit as st

from nuonuo.studio.classical import measuring, panel
from nuonuo.studio.shell import panels, state

state.enter_by_app()
st.title("How many patterns can a network hold?")
st.markdown(
    "From 1982 to attention one thing changed: the function F of a state's overlap with each stored pattern. The "
    "faster it grows, the more patterns stay apart, until an update is softmax attention."
)
panels.notices()
done = panel.asked()
with st.container():  # what comes and goes in here moves no figure below
    panel.verdict(done)
panel.controls()
panel.picture(done)
panel.damage(done)
panel.presets()
measuring.show()
panel.spurious()
panel.maths(done)
st.caption(f"This page's address repeats it: function, pictures, damage, drawing and seed {st.session_state.seed}.")
