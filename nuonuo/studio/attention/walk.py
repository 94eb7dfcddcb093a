"""One head step by step on the attention page: the matrices, a sentence for each step, and what is not Hopfield."""

import plotly.graph_objects as go
import streamlit as st
from torch import Tensor

from nuonuo.explain.attention.heads import TOLERANCE, Heads
from nuonuo.explain.attention.walk import Walk, walk
from nuonuo.figures.walk import ROWS, steps, steps_words
from nuonuo.memory.encoder import Encoder
from nuonuo.studio.shell.plot import plot
from nuonuo.studio.shell.words import typed

SHOWN = 3  # numbers of a row that are written out


def show(encoder: Encoder, heads: Heads, head: int) -> go.Figure:
    """The walk of the chosen token through the chosen head; its figure."""
    seen, drawn = read(encoder, heads, head, choose(heads))
    passed = ":material/check:" if seen.delta <= TOLERANCE else ":material/close: **this fails**:"
    st.markdown(
        f"Eq. 10 of Ramsauer et al. (arXiv:2008.02217) on layer {seen.layer + 1}, head {seen.head + 1}: everything "
        "below is computed here from what the layer reads and the head's own weights. "
        f"{passed} Largest difference of Q, K, V or output from what the model computed: **{seen.delta:.1e}**."
    )
    plot(drawn, "walk", steps_words(seen))
    shown = min(ROWS, len(seen.tokens))
    part = "" if shown == len(seen.tokens) else f" {shown} of {len(seen.tokens)} tokens are shown."
    st.caption(
        "A row is a token, a column a number: orange above 0, blue below, each panel on its own scale; p from 0 to "
        f"1. The frame is the chosen token's row; of K and V every row takes part.{part}"
    )
    st.markdown("\n".join(f"{number}. {sentence}" for number, sentence in enumerate(told(seen), 1)))
    st.markdown(f"**What is not Hopfield here.** {differences(seen)}")
    return drawn


def read(encoder: Encoder, heads: Heads, head: int, token: int) -> tuple[Walk, go.Figure]:
    """The walk and its figure, made once for each text, head and token: a move of β changes neither."""
    s = st.session_state
    if s.get("walk_of") is None or s.walk_of[0] is not heads or s.walk_of[1:] != (head, token):
        seen = walk(encoder, heads, head, token)
        s.walk_read, s.walk_of = (seen, steps(seen)), (heads, head, token)
    return s.walk_read


def choose(heads: Heads) -> int:
    """The token whose row is followed, by place."""
    last = len(heads.tokens) - 1
    st.session_state.token = min(int(st.session_state.token), last)
    return st.selectbox(
        "Token that asks",
        range(last + 1),
        format_func=lambda place: f"{place + 1}  {heads.tokens[place]}",
        key="token",
    )


def told(seen: Walk) -> list[str]:
    """One sentence for each step, with the numbers of the chosen token."""
    t, (L, d), size = seen.token, seen.R.shape, seen.Q.shape[1]
    me = f"“{typed(seen.tokens[t])}”"
    best = [f"“{typed(seen.tokens[i])}” {float(seen.p[t, i]):.3f}" for i in seen.p[t].topk(min(2, L)).indices.tolist()]
    top = int(seen.p[t].argmax())
    before = f"layer {seen.layer} hands on" if seen.layer else "the embedding of tokens and places gives"
    return [
        f"**R = Y, {L} × {d}:** the layer reads what {before}; {me} is {row(seen.R[t])}. In self-attention the same "
        "states ask (R) and are asked (Y).",
        f"**Q = R·W\\_Q, K = Y·W\\_K, V = Y·W\\_V:** three learned matrices of {d} × {size} (and a bias each) make "
        f"{L} × {size}; the query of {me} is {row(seen.Q[t])}.",
        f"**β Q Kᵀ, {L} × {L}:** its query meets every key, times β = 1/√{size} = {seen.beta:.4f}; with "
        f"“{typed(seen.tokens[top])}” it scores {float(seen.scores[t, top]):.2f}.",
        f"**p = softmax, {L} × {L}:** the scores become shares that sum to 1: {', '.join(best)}.",
        f"**p V, {L} × {size}:** the values are averaged with these shares; the output of {me} is "
        f"{row(seen.output[t])}.",
    ]


def row(x: Tensor) -> str:
    """The first numbers of a row."""
    return f"({', '.join(f'{value:.2f}' for value in x[:SHOWN].tolist()).replace('-', '−')}, …)"


def differences(seen: Walk) -> str:
    """What a head does that the update of a Hopfield network does not, and what a second update would change."""
    t, size = seen.token, seen.Q.shape[1]
    own, mean = float(seen.moved[t]), float(seen.moved.mean())
    return (
        "Values are not keys: V = Y·W\\_V is another projection than K, so the weights are those of a Hopfield update "
        "and the result is not one of its states. There is one update and no iteration. And the output leaves the "
        f"space of the state: {size} numbers of V, which with those of the other heads pass W\\_O, are added to R "
        "(residual) and normalised (LayerNorm) before the next layer projects them anew. "
        f"**Measured:** were the state taken to Kᵀp and updated a second time over the same keys, **{own:.1%}** of the "
        f"weight of “{typed(seen.tokens[t])}” would move to other tokens ({mean:.1%} as a mean over all tokens); a "
        "transformer does not take this step."
    )
