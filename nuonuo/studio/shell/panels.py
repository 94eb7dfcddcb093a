"""Panels that pages share: asking, the verdict and its fix, the nearest neighbour beside it, the maths."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

import plotly.graph_objects as go
import streamlit as st

from nuonuo import Memory, Trace
from nuonuo.debug import influence
from nuonuo.debug.cause import Cause
from nuonuo.debug.diagnosis import Diagnosis, diagnose
from nuonuo.debug.fixes import Fix
from nuonuo.figures.template import resolve
from nuonuo.files.questions import Question
from nuonuo.latex import association as ranking
from nuonuo.latex import recall as formula
from nuonuo.studio.memories import editing
from nuonuo.studio.shell import about, answer, banks, equations, fixing, known, look, novel, sets, settings, state
from nuonuo.studio.shell.faults import said
from nuonuo.studio.shell.words import briefly, one_line, ordinal, quoted, typed


def notices() -> None:
    """Say once what could not be done as asked; notices are plain text, for an address or a person may be in them."""
    for text in st.session_state.notices:
        st.warning(said(text))
    st.session_state.notices = []


def choose_bank(label: str = "Bank of memories") -> Memory:
    """The bank picker; the chosen bank."""
    state.enter_by_app()
    memory = banks.current()
    state.check_ids(memory)
    notices()
    titles = banks.choices()
    st.selectbox(
        label,
        list(titles),
        format_func=lambda name: titles[name],
        key="bank",
        on_change=state.take_bank,
    )
    if banks.is_changed():
        st.button("Discard all changes", on_click=banks.reset, key="put_back", help="The sample without your changes.")
    return memory


def other_bank(memory: Memory) -> Memory:
    """The bank of B; that of A, which is said, if it cannot be used."""
    try:
        return banks.named(st.session_state.bank_b)
    except (ValueError, OSError) as reason:
        st.warning(f"The bank of B cannot be used: {said(reason)}. B asks the same bank as A.")
        return memory


def ask(
    more: Callable[[], object] = tuple, told: Callable[[], str] = str, opens_on: str | None = None
) -> tuple[Memory, Trace | None]:
    """Bank, query and settings, `more` of them and what is `told` of those; the recall, or None if there is none.

    opens_on: the sample to show where the visitor has chosen and asked nothing yet.
    """
    if opens_on:
        state.enter_by_app()
        state.open_on(opens_on)
    with look.part("ask", "row"):
        left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        memory = choose_bank()
    if st.session_state.q is None:
        state.ask(*banks.opening(memory))
        st.session_state.opened = st.session_state.q, st.session_state.want
    right.text_input(
        "Your question",
        key="q",
        on_change=lambda: st.session_state.update(want=None),
        placeholder="Ask in your own words",
    )
    with look.part("settings", "row"):
        settings.show(memory, more, told)
    if not len(memory):
        below = "Add a memory below, or import" if memory.encoder else "Import"
        st.info(f"This bank is empty. {below} a file on the Memories page.")
        editing.add_form(memory)
    elif memory.encoder and not (st.session_state.q or "").strip():
        st.info("Ask a question in your own words: the closest memories answer.")
    elif trace := recall(memory):
        return memory, trace
    else:
        known.offer(memory)
    return memory, None


def recall(memory: Memory) -> Trace | None:
    """Recall the shared query with the shared settings; None if it is no text that the bank can be asked."""
    able = known.probe(memory, st.session_state.q) is not None
    return known.recall(memory, state.asking()) if able else None


def verdict(memory: Memory, trace: Trace) -> Diagnosis | None:
    """What was recalled and where the state rests; if another was expected, why, and the change that fixes it."""
    several, right = sets.together(memory), sets.expected(memory)
    if not right:
        new = novel.said(memory, trace)
        look.verdict(f"{new}\n\n{answer.recalled(trace)}" if new else answer.recalled(trace))
        return None
    found = diagnose(memory, trace, several or right)
    if several:
        look.verdict(_several(trace, several, right, found))
    else:
        look.verdict(_wrong(memory, trace, found) if found.causes else answer.recalled(trace, right))
    for note in found.notes:
        st.markdown(briefly(note.sentence))
    fixing.applied()
    if not found.causes:
        return found
    if len(memory) > fixing.MANY:
        st.caption(f"With {len(memory):,} memories the search for a fix takes a while: *Debug a recall* makes it.")
    else:
        _offer(found, fixing.first(memory, trace, _expecting(memory), found))
    return found


def _several(trace: Trace, things: Sequence[frozenset[int]], right: frozenset[int], found: Diagnosis) -> str:
    """What was recalled of several things that are expected together, and what is wrong if one is missing."""
    why = f" {briefly(found.sentence)}" if found.causes and found.verdict != Cause.PART else ""
    return f"{answer.recalled(trace, right)}\n\n{answer.several(trace, things)}{why}"


def _expecting(memory: Memory) -> Question:
    """The shared query, with what it should bring back."""
    probe, s = known.question(memory), st.session_state
    own = None if isinstance(probe, str) else tuple(probe.tolist())
    meant = sets.meaning(memory) if sets.together(memory) else None
    return replace(meant, query=s.q, embedding=own) if meant else Question("asked", s.q, (s.want,), (), own)


def _wrong(memory: Memory, trace: Trace, found: Diagnosis) -> str:
    want = st.session_state.want
    if found.rank == 1:
        return f"{answer.recalled(trace, (want,))}\n\n{briefly(found.sentence)}"
    sentence = f"{answer.recalled(trace)}\n\n{answer.missed(memory, trace, want)}"
    if trace.rank(want) is None:
        return f"{sentence} It came {ordinal(found.rank or len(memory))} of {len(memory):,}."
    if word := influence.telling(influence.of_words(memory, trace, want)):
        sentence += f" Without the word {quoted(word)} it would come first."
    return sentence


def _offer(found: Diagnosis, fix: Fix | None) -> None:
    """The first fix with what it was seen to do on a copy, and its button."""
    if fix is None or not fix.whole:
        st.caption("The changes tried here do not fix this one; *Debug a recall* tries more.")
        return
    label = {"quiet": "Ask it without the noise", "teach": "Teach it this query"}.get(fix.kind, "Apply")
    before = f"it was {ordinal(found.rank or 0)}, with p = {answer.share(found.weight)}"
    left, right = st.columns([1, 2], vertical_alignment="center")
    left.button(label, type="primary", on_click=fixing.apply, args=(fix, before), key="mend", width="stretch")
    tried = f"run on a copy, p = {answer.share(found.weight)} → {answer.share(fix.weight)}"
    if found.wanted > 1:
        tried = f"run on a copy, all {found.wanted} are among the first {answer.WITHIN}"
    right.caption(f"{typed(fix.words)}: {tried}.")


def nearest(memory: Memory, trace: Trace, right: Collection[int] = ()) -> None:
    """Plain nearest neighbour and BM25, always beside what ranks. right: the memories that are, if not `want`."""
    expected = right or sets.expected(memory)
    st.markdown(f"{answer.nearest(trace, expected)} {answer.lexical(trace, expected)}")
    if expected and (new := novel.said(memory, trace)):
        st.markdown(new)


def choose_meant(trace: Trace) -> None:
    """Say which candidate was expected."""
    names = {c.id: f"{place}  {one_line(c.cue)}" for place, c in enumerate(trace.candidates, 1)}
    want = st.session_state.want
    options = [None, *names] if want is None or want in names else [None, want, *names]
    st.selectbox(
        "Which memory did you expect?",
        options,
        format_func=lambda i: "not said" if i is None else names.get(i, "the expected memory, not a candidate"),
        key="want",
        placeholder="not said",
    )


def meant_by_click(pick: dict) -> None:
    """Take a clicked memory for the expected one."""
    data = pick["points"][0].get("customdata")
    if data:
        st.session_state.want = data[0]


def maths(trace: Trace) -> None:
    """The equations of this recall, with the numbers that were executed."""
    with look.part("maths", "shellpanels"), st.expander("The maths, with the numbers just executed"):
        st.markdown("**Stage one.** Every stored cue and the query become keys, and memories are ranked as candidates.")
        equations.show(formula.whitened_key(trace))
        ranking_maths(trace)
        st.markdown("**Stage two.** One Hopfield update step is softmax attention over the candidates' keys.")
        equations.show(formula.update(trace), formula.winner_weight(trace))
        st.markdown("**Energy.** It never rises from one state to the next.")
        equations.show(formula.energy(trace))


def ranking_maths(trace: Trace) -> None:
    """How the first is ranked, and the candidate to which links bring most."""
    st.markdown(f"**The ranking** of the first candidate, {answer.target(trace.answer)}.")
    equations.show(*ranking.ranking(trace, trace.answer))
    brought = ranking.linked(trace)
    if brought and brought.id != trace.answer.id:
        st.markdown(f"**Links** bring most to {answer.target(brought)}.")
        equations.show(*ranking.ranking(trace, brought))


def footnote(memory: Memory, trace: Trace, **figures: go.Figure) -> None:
    """How long it took and what it needs to be repeated; the trace and each named figure to take away."""
    with look.part("more", "footnote"):
        _footnote(memory, trace, figures)


def _footnote(memory: Memory, trace: Trace, figures: Mapping[str, go.Figure]) -> None:
    stages = " · ".join(f"{stage} {ms:.1f} ms" for stage, ms in trace.milliseconds.items())
    st.caption(f"{stages} · {memory.device.type} · seed {trace.asking.noise.seed}. {about.address()}")
    with st.container(horizontal=True):
        take_away("Trace as JSON", trace.to_json, "nuonuo-trace.json", "application/json")
        for name, figure in figures.items():
            take_away(f"Figure {name} as HTML", partial(as_html, figure), f"nuonuo-{name}.html", "text/html")
    st.caption("PNG and SVG: the buttons that the mouse brings up above a figure's right corner.")


def take_away(label: str, make: Callable[[], str], file: str, mime: str) -> None:
    """A download that is made only when it is asked for, and reruns nothing."""
    st.download_button(label, make, file, mime, on_click="ignore", key=f"take-{file}")


def as_html(figure: go.Figure) -> str:
    """A figure as one page that works offline, in the theme that is on."""
    return resolve(figure, dark=st.context.theme.type == "dark").to_html(include_plotlyjs=True)
