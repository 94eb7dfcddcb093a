"""Compare: the same questions asked in two ways, what B mends and what it breaks."""

import streamlit as st

from nuonuo.studio import panels

st.title("Which of two settings recalls better?")
memory = panels.choose_bank()
