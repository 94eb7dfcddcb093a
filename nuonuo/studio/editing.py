"""Adding, editing and forgetting memories."""

import streamlit as st

from nuonuo import Memory
from nuonuo.store import Row
from nuonuo.studio import banks, known
from nuonuo.studio.words import quoted, typed

SHOWN = 1_000  # rows of the table at once; the filter reaches the rest


def add_form(memory: Memory) -> None:
    """Two fields that make a memory."""
    s = st.session_state
    if memory.encoder is None:
        st.caption(f"{known.NO_ENCODER}: a memory comes into it by a file, with its embedding.")
        return
    if note := s.pop("added", None):
        st.success(note)
    with st.form("add", clear_on_submit=True, border=False):
        left, right = st.columns(2)
        cue = left.text_input("What should bring it back", placeholder="Where is the spare key?", key="new_cue")
        target = right.text_input(
            "What it should bring back", placeholder="Under the blue flowerpot.", key="new_target"
        )
        if st.form_submit_button("Remember"):
            if not cue.strip():
                st.warning("A memory needs a text that should bring it back; the first field is blank.")
                return
            banks.changeable().add(cue.strip(), target.strip() or None)
            count = len(banks.current())
            if count > 1:  # the first one fills the page: no need to say so
                s.added = f"Remembered {quoted(cue)}. The bank holds {count:,} memories now."
            st.rerun()


def table(memory: Memory) -> None:
    """The memories that hold a word, one pickable."""
    word = st.text_input("Filter", placeholder="A word in a cue or target", key="filter").strip().casefold()
    rows = [r for r in memory if word in " ".join((*r.cues, r.target)).casefold()]
    if not rows:
        st.info(f"No memory holds {word!r}." if word else "This bank is empty. Add a memory below, or import a file.")
        return
    if len(rows) > SHOWN:
        st.caption(f"The first {SHOWN:,} of {len(rows):,} are shown; the filter reaches the rest.")
    shown = rows[:SHOWN]
    event = st.dataframe(
        {
            "id": [r.id for r in shown],
            "cue": [r.cues[0] for r in shown],
            "target": [r.target for r in shown],
            "more cues": [" · ".join(r.cues[1:]) for r in shown],
        },
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"table-{st.session_state.bank}-{len(memory)}-{word}",
        column_config={"id": st.column_config.NumberColumn(width="small")},
        height=min(420, 40 + 35 * len(shown)),
    )
    picked = event["selection"]["rows"]
    if picked:
        st.session_state.pick = shown[picked[0]].id


def edit_form(memory: Memory) -> None:
    """The picked memory's texts, to be saved or forgotten."""
    s = st.session_state
    offer_return()
    if s.pick not in memory:
        st.caption("Pick a row of the table to change or forget that memory.")
        return
    row = memory.get(s.pick)
    if memory.encoder is None:
        st.caption(f"{known.NO_ENCODER}: texts can be left out or exchanged, but a new one has no embedding.")
    with st.form(f"edit-{row.id}"):
        cue = st.text_input("Cue", row.cues[0])
        target = st.text_input("Target", row.target)
        more = st.text_area("More cues, one a line", "\n".join(row.cues[1:]))
        save, forget = st.columns(2)
        if save.form_submit_button("Save", width="stretch"):
            _save(row, cue, target, more)
        if forget.form_submit_button("Forget this memory", width="stretch"):
            s.forgotten = (s.bank, row)
            banks.changeable().forget(row.id)
            st.rerun()


def _save(row: Row, cue: str, target: str, more: str) -> None:
    if not cue.strip() or not target.strip():
        st.warning("A memory needs a cue and a target; one of them is blank, so nothing was changed.")
        return
    cues = [line.strip() for line in more.splitlines() if line.strip()]
    try:
        banks.changeable().change(row.id, cue.strip(), target.strip(), cues)
    except ValueError as reason:  # a new text where there is no encoder
        st.warning(f"Nothing was changed: {typed(str(reason))}.")
        return
    st.session_state.saved = True
    st.rerun()


def offer_return() -> None:
    """Say what was just done, and give the last forgotten memory a way back."""
    s = st.session_state
    if s.pop("saved", False):
        st.success("Saved.")
    bank, row = s.get("forgotten", (None, None))
    if bank != s.bank:
        return
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.info(f"Forgot {quoted(row.cues[0])}.")
    if right.button("Bring it back", width="stretch"):
        banks.changeable().put_back([row])
        s.pick = row.id
        del s.forgotten
        st.rerun()
