"""The first half of the hops page: what the links of the first memories bring up, and what comes without them."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from nuonuo import Memory, Trace
from nuonuo.explain.hops import association as codes
from nuonuo.explain.hops.activation import FULL, Activation, Evidence, activation, name
from nuonuo.figures.association import VERBS, nth
from nuonuo.figures.association_codes import agreement, agreement_words
from nuonuo.files.questions import things
from nuonuo.latex import association as formula
from nuonuo.memory.trace import Candidate
from nuonuo.studio.hops.trying import open_island
from nuonuo.studio.shell import controls, equations, look, sets
from nuonuo.studio.shell.fields import DEFAULT
from nuonuo.studio.shell.plot import plot
from nuonuo.studio.shell.words import counted, quoted, typed

FIRST = 5  # memories that a reader looks at
MOST = 20.0  # of the slider of γ


def seen_now(memory: Memory, trace: Trace) -> Activation:
    """What the trace's query reaches, held against what is expected of it."""
    s, bank = st.session_state, memory.bank
    asked = sets.meaning(memory) if s.want is None or s.want in memory else None
    expected = things([asked], memory)[0] if asked else ()
    first = max(FIRST, int(s.within))
    return activation(bank if trace.asking.whitened else bank.unwhitened(), trace, expected, first)


def verdict(seen: Activation) -> None:
    """How much of what is expected is among the first, with links and without; and the way to have more."""
    look.verdict(_evidence(seen) if seen.wanted else _reached(seen), key="verdict-links")
    if not seen.links:
        left, right = st.columns([1, 2], vertical_alignment="center")
        left.button("Open the island", type="primary", on_click=open_island, key="island", width="stretch")
        right.caption("Its ninety-two entries name one another, and most of its questions need two of them.")
    elif not seen.gamma and seen.found("linked") > seen.found():
        left, right = st.columns([1, 2], vertical_alignment="center")
        left.button("Send attention over links", type="primary", on_click=_on, key="links-fix", width="stretch")
        right.caption(
            f"Tried just now at γ = {FULL:g}: {_of(seen.found('linked'), seen)} among the first {seen.first}."
        )


def _evidence(seen: Activation) -> str:
    among = [one for one in seen.evidence if one.rank <= seen.first]
    others = [one for one in seen.evidence if one.rank > seen.first]
    if seen.wanted == 1 and seen.evidence:
        (one,) = seen.evidence
        sentence = f"**The expected memory comes {nth(one.rank)}** of {seen.memories:,}: {named(one.name, 80)}."
    else:
        sentence = f"**{_of(seen.found(), seen)} expected memories {'is' if len(among) == 1 else 'are'} among the first"
        sentence += f" {seen.first}**: {_ranked(among)}." if among else f" {seen.first}**."
        sentence += f" {_ranked(others, seen.memories)}." if others else ""
        sentence += f" {counted(seen.missing, 'more is', 'more are')} not stored." if seen.missing else ""
    return f"{sentence} {_without(seen)}"


def named(name: str, most: int) -> str:
    """A memory's name within a sentence: its beginning, without a full stop of its own."""
    return typed(name[:most].rstrip(" ."))


def _without(seen: Activation) -> str:
    """What links make of the evidence."""
    if not seen.links:
        return "Nothing in this bank is linked: recall is by meaning and words alone."
    if not seen.gamma:
        return "Links are off."
    if seen.wanted == 1 and seen.evidence:
        (one,) = seen.evidence
        return "Links change nothing in that." if one.alone == one.rank else f"Without links it comes {nth(one.alone)}."
    moved = [one for one in seen.evidence if (one.alone <= seen.first) != (one.rank <= seen.first)]
    if not moved:
        return f"Without links {_of(seen.found('alone'), seen)} as well."
    return f"Without links {_of(seen.found('alone'), seen)}: {_ranked(moved, seen.memories, by='alone')}."


def _of(found: int, seen: Activation) -> str:
    return f"{found} of {seen.wanted}"


def _ranked(some: Sequence[Evidence], memories: int = 0, by: str = "rank") -> str:
    """Names with their ranks: The Salt Hymns (1st) and Ilse Varrow (2nd); of how many, if that is given."""
    told = [f"{named(one.name, 60)} ({nth(getattr(one, by))}{f' of {memories:,}' if memories else ''})" for one in some]
    return " and ".join([", ".join(told[:-1]), told[-1]]) if len(told) > 1 else told[0]


def _reached(seen: Activation) -> str:
    """The story where nobody has said what is expected."""
    first = named(seen.lists["rank"][0].name, 80)
    if not seen.links:
        return f"**Nothing in this bank is linked**: recall is by meaning and words alone, and {first} comes first."
    up = [n for n in seen.nodes if n.rank <= seen.first and n.alone > seen.first]
    if not seen.gamma:
        return f"**Links are off**: by meaning and words alone {first} comes first."
    if not up:
        return f"Links bring nothing new among the first {seen.first}: {first} comes first with them and without."
    best = min(up, key=lambda n: n.rank)
    return (
        f"**Links bring up {named(best.name, 80)}**: it comes {nth(best.rank)}, and without them {nth(best.alone)} of "
        f"{seen.memories:,}. First by meaning and words is {first}."
    )


