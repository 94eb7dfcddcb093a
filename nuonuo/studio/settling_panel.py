"""What the settling page says and asks: the regime, other starts, noisy askings, the maths."""

import weakref
from dataclasses import dataclass

import streamlit as st

from nuonuo import Memory, Noise, Trace, formula, landscape_formula
from nuonuo.landscape import Landscape
from nuonuo.regimes import SEEDS, SIGMAS, Draw, Sweep, blend_beta, draw, misleading, sweep
from nuonuo.studio import known, look, state
from nuonuo.studio.words import quoted
from nuonuo.trace import Candidate

LOW, HIGH = 2.0, 64.0  # β of the presets: one basin and separate wells in every sample


@dataclass(frozen=True)
class Around:
    """What surrounds a question at every β: itself at other β, and its noisy askings."""

    key: tuple  # what it was made of
    swept: Sweep
    traces: tuple[Trace, ...]


def verdict(memory: Memory, trace: Trace, land: Landscape) -> None:
    """The regime in one sentence with its numbers, then where the question went astray, if it did."""
    beta, count = f"{trace.settings.beta:.3g}", len(trace.candidates)
    rest, lead = land.rest, trace.candidates[int(land.rest.p.argmax())]
    starts = f"{count + 1} starts (each candidate and the question)"
    sentence = {
        "lone": f"One memory, one well: every start ends in {quoted(lead.cue)}.",
        "basin": f"At β = {beta} there is **one basin**: {starts} all end in the same place, a blend of "
        f"{rest.number:.1f} of {count} memories. Whatever is asked, that is the answer.",
        "blend": f"At β = {beta} the question rests on **a metastable blend** of {rest.number:.1f} memories, led by "
        f"{quoted(lead.cue)}, while {starts} end in {land.places} places.",
        "wells": f"At β = {beta} there are **separate wells**: {starts} end in {land.places} places. "
        f"The question falls into {quoted(lead.cue)}, p = {float(rest.p.max()):.2f}.",
    }[land.regime]
    if land.regime == "wells":
        sentence += _astray(memory, trace, lead)
    look.verdict(sentence)
    if not land.arrived:
        st.caption(
            f"{len(trace.p)} updates are not enough to get there: {land.number:.1f} memories share the attention of "
            "the last one. Settings, above, has more updates."
        )


def _astray(memory: Memory, trace: Trace, lead: Candidate) -> str:
    """What else the question might have recalled: without noise, as meant, or at first sight."""
    noise, want = trace.settings.noise, st.session_state.want
    if noise.sigma or noise.drop:
        quiet = memory.recall(known.question(memory), k=1, steps=1).answer
        if quiet.id != lead.id:
            return f" **The noise carried it there**: without noise it is {quoted(quiet.cue)}."
    if want is not None and want in memory and want != lead.id:
        return f" You probably meant {quoted(memory.get(want).cues[0])}."
    if lead.id != trace.answer.id:
        return f" At first it attended most to {quoted(trace.answer.cue)}."
    return ""


def plane_notes(trace: Trace, land: Landscape) -> None:
    """What the picture holds and what it leaves out."""
    d, c = len(trace.key), len(trace.candidates)
    count = "1 candidate" if c == 1 else f"{c} candidates"
    st.caption(
        "Drag the slider, or click the figure and press ← →. Contours are energy, lowest where the ground fades. "
        f"**A plane is not {d} dimensions**: this one (PCA of {count} and {len(trace.xi)} states) holds "
        f"{land.share:.0%} of the state's way and {land.share_candidates:.0%} of the candidates' spread. "
        f"Its contours hold the other {d - 2} directions at the mean; bars and E are of the full state."
    )


def around(memory: Memory, trace: Trace) -> Around:
    """The question at other β and under other seeds; kept for this visitor while only β, updates or figures change."""
    noise, s = trace.settings.noise, st.session_state
    key = (trace.query, trace.settings.k, noise, s.draws, s.bank)
    kept, bank = s.get("around", (None, lambda: None))
    if kept is None or kept.key != key or bank() is not memory.bank.keys:
        count = s.draws if noise.sigma or noise.drop else 1
        seeds = range(noise.seed + 1, noise.seed + count)
        asked = known.question(memory)
        others = [
            memory.recall(asked, trace.settings.k, steps=1, noise=Noise(noise.sigma, noise.drop, seed=seed))
            for seed in seeds
        ]
        kept = Around(key, sweep(trace), (trace, *others))
        s.around = (kept, weakref.ref(memory.bank.keys))
    return kept


