"""What the spiking page says and asks of the codes and of the memory that votes."""

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from nuonuo import Memory, Trace
from nuonuo.figures import spiking_encoder as code_figures
from nuonuo.figures import spiking_sampler as vote_figures
from nuonuo.figures.template import memory_color
from nuonuo.spiking import formula, sampler
from nuonuo.spiking.encoder import Comparison
from nuonuo.spiking.sampler import Votes
from nuonuo.studio import controls, look, spiking_runs
from nuonuo.studio.plot import plot
from nuonuo.studio.spiking_runs import SPIKES
from nuonuo.studio.words import quoted

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
    cues = memory.bank.X[: ENCODED - 1]
    some = f"{len(cues)} of {memory.cues:,} cues" if len(cues) < memory.cues else f"all {len(cues)} cues"
    return Asked(
        trace.query or "",
        torch.cat([trace.probe[None].to(cues), cues]),
        f"the question and {some} of this bank",
        trace.key,
        trace.X,
        tuple(c.cue for c in trace.candidates),
        tuple(memory_color(c.id) for c in trace.candidates),
        trace.settings.beta,
        len(memory),
    )


def votes(ask: Asked) -> Votes:
    """The memories' votes on the question, repeated."""
    s = st.session_state
    return spiking_runs.voted(ask.key[None], ask.X, ask.beta, s.inhibition, s.seed)


def verdict(ask: Asked, cast: Votes, failed: str) -> None:
    """What the spiking memory recalls, beside softmax; then what the other network does."""
    rate, p = cast.rate(FEW)[0], cast.p[0]
    winner, first = int(rate.argmax()), int(p.argmax())
    sentence = (
        f"Of the first {FEW} spikes, {round(float(rate[winner]) * FEW)} are {quoted(ask.names[winner], 80)}: "
        f"{float(rate[winner]):.2f} of the vote, where softmax attention gives p = {float(p[winner]):.2f}."
    )
    if winner != first:
        sentence += f" Softmax prefers {quoted(ask.names[first], 80)}: {FEW} spikes are too few to tell them apart."
    look.verdict(f"{sentence} {failed}")


def encoder(ask: Asked) -> Comparison:
    """The first part: an embedding as spikes, and back."""
    s = st.session_state
    whole = spiking_runs.compared(ask.x, s.spike_gain, s.spike_leak, s.seed)
    done = whole.until(s.spike_steps)
    st.subheader("1. An embedding as spikes")
    st.markdown(_code_words(ask, done))
    left, right = st.columns(2, gap="large")
    left.slider("Steps T", 1, spiking_runs.LONGEST, key="spike_steps")
    right.slider("Leak λ of the leaky code", 0.5, 1.0, step=0.01, key="spike_leak")
    with st.expander(f"Gain g = {s.spike_gain:g}, Poisson spikes of seed {s.seed}"):
        st.slider("Gain g", 0.5, 16.0, step=0.5, key="spike_gain")
        clipped = float((s.spike_gain * ask.x.abs() > 1).float().mean())
        st.caption(
            f"A component of 1 is a current of g. A cell fires at most once a step, so components above 1/g = "
            f"{1 / s.spike_gain:.3g} are clipped: {clipped:.1%} of them here."
        )
    plot(code_figures.raster(done), "spikes", code_figures.raster_words(done))
    left, middle, right = st.columns(3, gap="medium")
    with left:
        plot(code_figures.back(done), "decoded", code_figures.back_words(done))
    with middle:
        plot(code_figures.quality(whole, s.spike_steps), "quality", code_figures.quality_words(whole, s.spike_steps))
    with right:
        words = code_figures.quality_words(whole, s.spike_steps, energy=True)
        plot(code_figures.quality(whole, s.spike_steps, energy=True), "energy", words)
    st.caption(
        f"Raster and dots: {quoted(ask.question, 60)}; on-cells accent, off-cells below. Curves: mean over {ask.of}. "
        "Spikes stand for energy: a silent cell costs nothing. Integrate-and-fire with soft reset is first-order "
        "sigma-delta modulation, the converter in a sound card: what one spike misses, the next makes up for."
    )
    return done


