"""What the spiking page says and asks of embeddings as spikes."""

import streamlit as st
from torch import Tensor

from nuonuo.explain.spiking.encoder import Comparison
from nuonuo.figures import spiking_encoder as code_figures
from nuonuo.latex import spiking as formula
from nuonuo.maths.intervals import average
from nuonuo.studio.shell.plot import plot
from nuonuo.studio.shell.words import counted, quoted
from nuonuo.studio.spiking import runs as spiking_runs
from nuonuo.studio.spiking.panel import Asked


def coded(ask: Asked) -> Comparison:
    """The embeddings as spikes of so many steps."""
    s = st.session_state
    return spiking_runs.compared(ask.x, s.spike_gain, s.spike_leak, s.seed).until(s.spike_steps)


def encoder(ask: Asked) -> None:
    """An embedding as spikes, and back."""
    s = st.session_state
    whole = spiking_runs.compared(ask.x, s.spike_gain, s.spike_leak, s.seed)
    done = whole.until(s.spike_steps)
    st.markdown(_code_words(ask, done))
    left, right = st.columns(2, gap="large")
    left.slider("Steps T", 1, spiking_runs.LONGEST, key="spike_steps")
    right.slider("Leak λ of the leaky code", 0.5, 1.0, step=0.01, key="spike_leak")
    with st.expander(f"Gain g = {s.spike_gain:g}, Poisson spikes of seed {s.seed}", key="spike_settings"):
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


def _code_words(ask: Asked, done: Comparison) -> str:
    s, cosine, spent = st.session_state, done.cosine[:, -1].tolist(), done.spent[0, -1]
    least = (1 - s.spike_leak) / s.spike_gain
    quiet = float((ask.x.abs() < least).float().mean())
    lower = [""] + [_lower(_cosines(done, 0) - _cosines(done, code)) for code in (1, 2)]
    sentence = (
        f"After {counted(s.spike_steps, 'step')} and {counted(round(float(spent)), 'spike')}, integrate-and-fire gives "
        f"the embedding back at cosine **{cosine[0]:.3f}**, Poisson at {cosine[2]:.3f}{lower[2]}, "
    )
    if s.spike_leak == 1:
        return f"{sentence}and the leaky code, which does not leak now, at {cosine[1]:.3f}."
    return (
        f"{sentence}and the leaky code at **{cosine[1]:.3f}**{lower[1]}: components below (1 − λ)/g = {least:.3g}, "
        f"{quiet:.0%} of all, leak as fast as they gather and never fire, however long one waits."
    )


def _cosines(done: Comparison, code: int) -> Tensor:
    """How close each embedding comes back after all steps: (n,)."""
    return done.trains[code].cosine(done.x)[-1]


def _lower(by: Tensor) -> str:
    """By how much a code's cosines are lower, with the paired 95% interval over embeddings."""
    if len(by) < 2:
        return ""
    found = average(by.tolist(), "by")
    if found["low"] <= 0 <= found["high"]:
        ends = f"{found['low']:.3f} to {found['high']:.3f}".replace("-", "−")
        return f" (not significantly different: 95% interval of the difference {ends})"
    way = "lower" if found["by"] > 0 else "higher"
    low, high = sorted((abs(found["low"]), abs(found["high"])))
    return f" ({abs(found['by']):.3f} {way}, 95% interval {low:.3f} to {high:.3f})"


def maths(done: Comparison) -> None:
    """The equations of the codes."""
    st.markdown(
        "**Spikes** (integrate-and-fire with soft reset: Rueckauer et al., Frontiers in Neuroscience 2017, Eq. 1b). x "
        "is the embedding, g the gain, I the current into its on- and off-cells, v their membranes, λ the share of v "
        "that a step keeps (1: no leak), and s is 1 for a cell that fires in this step, else 0. Poisson cells instead "
        "fire with probability min(I, 1)."
    )
    st.latex(formula.fire(done))
    st.markdown(
        "**Decoding.** n_on and n_off count the spikes of a component's two cells; the cosines are those of "
        "integrate-and-fire, the leaky code and Poisson.".replace("_", r"\_")
    )
    st.latex(formula.decode(done))
    st.markdown(
        "**Rounding** (first-order sigma-delta modulation: Yoon, IEEE Transactions on Neural Networks and Learning "
        "Systems 28, 2017). Without leak nothing is lost between spikes, so in T steps no component up to 1/g is off "
        "by more than half a spike."
    )
    st.latex(formula.bound(done))
    if done.leak < 1:
        st.markdown(
            "**The threshold of a leaky cell.** With a constant current v tends to the sum of a geometric series; a "
            "cell for which that stays below 1 stops firing."
        )
        st.latex(formula.silent(done))
