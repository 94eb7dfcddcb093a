"""The chosen bank of one's own renamed or deleted, and the way back."""

import streamlit as st

from nuonuo.studio.shell import banks, removing, state
from nuonuo.studio.shell.words import quoted


def form() -> None:
    """Another name for the bank, or its end; and the last one that was deleted, to be brought back."""
    s = st.session_state
    if gone := s.get("deleted_bank"):
        left, right = st.columns([3, 1], vertical_alignment="center")
        left.info(f"Deleted the bank {quoted(gone.name)}. It can be brought back from here while this tab is open.")
        right.button("Undo", key="undelete_bank", on_click=_undelete, width="stretch")
    name = banks.shown()
    if not name.startswith(banks.OWN):
        return
    s.setdefault("bank_name", "")
    st.text_input("Another name for this bank", key="bank_name", placeholder=name.removeprefix(banks.OWN))
    rename, delete = st.columns(2)
    rename.button("Rename", on_click=_rename, args=(name,), key="rename_bank", width="stretch")
    delete.button("Delete this bank", on_click=_delete, args=(name,), key="delete_bank", width="stretch")


@state.told
def _rename(name: str) -> None:
    s = st.session_state
    s.go_to_bank = removing.rename(name, banks.named(name), s.bank_name)
    s.bank_name = ""


@state.told
def _delete(name: str) -> None:
    s = st.session_state
    s.deleted_bank = removing.delete(name, banks.named(name))
    s.go_to_bank = "facts"


@state.told
def _undelete() -> None:
    s = st.session_state
    s.go_to_bank = removing.bring_back(s.deleted_bank)
    del s.deleted_bank
