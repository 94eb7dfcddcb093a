"""Hops: memories bring up memories that they are linked to, in the ranking and as a chain of codes."""

import streamlit as st

from nuonuo.figures import association as graphs
from nuonuo.figures import hops as figures
from nuonuo.studio.hops import association, panel, trying
from nuonuo.studio.hops import making as chain_making
from nuonuo.studio.shell import controls, panels
from nuonuo.studio.shell.plot import plot

st.title("Can one memory call up another?")
st.markdown(
    "What a question finds by meaning and words passes its attention on, once, over the links between memories. "
    "So a memory comes up that has nothing in common with the question itself."
)
memory, asked = panels.ask(opens_on=trying.ISLAND)

if asked:
    seen = association.seen_now(memory, asked)
    association.verdict(seen)
    graph = graphs.graph(seen, asked.query or "")
    plot(graph, "graph", graphs.graph_words(seen), on_pick=controls.choose)
    association.gamma(seen)
    association.why(asked, seen)
    association.lists(seen)
    trying.presets()
    association.maths(asked)
    chain = panel.chain_of(memory, asked)
    if chain:
        trace, followed = chain
        way = figures.way(followed, st.session_state.pick)
        left, right = st.columns(2, gap="large")
        with left:
            st.markdown("**By links**")
            plot(way, "way", figures.way_words(followed), on_pick=controls.choose)
            st.caption(
                panel.nothing(followed)
                or "Beside the line: the cosine of the code that came out to the stored one. ○ the runner-up."
            )
        with right:
            st.markdown("**By nearest neighbour**")
            other = figures.nearest_way(followed, st.session_state.pick)
            plot(other, "nearest", figures.nearest_words(followed), on_pick=controls.choose)
            panel.nearest(followed)
        chain_making.presets()
        panel.ledger(followed)
        stored = association.by_codes(memory, trace)
        chain_making.builder(memory, trace)
        panel.maths(trace)
        panels.footnote(memory, trace, graph=graph, way=way, nearest=other, **stored)
