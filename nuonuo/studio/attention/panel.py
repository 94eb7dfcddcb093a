"""What the attention page says and asks: β with its reasons, several queries at once, and the proof."""

import json
import math

import plotly.graph_objects as go
import streamlit as st
import torch

from nuonuo import Memory, Trace
from nuonuo.explain.attention.proof import PATTERNS, Proof, prove
from nuonuo.explain.attention.view import HIGHEST, SHARE, Dial, Grid, View, attend, dial, grid, view
from nuonuo.figures import attention as figures
from nuonuo.figures.attention import amount
from nuonuo.latex import association as association_formula
from nuonuo.latex import attention as attention_formula
from nuonuo.memory.bank import Bank
from nuonuo.memory.outcome import Kind
from nuonuo.studio.shell import answer, banks, controls, equations, known, look, sets
from nuonuo.studio.shell.plot import plot
from nuonuo.studio.shell.presets import take as take_preset
from nuonuo.studio.shell.words import ordinal, quoted

LINES = 6  # queries of a visitor's that are shown at once


def bank_of(memory: Memory, trace: Trace) -> Bank:
    """The bank with the keys that the recall asked."""
    return memory.bank if trace.asking.whitened else memory.bank.unwhitened()


def seen_now(memory: Memory, trace: Trace) -> tuple[View, Dial]:
    """The query's attention over all memories, at the recall's β."""
    s, bank, beta = st.session_state, bank_of(memory, trace), trace.asking.beta
    seen = attend(bank, trace.key[None], beta)
    return view(bank, seen, trace.probe, also=(s.pick, s.want)), dial(seen.similarity[0], bank.d, beta)


def at_rest(trace: Trace) -> dict[int, float]:
    """Attention of each candidate where the state comes to rest, by id."""
    return {c.id: p for c, p in zip(trace.candidates, trace.outcome.rest.p.tolist(), strict=True)}


def verdict(memory: Memory, trace: Trace, view: View, dial: Dial) -> None:
    """What was recalled, then how many of all memories share the attention, and whether a larger β could help."""
    want, beta, expected = st.session_state.want, f"{dial.now.beta:.3g}", sets.expected(memory)
    story = answer.recalled(trace, expected)
    if dial.N == 1:
        look.verdict(f"{story}\n\nOne memory is stored, so it has all the attention, whatever β is.")
        return
    at = f"At β = {beta}"
    says = {
        Kind.ONE: f"{at} one memory has most of the attention",
        Kind.SUBSET: f"{at} about {amount(dial.now.number)} memories share the attention",
        Kind.ALL: f"{at} the attention is spread over {amount(dial.now.number)} of {dial.N:,} memories",
    }
    sentence = f"{story}\n\n{says[dial.kind]}: the first has p = {answer.share(view.answer.weight)} over {_all(dial)}."
    place = view.place(want)
    if place and not expected & {trace.answer.id, view.answer.id}:
        sentence += (
            f" Expected {quoted(place.memory.target)}, which is {ordinal(place.rank)} by attention: "
            "a larger β gives the first more attention, it does not change the order."
        )
    look.verdict(sentence)
    if late := answer.steps_taken(trace):
        st.caption(late)


def _all(dial: Dial) -> str:
    return f"all {dial.N:,} memories"


def dial_notes(dial: Dial) -> None:
    """The β that theory gives and the one that suffices here, in one line."""
    if dial.N == 1:
        return
    if math.isinf(dial.needed.beta):
        sentence = "The first two memories are equally similar: no β separates them."
    else:
        sentence = (
            f"The similarities of the first two differ by Δ = {dial.gap:.3f}: by theory β = {amount(dial.needed.beta)} "
            f"suffices to give the first {SHARE:.0%}; here β = {dial.reached.beta:.4g} does."
        )
    st.caption(
        f"{sentence} At β = ln N = {dial.log_n.beta:.3g}, {amount(dial.log_n.number)} of {dial.N:,} memories share the "
        f"attention; at a transformer's 1/√{dial.d} = {dial.scale.beta:.2g}, {amount(dial.scale.number)}. "
        "Click the curve to take its β."
    )


def presets(dial: Dial) -> None:
    """Three β for this query; the first fails, the second mostly."""
    if dial.N == 1:
        return
    enough = dial.needed.beta if dial.needed.beta <= HIGHEST else dial.reached.beta
    tries = [
        (f"A transformer's 1/√{dial.d}: all share", dial.scale.beta),
        (f"The rule of thumb ln {dial.N:,} = {dial.log_n.beta:.3g}", dial.log_n.beta),
        (f"Enough for one memory: {enough:.3g}", enough)
        if enough <= HIGHEST
        else (f"No β up to {HIGHEST:g} is enough", HIGHEST),
    ]
    with look.tries():
        for number, (label, beta) in enumerate(tries):
            st.button(label, on_click=take_preset, kwargs={"beta": beta}, key=f"beta-{number}")


@st.cache_data(show_spinner=False)
def held_out(name: str) -> dict[str, list[str]]:
    """A sample's queries that are not stored, by the cue of the memory expected for each."""
    rows = [json.loads(line) for line in (banks.SAMPLES / f"{name}.jsonl").read_text("utf-8").splitlines()]
    return {row["cue"]: row.get("queries", []) for row in rows}


def questions(memory: Memory, view: View) -> list[str]:
    """This query, then the visitor's lines, else held-out queries for the memories it attends to most.

    In a bank without held-out queries those memories' own cues are asked.
    """
    lines = [line for line in _typed() if known.probe(memory, line) is not None]
    if not lines:
        others = held_out(banks.root()) if banks.is_sample() else {}
        cues = [memory.get(place.memory.id).cues[0] for place in view.shown]
        lines = [(others.get(cue) or [cue])[0] for cue in cues]
    asked = st.session_state.q
    return [asked, *[line for line in dict.fromkeys(lines) if line != asked][: LINES - 1]]


