"""The one change that fixes most: looked for by running each, with what it breaks and the interval of its gain."""

import streamlit as st

from nuonuo.debug.compare import Difference, Pair
from nuonuo.debug.rule import Rule
from nuonuo.debug.suggest import Suggestion
from nuonuo.studio.shell import controls, look, state
from nuonuo.studio.triage import shelf as triage_shelf
from nuonuo.studio.triage import words
from nuonuo.studio.triage.asked import Subject
from nuonuo.studio.triage.shelf import SUGGEST, SUITE, Found

FULL = 0.995  # recall above which there is nothing to gain


def changes(subject: Subject) -> None:
    """The button that looks for it, and what was found."""
    st.subheader("The one change that fixes most")
    st.markdown(
        "Each change of the bank or its keys is run over all questions. None looks at the questions themselves: a "
        "failing question is never memorised here."
    )
    if not subject.answerable:
        st.info("It needs questions that say what they expect.")
        return
    found = triage_shelf.found(subject.key)
    given = (SUGGEST, subject.key, subject.memory, subject.made)
    label = "Find it again" if found else "Find it"
    if controls.pressed(label, "triage_find", disabled=triage_shelf.current() is not None):
        triage_shelf.start(*given)
        st.rerun()
    if found:
        _found(found, subject)


def _found(found: Found, subject: Subject) -> None:
    if changed := words.changed(found.made, subject.made):
        st.warning(f"{changed} Find the change again.")
    tried = found.suggestions
    if not tried.tried:
        st.info("No change that can be tried applies to this bank.")
        return
    rule = state.rule("triage_within")
    best = tried.best(rule)[0]
    look.verdict(_headline(best, best.difference(rule)), key="verdict_change")
    if _helps(best.difference(rule)):
        st.markdown(_honest(tried.honest_gain(rule), rule.within))
    _table(tried.rows(rule), rule.within)
    _broken(best, rule)
    if subject.key == SUITE:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Next: hold the change against the settings as they are, question by question.")
        st.page_link("pages/compare.py", label="Open Compare")


def _helps(made: Difference) -> bool:
    return len(made.fixed) > len(made.broke) or made.gain > 0


def _headline(one: Suggestion, made: Difference) -> str:
    """What the best change does: Markdown."""
    if not _helps(made):
        full = made.recall_a >= FULL
        why = f": recall@{made.within} is {made.recall_a:.2f} already" if full else ", or it breaks as many as it fixes"
        return f"No change that was tried helps{why}."
    lifts = f"takes recall@{made.within} from {made.recall_a:.2f} to {made.recall_b:.2f}"
    interval = f"{made.low:+.3f} to {made.high:+.3f}"
    sure = f" Gain {made.gain:+.3f} (95%: {interval})" + ("." if made.sure else ": not significantly different from 0.")
    return f"“{one.words}” {lifts}: it fixes {len(made.fixed):,} and breaks {len(made.broke):,}.{sure}"


def _honest(gain: float, within: int) -> str:
    """What choosing on one half of the questions gains on the other: Markdown."""
    none = abs(gain) < 0.0005
    verdict = "it gains nothing on the other half" if none else f"it gains **{gain:+.3f}** on the other half"
    return (
        f"The best of several flatters itself. Chosen on one half of the questions, {verdict} (recall@{within}, both "
        "ways averaged)."
    )


def _table(rows: list[dict], within: int) -> None:
    st.dataframe(
        {
            "change": [row["change"] for row in rows],
            f"recall@{within}": [row[f"recall@{within}"] for row in rows],
            "gain": [row["gain"] for row in rows],
            "95% interval": [f"{row['low']:+.3f} to {row['high']:+.3f}" for row in rows],
            "fixes": [row["fixes"] for row in rows],
            "breaks": [row["breaks"] for row in rows],
        },
        hide_index=True,
        column_config={
            "change": st.column_config.TextColumn(width="large"),
            f"recall@{within}": st.column_config.NumberColumn(format="%.3f", width="small"),
            "gain": st.column_config.NumberColumn(format="%+.3f", width="small"),
            "fixes": st.column_config.NumberColumn(width="small"),
            "breaks": st.column_config.NumberColumn(width="small"),
        },
    )


def _broken(best: Suggestion, rule: Rule) -> None:
    """The questions that the best change fixes and breaks, one click away."""
    made = best.difference(rule)
    for verb, some in (("breaks", made.broke), ("fixes", made.fixed)):
        if some:
            noun = "question" if len(some) == 1 else "questions"
            with st.expander(f"The {len(some):,} {noun} it {verb}", key=f"triage_{verb}"):
                st.dataframe(_pairs(some, rule), hide_index=True)


def _pairs(some: tuple[Pair, ...], rule: Rule) -> dict[str, list]:
    return {
        "question": [pair.question.query for pair in some],
        "rank now": [pair.places(rule)[0] for pair in some],
        "rank after": [pair.places(rule)[1] for pair in some],
    }
