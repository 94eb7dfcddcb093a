"""What the hops page says and asks: the switches, the verdict and its mending, the ledger, the maths."""

from dataclasses import replace
from typing import Any

import streamlit as st

from nuonuo import Memory, Noise, Trace, formula, formula_hops
from nuonuo.association import Separation, identity, power, softmax
from nuonuo.chains import HELD, Followed, follow
from nuonuo.studio import known, linking, look
from nuonuo.studio.chain_making import follow_story
from nuonuo.studio.words import ordinal, quoted

SEPARATIONS: dict[str, Separation] = {"linear": identity(), "power": power(3), "softmax": softmax(8)}
NAMES = {"linear": "linear (Hebb)", "power": "power 3", "softmax": "softmax 8"}
QUICK = 2_000  # cues whose codes are made while one waits


def controls() -> None:
    """The two switches, and how far to hop, one click away."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    left.segmented_control(
        "How overlaps are separated",
        list(SEPARATIONS),
        format_func=lambda name: NAMES[name],
        key="sep",
        required=True,
        help="Linear is Hebb's W, which is linear attention; softmax is attention; power 3 a dense associative memory.",
    )
    right.toggle("Whiten the embeddings first", key="whiten", help="Off: codes of the embeddings as they are.")
    with st.expander(f"Hops: {st.session_state.hops} at most", key="more"):
        st.slider("Hops", 1, 12, key="hops")


def run(memory: Memory, sep: str, whitened: bool) -> tuple[Trace, Followed]:
    """Recall the shared question, hop from the settled state, and judge every hop. The codes must be made."""
    s = st.session_state
    noise = Noise(sigma=s.sigma, drop=s.drop, seed=s.seed)
    chosen = SEPARATIONS[sep]
    trace = memory.recall(known.question(memory), int(s.k), s.beta, int(s.steps), noise, int(s.hops), chosen, whitened)
    bank = memory.bank if whitened else memory.bank.unwhitened()
    return replace(trace, query=s.q), follow(bank, trace, int(s.hops))


def chain(memory: Memory, asked: Trace) -> tuple[Trace, Followed] | None:
    """The chain under the chosen switches; None if its codes cannot be made."""
    s, place = st.session_state, st.empty()
    place.markdown(f"Recalled {quoted(asked.answer.cue)}. Its hops follow.")
    made = linking.ready(memory, s.whiten)
    place.empty()
    return run(memory, s.sep, s.whiten) if made else None


def verdict(trace: Trace, followed: Followed) -> None:
    """How far the chain holds, or its first broken link."""
    if followed.start is None:
        look.verdict("No hop was made: the code of the settled state resembles no stored cue. It is a blend.")
    elif followed.broken:
        look.verdict(_broken(trace, followed))
    else:
        look.verdict(_whole(followed))
    if followed.start and followed.start.id != trace.answer.id:
        st.caption(
            f"Attention's answer was {quoted(trace.answer.cue)}, but the settled state's code is closest to "
            f"{quoted(followed.start.cue)}: that is where the chain starts."
        )


def _broken(trace: Trace, followed: Followed) -> str:
    step = followed.broken
    assert step is not None
    if step.right is None:
        return f"**Hop {step.number} is broken**: no stored link leads on from there."
    sentence = f"**The chain breaks at hop {step.number}.** Its link leads to {quoted(step.right.target, 80)}, but "
    if step.recalled is None:
        sentence += f"the code has faded: {trace.stop}."
    elif not step.same:
        sentence += f"{quoted(step.recalled.target, 80)} comes out, at cosine {step.recalled.cosine:.2f}."
    else:
        sentence += f"its code comes out at cosine {step.recalled.cosine:.2f}, below {HELD:g}."
    if step.right.ways > 1:
        sentence += f" This cue is stored with {step.right.ways} targets, and they all come at once."
    elif trace.separation == "linear":
        sentence += f" All {trace.bank['cues']:,} links add to the sum, and look-alikes share units."
    return f"{sentence} From hop {followed.mended} on it is whole again." if followed.mended else sentence


def _whole(followed: Followed) -> str:
    done = [step.recalled for step in followed.steps if step.recalled]
    assert followed.start is not None
    count = "One hop" if len(done) == 1 else f"{len(done)} hops"
    worst = min(hop.cosine for hop in done)
    whole = "The code" if len(done) == 1 else "Every code"
    sentence = f"**{count}**, none broken: from {quoted(followed.start.cue, 80)} to {quoted(done[-1].target, 80)}. "
    sentence += f"{whole} arrived whole." if worst > 0.995 else f"No code arrived below cosine {worst:.2f}."
    if len(done) == followed.asked:
        return sentence
    if "loop" in (followed.stop or ""):
        return f"{sentence} Then the chain goes round: the last hop came back to a memory already recalled."
    return f"{sentence} There it ends, as it should: no stored cue resembles that."


def mend(memory: Memory, followed: Followed) -> None:
    """When a link is broken: the switches that mend it, each tried before. When nothing leads on: a story."""
    s = st.session_state
    if followed.broken is None:
        if followed.held <= 1 < followed.asked:
            left, right = st.columns([1, 2], vertical_alignment="center")
            left.button("Follow a story instead", type="primary", on_click=follow_story, key="story", width="stretch")
            right.caption("These memories do not lead to one another. In the stories each sentence recalls the next.")
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
    if followed.lost:
        sentence = f"**Plain nearest neighbour** leaves the links' way at hop {followed.lost}."
    elif followed.broken and followed.broken.right and followed.broken.right.ways > 1:
        sentence = "**Plain nearest neighbour** meets the same tie, takes one of the targets and does not say so."
    elif followed.broken:
        sentence = "**Plain nearest neighbour does better here**: asked again with each recalled text, it never strays."
    else:
        sentence = "**Plain nearest neighbour**, asked again with each recalled text, finds the same way."
    if len(followed.nearest) > led and not followed.lost:
        after = followed.nearest[led]
        sentence += (
            f" It does not know when to stop: it goes on with {quoted(after.target, 60)}, at cosine {after.cosine:.2f}."
        )
    st.markdown(sentence)
    st.caption("It needs the text, its embedding and a search at each hop; a link goes from code to code without them.")


def ledger(followed: Followed) -> None:
    """One row a hop: what came out, how surely, and what else it might have been."""
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
    with st.expander("The maths, with the numbers just executed"):
        st.markdown("**A hop** weighs every link by how many units its cue shares with the code.")
        st.latex(formula_hops.hop(trace, SEPARATIONS[str(trace.separation).split()[0]]))
        st.markdown("**Without separation** this is Hebb's matrix, which is also linear attention. It is never built.")
        st.latex(formula_hops.hebb(trace))
        if trace.hops:
            st.markdown(f"**The {ordinal(1)} hop**: confidence, cosine and margin.")
            st.latex(formula_hops.first(trace))
        st.markdown("**Keys**, of which the codes are made.")
        st.latex(formula.whitened_key(trace))
