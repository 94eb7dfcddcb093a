"""The one change that mends most: looked for by running each, with what it breaks and what chance may have done."""

import streamlit as st

from nuonuo.debug.compare import Difference, Pair, first
from nuonuo.debug.suggest import Suggestion
from nuonuo.debug.triage import CUTS, NUONUO
from nuonuo.studio import look, triage_shelf
from nuonuo.studio import triage_words as words
from nuonuo.studio.triage_asked import Subject
from nuonuo.studio.triage_shelf import SUGGEST, SUITE, Found, Outcome

FULL = 0.995  # recall above which there is nothing to gain


def changes(outcome: Outcome, subject: Subject) -> None:
    """The button that looks for it, and what was found."""
    st.subheader("The one change that mends most")
    st.markdown(
        "Each change of the bank or its keys is run over all questions. None looks at the questions themselves: a "
        "failing question is never stored as a cue here."
    )
    if not subject.answerable:
        st.info("It needs questions that say what they expect.")
        return
    found = triage_shelf.found(subject.key)
    given = (SUGGEST, subject.key, subject.memory, subject.made)
    st.button(
        "Find it again" if found else "Find it",
        disabled=triage_shelf.current() is not None,
        on_click=triage_shelf.start,
        args=given,
        key="triage_find",
    )
    if found:
        _found(found, outcome, subject)


def _found(found: Found, outcome: Outcome, subject: Subject) -> None:
    if changed := words.changed(found.made, subject.made):
        st.warning(f"{changed} Find the change again.")
    tried = found.suggestions
    if not tried.tried:
        st.info("No change that can be tried applies to this bank.")
        return
    within = _within(outcome)
    best = tried.best(within)[0]
    look.verdict(_headline(best, best.difference(within)), key="verdict_change")
    if _helps(best.difference(within)):
        st.markdown(_honest(tried.honest_gain(within), within))
    _table(tried.rows(within), within)
    _broken(best, within)
    if subject.key == SUITE:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Next: hold the change against the settings as they are, question by question.")
        st.page_link("pages/compare.py", label="Open Compare")


def _within(outcome: Outcome) -> int:
    """The cut that counts: 10 at first, or 1 where recall@10 is full already."""
    s = st.session_state
    if "triage_within" not in s:
        rows = outcome.summary
        ten = next((r["value"] for r in rows if (r["method"], r["measure"]) == (NUONUO, "recall@10")), 0.0)
        s.triage_within = s.get("triage_cut") or (1 if ten >= FULL else 10)
    label = "An expected memory counts as recalled among the first"
    s.triage_cut = st.segmented_control(label, CUTS, key="triage_within", required=True)
    return s.triage_cut


def _helps(made: Difference) -> bool:
    return len(made.mended) > len(made.broken) or made.gain > 0


def _headline(one: Suggestion, made: Difference) -> str:
    """What the best change does: Markdown."""
    if not _helps(made):
        full = made.recall_a >= FULL
        why = f": recall@{made.within} is {made.recall_a:.2f} already" if full else ", or it breaks as many as it mends"
        return f"No change that was tried helps{why}."
    lifts = f"lifts recall@{made.within} from {made.recall_a:.2f} to {made.recall_b:.2f}"
    sure = (
        "" if made.sure else f" The interval of the gain ({made.low:+.2f} to {made.high:+.2f}) holds 0: maybe chance."
    )
    return f"“{one.words}” {lifts}: it mends {len(made.mended):,} and breaks {len(made.broken):,}.{sure}"


def _honest(gain: float, within: int) -> str:
    """What choosing on one half of the questions gains on the other: Markdown."""
    verdict = (
        "it gains nothing on the other half" if abs(gain) < 0.0005 else f"it gains **{gain:+.3f}** on the other half"
    )
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
            "mends": [row["mends"] for row in rows],
            "breaks": [row["breaks"] for row in rows],
        },
        hide_index=True,
        column_config={
            "change": st.column_config.TextColumn(width="large"),
            f"recall@{within}": st.column_config.NumberColumn(format="%.3f", width="small"),
            "gain": st.column_config.NumberColumn(format="%+.3f", width="small"),
            "mends": st.column_config.NumberColumn(width="small"),
            "breaks": st.column_config.NumberColumn(width="small"),
        },
    )


def _broken(best: Suggestion, within: int) -> None:
    """The questions that the best change mends and breaks, one click away."""
    made = best.difference(within)
    for verb, some in (("breaks", made.broken), ("mends", made.mended)):
        if some:
            noun = "question" if len(some) == 1 else "questions"
            with st.expander(f"The {len(some):,} {noun} it {verb}", key=f"triage_{verb}"):
                st.dataframe(_pairs(some), hide_index=True)


def _pairs(some: tuple[Pair, ...]) -> dict[str, list]:
    return {
        "question": [pair.question.query for pair in some],
        "rank now": [first(pair.a) for pair in some],
        "rank after": [first(pair.b) for pair in some],
    }
