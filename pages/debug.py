"""Debug a recall: one question, why it failed, and the smallest change that mends it."""

import streamlit as st

from nuonuo.studio import panels

st.title("Why did this recall fail?")
memory = panels.choose_bank()
