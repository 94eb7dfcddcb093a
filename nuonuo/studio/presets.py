"""What to try: one-click questions, each showing a phenomenon, one of them a failure."""

import streamlit as st

from nuonuo import Memory
from nuonuo.studio import banks, known, state

QUIET = {"sigma": 0.0, "drop": 0.0, "seed": 0, "beta": 32.0, "k": 20, "steps": 3}


def show(memory: Memory) -> None:
    """The chosen sample's questions, and this question blended and in noise."""
    about = banks.samples().get(st.session_state.bank)
    query, want = st.session_state.q, st.session_state.want
    if not len(memory) or not (about or (query and len(memory) > 1)) or known.probe(memory, query or "") is None:
        return
    st.subheader("What to try")
    tries = [about["opening"], *about["also"]] if about else []
    with st.container(horizontal=True):
        for number, each in enumerate(tries):
            meant = banks.find(memory, each["wanted"])
            st.button(each["query"], on_click=state.ask, args=(each["query"], meant), kwargs=QUIET, key=f"try-{number}")
        if query:
            blend, noise = QUIET | {"beta": 4.0}, QUIET | {"sigma": 1.5, "seed": 3}
            st.button("This question at β = 4: a blend", on_click=state.ask, args=(query, want), kwargs=blend)
            st.button("This question in noise, σ = 1.5", on_click=state.ask, args=(query, want), kwargs=noise)
