"""What ranks the candidates: their three terms as stacked bars, and what is to say where a term brings nothing."""

from collections.abc import Callable, Collection, Sequence

import plotly.graph_objects as go
import streamlit as st

from nuonuo import Memory, Trace
from nuonuo.figures import terms as figures
from nuonuo.figures.terms import Row
from nuonuo.studio.shell.plot import plot


def show(
    memory: Memory,
    trace: Trace,
    right: Collection[int] = (),
    rows: Sequence[Row] = (),
    on_pick: Callable[[dict], None] | None = None,
) -> go.Figure:
    """Draw the terms of the first candidates and the expected ones, or of the given rows; the figure.

    right: ids of the memories that are expected.
    """
    shown = list(rows) or figures.rows_of(trace, right)
    fig = figures.stacked(shown, right)
    plot(fig, "terms", figures.stacked_words(shown, right), on_pick=on_pick)
    st.caption(" ".join(notes(memory, trace)))
    return fig


def notes(memory: Memory, trace: Trace) -> list[str]:
    """Sentences on how the ranking is made here, and on each term that brings nothing."""
    said = ["Candidates are ranked by score S; the first by meaning and words stays in front."] if trace.held else []
    return [*said, *_search(trace), *_words(trace), *_links(memory, trace)] or ["Candidates are ranked by score S."]


def _search(trace: Trace) -> list[str]:
    """That not all cues were compared in full, if so."""
    if trace.terms.exact:
        return []
    return [
        f"Of {trace.bank.cues:,} cues only the two thousand were compared in full that a product quantiser (FAISS, 4 "
        "bits for two numbers) put first, for candidates and nearest neighbour alike: a near one may be missed."
    ]


def _words(trace: Trace) -> list[str]:
    """Why words bring nothing, if so."""
    if not trace.asking.words:
        return ["Words are off (w = 0)."]
    if trace.lexical is None:
        why = "No word of the query stands in a cue" if trace.query else "The query has no text"
        return [f"{why}: words bring nothing."]
    if not any(c.words for c in trace.candidates):
        return ["No candidate shares a word with the query."]
    return []


def _links(memory: Memory, trace: Trace) -> list[str]:
    """Why links bring nothing, if so."""
    asking = trace.asking
    if not asking.links:
        return ["Links are off (γ = 0)."]
    if not trace.terms.links:
        stored = len(memory.bank.reading.relations)
        return ["All links that this bank has are switched off." if stored else "No memory of this bank is linked."]
    if not any(c.association for c in trace.candidates):
        return [f"None of the {trace.terms.links:,} links leads from the best memories to a candidate."]
    return []
