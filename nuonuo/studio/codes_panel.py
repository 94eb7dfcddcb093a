"""What the codes page says and asks: k and D, the separation of similar memories, crowding, and collisions."""

from collections.abc import Sequence

import streamlit as st
import torch
from torch import Tensor

from nuonuo import Memory, Trace, codes, coding, crowding, formula_codes
from nuonuo.coding import Cut, Raster
from nuonuo.crowding import Curve, Sample, Usage
from nuonuo.figures import codes as figures
from nuonuo.figures import crowding as crowd_figures
from nuonuo.studio import linking, look, state
from nuonuo.studio.plot import plot
from nuonuo.studio.words import quoted

SIZES = [1_024, 2_048, 4_096, 8_192, 16_384, 32_768]
MOST = 250  # winners that the slider goes to
SEED = 0  # of the cues drawn


@st.cache_resource(show_spinner=False, max_entries=4)
def _projection(d: int, units: int, seed: int, device: str) -> Tensor:
    return codes.projection(d, units, seed, device)


def projection(memory: Memory) -> Tensor:
    """The bank's projection (d, D) with as many units as were chosen."""
    return _projection(memory.dimension, st.session_state.units, memory.meta["seed"], str(memory.device))


def controls(memory: Memory) -> None:
    """k and D of the codes shown; the bank's own stay what they are."""
    s, own = st.session_state, memory.meta
    left, right, back = st.columns([3, 3, 2], vertical_alignment="bottom")
    left.slider(f"Winners k (this bank: {own['winners']})", 5, MOST, step=5, key="winners")
    right.select_slider(f"Units D (this bank: {own['units']:,})", SIZES, format_func="{:,}".format, key="units")
    if (s.winners, s.units) != (own["winners"], own["units"]) and own["units"] in SIZES:
        mine = {"winners": own["winners"], "units": own["units"]}
        back.button("Back to this bank's", on_click=s.update, kwargs=mine, width="stretch")


def verdict(raster: Raster) -> None:
    """What the question shares with the answer before and after settling."""
    k, before, after = raster.winners, raster.answer.shared, raster.common
    start = f"Your question fires {k} of {raster.units:,} units and shares **{before}** of them with "
    start += f"{quoted(raster.answer.text)}"
    if before == k:
        look.verdict(f"{start}: it is that memory, unit for unit.")
    elif after >= 0.9 * k:
        meant = next((f" But you probably meant {quoted(x.text)}." for x in raster.lines if x.role == "meant"), "")
        look.verdict(f"{start}. Settled, it shares **{after}**: settling completes what the code has lost.{meant}")
    else:
        look.verdict(
            f"{start}. Even settled it shares only **{after}**: the state is a blend, and the code of a blend is the "
            "code of no memory."
        )


def presets(trace: Trace) -> None:
    """The stored words, a blend that has no code, and codes that are too wide or too narrow."""
    s, answer = st.session_state, trace.answer
    if len(trace.candidates) < 2:
        return
    plain = {"beta": 32.0, "steps": 3, "sigma": 0.0, "drop": 0.0, "winners": 50, "units": 16_384}
    st.subheader("What to try")
    with st.container(horizontal=True):
        st.button(
            "Ask in the stored words", on_click=state.ask, args=(answer.cue, answer.id), kwargs=plain, key="try-words"
        )
        blend = plain | {"beta": 4.0}
        st.button("β = 4: a blend has no code", on_click=state.ask, args=(s.q, s.want), kwargs=blend, key="try-blend")
        wide = plain | {"winners": 250, "units": 1_024}
        st.button("250 of 1,024: all collide", on_click=state.ask, args=(s.q, s.want), kwargs=wide, key="try-wide")


def strip_words(raster: Raster) -> None:
    """How sparse a code is, and what sharing is worth."""
    k, D, shared = raster.winners, raster.units, raster.answer.shared
    chance = k * k / D
    more = f": {shared / chance:.0f} times chance" if shared > 2 * chance else ""
    st.caption(
        f"{k} of {D:,} units is {k / D:.2%}. Two unrelated codes share {chance:.2g} units by chance; the question and "
        f"the answer share {shared}{more}."
    )