def compare(memory: Memory, trace: Trace, asked: list[str]) -> tuple[Grid, Proof]:
    """Q×K of several queries, and the proof over the same Q."""
    beta, bank = trace.asking.beta, bank_of(memory, trace)
    rest = bank.whitening(known.embed(memory, asked[1:]).to(trace.key))
    Q = torch.cat([trace.key[None], rest])  # (n, d)
    near = (bank.keys @ trace.key).topk(min(PATTERNS, len(bank.owner))).indices
    cues = [bank.texts[row] for row in near.tolist()]
    return grid(bank, attend(bank, Q, beta), asked), prove(Q, bank.keys[near], beta, cues)


def _typed() -> list[str]:
    """The visitor's lines."""
    return [line.strip() for line in (st.session_state.lines or "").splitlines() if line.strip()]


def matrix(memory: Memory, found: Grid) -> go.Figure:
    """Attention of several queries, and where a visitor asks queries of their own; the figure."""
    fig = figures.grid(found)
    plot(fig, "matrix", figures.grid_words(found), on_pick=controls.choose)
    able = [line for line in _typed() if known.probe(memory, line) is not None]
    other = "yours" if able else "others about the memories it attends to"
    st.caption(
        f"A row is a query: the one above, then {other}. A column is a memory. A row is p over all memories and sums "
        "to 1; “shared by” is how many memories share that attention."
    )
    with st.expander("Ask your own questions, one per line"):
        st.text_area(
            "Queries",
            key="lines",
            max_chars=2000,
            placeholder="Where is the spare key?\nWho has a key?",
            label_visibility="collapsed",
            help=f"The first {LINES - 1} are used.",
        )
        if len(able) < len(_typed()):
            st.caption(f"{known.NO_ENCODER}: only stored cues can be asked, {len(able)} of your lines.")
    return fig


def proof_panel(proof: Proof, cues: int) -> None:
    """Each check: how far the two results lie apart, whether that is rounding, and the code that ran."""
    part = (
        f"all {proof.N:,} stored cues" if cues == proof.N else f"the {proof.N:,} most similar of {cues:,} stored cues"
    )
    part = "the only stored cue" if cues == 1 else part
    st.markdown(
        f"{proof.n} {'query' if proof.n == 1 else 'queries'} over {part} ({proof.d} numbers each), computed in two "
        "ways just now. "
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
    """What linear attention gives beside softmax: it is Hebb's memory, with Hebb's faults."""
    linear, soft = proof.linear, proof.softmax
    start = (
        "**Without the softmax, attention is Hebb's matrix** of outer products. "
        f"Its result for your query lies nearest to {quoted(linear.cue)}, at cosine {linear.cosine:.2f}"
    )
    if linear.cue == soft.cue:
        st.markdown(f"{start}; with softmax at β = {proof.beta:.3g} it is the same memory, at {soft.cosine:.2f}.")
    else:
        st.markdown(f"{start}; with softmax at β = {proof.beta:.3g} to {quoted(soft.cue)}, at {soft.cosine:.2f}.")


def relations(trace: Trace) -> None:
    """A hop over links as attention with a matrix of relations, folded."""
    with st.expander("Links are attention too: the values are a matrix of relations"):
        if not trace.asking.links or not trace.terms.links:
            why = "Links are off (γ = 0)" if not trace.asking.links else "No memory of this bank is linked"
            st.markdown(f"{why}, so nothing is sent: candidates are ranked by {answer.ranked_by(trace)} alone.")
            return
        st.markdown(
            "Attention reads out values, $V^\\top p$. Put the links between memories in place of $V$, and the "
            "attention of one memory reaches those that it names: one hop, added to their scores."
        )
        equations.show(association_formula.relation_attention(trace))
        if brought := association_formula.linked(trace):
            st.markdown(f"It brings most to {answer.target(brought)}, {ordinal(trace.rank(brought.id) or 0)}.")
            equations.show(*association_formula.ranking(trace, brought))


def names(view: View, dial: Dial, proof: Proof) -> None:
    """Q, K and V on both sides of the equation, with the numbers of the chosen memory."""
    place = view.chosen
    q = ", ".join(f"{pair[0]:.3f}" for pair in place.terms)
    k = ", ".join(f"{pair[1]:.3f}" for pair in place.terms)
    equations.show(attention_formula.two_names(view))
    st.markdown(
        "| attention | Hopfield | here |\n|---|---|---|\n"
        f"| query Q | state ξ | your query: {view.d} numbers ({q}, …) |\n"
        f"| keys K | patterns X | {view.N:,} memories; {quoted(place.memory.cue, 40)}: ({k}, …) |\n"
        "| values V | patterns X again | the same memories: the state moves towards them |\n"
        f"| 1/√d | β | {view.beta:.4g} here; 1/√{view.d} = {dial.scale.beta:.3g} |"
    )
    st.markdown(
        f"The {ordinal(place.rank)} memory, {quoted(place.memory.cue)}: its similarity and its share. "
        "Click a bar above to see another's."
    )
    equations.show(attention_formula.similarity(place, view.d), attention_formula.weight(view))
    equations.show(attention_formula.number(dial))
    if dial.N > 1 and dial.gap > 0:
        equations.show(attention_formula.needed(dial))
    equations.show(attention_formula.hebb(proof))
