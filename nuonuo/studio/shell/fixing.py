"""A fix that was run on a copy, applied with one click and taken back with one: Start and Debug share it."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from nuonuo import Memory, Trace
from nuonuo.debug import fixes
from nuonuo.debug.diagnosis import Diagnosis
from nuonuo.debug.fixes import Fix, Undo
from nuonuo.files.questions import Question
from nuonuo.maths.association import SEPARATIONS
from nuonuo.memory.asking import Asking
from nuonuo.studio.shell import banks, state
from nuonuo.studio.shell.fields import FIELDS
from nuonuo.studio.shell.words import quoted, typed

MANY = 5_000  # memories of a bank from which fixes are searched only when asked for
WHAT = tuple[str, tuple[int, ...], tuple[str, ...], Asking]


@dataclass(frozen=True, eq=False)
class Found:
    """The first fix of one recall, kept until the bank, the query or a setting is another."""

    what: WHAT
    stored: tuple  # the bank's rows and its whitening; compared by identity
    fix: Fix | None


@dataclass(frozen=True, eq=False)
class Applied:
    """A change that was made, and the way back."""

    bank: str
    q: str
    words: str
    before: str
    settings: dict[str, Any]  # the shared values it changed, as they were
    undo: Undo | None  # of the bank


def what(question: Question, asking: Asking) -> WHAT:
    """What tells one recall of a bank from another."""
    return question.query, question.ids, question.texts, asking


def stored(memory: Memory) -> tuple:
    """The bank's rows and its whitening, to be held against those of another moment by `unchanged`."""
    return (*memory, memory.bank.whitening)


def unchanged(then: tuple, now: tuple) -> bool:
    """Whether a bank holds the very same rows."""
    return len(then) == len(now) and all(a is b for a, b in zip(then, now, strict=True))


def keep(memory: Memory, question: Question, asking: Asking, fix: Fix) -> None:
    """Keep a fix that a triage found, so that Debug does not search for it again."""
    st.session_state.triage_fix = Found(what(question, asking), stored(memory), fix)


def kept(memory: Memory, question: Question, asking: Asking, shelf: str = "triage_fix") -> Found | None:
    """The fix of this recall that was found already, by a triage if no other shelf is named."""
    one: Found | None = st.session_state.get(shelf)
    same = one and one.what == what(question, asking) and unchanged(one.stored, stored(memory))
    return one if same else None


def first(memory: Memory, trace: Trace, question: Question, found: Diagnosis) -> Fix | None:
    """The first fix of a recall, searched once."""
    one = kept(memory, question, trace.asking, "first_fix")
    if one is None:
        with st.spinner("Trying each change on a copy of the bank"):
            fix = fixes.first(memory, trace, question, found)
        one = st.session_state.first_fix = Found(what(question, trace.asking), stored(memory), fix)
    return one.fix


def as_state(asking: Asking) -> dict[str, Any]:
    """The shared values that ask so; not all of them need be in the range of their controls."""
    a, noise = asking, asking.noise
    values: dict[str, Any] = {
        "k": a.k,
        "beta": float(a.beta),
        "steps": a.steps,
        "whiten": a.whitened,
        "debug_hops": a.hops,
    }
    values |= {"sigma": float(noise.sigma), "drop": float(noise.drop), "seed": noise.seed}
    values |= {
        "words": float(a.words),
        "links": float(a.links),
        "spread": float(a.spread),
        "relations": list(a.relations),
    }
    names = {str(phi): name for name, phi in SEPARATIONS.items()}
    return values | ({"sep": names.get(a.separation, a.separation)} if a.hops else {})


def beyond(values: dict[str, Any]) -> list[str]:
    """The names of values that no control can be set to."""
    wrong = []
    for name, value in values.items():
        try:
            FIELDS[name].read(state.written(value))
        except ValueError:
            wrong.append(name)
    return wrong


def apply(fix: Fix, before: str) -> None:
    """Change settings and bank as a fix says; for callbacks. before: what the recall was, in words."""
    s = st.session_state
    values = as_state(fix.asking) if fix.change is None else {}
    settings = {name: s[name] for name, value in values.items() if s[name] != value}
    try:
        made = fixes.apply(banks.changeable(), fix.change) if fix.change else None
    except ValueError as reason:
        s.notices.append(f"It was not applied: {reason}.")
        return
    s.update({name: values[name] for name in settings})
    if fix.kind == "store" and made:
        settings["want"], s.want = s.want, made.added[0]
    s.setdefault("applied", []).append(
        Applied(s.bank if made else banks.root(), s.q, fix.words, before, settings, made)
    )


def applied() -> bool:
    """What was changed last in this bank or for this query, and one button that takes it back; whether there is one."""
    last = _last()
    if last is None:
        return False
    with st.container(horizontal=True, vertical_alignment="center", key="applied"):
        st.button("Undo", key="undo", on_click=_take_back, args=(last,))
        copy = last.undo and banks.is_sample()
        about = "" if last.q == st.session_state.q else f" for {quoted(last.q)}"
        st.caption(
            f"Applied{about}: {typed(last.words)}. Before, {last.before}."
            + (" Only your own copy of the sample was changed; the *Memories* page can keep it." if copy else "")
        )
    return True


def _last() -> Applied | None:
    """The latest change that can be taken back here: of this bank, or of the settings this query is asked with."""
    s = st.session_state
    bank = banks.root()  # a change of settings is taken back in the sample and in its changed copy
    mine = [one for one in s.get("applied", []) if (one.bank == s.bank if one.undo else one.q == s.q)]
    mine = [one for one in mine if one.undo or one.bank == bank]
    return mine[-1] if mine else None


def _take_back(last: Applied) -> None:
    s = st.session_state
    if last.undo:
        try:
            fixes.undo(banks.changeable(), last.undo)
        except ValueError as reason:
            s.notices.append(f"Nothing was taken back: {reason}.")
            return
    s.applied = [one for one in s.applied if one is not last]
    if last.q == s.q:
        s.update(last.settings)
