"""What the debugger's page asks and says: which memory is expected, the verdict, the ladder, and what influenced it."""

from dataclasses import dataclass, replace
from functools import cached_property

import streamlit as st

from nuonuo import Memory, Trace
from nuonuo.debug.asking import ask
from nuonuo.debug.causes import Cause
from nuonuo.debug.diagnosis import Diagnosis, diagnose
from nuonuo.figures.terms import Row
from nuonuo.files.questions import Question, things
from nuonuo.maths.association import SEPARATIONS
from nuonuo.memory.asking import Asking
from nuonuo.studio.shell import answer, known, linking, look, panels, sets, state
from nuonuo.studio.shell.words import briefly, one_line, ordinal, quoted, typed

LISTED = 200  # memories of a bank that are all offered to be picked
FOUND = 100  # of those a search finds
FARTHEST = 2_000  # rank down to which an expected memory that is no candidate is shown with its terms
UNSAID = Question("", "", (), ())
NOBODY = "None of these: what I expect is not stored"


@dataclass(frozen=True, eq=False)
class Looked:
    """One recall, what it should bring back, and what is wrong with it."""

    memory: Memory
    asking: Asking
    trace: Trace
    question: Question  # what is expected; nothing if nobody has said
    right: frozenset[int]  # the memories that are right; -1 stands for one that is not stored
    found: Diagnosis  # without causes if nobody has said

    @property
    def said(self) -> bool:
        """Whether it is known what is expected."""
        return self.question.answerable

    @cached_property
    def far(self) -> Row | None:
        """The expected memory with its rank if it is no candidate; None if it is one, or ranked too far down."""
        expected, rank = self.found.expected, self.found.rank or 0
        if expected is None or not len(self.trace.candidates) < rank <= FARTHEST:
            return None
        more = ask(self.memory, self.question, replace(self.asking, k=rank, steps=1, hops=0))
        return next(((place, c) for place, c in enumerate(more.candidates, 1) if c.id == expected), None)

    @property
    def place(self) -> str:
        """Where the expected memory came, in a word."""
        return ordinal(self.found.rank) if self.found.rank else "not stored"


def told() -> str:
    """What the closed settings say of those that only this page has."""
    s = st.session_state
    return f", {s.debug_hops} hop{'s' * (s.debug_hops > 1)}" if s.debug_hops else ""


def more_settings() -> None:
    """Whether keys are whitened, and how many hops follow."""
    one, two, three = st.columns(3, vertical_alignment="bottom")
    one.toggle("Whitened keys", key="whiten", help="Off: the embeddings themselves are compared, by plain cosine.")
    two.slider("Hops after it", 0, 6, key="debug_hops", help="Memories that follow over the stored links.")
    if st.session_state.debug_hops:
        three.selectbox("Separation of links", SEPARATIONS, format_func=lambda name: str(SEPARATIONS[name]), key="sep")


def ask_again(memory: Memory) -> Looked | None:
    """The shared question asked with all settings of this page, and diagnosed; None if its codes cannot be made."""
    s, probe = st.session_state, known.question(memory)
    own = None if isinstance(probe, str) else tuple(probe.tolist())
    asking = state.asking(int(s.debug_hops))
    if asking.hops and not linking.ready(memory, asking.whitened):
        return None
    said = sets.meaning(memory)
    question = replace(said or UNSAID, query=s.q, embedding=own)
    trace = ask(memory, question, asking)
    if said is None:
        return Looked(memory, asking, trace, question, frozenset(), Diagnosis(None, None, 0.0, ()))
    if not question.answerable:  # the set says that no memory is right
        question = replace(question, ids=(0,))
    right = question.meant(memory)
    found = diagnose(memory, trace, things([question], memory)[0], state.rule())
    return Looked(memory, asking, trace, question, right, found)


def choose_expected(case: Looked) -> None:
    """The memory that should have come back: a candidate, any other, or none."""
    memory, want = case.memory, st.session_state.want
    left, right = st.columns([3, 1], vertical_alignment="bottom") if len(memory) > LISTED else (st.container(), None)
    names = {c.id: f"{n}  {one_line(c.cue)}" for n, c in enumerate(case.trace.candidates, 1)} | {0: NOBODY}
    others = list(memory) if right is None else _search(memory, right)
    names |= {row.id: f"{one_line(row.cues[0])}  (memory {row.id})" for row in others if row.id not in names}
    if want is not None and want not in names:
        names[want] = (
            f"{one_line(memory.get(want).cues[0])}  (memory {want})" if want in memory else "A memory no longer stored"
        )
    unsaid = _said_by_the_set(memory)
    left.selectbox(
        "Which memory should have come back?",
        [None, *names],
        format_func=lambda i: unsaid if i is None else names[i],
        key="want",
        placeholder=unsaid,
    )