def _code_words(ask: Asked, done: Comparison) -> str:
    s, cosine, spent = st.session_state, done.cosine[:, -1].tolist(), done.spent[0, -1]
    least = (1 - s.spike_leak) / s.spike_gain
    quiet = float((ask.x.abs() < least).float().mean())
    sentence = (
        f"After {s.spike_steps} steps and {spent:,.0f} spikes, integrate-and-fire gives the embedding back at cosine "
    )
    sentence += f"**{cosine[0]:.3f}**, Poisson at {cosine[2]:.3f}, "
    if s.spike_leak == 1:
        return f"{sentence}and the leaky code, which does not leak now, at {cosine[1]:.3f}."
    sentence += (
        f"and the leaky code at **{cosine[1]:.3f}**: components below (1 − λ)/g = {least:.3g}, {quiet:.0%} of all, "
    )
    return f"{sentence}leak as fast as they gather and never fire, however long one waits."


def voting(ask: Asked, cast: Votes) -> None:
    """The third part: the memory that works."""
    s = st.session_state
    st.subheader("3. A spiking memory that works")
    st.markdown(
        "One unit for each memory. Each fires by chance, the sooner the better its pattern matches; the first silences "
        "the rest, and all share one inhibition. Who fires is a sample of softmax attention. Nobody computes its sum."
    )
    left, right = st.columns(2, gap="large")
    with left:
        controls.beta_slider()
    right.slider("Inhibition constant η", 0.05, 1.0, step=0.05, key="inhibition")
    st.markdown(_vote_words(ask, cast))
    left, right = st.columns(2, gap="large")
    names = ask.names
    with left:
        figure = vote_figures.race(cast, names, ask.colors, sampler.WARM)
        plot(figure, "race", vote_figures.race_words(cast, names))
        st.caption(
            "A tick is a spike. Below: membranes v in the memories' colours and the shared inhibition I, which feels "
            "its way to ln Σ exp v. η sets how fast; the votes do not depend on it. "
            f"Seed {s.seed}."
        )
    budgets = sampler.budgets(SPIKES)
    with right:
        figure = vote_figures.converging(cast, names, ask.colors, budgets)
        plot(figure, "votes", vote_figures.converging_words(cast, names, SPIKES))
        st.caption("In colour: share of the spikes so far. Grey: softmax. Drag the slider, or click and press ← →.")
    _costs(cast, budgets)


def _vote_words(ask: Asked, cast: Votes) -> str:
    tv = sampler.distance(cast.rate(SPIKES), cast.p).mean()
    expected = sampler.expected_distance(cast.p[0], SPIKES)
    c = len(ask.names)
    who = f"All {c} memories vote" if c == ask.stored else f"The {c} nearest of {ask.stored:,} memories vote"
    who = "One memory votes" if c == 1 else who
    return (
        f"{who}. After {SPIKES:,} spikes the votes are **{tv:.3f}** from softmax in total variation, the mean of "
        f"{len(cast.p)} repeats; independent samples would be {expected:.3f} off."
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


def code_maths(done: Comparison) -> None:
    """The equations of the codes."""
    st.markdown("**Spikes.** Three codes; the leaky one differs in λ alone, Poisson spikes come with chance min(I, 1).")
    st.latex(formula.fire(done))
    st.latex(formula.decode(done))
    st.markdown(
        "**Rounding.** Without leak nothing is lost between spikes, so no component up to 1/g is off by more than half "
        "a spike."
    )
    st.latex(formula.bound(done))
    if done.leak < 1:
        st.markdown("**The plateau.** A leaky cell that gathers less than it loses at threshold never fires.")
        st.latex(formula.silent(done))


def vote_maths(cast: Votes) -> None:
    """The equations of the votes."""
    st.markdown("**Voting.** One step of the winner-take-all, and why its rates are softmax attention.")
    st.latex(formula.vote(cast))
    st.latex(formula.race(cast))
    st.latex(formula.apart(cast, SPIKES))
