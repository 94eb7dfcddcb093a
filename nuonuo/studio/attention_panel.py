"""What the attention page says and asks: β with its reasons, several questions at once, and the proof."""

import json
import math

import streamlit as st
import torch

from nuonuo import Memory, Trace, attention_formula
from nuonuo.attention import HIGHEST, SHARE, Dial, Grid, View, attend, dial, grid, view
from nuonuo.attention_proof import PATTERNS, Proof, prove
from nuonuo.figures.attention import amount
from nuonuo.studio import banks, known, look, state
from nuonuo.studio.words import ordinal, quoted

LINES = 6  # questions of a visitor's that are shown at once


def seen_now(memory: Memory, trace: Trace) -> tuple[View, Dial]:
    """The question's attention over all memories, at the shared β."""
    s, bank = st.session_state, memory.bank
    seen = attend(bank, trace.key[None], s.beta)
    return view(bank, seen, trace.probe, also=(s.pick, s.want)), dial(seen.similarity[0], bank.d, s.beta)


def verdict(view: View, dial: Dial) -> None:
    """The regime in one sentence, with its numbers, and whether a larger β could help."""
    N, beta, best = f"{dial.N:,}", f"{dial.now.beta:.3g}", view.answer
    if dial.N == 1:
        look.verdict("One memory is stored, so it has all the attention, whatever β is.")
        return
    says = {
        "winner": f"At β = {beta} the question picks one memory of {N}: {quoted(best.cue)}, p = {best.weight:.2f}.",
        "blend": f"At β = {beta} about {amount(dial.now.number)} of {N} memories share the attention: a blend, "
        f"led by {quoted(best.cue)} with p = {best.weight:.2f}.",
        "uniform": f"At β = {beta} the attention is spread over {amount(dial.now.number)} of {N} memories. "
        f"That is an average, not a recall: the best gets p = {best.weight:.2g}.",
    }
    sentence = says[dial.regime]
    meant = view.place(st.session_state.want)
    if meant and meant.memory.id != best.id:
        sentence += (
            f" You probably meant {quoted(meant.memory.cue)}, which is {ordinal(meant.rank)}: "
            "a larger β makes the winner surer, not right."
        )
    look.verdict(sentence)


def dial_notes(dial: Dial) -> None:
    """What theory promises and what is so, in one line."""
    if dial.N == 1:
        return
    if math.isinf(dial.needed.beta):
        sentence = "The best two memories are equally similar: no β parts them."
    else:
        sentence = (
            f"The best two are Δ = {dial.gap:.3f} apart: theory promises {SHARE:.0%} for the first at "
            f"β = {amount(dial.needed.beta)}, and here β = {dial.reached.beta:.4g} gives it."
        )
    st.caption(
        f"{sentence} At β = ln N = {dial.log_n.beta:.3g}, {amount(dial.log_n.number)} of {dial.N:,} share; at a "
        f"transformer's 1/√{dial.d} = {dial.scale.beta:.2g}, {amount(dial.scale.number)}. "
        "Click the curve to take its β."
    )


def presets(dial: Dial) -> None:
    """Three β for this question; the first fails, the second mostly."""
    s = st.session_state
    if dial.N == 1:
        return
    enough = dial.needed.beta if dial.needed.beta <= HIGHEST else dial.reached.beta
    tries = [
        (f"A transformer's 1/√{dial.d}: an average", dial.scale.beta),
        (f"The rule of thumb ln {dial.N:,} = {dial.log_n.beta:.3g}", dial.log_n.beta),
        (f"Enough for one winner: {enough:.3g}", enough)
        if enough <= HIGHEST
        else (f"No β up to {HIGHEST:g} is enough: see", HIGHEST),
    ]
    st.subheader("What to try")
    with st.container(horizontal=True):
        for number, (label, beta) in enumerate(tries):
            st.button(label, on_click=state.ask, args=(s.q, s.want), kwargs={"beta": beta}, key=f"beta-{number}")


@st.cache_data(show_spinner=False)
def held_out(name: str) -> dict[str, list[str]]:
    """A sample's questions that are not stored, by the cue of the memory they mean."""
    rows = [json.loads(line) for line in (banks.SAMPLES / f"{name}.jsonl").read_text("utf-8").splitlines()]
    return {row["cue"]: row["queries"] for row in rows}


def questions(memory: Memory, view: View) -> list[str]:
    """This question, then the visitor's lines, else held-out questions about the memories it attends to most.

    A bank without held-out questions lends those memories' own cues.
    """
    lines = [line for line in _typed() if known.probe(memory, line) is not None]
    if not lines:
        others = held_out(st.session_state.bank) if banks.is_sample() else {}
        cues = [memory.get(place.memory.id).cues[0] for place in view.shown]
        lines = [(others.get(cue) or [cue])[0] for cue in cues]
    asked = st.session_state.q
    return [asked, *[line for line in dict.fromkeys(lines) if line != asked][: LINES - 1]]


