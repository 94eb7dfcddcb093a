"""What to try on the hops page: questions of the island, and a link drawn by hand."""

import streamlit as st

from nuonuo.memory.records import Tie
from nuonuo.studio.shell import banks, look, sets, state
from nuonuo.studio.shell.presets import take

ISLAND = "island"
TRIES = [  # label, id in the island's question set
    ("Two entries: a composer's living", "two-hop 1"),
    ("Three entries: a founder's flood", "three-hop 9"),
    ("A comparison: four entries", "comparison 1"),
]
DARK, CANDLES, FUSES = (
    "The lights just went out, what do I need?",
    "Where are the candles for a power cut?",
    "Where is the fuse box?",
)


def presets() -> None:
    """Questions that need two, three and four entries, and a link by hand."""
    with look.tries():
        for number, (label, name) in enumerate(TRIES):
            st.button(label, on_click=ask_island, args=(name,), key=f"try-island-{number}")
        st.button("Draw a link by hand", on_click=by_hand, key="try-hand")
    st.caption(
        "The last ties the candles to the fuse box in your own copy of the household facts, which name no other: a "
        "question that finds the one now brings up the other."
    )


def open_island() -> None:
    """Go to the island's opening question."""
    st.session_state.bank = ISLAND
    query, want = banks.opening(banks.current())
    take(q=query, want=want)


def ask_island(name: str) -> None:
    """Ask the island one question of its set; all that it expects is in the set."""
    st.session_state.bank = ISLAND
    asked = next(q for q in sets.of_sample(ISLAND) if q.id == name)
    take(q=asked.query, want=None)


@state.told
def by_hand() -> None:
    """Tie two household facts, and ask what finds the first for the second."""
    st.session_state.bank = "facts"
    memory = banks.changeable()
    candles, fuses = banks.find(memory, CANDLES), banks.find(memory, FUSES)
    if candles is not None and fuses is not None and not memory.get(candles).ties:
        memory.change(candles, ties=(Tie(fuses),))
    take(q=DARK, want=fuses)
