"""What the spiking page says and asks of the memory that votes; what is asked and encoded."""

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from nuonuo import Memory, Trace
from nuonuo.explain.spiking import sampler
from nuonuo.explain.spiking.sampler import Votes
from nuonuo.figures import spiking_sampler as vote_figures
from nuonuo.figures.template import memory_color
from nuonuo.latex import spiking as formula
from nuonuo.maths.intervals import average, share, sign_test
from nuonuo.studio.shell import answer, look, sets
from nuonuo.studio.shell.plot import plot
from nuonuo.studio.shell.words import quoted
from nuonuo.studio.spiking import runs as spiking_runs
from nuonuo.studio.spiking.runs import SPIKES

ENCODED = 100  # embeddings that a mean is taken over
FEW = 64  # spikes that the verdict counts


@dataclass(frozen=True)
class Asked:
    """What is encoded and voted on: the visitor's question, or the first documented one if there is none."""

    question: str
    x: Tensor  # (n, d) embeddings; the first is the question's
    of: str  # whose embeddings they are
    key: Tensor  # (d,) the question as the memories see it
    X: Tensor  # (c, d) the memories' keys
    names: tuple[str, ...]
    colors: tuple[str, ...]
    beta: float
    stored: int  # memories there are; c of them vote


def asked(memory: Memory, trace: Trace | None) -> Asked:
    """The recall's question and candidates; the documented ten where nothing can be recalled."""
    if trace is None:
        known = spiking_runs.documented()
        x = torch.cat([known.ten.q, known.ten.M])
        colors = tuple(map(memory_color, range(len(known.cues))))
        beta, n = st.session_state.beta, len(known.cues)
        return Asked(known.asked, x, "documented texts", x[0], known.ten.M, known.cues, colors, beta, n)
    bank = memory.bank
    cues = bank.X[: ENCODED - 1]
    some = f"{len(cues)} of {len(bank.owner):,} cues" if len(cues) < len(bank.owner) else f"all {len(cues)} cues"
    return Asked(
        trace.query or "",
        torch.cat([trace.probe[None].to(cues), cues]),
        f"the question and {some} of this bank",
        trace.key,
        trace.X,
        tuple(c.cue for c in trace.candidates),
        tuple(memory_color(c.id) for c in trace.candidates),
        trace.asking.beta,
        len(bank.ids),
    )


def votes(ask: Asked) -> Votes:
    """The memories' votes on the question, repeated."""
    s = st.session_state
    return spiking_runs.voted(ask.key[None], ask.X, ask.beta, s.inhibition, s.seed)


def verdict(memory: Memory, ask: Asked, cast: Votes, failed: str, trace: Trace | None) -> None:
    """What was recalled; what the spiking memory votes for, beside softmax; then what the other network does."""
    rate, p = cast.rate(FEW)[0], cast.p[0]
    winner, first = int(rate.argmax()), int(p.argmax())
    of_winner = cast.cast[:FEW, 0] == winner
    ends = share(of_winner.float().tolist())
    sentence = (
        f"Of the first {FEW} spikes, {int(of_winner.sum())} are {quoted(ask.names[winner], 80)}: a share of "
        f"{float(rate[winner]):.2f} (95% interval {ends['low']:.2f} to {ends['high']:.2f}), where softmax attention "
        f"gives p = {float(p[winner]):.2f}."
    )
    if winner != first:
        pair = sign_test(int(of_winner.sum()), round(float(rate[first]) * FEW))
        told = "not significantly different" if pair >= 0.05 else "significantly different"
        sentence += (
            f" Softmax gives most to {quoted(ask.names[first], 80)}: the spikes of the two are {told} "
            f"(exact sign test p = {pair:.2f})."
        )
    story = f"{answer.recalled(trace, sets.expected(memory))}\n\n" if trace else ""
    look.verdict(f"{story}{sentence} {failed}")


def voting(ask: Asked, cast: Votes) -> None:
    """How the memory that works does it, and what it costs."""
    s = st.session_state
    st.markdown(
        "There is one unit for each memory. Each fires at random, sooner on average the better its pattern matches the "
        "query; the first to fire in a step silences the rest, and all share one inhibition. Which unit fires is a "
        "sample of softmax attention, and no unit computes the sum in its denominator."
    )
    st.slider("Inhibition constant η", 0.05, 1.0, step=0.05, key="inhibition")
    left, right = st.columns([3, 2], gap="large")
    with left:
        figure = vote_figures.race(cast, ask.names, ask.colors, sampler.WARM)
        plot(figure, "race", vote_figures.race_words(cast, ask.names))
    with right:
        st.markdown(_vote_words(ask, cast))
        st.caption(
            "A tick is a spike. Below: membranes v in the memories' colours and, in ink, the shared inhibition I, "
            "which approaches ln Σ exp v. η sets how fast; the votes do not depend on it. A step may have no spike: "
            f"only spikes are counted, and they are independent samples once the membranes are charged. Seed {s.seed}."
        )
    _costs(cast, sampler.budgets(SPIKES))


