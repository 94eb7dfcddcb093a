"""What the attention page says of the encoder's own heads, and which of them is looked at."""

import plotly.graph_objects as go
import streamlit as st

from nuonuo import Trace, attention_formula, heads
from nuonuo.figures import heads as figures
from nuonuo.heads import TOLERANCE, Heads
from nuonuo.studio import banks, known
from nuonuo.studio.plot import plot

DOES = {"winner": "looks one token up", "blend": "blends some tokens", "uniform": "averages most tokens"}


def show(trace: Trace) -> dict[str, go.Figure]:
    """The heads that read the question; the figures by name, none where no encoder read it."""
    st.subheader("Inside a real transformer: 72 memories")
    if trace.noisy_query is None:
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
    return {"heads": overview, "tokens": tokens}


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
        f"A transformer of {layers} × {count} attention heads read your question. Each head is recomputed here as one "
        f"Hopfield update over the question's {len(found.tokens)} tokens. {passed} The largest difference of all "
        f"{layers * count} from what the model computed is **{delta:.1e}** (tolerance {TOLERANCE:.0e}). "
        f"For this question {one} {'head looks' if one == 1 else 'heads look'} one token up, {some} blend some, "
        f"{most} average over more than half."
    )
    if found.dropped:
        st.warning(
            f"The model reads {len(found.tokens)} tokens at most: the last {found.dropped} tokens of your question "
            "are cut off, here and in every recall."
        )


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
    st.session_state.head = int(pick["points"][0]["customdata"])


def one(found: Heads, head: int) -> None:
    """The numbers of one head."""
    row = divmod(head, found.patterns.shape[1])
    before, after = found.energy[row].tolist()
    unit_beta = float(found.unit_beta[row])
    carried, beta, unit, fall = st.columns(4)
    carried.metric("Tokens that carry 90%", f"{int(found.patterns[row])} of {len(found.tokens)}")
    beta.metric(f"β = 1/√{found.size}", f"{found.beta:.4f}")
    unit.metric("β if they were unit vectors", f"{unit_beta:.1f}")
    fall.metric("Energy, one update", f"{before:.1f} → {after:.1f}")
    st.caption(
        f"β looks tiny, but this head's queries and keys are long: times their lengths it is {unit_beta:.1f}. "
        "That is why 1/√d works inside a transformer and averages everything on unit vectors. "
        f"Largest difference from the model in this head: {float(found.delta[row]):.1e}. "
        "The energy (Eq. 2) is the mean over the tokens that ask."
    )
    with st.expander("The maths of this head"):
        st.latex(attention_formula.head(found))
