"""Codes: which units a memory switches on, and which memories it shares them with."""

import streamlit as st

from nuonuo.explain.codes import raster as coding
from nuonuo.figures import codes as figures
from nuonuo.studio.codes import collisions, panel
from nuonuo.studio.shell import panels
from nuonuo.studio.shell.plot import plot

st.title("What does a memory look like as a code?")
st.markdown(
    "Every key is projected onto thousands of units, and only the few that score highest fire: they are its code. "
    "Similar memories share some units, most memories share none."
)
memory, trace = panels.ask()

if trace:
    s = st.session_state
    P = panel.projection(memory)
    raster, cut = coding.raster(trace, P, s.winners, s.want), coding.cut(trace, P, s.winners)
    lines = figures.raster_lines(raster)
    left, right = st.columns([2, 3], gap="large")
    with left:
        panel.verdict(memory, trace, raster)
        panel.controls(memory)
    with right:
        plot(lines, "raster", figures.raster_words(raster), on_pick=lambda p: collisions.pick_line(p, raster.ids))
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("All units in a row")
        plot(figures.strip(raster), "strip", figures.strip_words(raster))
        panel.strip_words(raster)
        panels.nearest(memory, trace)
    with right:
        st.subheader("Where the cut falls")
        curve = figures.cut_curve(cut)
        plot(curve, "cut", figures.cut_words(cut))
        panel.cut_words(raster, cut)
    panel.presets(trace)
    separation, usage = panel.separation(memory, panel.sample(memory, P))
    place = st.container()
    panel.maths(trace, raster, cut, separation, usage)
    panels.footnote(memory, trace, raster=lines, cut=curve)
    with place:
        collisions.inspector(memory, trace)
