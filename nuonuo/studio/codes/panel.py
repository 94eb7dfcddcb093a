"""What the codes page says and asks: k and D, the separation of similar memories, and crowding."""

from collections.abc import Collection

import streamlit as st
from torch import Tensor

from nuonuo import Memory, Trace
from nuonuo.explain.codes import crowding
from nuonuo.explain.codes.crowding import Curve, Sample, Usage
from nuonuo.explain.codes.raster import Cut, Raster
from nuonuo.figures import crowding as crowd_figures
from nuonuo.latex import codes as formula_codes
from nuonuo.maths import codes
from nuonuo.maths.theory import effective_number
from nuonuo.memory.outcome import Kind, kind
from nuonuo.studio.shell import answer, equations, look, sets
from nuonuo.studio.shell.plot import plot
from nuonuo.studio.shell.presets import take as take_preset

SIZES = [1_024, 2_048, 4_096, 8_192, 16_384, 32_768]
MOST = 250  # winners that the slider goes to
SEED = 0  # of the cues drawn


@st.cache_resource(show_spinner=False, max_entries=4)
def _projection(d: int, units: int, seed: int, device: str) -> Tensor:
    return codes.projection(d, units, seed, device)


def projection(memory: Memory) -> Tensor:
    """The bank's projection (d, D) with as many units as were chosen."""
    return _projection(memory.dimension, st.session_state.units, memory.settings.seed, str(memory.device))


def controls(memory: Memory) -> None:
    """k and D of the codes shown; the bank's own stay what they are."""
    s, own = st.session_state, memory.settings
    left, right, back = st.columns([3, 3, 2], vertical_alignment="bottom")
    left.slider(f"Winners k (this bank: {own.winners})", 5, MOST, step=5, key="winners")
    right.select_slider(f"Units D (this bank: {own.units:,})", SIZES, format_func="{:,}".format, key="units")
    if (s.winners, s.units) != (own.winners, own.units) and own.units in SIZES:
        mine = {"winners": own.winners, "units": own.units}
        back.button("Back to this bank's", on_click=s.update, kwargs=mine, width="stretch")


def verdict(memory: Memory, trace: Trace, raster: Raster) -> None:
    """What was recalled, and what the query's code shares with that memory's before and after settling."""
    expected, k = sets.expected(memory), raster.winners
    story = answer.recalled(trace, expected)
    before, after = raster.answer.shared, raster.common
    start = (
        f"{story}\n\nThe query fires {k} of {raster.units:,} units and shares **{before}** with the code of that memory"
    )
    if before == k:
        look.verdict(f"{start}: all of them.")
    else:
        look.verdict(f"{start}; {answer.last_state(trace)}, shares **{after}**{_why(trace, after, k, expected)}.")


def _why(trace: Trace, after: int, k: int, expected: Collection[int]) -> str:
    """What became of the code by settling."""
    if after >= 0.9 * k:
        other = "" if not expected or trace.answer.id in expected else ", although another memory was expected"
        return f": settling completes the code of that memory{other}"
    number = float(effective_number(trace.p[-1]))
    if kind(number, len(trace.candidates)) is Kind.ONE:
        return ": it is near another memory"
    many = answer.candidates(len(trace.candidates))
    return f": it averages about {number:.1f} of {many}, and the code of an average is not the code of a memory"


def presets(trace: Trace) -> None:
    """The stored words, an average that has no code of its own, and codes that are too wide or too narrow."""
    first = trace.answer
    if len(trace.candidates) < 2:
        return
    with look.tries():
        stored = {"q": first.cue, "want": first.id}
        st.button("Ask in the stored words", on_click=take_preset, kwargs=stored, key="try-words")
        st.button("β = 4: an average has no code", on_click=take_preset, kwargs={"beta": 4.0}, key="try-blend")
        wide = {"winners": 250, "units": 1_024}
        st.button("250 of 1,024: all collide", on_click=take_preset, kwargs=wide, key="try-wide")


def strip_words(raster: Raster) -> None:
    """How sparse a code is, and what sharing is worth."""
    k, D, shared = raster.winners, raster.units, raster.answer.shared
    chance = k * k / D
    more = f": {shared / chance:.0f} times chance" if shared > 2 * chance else ""
    st.caption(
        f"{k} of {D:,} units is {k / D:.2%}. Two unrelated codes share {chance:.2g} units by chance; the query "
        f"and the memory ranked first share {shared}{more}."
    )


