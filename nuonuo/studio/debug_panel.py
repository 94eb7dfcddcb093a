"""What the debugger's page asks and says: which memory was meant, the verdict, the ladder, and what influenced it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import plotly.graph_objects as go
import streamlit as st

from nuonuo import Memory, Trace
from nuonuo.debug import influence
from nuonuo.debug.asking import Asking
from nuonuo.debug.checks import Case
from nuonuo.debug.diagnosis import Diagnosis, diagnose
from nuonuo.debug.influence import MOST_WORDS, Without, Word
from nuonuo.debug.queries import Question
from nuonuo.figures import debugging as figures
from nuonuo.studio import known, linking, look, panels, sets
from nuonuo.studio.hops_panel import SEPARATIONS
from nuonuo.studio.words import ordinal, quoted, typed

LISTED = 200  # memories of a bank that are all offered to be picked
FOUND = 100  # of those a search finds
UNSAID = Question("", "", (), ())
NOBODY = "None of these: what I meant is not stored"


@dataclass(frozen=True, eq=False)
class Looked:
    """One recall, what was meant by it, and what is wrong with it."""

    memory: Memory
    asking: Asking
    trace: Trace
    question: Question  # what was meant; expects nothing if nobody has said
    meant: frozenset[int]  # the memories that are right; -1 stands for one that is not stored
    found: Diagnosis  # without causes if nobody has said

    @property
    def said(self) -> bool:
        """Whether it is known what was meant."""
        return self.question.answerable

    @property
    def place(self) -> str:
        """Where the meant memory came, in a word."""
        return ordinal(self.found.rank) if self.found.rank else "not stored"


def told() -> str:
    """What the closed settings say of those that only this page has."""
    s = st.session_state
    hops = f", {s.debug_hops} hop{'s' * (s.debug_hops > 1)}" if s.debug_hops else ""
    return hops + ("" if s.whiten else ", plain cosines")


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
    phi = SEPARATIONS[s.sep] if s.debug_hops else None
    asking = replace(sets.asking(s.q), hops=int(s.debug_hops), separation=phi, embedding=own)
    if asking.hops and not linking.ready(memory, asking.whitened):
        return None
    trace, question = asking.of(memory), sets.meaning(memory)
    if question is None:
        return Looked(memory, asking, trace, UNSAID, frozenset(), Diagnosis(None, None, 0.0, ()))
    if not question.answerable:  # the set says that no memory is right
        question = replace(question, ids=(0,))
    meant = question.meant(memory)
    return Looked(memory, asking, trace, question, meant, diagnose(memory, trace, meant))


def choose_meant(case: Looked) -> None:
    """The memory that should have come back: a candidate, any other, or none."""
    memory, want = case.memory, st.session_state.want
    left, right = st.columns([3, 1], vertical_alignment="bottom") if len(memory) > LISTED else (st.container(), None)
    names = {c.id: f"{n}  {c.cue}" for n, c in enumerate(case.trace.candidates, 1)} | {0: NOBODY}
    others = list(memory) if right is None else _search(memory, right)
    names |= {row.id: f"{row.cues[0]}  (memory {row.id})" for row in others if row.id not in names}
    if want is not None and want not in names:
        names[want] = f"{memory.get(want).cues[0]}  (memory {want})" if want in memory else "A memory no longer stored"
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
    which = cues[0] if len(cues) == 1 else f"any of {len(cues)} memories" if cues else "one that is not stored"
    return f"{which}  (the question set says so)"


def verdict(case: Looked) -> None:
    """The cause in one sentence with its numbers, plain cosine beside it, and what else was found or not."""
    if not case.said:
        panels.verdict(case.memory, case.trace)
        st.markdown("Was it right? Choose above which memory should have come back, or click it on the ladder.")
    elif not case.found.causes:
        numbers = f"first of {len(case.memory):,}, with attention p = {case.trace.answer.weight:.2f}"
        look.verdict(f"**Right.** Recalled {quoted(case.trace.answer.target)}, as meant: {numbers}.")
    else:
        cause = case.found.causes[0]
        look.verdict(f"**{cause.name.capitalize()}.** {_meant(case)}{typed(cause.sentence)}")


def _meant(case: Looked) -> str:
    """Which memory was meant and where it came; nothing if it is not stored."""
    if case.found.wanted is None:
        return ""
    several = f", the best of the {len(case.meant)} that are right," if len(case.meant) > 1 else ""
    at = f", with p = {case.found.weight:.2f}" if case.trace.rank(case.found.wanted) else ""
    cue = quoted(case.memory.get(case.found.wanted).cues[0])
    return f"{cue}{several} was meant and came {case.place} of {len(case.memory):,}{at}. "


def reasons(case: Looked) -> None:
    """Plain cosine beside it, the hops, the other causes, and what was looked for and not found."""
    panels.nearest(case.memory, case.trace, case.meant)
    if case.asking.hops:
        met = " → ".join([quoted(case.trace.answer.cue, 60), *(quoted(hop.target, 60) for hop in case.trace.hops)])
        st.markdown(f"**Hops:** {met}. They ended because: {typed(str(case.trace.stop))}.")
        st.caption("The *Hops* page shows each hop with its equations.")
    if not case.said:
        return
    for cause in case.found.causes[1:]:
        st.markdown(f"**Also: {cause.name}.** {typed(cause.sentence)}")
    if missing := [n for n in _looked_for(case) if n not in {cause.name for cause in case.found.causes}]:
        st.caption(f"Looked for and not found: {', '.join(missing)}.")


def _looked_for(case: Looked) -> list[str]:
    """The causes that this recall could have had, in the order in which they are checked."""
    if case.found.wanted is None:
        return []
    noise = case.asking.settings.noise
    names = ["noise beyond the basin"] if noise.sigma or noise.drop else []
    missed = ["near-duplicate", "no relation seen", "not a candidate", "a rival wins"]
    names += missed if case.found.rank != 1 else ["settled elsewhere", "blend"]
    return [*names, "hop broken", "code collision"] if case.asking.hops else names


def ladder(case: Looked) -> tuple[go.Figure, str]:
    """The candidates with the meant memory among or below them, and what that shows in words."""
    wanted, rank, below = case.found.wanted, case.found.rank, None
    if wanted is not None and rank and case.trace.rank(wanted) is None:
        similarity = Case(case.memory, case.trace, wanted, case.meant, rank).similarity
        below = (wanted, case.memory.get(wanted).cues[0], similarity, rank)
    meant = case.meant - {0}  # -1 says that none of these is right
    return figures.ladder(case.trace, wanted, meant, below), figures.ladder_words(case.trace, wanted, below)


def influences(case: Looked) -> tuple[tuple[Word, ...], tuple[Without, ...]]:
    """The recall without each word, and without each other candidate; both empty if nothing stored was meant."""
    memory, trace, wanted = case.memory, case.trace, case.found.wanted
    if wanted is None:
        return (), ()
    return influence.of_words(memory, trace, wanted), influence.of_memories(memory, trace, wanted)


def words_finding(case: Looked, words: Sequence[Word]) -> str:
    """What leaving out words shows, in a sentence."""
    if not words:
        if case.memory.encoder is None:
            return f"{known.NO_ENCODER}: the question without one of its words has no embedding, so this is not known."
        return f"Words are left out of questions of 2 to {MOST_WORDS} words."
    now = words[0].lead - words[0].change
    best, worst = max(words, key=lambda w: w.lead), min(words, key=lambda w: w.lead)
    if case.found.rank == 1:
        if worst.rank > 1:
            return (
                f"{quoted(worst.word)} carries it: without this word the meant memory would come "
                f"{ordinal(worst.rank)}, behind by {-worst.lead:.3f}."
            )
        return (
            f"It would come first without any one of its words. Its lead would be smallest without "
            f"{quoted(worst.word)}: {worst.lead:.3f} instead of {now:.3f}."
        )
    if best.rank == 1:
        return f"Without {quoted(best.word)} the meant memory would come first, ahead by {best.lead:.3f}."
    if best.change <= 0:
        return "Every word helps: without any one of them the memory in front would be still further ahead."
    moved = best.rank != case.found.rank
    place = f", and the meant one would come {ordinal(best.rank)}" if moved else ""
    return (
        f"No single word decides. Without {quoted(best.word)} the memory in front would be ahead by {-best.lead:.3f} "
        f"instead of {-now:.3f}{place}."
    )


def memories_finding(case: Looked, withouts: Sequence[Without]) -> str:
    """What leaving out memories shows, in a sentence."""
    if not withouts:
        return "There is no other memory."
    now = case.found.weight
    best = max(withouts, key=lambda w: (w.rank == 1, w.weight))
    change = f"p would be {best.weight:.2f} instead of {now:.2f}"
    if case.found.rank == 1:
        if best.gain < 0.005:
            return "Nothing stands in the way: without any one of them p would stay as it is."
        return f"{quoted(best.cue)} takes most from it: without this memory {change}."
    if best.rank is None:
        return "No single memory keeps it out: without any one of them it would still be no candidate."
    if best.rank == 1:
        return f"Without {quoted(best.cue)} the meant memory would come first, and {change}."
    return f"No single memory decides. Without {quoted(best.cue)} it would come {ordinal(best.rank)}, and {change}."


def looked_at(case: Looked, withouts: Sequence[Without]) -> None:
    """The memory that was clicked, with what it recalls."""
    picked = st.session_state.pick
    if picked in {w.id for w in withouts} and picked in case.memory:
        row = case.memory.get(picked)
        st.markdown(f"{quoted(row.cues[0])} recalls {quoted(row.target)}.")
    else:
        st.caption("Click a memory to read what it recalls.")