def presets(memory: Memory, trace: Trace, swept: Sweep) -> None:
    """β that shows each regime with this question, and noise that misleads it."""
    if len(trace.candidates) < 2:
        return
    s, middle = st.session_state, blend_beta(swept)
    tries = [(f"β = {LOW:g}: one basin", LOW), (f"β = {HIGH:g}: separate wells", HIGH)]
    if middle:
        tries.insert(1, (f"β = {middle:g}: a metastable blend", middle))
    st.subheader("What to try")
    with st.container(horizontal=True):
        for number, (label, beta) in enumerate(tries):
            quiet = {"beta": beta, "sigma": 0.0, "drop": 0.0, "steps": 8}
            st.button(label, on_click=state.ask, args=(s.q, s.want), kwargs=quiet, key=f"regime-{number}")
        st.button("Noise that falls into another well", on_click=mislead, args=(memory,), key="mislead")


def mislead(memory: Memory) -> None:
    """Ask in the weakest noise, of those tried, that makes the question recall something else."""
    s, asked = st.session_state, known.question(memory)
    noise = misleading(memory, asked)
    if noise is None:
        s.notices.append(f"No noise up to σ = {SIGMAS[-1]:g} misleads this question in {SEEDS} tries each.")
        return
    meant = s.want or memory.recall(asked, k=1, steps=1).answer.id
    state.ask(s.q, meant, beta=HIGH, sigma=noise.sigma, seed=noise.seed, drop=0.0, steps=3)


def draws(trace: Trace, land: Landscape, near: Around) -> tuple[Draw, ...]:
    """The noisy askings at the present β, in the plane of the first."""
    return tuple(draw(each, land.plane, trace.settings.beta, trace.settings.steps) for each in near.traces)


def fates(memory: Memory, trace: Trace, draws: tuple[Draw, ...]) -> None:
    """How many noisy askings come back, with plain nearest neighbour beside them; the way to ask them if none are."""
    noise, s = trace.settings.noise, st.session_state
    if len(draws) == 1 and not (noise.sigma or noise.drop):
        st.caption("Colour: the memory that a start at this point of the plane falls into; grey is a blend.")
        quiet = {"sigma": 1.0}
        st.button("Ask it in noise, σ = 1", on_click=state.ask, args=(s.q, s.want), kwargs=quiet, key="noisy")
        return
    target = s.want if s.want in memory else memory.recall(known.question(memory), k=1, steps=1).answer.id
    settled = sum(each.recalled is not None and each.recalled.id == target for each in draws)
    blends = sum(each.recalled is None for each in draws)
    plain = sum(each.nearest == target for each in draws)
    st.slider("Noisy askings", 1, 40, key="draws")
    times = "as often" if plain == settled else f"{plain} times" + (": it did better" if plain > settled else "")
    last = noise.seed + len(draws) - 1
    st.markdown(
        f"Of {len(draws)} askings with σ = {noise.sigma:g} (seeds {noise.seed} to {last}), {settled} ended on "
        f"{quoted(memory.get(target).cues[0])}, {blends} on a blend, {len(draws) - settled - blends} elsewhere. "
        f"Plain nearest neighbour found it {times}."
    )
    st.caption(
        "○ a noisy question, ◇ where it ends, both in that memory's colour. Each is a recall of its own, with its own "
        "candidates, and noise leaves the plane: so a question may stand on one colour and end in another."
    )


def maths(trace: Trace, land: Landscape) -> None:
    """The equations of the figure, with the numbers just executed."""
    with st.expander("The maths, with the numbers just executed"):
        st.markdown("**One update** moves the state to the mean of the candidates, weighted by its attention.")
        st.latex(formula.update(trace))
        st.markdown("**Energy** of every state under the slider. No update raises it.")
        st.latex(landscape_formula.steps(trace))
        st.markdown("**The plane**, and the energy that its contours show.")
        st.latex(landscape_formula.plane(trace, land))
        st.latex(landscape_formula.contours(trace, land))
        st.markdown("**How many share** the attention.")
        st.latex(landscape_formula.sharing(trace, land))
