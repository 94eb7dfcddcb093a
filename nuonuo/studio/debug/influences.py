"""What leaving out one word or one memory does to a debugged recall, in sentences."""

from collections.abc import Sequence

import streamlit as st

from nuonuo.debug import influence
from nuonuo.debug.influence import MOST_WORDS, Without, Word
from nuonuo.studio.debug.panel import Looked
from nuonuo.studio.shell import known
from nuonuo.studio.shell.words import ordinal, quoted


def influences(case: Looked) -> tuple[tuple[Word, ...], tuple[Without, ...]]:
    """The recall without each word, and without each other candidate; both empty if nothing stored is expected."""
    memory, trace, expected = case.memory, case.trace, case.found.expected
    if expected is None:
        return (), ()
    return influence.of_words(memory, trace, expected), influence.of_memories(memory, trace, expected)


def words_finding(case: Looked, words: Sequence[Word]) -> str:
    """What leaving out words shows, in a sentence."""
    if not words:
        if case.memory.encoder is None:
            return f"{known.NO_ENCODER}: the query without one of its words has no embedding, so this is not known."
        return f"Words are left out of questions of 2 to {MOST_WORDS} words."
    now = words[0].lead - words[0].change
    best, worst = max(words, key=lambda w: w.lead), min(words, key=lambda w: w.lead)
    if case.found.rank == 1:
        if worst.rank > 1:
            return (
                f"{quoted(worst.word)} carries it: without this word the expected memory would come "
                f"{ordinal(worst.rank)}, behind by {-worst.lead:.3f}."
            )
        return (
            f"It would come first without any one of its words. Its lead would be smallest without "
            f"{quoted(worst.word)}: {worst.lead:.3f} instead of {now:.3f}."
        )
    if best.rank == 1:
        return f"Without {quoted(best.word)} the expected memory would come first, ahead by {best.lead:.3f}."
    if best.change <= 0:
        return "Every word helps: without any one of them the memory in front would be still further ahead."
    moved = best.rank != case.found.rank
    place = f", and the expected one would come {ordinal(best.rank)}" if moved else ""
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
        return f"Without {quoted(best.cue)} the expected memory would come first, and {change}."
    return f"No single memory decides. Without {quoted(best.cue)} it would come {ordinal(best.rank)}, and {change}."


def looked_at(case: Looked, withouts: Sequence[Without]) -> None:
    """The memory that was clicked, with what it recalls."""
    picked = st.session_state.pick
    if picked in {w.id for w in withouts} and picked in case.memory:
        row = case.memory.get(picked)
        st.markdown(f"{quoted(row.cues[0])} recalls {quoted(row.target)}.")
    else:
        st.caption("Click a memory to read what it recalls.")