def converging(ask: Asked, cast: Votes) -> None:
    """The shares of the votes beside softmax, as spikes come in."""
    st.subheader("A memory of spikes that works: its votes are softmax")
    figure = vote_figures.converging(cast, ask.names, ask.colors, sampler.budgets(SPIKES))
    plot(figure, "votes", vote_figures.converging_words(cast, ask.names, SPIKES))
    st.caption("In colour: share of the spikes so far. Grey: softmax. Drag the slider, or click and press ← →.")


def _vote_words(ask: Asked, cast: Votes) -> str:
    tv = average(sampler.distance(cast.rate(SPIKES), cast.p).tolist(), "mean", 0, 1)
    expected = float(sampler.expected_distance(cast.p[0], SPIKES))
    same = tv["low"] - 1e-6 <= expected <= tv["high"] + 1e-6
    c = len(ask.names)
    who = f"All {c} memories vote" if c == ask.stored else f"The {c} nearest of {ask.stored:,} memories vote"
    if c == 1:
        who = "One memory votes" if ask.stored == 1 else f"Of {ask.stored:,} memories only the nearest votes"
    inside = "inside it: not significantly different" if same else "outside it, as by chance happens to 1 seed in 20"
    return (
        f"{who}. After {SPIKES:,} spikes their shares are **{tv['mean']:.3f}** from softmax in total variation, the "
        f"mean of {len(cast.p)} repeats (95% interval {tv['low']:.4f} to {tv['high']:.4f}). Independent samples of "
        f"softmax are expected to be {expected:.4f} off, {inside}."
    )


def _costs(cast: Votes, budgets: list[int]) -> None:
    """How the error falls with the spikes, and what a recall costs beside the LIF network."""
    left, right = st.columns(2, gap="large")
    far = [float(sampler.distance(cast.rate(n), cast.p).mean()) for n in budgets]
    expected = [float(sampler.expected_distance(cast.p[0], n)) for n in budgets]
    with left:
        st.markdown("**How far the votes are from softmax**")
        plot(vote_figures.distances(budgets, far, expected), "distance", vote_figures.distances_words(budgets, far))
    with right:
        st.markdown("**What a recall costs in spikes**")
        series, known = spiking_runs.spent(st.session_state.seed), spiking_runs.documented().five
        softmax = known.nearest / len(known.q)
        plot(vote_figures.budget(series, softmax), "budget", vote_figures.budget_words(series, softmax))
        st.caption(
            "The five documented cues, β = 32; softmax and nearest neighbour recall them with none or 100 others."
        )


def vote_maths(cast: Votes) -> None:
    """The equations of the votes."""
    st.markdown(
        "**Voting** (the soft winner-take-all of Nessler et al., PLoS Computational Biology 9, 2013; spikes as "
        "samples: Buesing et al., ibid. 7, 2011). The patterns mᵢ are the rows of X and q is the query's key; vᵢ is "
        "the membrane of memory i, hᵢ its rate of firing, tᵢ a waiting time drawn from the exponential distribution "
        "with that rate; I is the inhibition that all share, η its constant (the factor in the last equation), and n "
        "is 1 if a unit fired in this step, else 0."
    )
    st.latex(formula.vote(cast))
    st.markdown(
        "**The first to fire is a sample of softmax attention** (p of Ramsauer et al., arXiv:2008.02217, Eq. 3). Of "
        "exponential waiting times, which is the shortest is independent of how short it is: so steps without a spike "
        "and the inhibition change no share."
    )
    st.latex(formula.race(cast))
    st.markdown(
        "**How far the shares are from softmax**: rᵢ is memory i's share of T spikes, TV the total variation. Its "
        "expectation for independent samples is exact: half the sum of the mean absolute deviations of binomials, in "
        "de Moivre's closed form (Diaconis & Zabell, Statistical Science 6, 1991)."
    )
    st.latex(formula.apart(cast, SPIKES))
