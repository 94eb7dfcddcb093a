"""The triage page's parts: the run, the verdict with both figures, and the maths."""

from collections import Counter
from functools import partial

import streamlit as st

from nuonuo.debug.rule import SEVERAL
from nuonuo.debug.triage import CUTS
from nuonuo.figures import triage as figures
from nuonuo.maths.intervals import SURE
from nuonuo.studio.shell import banks, controls, look, settings
from nuonuo.studio.shell.plot import plot
from nuonuo.studio.shell.words import typed
from nuonuo.studio.triage import shelf as triage_shelf
from nuonuo.studio.triage import words
from nuonuo.studio.triage.asked import Subject
from nuonuo.studio.triage.cases import choose_by_click, chosen
from nuonuo.studio.triage.shelf import TRIAGE, Outcome


def run(subject: Subject) -> None:
    """The button that starts, the run that goes on, and how the last one ended."""
    controls.rule("triage_within")
    settings.show(subject.memory, _keys, _told)
    busy = triage_shelf.current() is not None
    given = (TRIAGE, subject.key, subject.memory, subject.made)
    done = triage_shelf.outcome(subject.key)
    label = "Run triage again" if done else "Run triage"
    if controls.pressed(label, "triage_go", type="secondary" if busy else "primary", disabled=busy):
        triage_shelf.start(*given)
        st.rerun()
    if busy:
        st.fragment(partial(_progress, subject.key), run_every=1.0)()
    if ended := triage_shelf.note(subject.key):
        st.warning(ended)


def _keys() -> None:
    """What else shapes the run."""
    st.toggle("Whitened keys", key="whiten", help="Off: the embeddings themselves are compared, by plain cosine.")


def _told() -> str:
    """What the closed settings say of it."""
    return "" if st.session_state.whiten else ", plain cosines"


def _progress(key: str) -> None:
    """How far the run is, and what it has found so far; runs every second by itself until it has ended."""
    going = triage_shelf.current()
    if going is None:
        st.rerun()
    job = going.job
    what = "Triage" if going.kind == TRIAGE else "Looking for the change that fixes most"
    if going.key != key:
        what += f", {typed(banks.choices().get(going.key, going.made.name))}"
    told = "starting, the encoder is being loaded" if job.message == "starting" else job.message
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.progress(min(job.fraction, 1.0), f"{what}: {told}")
    right.button("Cancel", on_click=job.cancel, width="stretch", key="triage_cancel")
    if triage_shelf.asking_now(key) and job.kept:
        rows = Outcome(job.kept, False, going.made).verdicts
        look.verdict(f"So far: {words.headline(job.kept)}", key="verdict_so_far")
        plot(figures.verdict_bars(rows), "triage-so-far", figures.verdict_words(rows))


def verdict(outcome: Outcome, subject: Subject) -> None:
    """How many are answered right, why most others are not, and with what this was found."""
    asked, count = len(outcome.checked), outcome.made.count
    start = "" if outcome.complete else f"Incomplete, {asked:,} of {count:,} asked: "
    sentence = words.headline(outcome.checked)
    look.verdict(start + (sentence[:1].lower() + sentence[1:] if start else sentence))
    if changed := words.changed(outcome.made, subject.made):
        st.warning(f"{changed} Run triage again to see them as they are now.")
    for told in words.beside(outcome.paired):
        st.markdown(told)
    how = outcome.made.how
    noise = how.noise
    damage = f", noise σ = {noise.sigma:g}, {noise.drop:.0%} of words dropped" if noise.sigma or noise.drop else ""
    keys = "whitened keys" if how.whitened else "plain cosines"
    st.caption(
        f"Asked: {typed(outcome.made.name)}. β = {how.beta:g}, k = {how.k}, {keys}{damage}, "
        f"seed {noise.seed}. "
        f"Right means that {outcome.made.rule}{_several(outcome)}."
    )


def _several(outcome: Outcome) -> str:
    """What counts at least where several things are expected."""
    many = any(one.expected > 1 for one in outcome.checked)
    return "; of several, the first 5 at least" if many and outcome.made.rule.within < SEVERAL else ""


def settling(outcome: Outcome) -> None:
    """What NuoNuo's own settling made of those that are ranked first: no failure of a store, and so apart."""
    some = Counter(one.settling for one in outcome.checked if one.settling)
    if some:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in some.most_common())
        st.caption(
            f"Ranked first, and the state comes to rest elsewhere: {kinds}. That is NuoNuo's settling and no failure "
            "of the ranking."
        )


def charts(outcome: Outcome) -> None:
    """Questions by verdict, a click on a bar filtering them, and recall of each method."""
    rows, measured = outcome.verdicts, outcome.summary
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Verdicts")
        bars = figures.verdict_bars(rows, chosen(rows))
        plot(bars, "triage-verdicts", figures.verdict_words(rows), on_pick=choose_by_click)
        if told := words.fixers(outcome.checked):
            st.caption(told)
        settling(outcome)
    with right:
        st.subheader("Recall beside other methods")
        if not measured:
            st.caption("Without an expected memory there is no recall to count.")
            return
        plot(figures.method_dots(measured), "triage-methods", figures.method_words(measured))


def maths(outcome: Outcome) -> None:
    """What was counted, with the numbers of this run."""
    rows = outcome.summary
    with look.part("maths", "triagepanel"), st.expander("The maths, with the numbers just executed"):
        st.markdown(
            "**Recall@k.** Question q expects the memories E, and memory m came at rank r among all, at none if it is "
            "not stored: the share of E among the first k, averaged over the n questions that expect any."
        )
        st.latex(r"\mathrm{recall@}k = \frac{1}{n} \sum_{q} \frac{|\{m \in E_q : r_q(m) \le k\}|}{|E_q|}")
        st.latex(words.number(rows, "recall@1", r"\mathrm{recall@}1"))
        st.markdown(f"**MRR.** The mean of 1/rank of the first expected memory, 0 beyond rank {max(CUTS)}.")
        st.latex(r"\mathrm{MRR} = \frac{1}{n} \sum_{q} \frac{1}{\min_{m \in E_q} r_q(m)}")
        st.latex(words.number(rows, "MRR", r"\mathrm{MRR}"))
        st.markdown(
            f"**Intervals.** {SURE:.0%} of the questions' own values v, by Student's t with n − 1 degrees of freedom, "
            "cut to 0 and 1; where every value is 0 or 1, Wilson's for a share."
        )
        st.latex(r"\bar v \pm t_{0.975,\,n-1} \, \frac{s_v}{\sqrt n}")
        st.latex(words.interval(rows))
