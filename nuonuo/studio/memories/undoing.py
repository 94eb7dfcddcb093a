"""Changes made on the memories page, and the way back from the last one.

What else was changed since, here or elsewhere, stays; a change whose own part was changed again is not taken back.
"""

from dataclasses import dataclass, replace

import streamlit as st

from nuonuo.memory.opening import Busy
from nuonuo.memory.records import Record
from nuonuo.studio.shell import banks, faults


@dataclass(frozen=True, eq=False)
class Step:
    """A change of one memory."""

    bank: str
    before: Record
    after: Record
    words: str  # what was done, as Markdown without its full stop
    links: bool  # whether it was one of links


def undone(before: Record, after: Record, now: Record) -> Record:
    """A stored memory with what a change made of it as it was before; all else stays.

    Raises ValueError if that part of it is not as the change left it.
    """
    back = now
    for part in (("cues", "target"), ("about",), ("ties",)):
        old, new, stored = (tuple(getattr(row, name) for name in part) for row in (before, after, now))
        if old == new:
            continue
        if stored != new:
            raise ValueError(f"memory {now.id} was changed again meanwhile")
        names = (*part, "cue_vectors", "target_vector") if "cues" in part else part
        back = replace(back, **{name: getattr(before, name) for name in names})
    return back


def keep(before: Record, after: Record, words: str, links: bool) -> None:
    """Keep the way back from a change that was just made in the chosen bank."""
    s = st.session_state
    s.setdefault("steps_back", []).append(Step(banks.shown(), before, after, words, links))
    if links and "edited" in s:
        s.edited = (banks.shown(), s.edited[1])  # what is typed in the open form stays, in a changed sample too


def offer(links: bool) -> None:
    """Say what was changed last, if that was of links or if not, with one button that takes it back."""
    s = st.session_state
    mine = [step for step in s.get("steps_back", []) if step.bank == s.bank]
    if wrong := s.pop(f"not_undone_{links}", None):
        st.warning(f"Nothing was taken back: {faults.said(wrong)}.")
    if not mine or mine[-1].links != links:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Undo", key="undo_step", on_click=_take_back, args=(mine[-1],))
        st.caption(f"{mine[-1].words}.")


def _take_back(step: Step) -> None:
    s = st.session_state
    try:
        memory = banks.changeable()
        with memory.alone():
            if step.before.id not in memory:
                raise ValueError("the memory was forgotten meanwhile")
            memory.put_back([undone(step.before, step.after, memory.get(step.before.id))])
    except Busy as reason:  # it can be tried again
        s[f"not_undone_{step.links}"] = str(reason)
        return
    except ValueError as reason:
        s[f"not_undone_{step.links}"] = str(reason)
        s.steps_back = [one for one in s.steps_back if one is not step]
        return
    s.steps_back = [one for one in s.steps_back if one is not step]
    if not step.links:
        s.pop("edited", None)
