"""The compare page's parts: the two sides, the questions asked of both, what changes, and the list to take away."""

import json
from collections.abc import Sequence
from functools import partial

import streamlit as st

from nuonuo import Noise
from nuonuo.debug.compare import (
    BROKE,
    FIXED,
    KEYS,
    RIGHT,
    WRONG,
    Difference,
    Pair,
    Side,
    compare,
    difference,
)
from nuonuo.debug.rule import Rule
from nuonuo.debug.triage import CUTS
from nuonuo.lab.results import table
from nuonuo.latex import debugging as formula
from nuonuo.studio.shell import banks, controls, faults, look, panels, sets, settings, state
from nuonuo.studio.shell.fields import RANKED
from nuonuo.studio.shell.presets import take as take_preset
from nuonuo.studio.shell.words import quoted, shorter, typed

SAME = ""  # the bank of A
SHOWN = 500  # rows of the table
FATES = (FIXED, BROKE, WRONG, RIGHT)


def sides() -> tuple[Side, Side]:
    """What is asked in two ways: bank, keys, what ranks and noise of A and of B."""
    s = st.session_state
    bank, keys, by = st.columns(3)
    with bank:
        memory = panels.choose_bank("Bank of A")
    keys.selectbox("Keys of A", list(KEYS), key="keys_a", help="Whitening strength is the exponent of the bank's fit.")
    by.selectbox("A ranks by", list(RANKED), key="by_a", help="Plain cosine and meaning: most people's RAG.")
    titles = {SAME: "the same as A"} | banks.choices()
    if s.bank_b not in titles:
        st.warning(f"There is no bank named {typed(repr(shorter(s.bank_b)))} here; B asks the same bank as A.")
        s.bank_b = SAME
    bank, keys, by = st.columns(3)
    bank.selectbox("Bank of B", list(titles), format_func=lambda name: titles[name], key="bank_b")
    keys.selectbox("Keys of B", list(KEYS), key="keys_b")
    by.selectbox("B ranks by", list(RANKED), key="by_b")
    left, right = st.columns([5, 1])
    with left, st.expander("Noise on the questions", key="compare_noise"):
        one, two, three = st.columns(3)
        one.slider("Noise σ of A", 0.0, 3.0, step=0.1, key="sigma_a")
        two.slider("Noise σ of B", 0.0, 3.0, step=0.1, key="sigma_b")
        three.number_input("Seed of the noise", 0, 2**31 - 1, key="seed")
    with right:
        settings.reset_button()
    if s.sigma_a or s.sigma_b:
        st.caption(f"Noise σ = {s.sigma_a:g} in A, {s.sigma_b:g} in B, seed {s.seed}")
    other = memory if s.bank_b == SAME else panels.other_bank(memory)
    a, b = (Noise(sigma=sigma, seed=s.seed) for sigma in (s.sigma_a, s.sigma_b))
    return Side(memory, s.keys_a, a, RANKED[s.by_a]), Side(other, s.keys_b, b, RANKED[s.by_b])


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
        st.warning(faults.said(reason))
        return None


def _compared(a: Side, b: Side, known: sets.QuestionSet) -> list[Pair]:
    """The pairs, computed again only if a bank, a side or the set has changed."""
    s = st.session_state
    now = (a, b, a.memory.bank, b.memory.bank, known.questions)
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
    return [id(a.memory), a.keys, a.how, id(b.memory), b.keys, b.how, id(keys_a), id(keys_b), questions]


def differences(pairs: Sequence[Pair]) -> list[Difference]:
    """A against B at each cut."""
    need = state.rule().need
    return [difference(pairs, Rule(within, need)) for within in CUTS]


def verdict(one: Difference, a: Side, b: Side) -> None:
    """What B does to the questions, in one sentence, and whether it may be chance."""
    if a == b:
        look.verdict("A and B are the same: choose another bank, other keys or other noise for one of them.")
        return
    if not one.fixed and not one.broke:
        look.verdict(
            f"No question changes: in A as in B, the same ones have their memory among the first {one.within}."
        )
        return
    fixes, breaks = (f"{len(some):,}" if some else "none" for some in (one.fixed, one.broke))
    turned = f"Of {one.n:,} questions B fixes {fixes} and breaks {breaks}"
    how = f"recall@{one.within} goes from {one.recall_a:.2f} to {one.recall_b:.2f}"
    sure = "significantly different" if one.sure else "not significantly different"
    look.verdict(f"{turned}: {how}, {sure}.")
    interval = f"gain {one.gain:+.3f}, 95% interval {one.low:+.3f} to {one.high:+.3f}".replace("-", "−")
    st.markdown(
        f"{interval[0].upper()}{interval[1:]}; sign test over the {len(one.fixed) + len(one.broke):,} that changed: "
        f"p = {one.p:.2g}. Different means that the interval leaves out 0; the sign test counts questions, not shares "
        "of what they expect, and may disagree."
    )


def within() -> Rule:
    """How far down an expected memory counts as recalled, and whether all must."""
    return controls.rule("within")


