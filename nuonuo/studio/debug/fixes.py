"""What would fix a recall: each change tried on a copy, with what else it changes, applied with one click."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import streamlit as st

from nuonuo.debug import fixes, proposals
from nuonuo.debug.fixes import Fix
from nuonuo.debug.proposals import Proposal
from nuonuo.files.questions import Question
from nuonuo.studio.debug.panel import Looked
from nuonuo.studio.shell import fixing, known, sets
from nuonuo.studio.shell.fixing import MANY
from nuonuo.studio.shell.words import ordinal, quoted, typed

LONG = 1_000  # questions of a set from which fixes are tried only when asked for
NAMED = 20  # questions that change, listed by name


@dataclass(eq=False)
class Tried:
    """What was tried for one recall."""

    what: fixing.WHAT
    stored: tuple  # the bank's rows and its whitening then; compared by identity
    saved: tuple[Question, ...]
    fixes: list[Fix]
    own: dict[tuple[str, str], Fix | None] = field(default_factory=dict)  # by kind and the visitor's words


def show(case: Looked) -> None:
    """What fixes this recall, what helps in part, and the visitor's own words."""
    if not case.said:
        st.caption(
            "When it is said which memory is expected, changes that may fix the recall are tried and offered here."
        )
        return
    if not case.found.causes:
        st.caption("Nothing: the expected memory was recalled.")
        return
    done = _tried(case)
    if done is None:
        return
    whole, partial = ([fix for fix in done.fixes if fix.whole is kind] for kind in (True, False))
    for number, fix in enumerate(whole):
        _row(case, fix, f"fix-{number}", done.saved, first=number == 0)
    if not whole and case.found.expected is not None:
        st.markdown("No change tried here fixes it.")
    if partial:
        with st.expander(f"Helps in part ({len(partial)})", expanded=not whole):
            for number, fix in enumerate(partial):
                _row(case, fix, f"part-{number}", done.saved)
    if case.found.expected is None:
        _never_stored(case, done)
    else:
        _own_words(case, done, case.found.expected)


def _tried(case: Looked) -> Tried | None:
    """What was tried for this recall: kept until it, its bank or its set is another; None until a big one is asked.

    What a triage found for it already is shown without a search.
    """
    s, saved = st.session_state, sets.askable(case.memory)
    what, stored = fixing.what(case.question, case.asking), fixing.stored(case.memory)
    tried: Tried | None = s.get("debug_tried")
    if tried and (tried.what, tried.saved) == (what, saved) and fixing.unchanged(tried.stored, stored):
        return tried
    known_fix = fixing.kept(case.memory, case.question, case.asking)
    found = known_fix.fix if known_fix else None
    big = len(case.memory) > MANY or len(saved) > LONG
    if found or big:
        again = f", and the {len(saved):,} saved questions are asked again" if saved else ""
        asked = st.button("Try every change" if found else "Find what fixes it", type="primary", key="find_fixes")
        st.caption(f"Each change is tried on a copy of {len(case.memory):,} memories{again}.")
        if not asked:
            return Tried(what, stored, (), [found]) if found else None
    with st.spinner("Trying each change on a copy of the bank"):
        made = fixes.fixes(case.memory, case.trace, case.question, case.found, saved)
    s.debug_tried = Tried(what, stored, saved, made)
    return s.debug_tried


def _row(case: Looked, fix: Fix, key: str, saved: Sequence[Question], first: bool = False) -> None:
    """One change: what it does, what else it changes, and its button."""
    with st.container(border=True, key=f"row-{key}"):
        st.markdown(f"**{typed(fix.words)}**")
        st.markdown(_outcome(case, fix))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Apply", key, type="primary" if first else "secondary", on_click=fixing.apply, args=(fix, _before(case))
            )
            _changed(fix, len([q for q in saved if q.query != case.question.query]))


def _outcome(case: Looked, fix: Fix) -> str:
    """What the recall was and would be: verdict, place and weight."""
    after = ordinal(fix.rank) if fix.rank else "not stored"
    parts = [f"{case.place} → {after}" if case.place != after else f"{after} as before"]
    parts.append(f"p {case.found.weight:.2f} → {fix.weight:.2f}")
    return " · ".join(parts) + ("" if fix.whole else f" · what remains: {fix.left}")


def _changed(fix: Fix, others: int) -> None:
    """What else a change does among the saved questions."""
    if not others:
        return
    if fix.held and (fix.held.gain or fix.held.low or fix.held.high):
        st.caption(f"On others: {fix.held}.".replace("-", "−"))
    if not fix.fixed and not fix.broke:
        st.caption(f"Changes none of the other saved questions ({others:,}).")
        return
    counts = [(name, some) for name, some in (("fixes", fix.fixed), ("breaks", fix.broke)) if some]
    with st.popover(
        ", ".join(f"{name} {len(some)}" for name, some in counts) + f" of {others:,} saved question{'s' * (others > 1)}"
    ):
        for name, some in counts:
            st.markdown(f"It {name}:\n" + "\n".join(f"- {quoted(query)}" for query in some[:NAMED]))
            if len(some) > NAMED:
                st.caption(f"and {len(some) - NAMED:,} more")


def _own_words(case: Looked, done: Tried, expected: int) -> None:
    """Another way to ask for the expected memory, tried like any change."""
    with st.expander("In your own words"):
        if case.memory.encoder is None:
            st.caption(f"{known.NO_ENCODER}: words of your own have no embedding.")
            return
        with st.form("own_words", border=False):
            text = st.text_input("Another cue for the expected memory", placeholder="How you would ask for it")
            st.form_submit_button("Try it")
        if text := text.strip():
            _try_own(case, done, text, proposals.teaching(case.asking, case.question, expected, text))


def _never_stored(case: Looked, done: Tried) -> None:
    """What should have come back and is not stored: it can be stored with the question as its cue."""
    if case.memory.encoder is None:
        st.caption(f"{known.NO_ENCODER}: what it lacks comes into it by a file, with its embedding.")
        return
    with st.form("never_stored", border=False):
        text = st.text_input("What should it have recalled?", placeholder="The answer to the question").strip()
        st.form_submit_button("Try it")
    if not text:
        return
    question = replace(case.question, ids=(), texts=(text,))
    if question.meant(case.memory) - {-1}:
        st.markdown(f"{quoted(text)} is stored already: choose that memory above.")
    else:
        for one in proposals.storing(case.memory, case.asking, question, text):
            _try_own(replace(case, question=question), done, text, one)


def _try_own(case: Looked, done: Tried, text: str, proposal: Proposal) -> None:
    what = (proposal.kind, text)
    if what not in done.own:
        done.own[what] = fixes.run(case.memory, case.asking, case.question, case.found, proposal, done.saved)
    if fix := done.own[what]:
        _row(case, fix, f"own-{fix.kind}", done.saved, first=not done.fixes)
    else:
        st.markdown(f"{quoted(text)} was tried on a copy and does not help.")


def _before(case: Looked) -> str:
    """What the recall was before a change, to be said after it."""
    return f"it was {case.place}, with p = {case.found.weight:.2f}" if case.found.rank else "it was not stored"
