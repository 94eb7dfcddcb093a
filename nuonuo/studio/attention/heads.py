"""What the attention page says of the encoder's own heads, and which of them is looked at."""

import plotly.graph_objects as go
import streamlit as st

from nuonuo import Memory, Trace
from nuonuo.explain.attention import heads
from nuonuo.explain.attention.heads import TOLERANCE, Heads
from nuonuo.figures import heads as figures
from nuonuo.latex import attention as attention_formula
from nuonuo.studio.attention import walk
from nuonuo.studio.shell import banks, equations, known, look
from nuonuo.studio.shell.plot import plot
from nuonuo.studio.shell.words import counted

DOES = {"winner": "looks one token up", "blend": "averages some tokens", "uniform": "averages most tokens"}


def show(memory: Memory, trace: Trace) -> dict[str, go.Figure]:
    """The heads that read the question; the figures by name, none where no encoder read it."""
    if memory.encoder is None or trace.noisy_query is None:
        st.caption(f"{known.NO_ENCODER}: no transformer read this question here, so there are no heads to look into.")
        return {}
    found = read(trace.noisy_query)
    summary(found)
    left, right = st.columns(2, gap="large")
    with left:
        overview = figures.grid(found, st.session_state.head)
        plot(overview, "heads", figures.grid_words(found), on_pick=chosen_by_click)
    with right:
        head = choose(found)
        tokens = figures.tokens(found, head)
        plot(tokens, "tokens", figures.tokens_words(found, head))
    one(found, head)
    st.subheader("This head, step by step")
    return {"heads": overview, "tokens": tokens, "walk": walk.show(banks.encoder(), found, head)}


def read(text: str) -> Heads:
    """The heads for this visitor's question, computed once for each text."""
    s = st.session_state
    text = text.strip()
    if s.get("heads_of") != text:
        s.heads_read, s.heads_of = heads.read(banks.encoder(), text), text
    return s.heads_read


def summary(found: Heads) -> None:
    """How far all heads are from the model, and what they do."""
    one, some, most = found.regimes
    layers, count = found.patterns.shape
    delta = float(found.delta.max())
    passed = ":material/check:" if delta <= TOLERANCE else ":material/close: **this fails**:"
    st.markdown(
        f"A transformer of {layers} × {count} attention heads read your query. Each head is recomputed here by Eq. 10 "
        f"of Ramsauer et al. (arXiv:2008.02217) over the query's {counted(len(found.tokens), 'token')}: its weights p "
        "= softmax(βKq) are those of a Hopfield update with the keys K as stored patterns. Keys and values are "
        "different projections of the tokens (W\\_K and W\\_V), so the head's output is Vᵀp, where the update itself "
        f"gives Kᵀp. {passed} The largest difference of all {layers * count} from what the model computed is "
        f"**{delta:.1e}** (tolerance {TOLERANCE:.0e}). For this query {counted(one, 'head looks', 'heads look')} one "
        f"token up, {some} {'averages' if some == 1 else 'average'} some, {most} average over more than half."
    )
    st.markdown(sinks(found))
    if found.dropped:
        st.warning(
            f"The model reads {len(found.tokens)} tokens at most: the last {counted(found.dropped, 'token')} of your "
            f"query {'is' if found.dropped == 1 else 'are'} cut off, here and in every recall."
        )


def sinks(found: Heads) -> str:
    """How many heads put more than half of their weight on the added tokens, and what even sharing would put there."""
    many, L = int(found.sinking.sum()), len(found.tokens)
    added = " and ".join(found.tokens[place] for place in found.special)
    even = len(found.special) / L
    return (
        f"**Attention sinks:** {counted(many, 'head puts', 'heads put')} more than half of "
        f"{'its' if many == 1 else 'their'} weight on {added}, which the tokenizer adds to every text and which mean "
        f"nothing themselves (ringed; if all {L} tokens shared evenly it would be {even:.0%}). A head that finds "
        "nothing to look up needs somewhere to put its weight, since softmax always sums to 1: Xiao et al. 2023 "
        "(arXiv:2309.17453) named them; Clark et al. 2019 (arXiv:1906.04341) found them at [SEP] in BERT."
    ).replace("[", r"\[")


def choose(found: Heads) -> int:
    """The head looked at, by number."""
    count = found.patterns.shape[1]
    return st.selectbox(
        "Head",
        range(found.patterns.numel()),
        format_func=lambda h: f"layer {h // count + 1}, head {h % count + 1}: {DOES[found.regime(h)]}",
        key="head",
    )


def chosen_by_click(pick: dict) -> None:
    """Take a clicked cell for the head looked at."""
    st.session_state.head = int(pick["points"][0]["customdata"][0])


def one(found: Heads, head: int) -> None:
    """The numbers of one head."""
    row = divmod(head, found.patterns.shape[1])
    before, after = found.energy[row].tolist()
    unit_beta = float(found.unit_beta[row])
    carried, beta, unit, fall = st.columns(4)
    carried.metric("Tokens that carry 90%", f"{int(found.patterns[row])} of {len(found.tokens)}")
    beta.metric(f"β = 1/√{found.size}", f"{found.beta:.4f}")
    unit.metric("β if they were unit vectors", f"{unit_beta:.1f}")
    fall.metric("Energy of q, of Kᵀp", f"{before:.1f} → {after:.1f}")
    added = [f"{share:.0%} on {found.tokens[at]}" for share, at in zip(found.sinks[row], found.special, strict=True)]
    named = ", more than half: an **attention sink**" if bool(found.sinking[row]) else ""
    st.markdown(f"Of this head's weight {' and '.join(added)}{named}.".replace("[", r"\["))
    st.caption(
        f"β looks tiny, but this head's queries and keys are long: times their lengths it is {unit_beta:.1f}. That is "
        "why 1/√d works inside a transformer and averages everything on unit vectors. Largest difference from the "
        f"model in this head: {float(found.delta[row]):.1e}. The energy (Ramsauer et al., Eq. 2) is that of the state "
        "in the space of the keys, before and after the update q → Kᵀp (Eq. 3), as a mean over the tokens that ask. "
        "It says nothing of the head's output Vᵀp."
    )
    with look.part("maths", "attentionheads"), st.expander("The maths of this head"):
        equations.show(attention_formula.head(found))
