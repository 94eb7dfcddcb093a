"""NuoNuo Explorer: the pages."""

import streamlit as st

from nuonuo.studio import look, state

st.set_page_config("NuoNuo Explorer", "assets/icon.svg", layout="wide")
st.logo("assets/icon.svg")
look.apply()
state.begin()
page = st.navigation(
    {
        "": [st.Page("pages/home.py", title="Start", default=True)],
        "Learn": [
            st.Page("pages/attention_page.py", title="Attention", url_path="attention"),
        ],
        "Explore": [
            st.Page("pages/memories.py", title="Memories"),
        ],
    },
    position="top",
)
page.run()
state.share()
