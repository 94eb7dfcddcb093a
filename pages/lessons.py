"""Lessons: guided walks through the pages, and a demo that runs by itself."""

import streamlit as st

from nuonuo.studio.lessons import index
from nuonuo.studio.shell import panels, state

state.enter_by_app()
st.title("Where should I begin?")
st.markdown(
    "Each lesson is a walk of six to eight steps through the pages: a sentence, a prediction of yours, and what the "
    "engine then computed. A step's address can be shared."
)
panels.notices()
index.show()
