"""NuoNuo Explorer: the pages."""

import streamlit as st

from nuonuo.studio import look, state

st.set_page_config("NuoNuo Explorer", "assets/icon.svg", layout="wide")
st.logo("assets/icon.svg")
look.apply()
state.begin()
page = st.navigation(
    [
        st.Page("pages/home_page.py", title="Start", default=True),
        st.Page("pages/memories_page.py", title="Memories", url_path="memories"),
    ],
    position="top",
)
page.run()
state.share()
