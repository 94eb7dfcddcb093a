"""What would mend a recall: each change tried on a copy, applied with one click, and undone with one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from nuonuo.debug import fixes, proposals
from nuonuo.debug.asking import Asking
from nuonuo.debug.fixes import Fix, Undo
from nuonuo.debug.proposals import Proposal
from nuonuo.debug.queries import Question
from nuonuo.studio import banks, known, sets, state
from nuonuo.studio.debug_panel import Looked
from nuonuo.studio.hops_panel import SEPARATIONS
from nuonuo.studio.words import ordinal, quoted, typed

MANY, LONG = 5_000, 1_000  # memories of a bank and questions of a set from which fixes are tried only when asked for
NAMED = 20  # questions that change, listed by name


@dataclass(eq=False)
class Tried:
    """What was tried for one recall."""

    of: Looked
    stored: tuple  # the bank's rows and its whitening then; compared by identity
    saved: tuple[Question, ...]
    fixes: list[Fix]
    own: dict[str, Fix | None] = field(default_factory=dict)  # by the visitor's words


@dataclass(frozen=True, eq=False)
class Applied:
    """A change that was made, and the way back."""

    bank: str
    q: str
    words: str
    before: str
    settings: dict[str, Any]  # the shared values it changed, as they were
    undo: Undo | None  # of the bank


def as_state(asking: Asking) -> dict[str, Any]:
    """The shared values that ask so; not all of them need be in the range of their controls."""
    s, phi = asking.settings, asking.separation
    values = {"k": s.k, "beta": float(s.beta), "steps": s.steps, "whiten": asking.whitened, "debug_hops": asking.hops}
    values |= {"sigma": float(s.noise.sigma), "drop": float(s.noise.drop), "seed": s.noise.seed}
    return values | ({"sep": phi.name} if phi else {})


def beyond(values: dict[str, Any]) -> list[str]:
    """The names of values that no control can be set to."""
    wrong = []
    for name, value in values.items():
        try:
            state.FIELDS[name].read(str(value))
        except ValueError:
            wrong.append(name)
    return wrong


def show(case: Looked) -> None:
    """What mends this recall, what helps in part, and the visitor's own words."""
    if not case.said:
        st.caption("When it is said which memory was meant, changes that mend the recall are tried and offered here.")
        return
    if not case.found.causes:
        st.caption("Nothing: what was meant was recalled.")
        return
    done = _tried(case)
    if done is None:
        return
    whole, partial = ([fix for fix in done.fixes if fix.whole is kind] for kind in (True, False))
    for number, fix in enumerate(whole):
        _row(case, fix, f"fix-{number}", done.saved, first=number == 0)
    if not whole and case.found.wanted is not None:
        st.markdown("No change tried here mends it.")
    if partial:
        with st.expander(f"Helps in part ({len(partial)})", expanded=not whole):
            for number, fix in enumerate(partial):
                _row(case, fix, f"part-{number}", done.saved)
    if case.found.wanted is None:
        _never_stored(case, done)
    else:
        _own_words(case, done, case.found.wanted)


def _tried(case: Looked) -> Tried | None:
    """What was tried for this recall: kept until it, its bank or its set is another; None until a big one is asked."""
    s, saved = st.session_state, sets.askable(case.memory)
    stored = (*case.memory, case.memory.bank.whitening)
    kept: Tried | None = s.get("debug_tried")
    if kept and _same(kept, case, stored, saved):
        return kept
    big = len(case.memory) > MANY or len(saved) > LONG
    if big:
        again = f", and the {len(saved):,} saved questions are asked again" if saved else ""
        asked = st.button("Find what mends it", type="primary", key="find_fixes")
        st.caption(f"Each change is tried on a copy of {len(case.memory):,} memories{again}: that takes some seconds.")
        if not asked:
            return None
    with st.spinner("Trying each change on a copy of the bank"):
        s.debug_tried = Tried(case, stored, saved, _try_all(case, saved))
    return s.debug_tried


def _same(kept: Tried, case: Looked, stored: tuple, saved: tuple) -> bool:
    said = (kept.of.asking, kept.of.question, kept.saved) == (case.asking, case.question, saved)
    return said and len(kept.stored) == len(stored) and all(a is b for a, b in zip(kept.stored, stored, strict=True))


def _try_all(case: Looked, saved: Sequence[Question]) -> list[Fix]:
    """The fixes, whole ones first."""
    found = proposals.proposals(case.memory, case.asking, case.question, case.found)
    mine = map(_with_my_separation, found)
    tried = (fixes.run(case.memory, case.asking, case.question, case.found, one, saved) for one in mine)
    return sorted((fix for fix in tried if fix), key=lambda fix: not fix.whole)


