"""Memories: what is stored, where, and every way to change it."""

import streamlit as st

from nuonuo.studio.memories import editing, files, importing, keeping, links, report
from nuonuo.studio.shell import about, look, panels

st.title("What is stored?")
memory = panels.choose_bank()
look.verdict(about.sentence(memory))
editing.table(memory)

left, right = st.columns(2, gap="large")
with left:
    st.subheader("Add a memory")
    editing.add_form(memory)
    st.subheader("Links")
    links.show(memory)
with right:
    st.subheader("Change or forget one")
    editing.edit_form(memory)

left, right = st.columns(2, gap="large")
with left:
    st.subheader("Import and export")
    importing.form(memory)
    files.export(memory)
    report.show(memory)
with right:
    st.subheader("A bank of your own")
    files.bank_form(memory)
    keeping.form()

about.details(memory)
