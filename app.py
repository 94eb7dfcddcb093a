"""NuoNuo Explorer: the pages."""

import streamlit as st

from nuonuo.files.explorer import explorer_file
from nuonuo.studio.shell.serving import LOADING

with LOADING:  # until the warm-up has imported the engine
    from nuonuo.studio.lessons import bar, course
    from nuonuo.studio.shell import browser, login, look, plot, state

ICON = str(explorer_file("assets") / "icon.svg")
st.set_page_config("NuoNuo Explorer", ICON, layout="wide")
st.logo(ICON)
look.apply()
login.require()
state.begin()
page = st.navigation(
    {
        "": [st.Page("pages/home.py", title="Start", default=True)],
        "Learn": [
            st.Page("pages/lessons.py", title="Lessons"),
            st.Page("pages/plane.py", title="Energy"),
            st.Page("pages/classical.py", title="From 1982"),
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
course.enter(page)
browser.apply(course.written())
plot.bring()
look.frame()
bar.show()
page.run()
state.share()
