"""Memories: what is stored, where, and every way to change it."""

import streamlit as st

from nuonuo.studio import about, banks, editing, files, look, panels

st.title("What is stored?")
memory = panels.choose_bank()
look.verdict(about.sentence(memory))
editing.table(memory)

left, right = st.columns(2, gap="large")
with left:
    st.subheader("Add a memory")
    editing.add_form(memory)
with right:
    st.subheader("Change or forget one")
    editing.edit_form(memory)

left, right = st.columns(2, gap="large")
with left:
    st.subheader("Import and export")
    files.import_form(memory)
    files.export(memory)
with right:
    st.subheader("A bank of your own")
    files.bank_form(memory)
    if banks.is_changed():
        st.button("Put this sample back as it came", on_click=banks.reset)

about.details(memory)