def cut_words(raster: Raster, cut: Cut) -> None:
    """How firm the code is, and how far down the units of the first-ranked memory are."""
    inside, k = raster.answer.shared, raster.winners
    doubled = int((cut.places <= 2 * k).sum())
    st.caption(
        f"Dots: the units of the code of the memory ranked first; {inside} of them are winners, {doubled} would be if "
        "twice as many units won. "
        f"The margin at the cut is {cut.margin / float(cut.score[0] - cut.score[-1]):.2%} of the range of scores: a "
        "small change of the key swaps some winners, so codes of similar keys are similar, not equal."
    )


def sample(memory: Memory, P: Tensor) -> Sample:
    """Cues drawn from this bank; kept for this visitor while bank and D are the same."""
    bank = memory.bank
    X, kept = st.session_state.get("crowd", (None, None))
    if X is not bank.X or kept is None or kept.units != P.shape[1]:
        kept = crowding.sample(bank.X, bank.keys, P, MOST, SEED)
        st.session_state.crowd = bank.X, kept
    return kept


def separation(memory: Memory, drawn: Sample) -> tuple[Curve, Usage]:
    """Whether codes tell similar memories apart, and how evenly they use the units."""
    k = st.session_state.winners
    curve, usage = crowding.curve(drawn, k), crowding.usage(drawn, k)
    if not curve.pairs:
        st.caption("One cue alone: there is nothing to tell it from.")
        return curve, usage
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Do codes keep similar memories apart?")
        plot(crowd_figures.separation_curve(curve), "separation", crowd_figures.curve_words(curve))
        _curve_words(drawn, curve)
    with right:
        st.subheader("Is every unit used?")
        plot(crowd_figures.usage_bars(usage), "usage", crowd_figures.usage_words(usage))
        _usage_words(usage)
    return curve, usage


def _curve_words(drawn: Sample, curve: Curve) -> None:
    who = f"all {drawn.of:,} cues" if len(drawn.paired) == drawn.of else f"{len(drawn.paired)} cues: "
    if len(drawn.paired) != drawn.of:
        who += f"{crowding.PAIRED} drawn with seed {drawn.seed}, and the nearest neighbour of each"
    near = curve.at(0.6)
    share = (
        f" At cosine {float(curve.cosine[near]):.2f} two memories share {float(curve.raw[near]):.0%} of their units, "
        f"whitened {float(curve.whitened[near]):.0%}."
    )
    st.caption(
        f"{curve.pairs:,} pairs of {who}.{share} Dotted: what a random projection gives raw codes, by theory. "
        "Less sharing has a price: a noisy query's whitened code keeps less of the clean one, so settle first."
    )


def _usage_words(usage: Usage) -> None:
    n = usage.codes
    even = n * usage.winners / usage.units
    st.caption(
        f"{n} cues. Of {usage.units:,} units, {int(usage.raw[0]):,} are dead in raw codes and "
        f"{int(usage.whitened[0]):,} in whitened ones; an even spread leaves {int(usage.even[0]):,}. The busiest unit "
        f"serves {usage.busiest[0]} raw codes ({usage.busiest[0] / n:.0%}), {usage.busiest[1]} whitened; even would be "
        f"{even:.1f}."
    )


def maths(trace: Trace, raster: Raster, cut: Cut, curve: Curve, usage: Usage) -> None:
    """The equations of the page with the numbers just executed."""
    with look.part("maths", "codespanel"), st.expander("The maths, with the numbers just executed"):
        st.markdown("**A code** is the set of units that a random projection scores highest.")
        equations.show(formula_codes.code(trace, raster))
        st.markdown("**The cut** lies between the last winner and the first loser.")
        equations.show(formula_codes.cut(cut))
        st.markdown("**Overlap** is the cosine of two codes; unrelated codes share next to nothing.")
        equations.show(formula_codes.overlap(raster), formula_codes.chance(raster))
        st.markdown("**Separation**: what two keys of cosine ρ share depends on ρ alone, and falls faster than ρ.")
        equations.show(formula_codes.law(curve))
        st.markdown("**Usage**: if all units were used alike, each would serve so many of the drawn codes.")
        equations.show(formula_codes.even(usage))
