"""Settling: the state's way down the energy, where other starts end, and pictures that complete themselves."""

import streamlit as st

from nuonuo.explain.settling.landscape import landscape
from nuonuo.figures import basins as basin_figures
from nuonuo.figures import settling as figures
from nuonuo.studio.settling import digits as digits_panel
from nuonuo.studio.settling import panel
from nuonuo.studio.shell import controls, panels
from nuonuo.studio.shell.plot import plot

st.title("Where does a query come to rest?")
st.markdown(
    "Each update step moves the state towards the memories it attends to. No step raises the energy, "
    "so the state runs down into a valley; β decides how many valleys there are."
)
memory, trace = panels.ask()

if trace:
    land = landscape(trace)
    path = figures.scrubber(trace, land, (st.session_state.want, st.session_state.pick))
    left, right = st.columns([2, 3], gap="large")
    with left:
        panel.verdict(memory, trace, land)
        controls.beta_slider()
        panels.nearest(memory, trace)
    with right:
        plot(path, "path", figures.scrubber_words(trace, land), on_pick=controls.choose)
        panel.plane_notes(trace, land)

    near = panel.around(memory, trace)
    panel.presets(memory, trace, near.swept)
    draws = panel.draws(trace, land, near)
    basins = basin_figures.basins(trace, land, draws)
    regimes = basin_figures.regimes(near.swept, st.session_state.beta, len(trace.candidates))
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("Where would other starts come to rest?")
        plot(basins, "basins", basin_figures.basins_words(trace, land, draws), on_pick=controls.choose)
        panel.fates(memory, trace, draws)
    with right:
        st.subheader("What β does to the landscape")
        words = basin_figures.regimes_words(near.swept, st.session_state.beta)
        plot(regimes, "regimes", words, on_pick=controls.take_beta)
        st.caption("Click a point to take its β.")

picture = digits_panel.show()
if trace:
    panel.maths(trace, land)
    panels.footnote(memory, trace, path=path, basins=basins, regimes=regimes, picture=picture)
