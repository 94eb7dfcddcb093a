"""Triage: many questions at once, the cause of every miss, and the one change that mends most."""

import streamlit as st

from nuonuo.studio import panels

st.title("Which questions fail, and why?")
memory = panels.choose_bank()