def cases(pairs: Sequence[Pair], rule: Rule, b: Side) -> None:
    """The questions by what became of them; one can be opened in the debugger."""
    counted = {fate: sum(pair.fate(rule) == fate for pair in pairs) for fate in FATES}
    names = [fate for fate in FATES if counted[fate]]
    st.subheader("The questions")
    fate = st.pills("Show", names, format_func=lambda name: f"{name} {counted[name]}", key="compare_fate")
    shown = [pair for pair in pairs if pair.fate(rule) == (fate or names[0])][:SHOWN]
    event = st.dataframe(
        {
            "question": [pair.question.query for pair in shown],
            "rank in A": [pair.places(rule)[0] for pair in shown],
            "rank in B": [pair.places(rule)[1] for pair in shown],
        },
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"cases-{fate}-{rule.within}-{rule.need}",
        height=min(420, 40 + 35 * len(shown)),
    )
    picked = event["selection"]["rows"]
    if picked:
        pair = shown[picked[0]]
        st.markdown(f"{quoted(pair.question.query, 400)}: {pair.fate(rule)}.")
        if st.button(
            "Open in the debugger, asked as B does", key="compare_open", type="primary", on_click=_open, args=(pair, b)
        ):
            st.switch_page("pages/debug.py")
    else:
        st.caption("Pick a row to open that question in the debugger.")


def _open(pair: Pair, b: Side) -> None:
    s = st.session_state
    asked = {"sigma": b.noise.sigma, "drop": 0.0, "words": b.asking.words, "links": b.asking.links}
    whiten = KEYS[b.keys] != KEYS["plain cosine"]
    expected = pair.question.meant(b.memory)
    s.bank = s.bank if s.bank_b == SAME else s.bank_b
    state.ask(pair.question.query, max(min(expected), 0), whiten=whiten, **asked)


def take_away(pairs: Sequence[Pair], rule: Rule) -> None:
    """The regression list and all questions, as question sets with both ranks."""
    broke = [pair for pair in pairs if pair.fate(rule) == BROKE]
    rows = partial(_jsonl, broke, rule)
    with st.container(horizontal=True):
        if broke:
            label = f"Regression list: the {len(broke)} that B breaks, JSONL"
            panels.take_away(label, rows, "nuonuo-regressions.jsonl", "application/jsonl")
        panels.take_away(
            "All questions, JSONL", partial(_jsonl, pairs, rule), "nuonuo-compared.jsonl", "application/jsonl"
        )
        panels.take_away("All questions, CSV", partial(_csv, pairs, rule), "nuonuo-compared.csv", "text/csv")
    st.caption("Both JSONL files are question sets: Triage and `python -m nuonuo triage` read them again.")


def _jsonl(pairs: Sequence[Pair], rule: Rule) -> str:
    return "".join(json.dumps(pair.row(rule), ensure_ascii=False) + "\n" for pair in pairs)


def _csv(pairs: Sequence[Pair], rule: Rule) -> str:
    return table([{key: value for key, value in pair.row(rule).items() if key != "embedding"} for pair in pairs])


def swap() -> None:
    """Make A what B is, and B what A is; the bank too, if there are two."""
    s = st.session_state
    s.keys_a, s.keys_b, s.sigma_a, s.sigma_b = s.keys_b, s.keys_a, s.sigma_b, s.sigma_a
    s.by_a, s.by_b = s.by_b, s.by_a
    if s.bank_b != SAME:
        s.bank, s.bank_b = s.bank_b, s.bank


def presets() -> None:
    """Comparisons worth a click."""
    tries: dict[str, dict] = {
        "Plain cosine against all three": {},
        "What words and links bring": {"keys_a": "whitened 0.5"},
        "What whitening brings": {"by_b": "meaning"},
        "Whitening strength 0.5 against 1": {"keys_a": "whitened 0.5", "keys_b": "whitened 1", "by_b": "meaning"},
        "In noise": {"keys_a": "whitened 0.5", "by_a": "meaning, words and links", "sigma_b": 1.0},
    }
    with look.tries():
        for number, (label, changed) in enumerate(tries.items()):
            st.button(label, on_click=take_preset, kwargs=changed, key=f"compare-try-{number}")
        st.button("Swap A and B", on_click=swap, key="compare-swap")


def maths(one: Difference) -> None:
    """What was counted, with the numbers just computed."""
    with look.part("maths", "comparepanel"), st.expander("The maths, with the numbers just executed"):
        st.markdown("**Recall.** The share of a question's expected memories among the first k, averaged.")
        st.latex(formula.recall(one))
        st.markdown("**The gain** is the mean of each question's difference, with a t interval of those differences.")
        st.latex(formula.gain(one))
        st.markdown(
            "**Sign test** (McNemar, exact): of the questions that changed, how often a fair coin is so lopsided."
        )
        st.latex(formula.sign_test(one))
        st.markdown("β, k and the settling steps change no rank, so they are no part of a comparison.")
