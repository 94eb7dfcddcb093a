"""The compare page's parts: the two sides, the questions asked of both, what changes, and the list to take away."""

import json
from collections.abc import Sequence
from functools import partial

import streamlit as st

from nuonuo import Noise
from nuonuo.debug import formula
from nuonuo.debug.compare import (
    BROKEN,
    DOUBT,
    KEYS,
    MENDED,
    RIGHT,
    WRONG,
    Difference,
    Pair,
    Side,
    compare,
    difference,
    first,
)
from nuonuo.debug.triage import CUTS
from nuonuo.lab.results import table
from nuonuo.studio import banks, look, panels, sets, state
from nuonuo.studio.words import quoted, typed

SAME = ""  # the bank of A
SHOWN = 500  # rows of the table
FATES = (MENDED, BROKEN, WRONG, RIGHT)


def sides() -> tuple[Side, Side]:
    """What is asked in two ways: bank, keys and noise of A and of B."""
    s = st.session_state
    left, right = st.columns(2, gap="large")
    with left:
        memory = panels.choose_bank("Bank of A")
        st.selectbox(
            "Keys of A", list(KEYS), key="keys_a", help="Whitening strength is the exponent of the bank's fit."
        )
    titles = {SAME: "the same as A"} | banks.choices()
    if s.bank_b not in titles:
        st.warning(f"There is no bank named {typed(repr(s.bank_b))} here; B asks the same bank as A.")
        s.bank_b = SAME
    with right:
        st.selectbox("Bank of B", list(titles), format_func=lambda name: titles[name], key="bank_b")
        st.selectbox("Keys of B", list(KEYS), key="keys_b")
    noise = f"σ = {s.sigma_a:g} in A, {s.sigma_b:g} in B, seed {s.seed}" if s.sigma_a or s.sigma_b else "none"
    with st.expander(f"Noise on the questions: {noise}", key="compare_noise"):
        one, two, three = st.columns(3)
        one.slider("Noise σ of A", 0.0, 3.0, step=0.1, key="sigma_a")
        two.slider("Noise σ of B", 0.0, 3.0, step=0.1, key="sigma_b")
        three.number_input("Seed of the noise", 0, 2**31 - 1, key="seed")
    other = memory if s.bank_b == SAME else banks.named(s.bank_b)
    a, b = (Noise(sigma=sigma, seed=s.seed) for sigma in (s.sigma_a, s.sigma_b))
    return Side(memory, s.keys_a, a), Side(other, s.keys_b, b)


def asked(a: Side, b: Side) -> list[Pair] | None:
    """Every question of A's bank that means something, asked in both ways; None and a sentence if there is nothing."""
    empty = next((side.memory for side in (a, b) if not len(side.memory)), None)
    if empty is not None:
        st.info(f"The bank {quoted(empty.name)} is empty: there is nothing to recall from it.")
        return None
    known = sets.current()
    if known is None or not any(question.answerable for question in known.questions):
        st.info("This bank has no questions that say what they expect. Give it a set on the Triage page.")
        st.page_link("pages/triage.py", label="Open Triage →")
        return None
    count = sum(question.answerable for question in known.questions)
    st.caption(f"Asked: {typed(known.name)}, {count:,} questions that say what they expect.")
    try:
        return _compared(a, b, known)
    except ValueError as reason:
        st.warning(typed(str(reason)))
        return None


def _compared(a: Side, b: Side, known: sets.QuestionSet) -> list[Pair]:
    """The pairs, computed again only if a bank, a side or the set has changed."""
    s = st.session_state
    now = (a, b, a.memory.bank.keys, b.memory.bank.keys, known.questions)
    kept = s.get("compared")
    if kept is None or not all(x is y or x == y for x, y in zip(_flat(kept[0]), _flat(now), strict=True)):
        _encode(a, b, known)
        kept = s.compared = (now, compare(a, b, known.questions))
    return kept[1]


def _encode(a: Side, b: Side, known: sets.QuestionSet) -> None:
    """Encode the questions with a bar; the comparison finds them remembered. Any other click stops it."""
    texts, place = [question.query for question in known.questions if question.embedding is None], st.empty()
    for model in {side.memory.encoder for side in (a, b)} - {None}:
        assert model
        model.encode(
            texts, lambda done, total: place.progress(done / max(total, 1), f"{done:,} of {total:,} questions")
        )
    place.empty()


def _flat(now: tuple) -> list:
    """What a comparison depends on; tensors and banks are told apart by identity."""
    a, b, keys_a, keys_b, questions = now
    return [id(a.memory), a.keys, a.noise, id(b.memory), b.keys, b.noise, id(keys_a), id(keys_b), questions]


def differences(pairs: Sequence[Pair]) -> list[Difference]:
    """A against B at each cut."""
    return [difference(pairs, within) for within in CUTS]


def verdict(one: Difference, a: Side, b: Side) -> None:
    """What B does to the questions, in one sentence, and whether it may be chance."""
    if a == b:
        look.verdict("A and B are the same: choose another bank, other keys or other noise for one of them.")
        return
    if not one.mended and not one.broken:
        look.verdict(
            f"No question changes: in A as in B, the same ones have their memory among the first {one.within}."
        )
        return
    mends, breaks = (f"{len(some):,}" if some else "none" for some in (one.mended, one.broken))
    turned = f"Of {one.n:,} questions B mends {mends} and breaks {breaks}"
    how = f"recall@{one.within} goes from {one.recall_a:.2f} to {one.recall_b:.2f}"
    look.verdict(f"{turned}: {how}.")
    turned = f"sign test over the {len(one.mended) + len(one.broken):,} that changed: p = {one.p:.2g}"
    if one.p < DOUBT:
        st.markdown(f"So lopsided a count is more than chance ({turned}).")
    else:
        st.markdown(f"**This may be chance** ({turned}).")