def gamma(seen: Activation) -> None:
    """The slider of γ, and its switch to 0 and back."""
    s = st.session_state
    if s.get("gamma") != s.links:
        s.gamma = s.links
    s.linked = "with links" if s.links else "without links"
    left, right = st.columns([1, 2], vertical_alignment="bottom", gap="large")
    left.segmented_control(
        "Ranking",
        ["with links", "without links"],
        key="linked",
        required=True,
        on_change=_switch,
        disabled=not seen.links,
    )
    right.slider(
        "Weight of what links bring γ",
        0.0,
        max(MOST, s.links),
        step=0.5,
        format="%.1f",
        key="gamma",
        on_change=lambda: s.update(links=s.gamma),
        disabled=not seen.links,
        help="S = s + γ·Pᵀa: 0 ranks by meaning and words alone.",
    )


def _switch() -> None:
    s = st.session_state
    if s.linked == "with links":
        _on()
    else:
        s.before, s.links = s.links, 0.0


def _on() -> None:
    s = st.session_state
    s.links = s.get("before") or DEFAULT.links


def why(trace: Trace, seen: Activation) -> None:
    """Why each of the first was recalled, in a sentence."""
    st.subheader("Why was this recalled?")
    wanted = {one.id for one in seen.evidence}
    shown = [(place, c) for place, c in enumerate(trace.candidates, 1) if place <= seen.first or c.id in wanted]
    lines = [f"{place}. {_because(place, c, trace, seen, c.id in wanted)}" for place, c in shown]
    st.markdown("\n".join(lines))
    away = [one for one in seen.evidence if trace.rank(one.id) is None]
    if away:
        st.markdown(f"Not among the {len(trace.candidates)} candidates: {_ranked(away, seen.memories)}.")


def _because(place: int, c: Candidate, trace: Trace, seen: Activation, expected: bool) -> str:
    who_is = f"**{named((c.title or c.cue), 80)}**{' ✓' if expected else ''}"
    own = f"meaning {c.meaning:+.1f}, words {c.words:+.1f}"
    alone = seen.alone[c.id]
    if not c.senders or not trace.asking.links:
        return f"{who_is} by its own {own}."
    sender = c.senders[0]
    rank = trace.rank(sender.id)
    who = f"*{named((sender.title or sender.cue), 60)}*{f', ranked {nth(rank)},' if rank else ''}"
    others = f" with {counted(len(c.senders) - 1, 'other link')}" if len(c.senders) > 1 else ""
    brought = f"{who} {VERBS[sender.relation]} it{others} ({c.association:+.1f})"
    if alone > place:
        return f"{who_is} because {brought}; its own {own}. Without links it comes {nth(alone)}."
    return f"{who_is} by its own {own}; besides, {brought}."


COLUMNS = {
    "rank": ("With links, γ = {gamma:g}", "no memory"),
    "alone": ("Meaning and words", "no memory"),
    "cosine": ("Plain RAG: cosine", "no memory"),
    "words": ("BM25: words", "no word of the question is stored"),
}


def lists(seen: Activation) -> None:
    """What comes first in four rankings, side by side, with what is expected marked."""
    st.subheader("What comes first, with links and without")
    wanted = {one.id for one in seen.evidence}
    for column, (ranking, (title, none)) in zip(st.columns(len(COLUMNS)), COLUMNS.items(), strict=True):
        with column:
            many = f"  \n{_of(seen.found(ranking), seen)} expected" if seen.wanted else ""
            look.label(title.format(gamma=seen.gamma) + many, key=f"label-{ranking}")
            rows = [f"{named(one.name, 60)}{' ✓' if one.id in wanted else ''}" for one in seen.lists[ranking]]
            marked = [f"**{row}**" if row.endswith("✓") else row for row in rows]
            st.markdown("\n".join(f"{n}. {row}" for n, row in enumerate(marked, 1)) or f"*{none}*")
    st.caption("✓ expected. A memory scores as its best cue." if wanted else "A memory scores as its best cue.")


def maths(trace: Trace) -> None:
    """The equations of the ranking, with the numbers executed for the memory to which links bring most."""
    with look.part("maths", "hopsassociation"), st.expander("The maths of the ranking, with the numbers just executed"):
        c = formula.linked(trace) or trace.answer
        st.markdown(f"**The score** of {quoted(c.title or c.cue, 80)}: by itself, and with what its links bring.")
        equations.show(*formula.ranking(trace, c))
        st.markdown("**As attention**: a hop over links is an attention step with a relation matrix.")
        equations.show(formula.relation_attention(trace))


def by_codes(memory: Memory, trace: Trace) -> dict[str, go.Figure]:
    """The same links as Hebb's rule stores them between codes, held against the exact sum; the codes must be made.

    The figure by its key; none if nothing is linked.
    """
    if not (trace.terms.links and trace.asking.links):
        return {}
    brought = codes.by_codes(memory.bank, trace)
    names = {i: name(memory.get(i)) for i in brought.ids}
    fig, r = agreement(brought, names), brought.correlation
    st.subheader("The links of the ranking, stored between codes")
    st.markdown(
        f"Each of the {trace.terms.links:,} links is stored by Hebb's rule, code of the one to code of the other, and "
        "the senders send their codes instead of numbers."
        + ("" if r is None else f" What comes out agrees with the exact sum at **r = {r:.2f}**")
        + f" (separation {brought.separation}); the rest is crosstalk of codes that share units."
    )
    plot(fig, "agreement", agreement_words(brought, names), on_pick=controls.choose)
    return {"agreement": fig}
