"""The last part of the codes page: which memories share units with a chosen one, and codes as a search."""

from collections.abc import Sequence

import streamlit as st
import torch

from nuonuo import Memory, Trace
from nuonuo.explain.codes import raster as coding
from nuonuo.figures import codes as figures
from nuonuo.memory.bank import Bank
from nuonuo.studio.shell import linking
from nuonuo.studio.shell.plot import plot
from nuonuo.studio.shell.words import one_line, quoted


def inspector(memory: Memory, trace: Trace) -> None:
    """Which memories share units with a chosen one, and on which units; with the bank's own codes."""
    st.subheader("Which memories collide with it?")
    chosen = choose(memory, trace)
    if not linking.ready(memory, trace.asking.whitened):
        return
    bank = memory.bank if trace.asking.whitened else memory.bank.unwhitened()
    found = coding.collisions(bank, chosen)
    _collision_words(memory, found)
    if found.others:
        ids = [found.id, *(c.id for c in found.others)]
        plot(
            figures.collision_lines(found),
            "collisions",
            figures.collision_words(found),
            on_pick=lambda pick: pick_line(pick, ids),
        )
        with st.expander("The units by number"):
            st.dataframe(_table(found), hide_index=True)
    _search_words(bank, trace)


def choose(memory: Memory, trace: Trace) -> int:
    """The memory looked at: the one picked on any page, else the one ranked first."""
    s = st.session_state
    if s.pick is not None and s.pick not in memory:
        s.pick = None
    names: dict[int, str] = {c.id: one_line(c.cue) for c in trace.candidates}
    if s.pick is not None:
        names.setdefault(s.pick, one_line(memory.get(s.pick).cues[0]))
    st.selectbox(
        "Memory",
        list(names),
        format_func=lambda i: names[i],
        key="pick",
        placeholder=f"ranked first: {one_line(trace.answer.cue)}",
    )
    return trace.answer.id if s.pick is None else s.pick


def pick_line(pick: dict, ids: Sequence[int | None]) -> None:
    """Take the memory of a clicked line for the one looked at."""
    row = pick["points"][0]["point"][0] // 2
    if row < len(ids) and ids[row] is not None:
        st.session_state.pick = ids[row]


def _collision_words(memory: Memory, found: coding.Collisions) -> None:
    some, others = int(found.count[1:].sum()), int(found.count.sum())
    if not others:
        st.markdown("It is the only memory here: nothing can collide with it.")
        return
    busiest = int(found.usage.argmax())
    st.markdown(
        f"{quoted(found.text)} shares at least one of its {len(found.units)} units with **{some:,}** of {others:,} "
        f"other cues; by chance two codes share {found.chance:.2g}. Its busiest unit, "
        f"{int(found.units[busiest]):,}, serves {int(found.usage[busiest]):,} cues."
    )


def _table(found: coding.Collisions) -> dict[str, list]:
    return {
        "memory": [c.text for c in found.others],
        "shared": [len(c.units) for c in found.others],
        "cosine": [round(c.cosine, 3) for c in found.others],
        "units": [", ".join(map(str, c.units)) for c in found.others],
    }


def _search_words(bank: Bank, trace: Trace) -> None:
    """Codes as a search, beside plain nearest neighbour."""
    asked, settled = coding.search(bank, torch.stack([trace.key, trace.xi[-1]]))
    st.markdown(
        f"**Codes as a search.** The query's code is closest to that of {quoted(asked.text)} ({asked.shared} shared "
        f"units), the code of the last state to {quoted(settled.text)} ({settled.shared}). **Plain nearest neighbour** "
        f"finds {quoted(trace.nearest.cue)} (cosine {trace.nearest.cosine:.2f}): for search alone, cosine needs no "
        "codes. Codes are for links: memories that share few units can keep many links in one memory."
    )