def compare(memory: Memory, trace: Trace, asked: list[str]) -> tuple[Grid, Proof]:
    """Q×K of several questions, and the proof over the same Q."""
    beta, bank = st.session_state.beta, memory.bank
    rest = bank.whitening(known.embed(memory, asked[1:]).to(trace.key))
    Q = torch.cat([trace.key[None], rest])  # (n, d)
    near = (bank.keys @ trace.key).topk(min(PATTERNS, memory.cues)).indices
    cues = [bank.texts[row] for row in near.tolist()]
    return grid(bank, attend(bank, Q, beta), asked), prove(Q, bank.keys[near], beta, cues)


def _typed() -> list[str]:
    """The visitor's lines."""
    return [line.strip() for line in (st.session_state.lines or "").splitlines() if line.strip()]


def ask_lines(memory: Memory) -> None:
    """Where a visitor asks questions of their own."""
    able = [line for line in _typed() if known.probe(memory, line) is not None]
    other = "yours" if able else "others about the memories it attends to"
    st.caption(
        f"A row is a question: the one above, then {other}. A column is a memory. A row sums to 1; "
        "“shared by” is its effective number of memories."
    )
    with st.expander("Ask your own questions, one a line"):
        st.text_area(
            "Questions",
            key="lines",
            max_chars=2000,
            placeholder="Where is the spare key?\nWho has a key?",
            label_visibility="collapsed",
            help=f"The first {LINES - 1} are used.",
        )
        if len(able) < len(_typed()):
            st.caption(f"{known.NO_ENCODER}: of your lines it can be asked {len(able)}, those that are stored cues.")


def proof_panel(proof: Proof, cues: int) -> None:
    """Each check: how far the two results lie apart, whether that is rounding, and the code that ran."""
    part = (
        f"all {proof.N:,} stored cues" if cues == proof.N else f"the {proof.N:,} most similar of {cues:,} stored cues"
    )
    part = "the only stored cue" if cues == 1 else part
    st.markdown(
        f"{proof.n} questions over {part} ({proof.d} numbers each), computed in two ways just now. "
        "The largest difference of any number in the two results:"
    )
    for column, check in zip(st.columns(3), proof.checks, strict=True):
        column.metric(f"{check.ours} and {check.theirs}", f"{check.delta:.1e}" if check.delta else "0")
        verdict = ":material/check: passes" if check.passed else ":material/close: **fails**"
        column.markdown(f"{verdict}, tolerance {check.tolerance:.0e}")
    with st.expander("The code that just ran"):
        for source in dict.fromkeys(source for check in proof.checks for source in check.sources):
            st.code(source, language="python")
    _linear(proof)


def _linear(proof: Proof) -> None:
    """What linear attention recalls beside softmax: it is Hebb's memory, with Hebb's faults."""
    linear, soft = proof.linear, proof.softmax
    start = (
        "**Nothing special here:** without the softmax, attention is Hebb's matrix of outer products. "
        f"Its result for your question lies nearest to {quoted(linear.cue)}, at cosine {linear.cosine:.2f}"
    )
    if linear.cue == soft.cue:
        st.markdown(f"{start}; with softmax at β = {proof.beta:.3g} it is the same memory, at {soft.cosine:.2f}.")
    else:
        st.markdown(f"{start}; with softmax at β = {proof.beta:.3g} to {quoted(soft.cue)}, at {soft.cosine:.2f}.")


def names(view: View, dial: Dial, proof: Proof) -> None:
    """Q, K and V on both sides of the equation, with the numbers of the chosen memory."""
    place = view.chosen
    q = ", ".join(f"{pair[0]:.3f}" for pair in place.terms)
    k = ", ".join(f"{pair[1]:.3f}" for pair in place.terms)
    with st.expander("Q, K and V by both names, with the numbers just executed"):
        st.latex(attention_formula.two_names(view))
        st.markdown(
            "| attention | Hopfield | here |\n|---|---|---|\n"
            f"| query Q | state ξ | your question: {view.d} numbers ({q}, …) |\n"
            f"| keys K | patterns X | {view.N:,} memories; {quoted(place.memory.cue, 40)}: ({k}, …) |\n"
            "| values V | patterns X again | the same memories: the state moves towards them |\n"
            f"| 1/√d | β | {view.beta:.4g} here; 1/√{view.d} = {dial.scale.beta:.3g} |"
        )
        st.markdown(
            f"The {ordinal(place.rank)} memory, {quoted(place.memory.cue)}: its similarity and its share. "
            "Click a bar above to see another's."
        )
        st.latex(attention_formula.similarity(place, view.d))
        st.latex(attention_formula.weight(view))
        st.latex(attention_formula.number(dial))
        if dial.N > 1 and dial.gap > 0:
            st.latex(attention_formula.needed(dial))
        st.latex(attention_formula.hebb(proof))
