"""Two who edit one memory: an edit is made on the row that was seen, and both are shown if another is stored."""

from dataclasses import asdict, dataclass, replace

import numpy as np
import streamlit as st

from nuonuo import Memory
from nuonuo.memory.records import About, Record
from nuonuo.memory.store import Conflict
from nuonuo.studio.memories import undoing
from nuonuo.studio.shell import banks, faults
from nuonuo.studio.shell.words import quoted


@dataclass(frozen=True)
class Texts:
    """What of a memory can be edited."""

    cues: tuple[str, ...]
    target: str
    about: About

    def __str__(self) -> str:
        origin = [f"{name}: {value}" for name, value in asdict(self.about).items() if value is not None]
        return "\n".join((*self.cues, f"→ {self.target}", *origin))


@dataclass(frozen=True)
class Clash:
    """An edit that was not stored."""

    bank: str
    mine: Texts
    opened: Record  # what it was made on


def texts(row: Record) -> Texts:
    """The texts and the origin of a stored memory."""
    return Texts(tuple(row.cues), row.target, row.about)


def is_stored(memory: Memory, row: Record) -> bool:
    """Whether a bank holds a memory just as it was seen: its texts, embeddings and origin."""
    if row.id not in memory:
        return False
    now = memory.get(row.id)
    return texts(now) == texts(row) and all(
        np.array_equal(one, other)
        for one, other in ((now.embedding, row.embedding), (now.cue_embeddings, row.cue_embeddings))
    )


def change(seen: Record, mine: Texts) -> bool:
    """Store an edit that was made on the row that was seen; False, storing nothing, if that is not stored any more.

    Links drawn meanwhile stay. Raises ValueError for a new text where there is no encoder, or what cannot be stored.
    """
    memory = banks.changeable()
    memory.refresh()
    if not is_stored(memory, seen):
        return False
    before = memory.get(seen.id)
    try:
        after = memory.change(seen.id, mine.cues[0], mine.target, mine.cues[1:], before.version, mine.about)
    except Conflict:
        return False
    undoing.keep(before, after, f"Changed {quoted(before.cues[0])}", links=False)
    return True


def current() -> Clash | None:
    """The clash in the chosen bank that is still to be settled."""
    clash = st.session_state.get("clash")
    return clash if clash and clash.bank == st.session_state.bank else None


def ask(clash: Clash) -> None:
    """Show both texts and ask which stay."""
    memory = banks.current()
    now = memory.get(clash.opened.id) if clash.opened.id in memory else None
    st.warning("This memory was changed elsewhere after you opened it here, so nothing was saved. Which texts stay?")
    left, right = st.columns(2)
    left.caption("Yours")
    left.text(str(clash.mine))
    right.caption("Stored now")
    right.text("It is no longer stored." if now is None else str(texts(now)))
    left.button("Overwrite with yours", on_click=_overwrite, args=(clash, now), width="stretch")
    right.button("Keep what is stored", on_click=_settle, width="stretch")
    if wrong := st.session_state.pop("clash_wrong", None):
        st.warning(f"Nothing was changed: {faults.said(wrong)}.")


def _overwrite(clash: Clash, shown: Record | None) -> None:
    """Store one's own texts in place of those that were shown; the clash stays if they have changed once more."""
    s = st.session_state
    back = clash.opened if shown is None else replace(clash.opened, version=shown.version, ties=shown.ties)
    try:
        memory = banks.changeable()
        memory.refresh()
        if (shown is None and clash.opened.id in memory) or (shown is not None and not is_stored(memory, shown)):
            return
        with memory.alone():  # both or neither
            memory.put_back([back])  # its texts have embeddings of their own
            memory.change(back.id, clash.mine.cues[0], clash.mine.target, clash.mine.cues[1:], about=clash.mine.about)
    except ValueError as reason:  # a new text where there is no encoder, or a file that cannot be written
        s.clash_wrong = str(reason)
        return
    s.saved = True
    _settle()


def _settle() -> None:
    """Go on with what is stored."""
    st.session_state.pop("clash", None)
    st.session_state.pop("edited", None)
