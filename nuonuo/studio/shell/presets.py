"""What to try: one-click settings and queries, each showing a phenomenon, one of them a failure.

The presets of all pages are taken by `take`, so that none leaves a trace on the next.
"""

from typing import Any

import streamlit as st

from nuonuo import Memory
from nuonuo.studio.shell import banks, browser, known, look, state


def take(**values: Any) -> None:
    """Set these values, all other settings to their defaults, and bring the verdict into view; for callbacks.

    The question and what it is meant to recall stay unless they are among the values.
    """
    st.session_state.update(state.defaults() | values)
    browser.reveal_verdict()


def show(memory: Memory) -> None:
    """The chosen sample's queries; this query as an average of all and in noise; and a metastable state."""
    about = banks.samples().get(banks.root())
    query = st.session_state.q
    if not len(memory) or not (about or (query and len(memory) > 1)) or known.probe(memory, query or "") is None:
        return
    st.subheader("What to try")
    tries = [about["opening"], *about["also"]] if about else []
    with st.container(horizontal=True):
        for number, each in enumerate(tries):
            meant = banks.find(memory, each["wanted"])
            st.button(each["query"], on_click=take, kwargs={"q": each["query"], "want": meant}, key=f"try-{number}")
        if query:
            st.button("This query at β = 4: the average of all", on_click=take, kwargs={"beta": 4.0}, key="try-average")
            noise = {"sigma": 1.5, "seed": 3}
            st.button("This query in noise, σ = 1.5", on_click=take, kwargs=noise, key="try-noise")
        st.button("Similar memories at β = 10: a metastable state", on_click=metastable, key="try-metastable")


def metastable() -> None:
    """Ask the sample of similar memories its opening query at a β at which the state averages some of them."""
    st.session_state.bank = "confusable"
    query, want = banks.opening(banks.current())
    take(q=query, want=want, beta=10.0)


CASES = [  # of the household sample: what they show, the question, the memory it means, and how it is asked
    ("A rival wins", "A pipe burst, what do I close first?", "Where do I turn off the water?", {}),
    (
        "Too few candidates, k = 2",
        "Who feeds the dog while we are away at grandma's?",
        "Who looks after the pets when we travel?",
        {"k": 2},
    ),
    (
        "Average of all, β = 1",
        "I locked myself out of the house, who has another key?",
        "Where is the spare house key?",
        {"beta": 1.0},
    ),
    ("Noise, σ = 1.5", "How big is a portion for our dog?", "What food does the dog eat?", {"sigma": 1.5, "seed": 3}),
    ("No relation", "It suddenly went dark", "Where is the fuse box?", {}),
]


def failures() -> None:
    """Recalls of the household sample that fail, each for another reason."""
    with look.tries():
        for number, (label, query, cue, changed) in enumerate(CASES):
            st.button(label, on_click=_fail, args=(query, cue, changed), key=f"case-{number}")


def _fail(query: str, cue: str, changed: dict) -> None:
    st.session_state.bank = "facts"
    take(q=query, want=banks.find(banks.current(), cue), **changed)
