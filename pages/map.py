"""Map: every memory as a dot, the question among them, and how far such a picture can be trusted."""

import streamlit as st

from nuonuo.figures import map as figures
from nuonuo.studio import map_panel, map_pick, panels
from nuonuo.studio.plot import plot

st.title("Where does a question land among the memories?")
st.markdown(
    "Every memory is a dot, and alike memories should lie close together. No flat picture of hundreds of dimensions "
    "keeps that promise, so lines show which memories were truly closest."
)
memory, trace = panels.ask()

if len(memory):
    view, chart = map_panel.view(memory, trace)
    drawn = figures.map_figure(view)
    map_panel.verdict(memory, view)
    map_panel.controls()
    left, right = st.columns([3, 2], gap="large")
    with left:
        plot(drawn, f"map{len(view.xy[0])}d", figures.map_words(view), on_pick=map_pick.take)
        map_panel.making(view, chart)
    with right:
        map_panel.legend(view)
        map_pick.looked_at(memory, view)
    if trace:
        panels.nearest(memory, trace)
    map_panel.presets(view)
    map_panel.maths(view, chart)
    if trace:
        panels.footnote(memory, trace, map=drawn)
