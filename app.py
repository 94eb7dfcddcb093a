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
            st.Page("pages/attention.py", title="Attention"),
            st.Page("pages/codes.py", title="Codes"),
            st.Page("pages/settling.py", title="Settling"),
            st.Page("pages/hops.py", title="Hops"),
            st.Page("pages/spiking.py", title="Spiking"),
        ],
        "Explore": [
            st.Page("pages/map.py", title="Map"),
            st.Page("pages/memories.py", title="Memories"),
            st.Page("pages/lab.py", title="Lab"),
        ],
        "Debug": [
            st.Page("pages/debug.py", title="Debug a recall"),
            st.Page("pages/triage.py", title="Triage"),
            st.Page("pages/compare.py", title="Compare"),
        ],
    },
    position="top",
)
page.run()
state.share()
