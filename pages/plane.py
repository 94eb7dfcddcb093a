"""Energy: a memory in the plane, where patterns and the query can be dragged and nothing is hidden."""

import streamlit as st

from nuonuo.explain.toys.plane import toy
from nuonuo.studio.plane import drawing, panel
from nuonuo.studio.shell import panels, state

state.enter_by_app()
st.title("Where does a dragged query come to rest?")
st.markdown(
    "Patterns dig wells into the energy. A query runs downhill by the same update as attention; β decides "
    "whether the wells stay apart, merge or become one."
)
panels.notices()
s = st.session_state
points, (query,) = drawing.read(s.toy), drawing.read(s.toy_query)
found = toy(points, query, s.toy_beta)
with st.container():  # what comes and goes in here moves no figure below
    panel.verdict(found)
drawing.show(points, query, s.toy_beta, drawing.words(found))
panel.presets()
panel.patterns()
panel.legend(found)
panel.maths(found)
