"""Adding, editing and forgetting memories."""

import streamlit as st

from nuonuo import Memory
from nuonuo.memory.records import LONGEST, About, Record
from nuonuo.studio.memories import clashes, origin, undoing
from nuonuo.studio.memories.clashes import Clash, Texts, texts
from nuonuo.studio.shell import banks, faults, known
from nuonuo.studio.shell.words import quoted

SHOWN = 1_000  # rows of the table at once; the filter reaches the rest
LEFT_OUT = "A further text that should bring this memory back. A cue that is emptied is left out."


def add_form(memory: Memory) -> None:
    """Two fields that make a memory."""
    s = st.session_state
    if memory.encoder is None:
        st.caption(f"{known.NO_ENCODER}: a memory comes into it by a file, with its embedding.")
        return
    if note := s.pop("added", None):
        st.success(note)
    if s.pop("clear_new", False):
        s.new_cue = s.new_target = ""
    with st.form("add", border=False):
        left, right = st.columns(2)
        cue = left.text_input("What should bring it back", placeholder="Where is the spare key?", key="new_cue")
        target = right.text_input(
            "What it should bring back", placeholder="Under the blue flowerpot.", key="new_target"
        )
        if st.form_submit_button("Remember"):
            if not cue.strip():
                st.warning("A memory needs a text that should bring it back; the first field is blank.")
                return
            try:
                banks.changeable().add(cue.strip(), target.strip() or None)
            except ValueError as reason:
                st.warning(f"Nothing was stored: {faults.said(reason)}.")  # what was typed stays
                return
            s.clear_new = True
            count = len(banks.current())
            if count > 1:  # the first one fills the page: no need to say so
                s.added = f"Remembered {quoted(cue)}. The bank holds {count:,} memories now."
            st.rerun()


def table(memory: Memory) -> None:
    """The memories that hold a word, one pickable."""
    word = st.text_input("Filter", placeholder="A word in a cue or target", key="filter").strip().casefold()
    rows = [r for r in memory if word in " ".join((*r.cues, r.target)).casefold()]
    if not rows:
        st.info(
            f"No memory holds {quoted(word)}." if word else "This bank is empty. Add a memory below, or import a file."
        )
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
    """The picked memory's texts and origin, each in a field of its own, to be saved or forgotten."""
    offer_return()
    if clashes.current():
        return
    opened = _opened(memory)
    if opened is None:
        st.caption("Pick a row of the table to change or forget that memory.")
        return
    if memory.encoder is None:
        st.caption(f"{known.NO_ENCODER}: texts can be left out or exchanged, but a new one has no embedding.")
    if not clashes.is_stored(memory, opened):
        st.warning("This memory was changed elsewhere since you opened it here; saving will show both texts.")
    with st.form(_key("form")):
        cues = [
            kept(text, st.text_area(f"Cue {i}" if i > 1 else "Cue", text, key=_key(f"cue-{i}"), height="content"))
            for i, text in enumerate(opened.cues, 1)
        ]
        cues.append(st.text_area("Another cue", key=_key("another"), height="content", help=LEFT_OUT))
        target = kept(opened.target, st.text_area("Target", opened.target, key=_key("target"), height="content"))
        about = origin.fields(opened.about, _key)
        save, forget = st.columns(2)
        if save.form_submit_button("Save", width="stretch"):
            _save(opened, cues, target, about)
        if forget.form_submit_button("Forget this memory", width="stretch"):
            _forget(opened)


def kept(stored: str, typed: str) -> str:
    """A field's text; the stored one if they differ by line ends only, which a browser makes alike."""
    return stored if _lines(stored) == _lines(typed) else typed


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _key(part: str) -> str:
    """Of a field of the open form; another form has other keys, so that it begins with what is stored."""
    return f"edit-{st.session_state.get('edits', 0)}-{part}"


def _opened(memory: Memory) -> Record | None:
    """The row that the open form shows: as it was stored when its fields came on the screen. None: none is picked."""
    s = st.session_state
    bank, row = s.get("edited", (None, None))
    if row is not None and (bank, row.id) == (s.bank, s.pick) and _key("target") in s:
        return row
    if s.pick not in memory:
        return None
    s.edits = s.get("edits", 0) + 1
    s.edited = (s.bank, memory.get(s.pick))
    return s.edited[1]


def _save(opened: Record, cues: list[str], target: str, about: About) -> None:
    s = st.session_state
    if not cues[0].strip() or not target.strip():
        st.warning("A memory needs a cue and a target; one of them is blank, so nothing was changed.")
        return
    if max(map(len, (*cues, target))) > LONGEST:
        st.warning(f"Nothing was changed: a text may have at most {LONGEST:,} characters.")
        return
    mine = Texts(tuple(cue for cue in cues if cue.strip()), target, about)
    if mine == texts(opened):
        s.unchanged = True
        s.pop("edited")
        st.rerun()
    try:
        done = clashes.change(opened, mine)
    except ValueError as reason:  # a new text where there is no encoder, or a title too long
        st.warning(f"Nothing was changed: {faults.said(reason)}.")
        return
    if done:
        s.saved = True
        s.pop("edited")
    else:
        s.clash = Clash(s.bank, mine, opened)
    st.rerun()


def _forget(opened: Record) -> None:
    """Forget a memory; what was stored last can be brought back, whatever the form showed."""
    s = st.session_state
    try:
        memory = banks.changeable()
        if opened.id in memory:
            row = memory.get(opened.id)
            memory.forget(opened.id)
            s.forgotten = (banks.shown(), row)
    except ValueError as reason:
        st.warning(f"Nothing was forgotten: {faults.said(reason)}.")
        return
    s.pop("edited")
    st.rerun()


def offer_return() -> None:
    """Say what was just done, give the last forgotten memory a way back, and ask whose texts stay where two differ."""
    s = st.session_state
    if s.pop("saved", False):
        st.success("Saved.")
    if s.pop("unchanged", False):
        st.info("Nothing was changed.")
    undoing.offer(links=False)
    if clash := clashes.current():
        clashes.ask(clash)
    bank, row = s.get("forgotten", (None, None))
    if bank != s.bank:
        return
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.info(f"Forgot {quoted(row.cues[0])}.")
    if right.button("Bring it back", width="stretch"):
        try:
            memory = banks.changeable()
            if row.id not in memory:
                memory.put_back([row])
        except ValueError as reason:
            st.warning(f"Nothing was brought back: {faults.said(reason)}.")
            return
        if not clashes.is_stored(memory, row):
            s.clash = Clash(s.bank, texts(row), row)
        s.pick = row.id
        del s.forgotten
        st.rerun()