def _with_my_separation(proposal: Proposal) -> Proposal:
    """The same proposal with the parameter that the app has for its separation: what is tried is what is applied."""
    phi = proposal.asking.separation
    mine = SEPARATIONS.get(phi.name) if phi else None
    if phi is None or mine is None or str(mine) == str(phi):
        return proposal
    words = proposal.words.replace(str(phi), str(mine))
    return replace(proposal, words=words, asking=replace(proposal.asking, separation=mine))


def _row(case: Looked, fix: Fix, key: str, saved: Sequence[Question], first: bool = False) -> None:
    """One change: what it does, what else it changes, and its button."""
    with st.container(border=True, key=f"row-{key}"):
        st.markdown(f"**{typed(fix.words)}**")
        st.markdown(_outcome(case, fix))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Apply", key, type="primary" if first else "secondary", on_click=_apply, args=(case, fix))
            _changed(fix, len([q for q in saved if q.query != case.asking.query]))


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
    if not fix.newly_right and not fix.newly_wrong:
        st.caption(f"Changes none of the other saved questions ({others:,}).")
        return
    counts = [(name, some) for name, some in (("mends", fix.newly_right), ("breaks", fix.newly_wrong)) if some]
    with st.popover(
        ", ".join(f"{name} {len(some)}" for name, some in counts) + f" of {others:,} saved question{'s' * (others > 1)}"
    ):
        for name, some in counts:
            st.markdown(f"It {name}:\n" + "\n".join(f"- {quoted(query)}" for query in some[:NAMED]))
            if len(some) > NAMED:
                st.caption(f"and {len(some) - NAMED:,} more")


def _own_words(case: Looked, done: Tried, wanted: int) -> None:
    """Another way to ask for the meant memory, tried like any change."""
    with st.expander("In your own words"):
        if case.memory.encoder is None:
            st.caption(f"{known.NO_ENCODER}: words of your own have no embedding.")
            return
        with st.form("own_words", border=False):
            text = st.text_input("Another cue for the meant memory", placeholder="How you would ask for it")
            st.form_submit_button("Try it")
        if text := text.strip():
            _try_own(case, done, text, proposals.teaching(case.asking, wanted, text))


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
    question = replace(case.question, texts=(text,))
    if question.meant(case.memory) - {-1}:
        st.markdown(f"{quoted(text)} is stored already: choose that memory above.")
    else:
        _try_own(replace(case, question=question), done, text, proposals.storing(case.asking, text))


def _try_own(case: Looked, done: Tried, text: str, proposal: Proposal) -> None:
    if text not in done.own:
        done.own[text] = fixes.run(case.memory, case.asking, case.question, case.found, proposal, done.saved)
    if fix := done.own[text]:
        _row(case, fix, "own", done.saved, first=not done.fixes)
    else:
        st.markdown(f"Tried just now: {quoted(text)} does not help.")


def _apply(case: Looked, fix: Fix) -> None:
    s = st.session_state
    wanted = as_state(fix.asking)
    before = {name: s[name] for name, value in wanted.items() if s[name] != value}
    s.update({name: wanted[name] for name in before})
    made = fixes.apply(banks.changeable(), fix.change) if fix.change else None
    if fix.kind == "store" and made:
        before["want"], s.want = s.want, made.added[0]
    then = f"it was {case.place}, with p = {case.found.weight:.2f}" if case.found.rank else "it was not stored"
    s.setdefault("debug_applied", []).append(Applied(s.bank, s.q, fix.words, then, before, made))


def applied() -> None:
    """What was changed last in this bank or for this question, and one button that takes it back."""
    last = _last()
    if last is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="applied"):
        st.button("Undo", key="undo", on_click=_take_back, args=(last,))
        copy = last.undo and banks.is_sample()
        about = "" if last.q == st.session_state.q else f" for {quoted(last.q)}"
        st.caption(
            f"Applied{about}: {typed(last.words)}. Before, {last.before}."
            + (" Only this tab's copy of the sample was changed; the *Memories* page can keep it." if copy else "")
        )


def _last() -> Applied | None:
    """The latest change that can be taken back here: of this bank, or of the settings this question is asked with."""
    s = st.session_state
    mine = [one for one in s.get("debug_applied", []) if one.bank == s.bank and (one.undo or one.q == s.q)]
    return mine[-1] if mine else None


def _take_back(last: Applied) -> None:
    s = st.session_state
    s.debug_applied = [one for one in s.debug_applied if one is not last]
    if last.q == s.q:
        s.update(last.settings)
    if last.undo:
        fixes.undo(banks.changeable(), last.undo)
