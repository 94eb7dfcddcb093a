"""Map: every memory as a dot, the question among them, and how far such a picture can be trusted."""

import streamlit as st

from nuonuo.figures import map as figures
from nuonuo.studio.map import making as map_making
from nuonuo.studio.map import panel as map_panel
from nuonuo.studio.map import pick as map_pick
from nuonuo.studio.shell import panels, sets, terms
from nuonuo.studio.shell.controls import choose
from nuonuo.studio.shell.plot import plot

st.title("Where does a question land among the memories?")
st.markdown(
    "Every memory is a dot, and alike memories should lie close together. No flat picture of hundreds of dimensions "
    "keeps that promise, so lines show which memories were truly its candidates."
)
memory, trace = panels.ask()

if len(memory):
    view, chart = map_panel.view(memory, trace)
    drawn = figures.map_figure(view)
    left, right = st.columns([2, 3], gap="large")
    with left:
        map_panel.verdict(memory, view, trace)
        map_panel.controls()
        map_panel.legend(view)
        map_pick.looked_at(memory, view)
    with right:
        plot(drawn, f"map{len(view.xy[0])}d", figures.map_words(view), on_pick=map_pick.take, kept=figures.still(view))
        map_making.making(memory, view, chart)
    if trace:
        st.subheader("What ranks them")
        ranking = terms.show(memory, trace, sets.expected(memory), on_pick=choose)
        panels.nearest(memory, trace)
    map_panel.presets(view)
    map_panel.maths(view, chart)
    if trace:
        panels.footnote(memory, trace, map=drawn, terms=ranking)
