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


CASES = [  # of the household sample: what they show, the question, the memory it means, and how it is asked
    ("A rival wins", "A pipe burst, what do I close first?", "Where do I turn off the water?", {}),
    (
        "Too few candidates, k = 2",
        "Who feeds the dog while we are away at grandma's?",
        "Who looks after the pets when we travel?",
        {"k": 2},
    ),
    (
        "A blend, β = 1",
        "I locked myself out of the house, who has another key?",
        "Where is the spare house key?",
        {"beta": 1.0},
    ),
    ("Noise, σ = 1.5", "How big is a portion for our dog?", "What food does the dog eat?", {"sigma": 1.5, "seed": 3}),
    ("No relation", "It suddenly went dark", "Where is the fuse box?", {}),
]


def failures() -> None:
    """Recalls of the household sample that fail, each for another reason."""
    st.subheader("What to try")
    with st.container(horizontal=True):
        for number, (label, query, cue, changed) in enumerate(CASES):
            st.button(label, on_click=_fail, args=(query, cue, changed), key=f"case-{number}")


def _fail(query: str, cue: str, changed: dict) -> None:
    st.session_state.bank = "facts"
    want = banks.find(banks.current(), cue)
    state.ask(query, want, **(QUIET | {"whiten": True, "debug_hops": 0, "pick": None} | changed))
