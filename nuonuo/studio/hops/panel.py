"""What the hops page says and asks: the switches, the verdict and its fix, the ledger, the maths."""

from dataclasses import replace
from typing import Any

import streamlit as st

from nuonuo import Memory, Trace
from nuonuo.explain.hops.chains import HELD, Followed, follow
from nuonuo.latex import hops as formula_hops
from nuonuo.latex import recall as formula
from nuonuo.maths.association import SEPARATIONS
from nuonuo.studio.hops.making import follow_story
from nuonuo.studio.shell import answer, equations, known, linking, look, state
from nuonuo.studio.shell.words import quoted

QUICK = 2_000  # cues whose codes are made while one waits


def controls() -> None:
    """The two switches, and how far to hop, one click away."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    left.segmented_control(
        "How overlaps are separated",
        list(SEPARATIONS),
        format_func=lambda name: f"{SEPARATIONS[name]}{' (Hebb)' * (name == 'linear')}",
        key="sep",
        required=True,
        help="Linear is Hebb's W, which is linear attention; softmax is attention; power 3 a dense associative memory.",
    )
    right.toggle("Whiten the embeddings first", key="whiten", help="Off: codes of the embeddings as they are.")
    with st.expander(f"Hops: {st.session_state.hops} at most", key="more"):
        st.slider("Hops", 1, 12, key="hops")


def run(memory: Memory, sep: str, whitened: bool) -> tuple[Trace, Followed]:
    """Recall the shared query, hop from its last state, and judge every hop. The codes must be made."""
    s, bank = st.session_state, memory.bank
    how = replace(state.asking(int(s.hops)), separation=str(SEPARATIONS[sep]), whitened=whitened)
    trace = memory.recall(known.question(memory), how)
    return replace(trace, query=s.q), follow(bank if whitened else bank.unwhitened(), trace, int(s.hops))


def chain_of(memory: Memory, asked: Trace) -> tuple[Trace, Followed] | None:
    """The second half of the page: the chain with its verdict, switches and fix; None if its codes cannot be made."""
    st.divider()
    st.header("Links between codes: a chain of hops")
    st.markdown(
        "A Hebbian link leads from a memory's cue to its target: the code of the settled state is sent over all of "
        "them, and what comes out is sent again. No text is read and nothing is searched on the way."
    )
    said = st.container()
    controls()
    if done := chain(memory, asked):
        with said:
            verdict(*done)
            mend(memory, done[1])
    return done


def chain(memory: Memory, asked: Trace) -> tuple[Trace, Followed] | None:
    """The chain under the chosen switches; None if its codes cannot be made."""
    s, place = st.session_state, st.empty()
    place.markdown(f"{answer.recalled(asked)} Its hops follow.")
    made = linking.ready(memory, s.whiten)
    place.empty()
    return run(memory, s.sep, s.whiten) if made else None


def verdict(trace: Trace, followed: Followed) -> None:
    """What was recalled, from which state the hops start, and how far the chain holds or its first broken link."""
    want = st.session_state.want
    story = answer.recalled(trace, () if want is None else (want,))
    if followed.start is None:
        chain = "**No hop was made**: the code of that state resembles no stored cue."
    else:
        chain = _broken(trace, followed) if followed.broken else _whole(followed)
    look.verdict(f"{story}\n\nThe hops start from {answer.last_state(trace)}. {chain}")
    if followed.start and followed.start.id != trace.answer.id:
        st.caption(
            f"The chain starts at the cue {quoted(followed.start.cue)}, whose code is closest to that of this state. "
            "It is not a cue of the memory ranked first."
        )


def _broken(trace: Trace, followed: Followed) -> str:
    step = followed.broken
    assert step is not None
    if step.right is None:
        return f"**Hop {step.number} fails**: no stored link leads on from there."
    sentence = f"**The chain breaks at hop {step.number}.** Its link leads to {quoted(step.right.target, 80)}, but "
    if step.recalled is None:
        sentence += f"the code leads nowhere: {trace.stop}."
    elif not step.same:
        sentence += f"{quoted(step.recalled.target, 80)} comes out, at cosine {step.recalled.cosine:.2f}."
    else:
        sentence += f"its code comes out at cosine {step.recalled.cosine:.2f}, below {HELD:g}."
    if step.right.ways > 1:
        sentence += f" This cue is stored with {step.right.ways} targets, and the sum mixes them all."
    elif trace.asking.separation == "linear":
        sentence += f" All {trace.bank.cues:,} links add to the sum, and similar memories share units."
    return f"{sentence} From hop {followed.held_again} on every hop holds again." if followed.held_again else sentence


def _whole(followed: Followed) -> str:
    done = [step.recalled for step in followed.steps if step.recalled]
    assert followed.start is not None
    count = "One hop" if len(done) == 1 else f"{len(done)} hops"
    if {hop.id for hop in done} == {followed.start.id} and "loop" in (followed.stop or ""):
        return f"**{count}**, none broken: {quoted(followed.start.cue, 80)} recalls itself, so its chain is a loop."
    worst = min(hop.cosine for hop in done)
    sentence = f"**{count}**, none broken: from {quoted(followed.start.cue, 80)} to {quoted(done[-1].target, 80)}. "
    sentence += f"The lowest cosine of a code that came out to the stored one is {worst:.2f}."
    if len(done) == followed.asked:
        return sentence
    if "loop" in (followed.stop or ""):
        return f"{sentence} Then the chain is a loop: the last hop came back to a memory already recalled."
    return f"{sentence} There it ends, rightly: no stored cue resembles that."


def mend(memory: Memory, followed: Followed) -> None:
    """When a hop is broken: the switches that fix it, each tried before. When nothing leads on: a story."""
    s = st.session_state
    if followed.broken is None:
        alone = {step.recalled.id for step in followed.steps if step.recalled}
        if len(alone) <= 1 < followed.asked:
            left, right = st.columns([1, 2], vertical_alignment="center")
            left.button("Follow a story instead", type="primary", on_click=follow_story, key="story", width="stretch")
            right.caption(
                "The targets here are no cues of other memories. In the stories each sentence recalls the next."
            )
        return
    changes: list[tuple[str, dict[str, Any]]] = []
    if not s.whiten and (memory.bank.coded or memory.cues <= QUICK):
        changes.append(("Whiten the embeddings", {"whiten": True}))
    if s.sep == "linear":
        changes.append(("Separate by power 3", {"sep": "power"}))
    for number, (label, change) in enumerate(changes):
        tried = run(memory, change.get("sep", s.sep), change.get("whiten", s.whiten))[1]
        if tried.held <= followed.held:
            continue
        left, right = st.columns([1, 2], vertical_alignment="center")
        left.button(label, type="primary", on_click=s.update, kwargs=change, key=f"mend-{number}", width="stretch")
        right.caption(f"Tried just now: {tried.held} of {len(tried.steps)} hops hold instead of {followed.held}.")


def nearest(followed: Followed) -> None:
    """Nearest neighbour asked hop by hop, held against where the links lead."""
    led = sum(step.right is not None for step in followed.steps)
    start = "**Plain nearest neighbour**, asked again with each recalled text,"
    broken, first = followed.broken, followed.nearest[0]
    if followed.start is None:
        sentence = f"{start} needs no code to start from: it recalls {quoted(first.target)} and goes on from there."
    elif broken and broken.right and broken.right.ways > 1 and followed.lost in (None, broken.number):
        sentence = f"{start} meets the same tie, takes one of the targets and does not say so."
    elif followed.lost:
        sentence = f"{start} leaves the way of the stored links at hop {followed.lost}."
    elif broken:
        sentence = f"{start} follows the stored links all the way: **it does better here**."
    else:
        sentence = f"{start} finds the same way."
    if followed.start and len(followed.nearest) > led and not followed.lost:
        after = followed.nearest[led]
        sentence += (
            f" It does not know when to stop: it goes on with {quoted(after.target, 60)}, at cosine {after.cosine:.2f}."
        )
    st.markdown(sentence)
    st.caption(
        "It needs the text, its embedding and a search at each hop; a link leads from code to code without them."
    )


def nothing(followed: Followed) -> str:
    """Why no hop was made; empty if one was."""
    return "" if followed.steps else f"No hop was made: {followed.stop}."


def ledger(followed: Followed) -> None:
    """One row a hop: what came out, how surely, and what else it might have been; nothing if no hop was made."""
    if not followed.steps:
        return
    rows = []
    for step in followed.steps:
        hop, right = step.recalled, step.right
        rows.append(
            {
                "hop": step.number,
                "recalled": hop.target if hop else "nothing: the chain had ended",
                "holds": step.held,
                "cosine": hop.cosine if hop else None,
                "confidence": hop.confidence if hop else None,
                "runner-up": (hop.runner_up_target if hop else None) or "",
                "margin": hop.margin if hop else None,
                "its link leads to": right.target if right else "",
            }
        )
    st.subheader("Hop by hop")
    two = st.column_config.NumberColumn(format="%.2f")
    wide = st.column_config.TextColumn(width="medium")
    numbers = {"cosine": two, "confidence": two, "margin": two}
    texts = {"recalled": wide, "runner-up": wide, "its link leads to": wide}
    st.dataframe(rows, hide_index=True, column_config=numbers | texts, placeholder="–")
    st.caption(
        "Cosine: of the code that came out to the stored target's. Confidence: of the code that went in to the best "
        f"stored cue. Margin: lead over the runner-up. A hop holds if it lands where its link leads, at {HELD:g} or "
        f"better. The hops ended because: {followed.stop}."
    )


def maths(trace: Trace) -> None:
    """The equations of a hop with the numbers just executed."""
    with look.part("maths", "hopspanel"), st.expander("The maths, with the numbers just executed"):
        st.markdown("**A hop** weighs every link by how many units its cue shares with the code.")
        equations.show(formula_hops.hop(trace))
        st.markdown("**Without separation** this is Hebb's matrix, which is also linear attention. It is never built.")
        equations.show(formula_hops.hebb(trace))
        if trace.hops:
            st.markdown("**The first hop**: confidence, cosine and margin.")
            equations.show(formula_hops.first(trace))
        st.markdown("**Keys**, of which the codes are made.")
        equations.show(formula.whitened_key(trace))
