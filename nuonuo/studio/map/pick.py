"""Beside the map: the memory looked at, its true neighbours, and what can be done with it."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from nuonuo import Memory
from nuonuo.explain.map.view import Picked, View
from nuonuo.studio.memories import editing
from nuonuo.studio.shell import banks, state
from nuonuo.studio.shell.words import one_line, ordinal, quoted

SHOWN = 8  # true neighbours listed
LISTED = 200  # memories of a lasso listed


def take(pick: dict) -> None:
    """A clicked dot becomes the memory looked at, everywhere; a lasso makes a list."""
    ids = [point["customdata"] for point in pick["points"] if point["customdata"] is not None]
    s = st.session_state
    if pick["kind"] == "click" or len(ids) == 1:
        s.update(pick=ids[0] if ids else s.pick)
    elif ids:
        s.map_lasso = (banks.root(), sorted(set(ids)))


def looked_at(memory: Memory, view: View) -> None:
    """The memory looked at: its text, its true neighbours, and what can be done with it."""
    editing.offer_return()
    _lassoed(memory)
    if view.picked:
        _picked(memory, view, view.picked)
    elif view.asked:
        asked = view.asked
        _neighbours("candidate", [one_line(cue) for cue in asked.cues], "p", asked.weight, asked.place)
    st.caption("Click a dot to read it. The lasso above the map takes several.")


def _picked(memory: Memory, view: View, picked: Picked) -> None:
    row = memory.get(int(view.ids[picked.row]))
    st.markdown(f"**{quoted(row.cues[0], 300)}** brings back {quoted(row.target, 600)}")
    with st.container(horizontal=True):
        st.button("Make this the question", on_click=state.ask, args=(row.cues[0], row.id))
        st.button("Forget", on_click=_forget, args=(row.id,))
    near = quoted(memory.get(int(view.ids[picked.nearest])).cues[0], 80)
    only = f"only its {ordinal(picked.nearest_rank)} nearest" if picked.nearest_rank > 1 else "its nearest"
    st.markdown(f"The dot beside it, {near}, is in truth {only}.")
    texts = [one_line(memory.get(int(i)).cues[0]) for i in view.ids[picked.neighbours]]
    _neighbours("truly nearest", texts, "similarity", picked.similarity, picked.place)


def _neighbours(what: str, texts: Sequence[str], measure: str, values: np.ndarray, place: np.ndarray) -> None:
    """Candidates by rank or true neighbours, nearest first, and what the map makes of them."""
    st.dataframe(
        {what: list(texts)[:SHOWN], measure: values[:SHOWN], "on map": place[:SHOWN]},
        hide_index=True,
        height=38 + 35 * min(SHOWN, len(texts)),
        column_config={
            what: st.column_config.TextColumn(width=230),
            measure: st.column_config.NumberColumn(width=70, format="%.2f"),
            "on map": st.column_config.NumberColumn(width=65, help="Place among the dots around; 1 is the nearest."),
        },
    )


def _lassoed(memory: Memory) -> None:
    """The memories inside the lasso, to pick one of them."""
    (bank, ids), stored = st.session_state.get("map_lasso", (None, ())), memory.bank.rows
    rows = [stored[i] for i in ids if i in stored] if bank == banks.root() else []
    if not rows:
        return
    most = rows[:LISTED]
    first = f", the first {len(most)} here" if len(rows) > len(most) else ""
    st.markdown(f"**{len(rows):,} memories in the lasso**{first}. Choose one to look at it.")
    event = st.dataframe(
        {"cue": [one_line(r.cues[0]) for r in most], "brings back": [one_line(r.target) for r in most]},
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=min(250, 40 + 35 * len(most)),
        key=f"map_list-{hash(tuple(ids))}",
    )
    st.button("Let the lasso go", on_click=st.session_state.pop, args=("map_lasso",))
    for i in event["selection"]["rows"]:
        if st.session_state.pick != most[i].id:
            st.session_state.pick = most[i].id
            st.rerun()


@state.told
def _forget(memory: int) -> None:
    s, bank = st.session_state, banks.changeable()
    s.forgotten = (banks.shown(), bank.get(memory))
    bank.forget(memory)
    s.pick = None