def within() -> int:
    """How far down an expected memory counts as recalled."""
    label = "An expected memory counts as recalled among the first"
    st.segmented_control(label, CUTS, key="within", required=True)
    return st.session_state.within


def cases(pairs: Sequence[Pair], most: int, b: Side) -> None:
    """The questions by what became of them; one can be opened in the debugger."""
    counted = {fate: sum(pair.fate(most) == fate for pair in pairs) for fate in FATES}
    names = [fate for fate in FATES if counted[fate]]
    st.subheader("The questions")
    fate = st.pills("Show", names, format_func=lambda name: f"{name} {counted[name]}", key="compare_fate")
    shown = [pair for pair in pairs if pair.fate(most) == (fate or names[0])][:SHOWN]
    event = st.dataframe(
        {
            "question": [pair.question.query for pair in shown],
            "rank in A": [first(pair.a) for pair in shown],
            "rank in B": [first(pair.b) for pair in shown],
        },
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"cases-{fate}-{most}",
        height=min(420, 40 + 35 * len(shown)),
    )
    picked = event["selection"]["rows"]
    if picked:
        pair = shown[picked[0]]
        st.markdown(f"{quoted(pair.question.query, 400)}: {pair.fate(most)}.")
        if st.button(
            "Open in the debugger, asked as B does", key="compare_open", type="primary", on_click=_open, args=(pair, b)
        ):
            st.switch_page("pages/debug.py")
    else:
        st.caption("Pick a row to open that question in the debugger.")


def _open(pair: Pair, b: Side) -> None:
    s = st.session_state
    bank = s.bank if s.bank_b == SAME else s.bank_b
    whiten, noise = KEYS[b.keys] != KEYS["plain cosine"], {"sigma": b.noise.sigma, "drop": 0.0}
    meant = pair.question.meant(b.memory)
    s.bank = bank
    state.ask(pair.question.query, max(min(meant), 0), whiten=whiten, **noise)


def take_away(pairs: Sequence[Pair], most: int) -> None:
    """The regression list and all questions, as question sets with both ranks."""
    broken = [pair for pair in pairs if pair.fate(most) == BROKEN]
    rows = partial(_jsonl, broken, most)
    with st.container(horizontal=True):
        if broken:
            label = f"Regression list: the {len(broken)} that B breaks, JSONL"
            panels.take_away(label, rows, "nuonuo-regressions.jsonl", "application/jsonl")
        panels.take_away(
            "All questions, JSONL", partial(_jsonl, pairs, most), "nuonuo-compared.jsonl", "application/jsonl"
        )
        panels.take_away("All questions, CSV", partial(_csv, pairs, most), "nuonuo-compared.csv", "text/csv")
    st.caption("Both JSONL files are question sets: Triage and `python -m nuonuo triage` read them again.")


def _jsonl(pairs: Sequence[Pair], most: int) -> str:
    return "".join(json.dumps(pair.row(most), ensure_ascii=False) + "\n" for pair in pairs)


def _csv(pairs: Sequence[Pair], most: int) -> str:
    return table([{key: value for key, value in pair.row(most).items() if key != "embedding"} for pair in pairs])


def swap() -> None:
    """Make A what B is, and B what A is; the bank too, if there are two."""
    s = st.session_state
    s.keys_a, s.keys_b, s.sigma_a, s.sigma_b = s.keys_b, s.keys_a, s.sigma_b, s.sigma_a
    if s.bank_b != SAME:
        s.bank, s.bank_b = s.bank_b, s.bank


def presets() -> None:
    """Comparisons worth a click."""
    st.subheader("What to try")
    tries: dict[str, dict] = {
        "Plain cosine against whitened keys": {"keys_a": "plain cosine", "keys_b": "whitened 0.5"},
        "Whitened by half against all the way": {"keys_a": "whitened 0.5", "keys_b": "whitened 1"},
        "Whitened keys, in noise": {"keys_a": "whitened 0.5", "keys_b": "whitened 0.5", "sigma_b": 1.0},
    }
    with st.container(horizontal=True):
        for number, (label, changed) in enumerate(tries.items()):
            given: dict = {"sigma_a": 0.0, "sigma_b": 0.0, "bank_b": SAME} | changed
            st.button(label, on_click=st.session_state.update, args=(given,), key=f"compare-try-{number}")
        st.button("Swap A and B", on_click=swap, key="compare-swap")


def maths(one: Difference) -> None:
    """What was counted, with the numbers just computed."""
    with st.expander("The maths, with the numbers just executed"):
        st.markdown("**Recall.** The share of a question's expected memories among the first k, averaged.")
        st.latex(formula.recall(one))
        st.markdown("**The gain** is the mean of each question's difference, with a t interval of those differences.")
        st.latex(formula.gain(one))
        st.markdown(
            "**Sign test** (McNemar, exact): of the questions that changed, how often a fair coin is so lopsided."
        )
        st.latex(formula.sign_test(one))
        st.markdown("β, k and the settling steps change no rank, so they are no part of a comparison.")