def cut_words(raster: Raster, cut: Cut) -> None:
    """How firm the code is, and how far down the answer's units are."""
    inside, k = raster.answer.shared, raster.winners
    doubled = int((cut.places <= 2 * k).sum())
    st.caption(
        f"Dots: the units of the answer's code; {inside} made the cut, {doubled} would with twice as many winners. "
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
        "Less sharing costs completion: a noisy cue's whitened code has less left of the clean one, so settle first."
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


def inspector(memory: Memory, trace: Trace) -> None:
    """Which memories share units with a chosen one, and on which units; with the bank's own codes."""
    st.subheader("Which memories collide with it?")
    chosen = choose(memory, trace)
    if not linking.ready(memory):
        return
    found = coding.collisions(memory.bank, chosen)
    _collision_words(memory, found)
    if found.others:
        ids = [found.id, *(c.id for c in found.others)]
        plot(
            figures.collision_lines(found),
            "collisions",
            figures.collision_words(found),
            on_pick=lambda pick: pick_line(pick, ids),
        )
        with st.expander("The units by number"):
            st.dataframe(_table(found), hide_index=True)
    _search_words(memory, trace)


def choose(memory: Memory, trace: Trace) -> int:
    """The memory looked at: the one picked on any page, else the answer."""
    s = st.session_state
    if s.pick is not None and s.pick not in memory:
        s.pick = None
    names: dict[int, str] = {c.id: c.cue for c in trace.candidates}
    if s.pick is not None:
        names.setdefault(s.pick, memory.get(s.pick).cues[0])
    st.selectbox(
        "Memory",
        list(names),
        format_func=lambda i: names[i],
        key="pick",
        placeholder=f"the answer: {trace.answer.cue}",
    )
    return trace.answer.id if s.pick is None else s.pick


def pick_line(pick: dict, ids: Sequence[int | None]) -> None:
    """Take the memory of a clicked line for the one looked at."""
    row = pick["points"][0]["point"][0] // 2
    if row < len(ids) and ids[row] is not None:
        st.session_state.pick = ids[row]


def _collision_words(memory: Memory, found: coding.Collisions) -> None:
    some, others = int(found.count[1:].sum()), int(found.count.sum())
    if not others:
        st.markdown("It is the only memory here: nothing can collide with it.")
        return
    busiest = int(found.usage.argmax())
    st.markdown(
        f"{quoted(found.text)} shares at least one of its {len(found.units)} units with **{some:,}** of {others:,} "
        f"other cues; by chance two codes share {found.chance:.2g}. Its busiest unit, "
        f"{int(found.units[busiest]):,}, serves {int(found.usage[busiest]):,} cues."
    )


def _table(found: coding.Collisions) -> dict[str, list]:
    return {
        "memory": [c.text for c in found.others],
        "shared": [len(c.units) for c in found.others],
        "cosine": [round(c.cosine, 3) for c in found.others],
        "units": [", ".join(map(str, c.units)) for c in found.others],
    }


def _search_words(memory: Memory, trace: Trace) -> None:
    """Codes as a search, beside plain nearest neighbour."""
    asked, settled = coding.search(memory.bank, torch.stack([trace.key, trace.xi[-1]]))
    st.markdown(
        f"**Codes as a search.** The question's code is closest to {quoted(asked.text)} ({asked.shared} shared units), "
        f"the settled one to {quoted(settled.text)} ({settled.shared}). **Plain nearest neighbour** finds "
        f"{quoted(trace.nearest.cue)} (cosine {trace.nearest.cosine:.2f}): for finding, cosine needs no codes. "
        "They are for linking: few shared units let many links lie in one memory."
    )


def maths(trace: Trace, raster: Raster, cut: Cut, curve: Curve, usage: Usage) -> None:
    """The equations of the page with the numbers just executed."""
    with st.expander("The maths, with the numbers just executed"):
        st.markdown("**A code** is the units that a random projection scores highest.")
        st.latex(formula_codes.code(trace, raster))
        st.markdown("**The cut** lies between the last winner and the first loser.")
        st.latex(formula_codes.cut(cut))
        st.markdown("**Overlap** is the cosine of two codes; unrelated codes share next to nothing.")
        st.latex(formula_codes.overlap(raster))
        st.latex(formula_codes.chance(raster))
        st.markdown("**Separation**: what two keys of cosine ρ share depends on ρ alone, and falls faster than ρ.")
        st.latex(formula_codes.law(curve))
        st.markdown("**Usage**: if all units were used alike, each would serve so many of the drawn codes.")
        st.latex(formula_codes.even(usage))
