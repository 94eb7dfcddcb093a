"""The report of a bank: what of its texts no query can find, or finds twice; made when it is asked for."""

import streamlit as st

from nuonuo import Memory
from nuonuo.debug.report import Finding, Report, report
from nuonuo.memory.remaining import Remaining
from nuonuo.studio.shell.fixing import stored, unchanged
from nuonuo.studio.shell.words import counted, quoted, typed


def show(memory: Memory) -> None:
    """The button that looks, and what was found in these very memories."""
    if not len(memory):
        return
    with st.expander("Check these memories", key="report_open"):
        st.markdown(
            "Texts that no query can find, or that it finds twice: cut short by the encoder, unknown to it, copies, "
            "near-duplicates, stubs and boilerplate."
        )
        s, now = st.session_state, stored(memory)
        if st.button("Check", key="report"):
            place, left = st.empty(), Remaining()

            def tell(done: int, total: int) -> None:
                left(done, total)
                place.progress(done / max(total, 1), left.after(f"{done:,} of {total:,} compared"))

            s.report = (now, report(memory, tell))
            place.empty()
        kept = s.get("report")
        if kept and unchanged(kept[0], now):
            _found(kept[1])


def _found(found: Report) -> None:
    tongues = ", ".join(f"{name} {share:.0%}" for name, share in found.tongues[:4])
    st.markdown(f"**{counted(found.memories, 'memory', 'memories')}**: {typed(tongues)}.")
    if not found.findings:
        st.markdown("Nothing was found that would keep a memory from a query.")
    for one in found.findings:
        _one(one)


def _one(one: Finding) -> None:
    st.markdown(f"**{one.name.capitalize()}: {one.memories:,}** ({one.share:.0%}). {typed(one.said)}")
    st.caption("; ".join(f"memory {i}, {quoted(text, 80)}" for i, text in one.examples))