def _search(memory: Memory, place: st.delta_generator.DeltaGenerator) -> list:
    """The memories that hold a typed text."""
    with place.popover("Find another", width="stretch"):
        word = st.text_input("A word of the memory", key="debug_find").strip().casefold()
        if not word:
            st.caption(f"The list holds the candidates. This finds others among the {len(memory):,} memories.")
            return []
        found = [row for row in memory if word in " ".join((*row.cues, row.target)).casefold()]
        shown = f"; the first {FOUND} are in the list now" if len(found) > FOUND else ", in the list now"
        st.caption(f"{len(found):,} found{shown}." if found else f"No memory holds {quoted(word)}.")
        return found[:FOUND]


def _said_by_the_set(memory: Memory) -> str:
    if not (asked := sets.find(st.session_state.q)):
        return "not said yet"
    cues = [memory.get(i).cues[0] for i in asked.meant(memory) if i in memory]
    many = f"{'all' if asked.count > 1 else 'any'} of {len(cues)} memories"
    which = one_line(cues[0]) if len(cues) == 1 else many if cues else "one that is not stored"
    return f"{which}  (the question set says so)"


def verdict(case: Looked) -> None:
    """The cause in one sentence with its numbers, plain cosine beside it, and what else was found or not."""
    if not case.said:
        panels.verdict(case.memory, case.trace)
        st.markdown("Was it right? Choose above which memory should have come back, or click it on the ladder.")
    elif not case.found.causes:
        look.verdict(f"**Right.** {answer.recalled(case.trace, case.right)}{_several(case)}")
    else:
        cause = case.found.causes[0]
        why = "" if cause.cause is Cause.PART else briefly(cause.sentence)
        look.verdict(f"**{cause.cause.capitalize()}.** {_expected(case)}{why}{_several(case)}")
        st.markdown(answer.recalled(case.trace, case.right))
    for note in case.found.notes:
        st.markdown(briefly(note.sentence))


def _several(case: Looked) -> str:
    """How many are recalled, where several things are expected together."""
    several = things([case.question], case.memory)[0]
    return f"\n\n{answer.several(case.trace, several)}" if len(several) > 1 else ""


def _expected(case: Looked) -> str:
    """Which memory is expected and where it came; nothing if it is not stored."""
    if case.found.expected is None:
        return ""
    one_of = len(case.right) > 1 and case.found.wanted == 1
    several = f", the best of the {len(case.right)} that are right," if one_of else ""
    at = f", with p = {answer.share(case.found.weight)}" if case.trace.rank(case.found.expected) else ""
    cue = quoted(case.memory.get(case.found.expected).cues[0])
    return f"{cue}{several} is expected and came {case.place} of {len(case.memory):,}{at}. "


def reasons(case: Looked) -> None:
    """Plain cosine beside it, the hops, the other causes, and what was looked for and not found."""
    panels.nearest(case.memory, case.trace, case.right)
    if case.asking.hops:
        met = " → ".join([quoted(case.trace.answer.cue, 60), *(quoted(hop.target, 60) for hop in case.trace.hops)])
        st.markdown(f"**Hops:** {met}. They ended because: {typed(str(case.trace.stop))}.")
        st.caption("The *Hops* page shows each hop with its equations.")
    if not case.said:
        return
    for cause in case.found.causes[1:]:
        st.markdown(f"**Also: {cause.cause}.** {briefly(cause.sentence)}")
    if missing := [n for n in _looked_for(case) if n not in {cause.cause for cause in case.found.causes}]:
        st.caption(f"Looked for and not found: {', '.join(missing)}.")


def _looked_for(case: Looked) -> list[Cause]:
    """The causes that this recall could have had, in the order in which they are checked."""
    if case.found.expected is None:
        return []
    noise = [Cause.NOISE] if case.asking.noisy else []
    hop = [Cause.SECOND_HOP] if case.found.wanted > 1 else []
    texts = [Cause.CUT_SHORT, Cause.FOREIGN, Cause.NEGATION, Cause.STALE, Cause.DUPLICATES, Cause.NEAR_DUPLICATE]
    texts += [Cause.IDENTIFIER, Cause.NAMED, Cause.UNDATED, Cause.SENTENCE, Cause.CONTEXT, Cause.ANSWER, Cause.WORDS]
    missed = [*texts, Cause.WEAK_LINK, *hop, Cause.PUSHED_OUT, Cause.UNRELATED, Cause.CROWDED, Cause.OTHER_WORDS]
    rest = [Cause.SETTLED_ELSEWHERE, Cause.METASTABLE, Cause.AVERAGE]
    names = [*noise, *missed] if case.found.rank != 1 else rest
    return [*names, Cause.HOP_BROKEN, Cause.COLLISION] if case.asking.hops else names
