"""What the settling page says and asks: where the query comes to rest, other starts, noisy queries, the maths."""

import weakref
from dataclasses import dataclass, replace

import streamlit as st

from nuonuo import Memory, Noise, Trace
from nuonuo.explain.settling.landscape import Landscape
from nuonuo.explain.settling.regimes import SEEDS, SIGMAS, Draw, Sweep, draw, metastable_beta, misleading, sweep
from nuonuo.latex import recall as formula
from nuonuo.latex import settling as landscape_formula
from nuonuo.maths.intervals import paired
from nuonuo.memory.asking import Asking
from nuonuo.studio.shell import answer, equations, known, look, sets
from nuonuo.studio.shell.presets import take as take_preset
from nuonuo.studio.shell.words import quoted

LOW, HIGH = 2.0, 64.0  # β of the presets: the average of all and a fixed point in every sample


@dataclass(frozen=True)
class Around:
    """What surrounds a query at every β: itself at other β, and its noisy versions."""

    key: tuple  # what it was made of
    swept: Sweep
    traces: tuple[Trace, ...]


def verdict(memory: Memory, trace: Trace, land: Landscape) -> None:
    """What was recalled and where the state rests, where other starts do, and what was expected instead."""
    expected, count = sets.expected(memory), len(trace.candidates)
    starts = f"{count + 1} starts (each candidate and the query)"
    if count == 1:
        where = "There is one candidate, so every start comes to rest on it."
    elif land.places == 1:
        where = f"At β = {trace.asking.beta:.3g} all {starts} come to rest in this one place."
    else:
        where = f"At β = {trace.asking.beta:.3g}, {starts} come to rest in {land.places} places."
    look.verdict(f"{answer.recalled(trace, expected)}\n\n{where}{_instead(memory, trace, expected)}")
    if late := answer.steps_taken(trace):
        st.caption(f"{late} *Settings*, above, has more update steps.")


def _instead(memory: Memory, trace: Trace, expected: frozenset[int]) -> str:
    """What else the query might have recalled: without its noise, or as expected."""
    if trace.asking.noisy:
        quiet = known.recall(memory, trace.asking.quiet, k=1, steps=1).answer
        if quiet.id != trace.answer.id:
            return f" **The noise changed what is recalled**: without it, it is {quoted(quiet.target)}."
    if expected and trace.answer.id not in expected:
        return f" {answer.missed(memory, trace, min(expected, key=lambda i: trace.rank(i) or len(memory)))}"
    return ""


def plane_notes(trace: Trace, land: Landscape) -> None:
    """What the picture holds and what it leaves out."""
    d, c = len(trace.key), len(trace.candidates)
    count = answer.candidates(c)
    st.caption(
        "Drag the slider, or click the figure and press ← →. Contours are lines of equal energy, palest where it is "
        f"lowest. **A plane is not {d} dimensions**: this one (PCA of {count} and {len(trace.xi)} states) holds "
        f"{land.share:.0%} of the variance of the states and {land.share_candidates:.0%} of that of the candidates. "
        f"The contours keep the other {d - 2} directions at their mean; bars and E are those of the full state."
    )


def around(memory: Memory, trace: Trace) -> Around:
    """The query at other β and under other seeds; kept for this visitor while only β, steps or figures change."""
    noise, s = trace.asking.noise, st.session_state
    key = (trace.query, replace(trace.asking, beta=1.0, steps=1), s.draws, s.bank)
    kept, made_of = s.get("around", (None, lambda: None))
    bank = memory.bank
    if kept is None or kept.key != key or made_of() is not bank:
        count = s.draws if noise.sigma or noise.drop else 1
        seeds = range(noise.seed + 1, noise.seed + count)
        others = [
            known.recall(memory, trace.asking, steps=1, noise=Noise(noise.sigma, noise.drop, seed=seed))
            for seed in seeds
        ]
        kept = Around(key, sweep(trace), (trace, *others))
        s.around = (kept, weakref.ref(bank))
    return kept


def presets(memory: Memory, trace: Trace, swept: Sweep) -> None:
    """β that shows each kind of rest with this query, and noise that changes what it recalls."""
    if len(trace.candidates) < 2:
        return
    asked = trace.asking
    plain = replace(asked, beta=Asking.beta, steps=Asking.steps, hops=0) == Asking()
    swept = swept if plain else sweep(known.recall(memory))  # a preset resets what is set now
    middle = metastable_beta(swept, len(trace.candidates))
    tries = [(f"β = {LOW:g}: the average of all", LOW), (f"β = {HIGH:g}: a fixed point", HIGH)]
    if middle:
        tries.insert(1, (f"β = {middle:g}: a metastable state", middle))
    with look.tries():
        for number, (label, beta) in enumerate(tries):
            st.button(label, on_click=take_preset, kwargs={"beta": beta, "steps": 8}, key=f"regime-{number}")
        st.button("Noise that changes what is recalled", on_click=mislead, args=(memory,), key="mislead")


def mislead(memory: Memory) -> None:
    """Ask in the weakest noise, of those tried, that makes the query recall something else."""
    s, asked = st.session_state, known.question(memory)
    noise = misleading(memory, asked)
    if noise is None:
        s.notices.append(f"No noise up to σ = {SIGMAS[-1]:g} changed what this query recalls, in {SEEDS} tries each.")
        return
    meant = s.want or known.recall(memory, k=1, steps=1).answer.id
    take_preset(want=meant, beta=HIGH, sigma=noise.sigma, seed=noise.seed)


def draws(trace: Trace, land: Landscape, near: Around) -> tuple[Draw, ...]:
    """The noisy queries at the present β, in the plane of the first."""
    return tuple(draw(each, land.plane, trace.asking.beta, trace.asking.steps) for each in near.traces)


def fates(memory: Memory, trace: Trace, draws: tuple[Draw, ...]) -> None:
    """How many noisy queries come back, with plain nearest neighbour beside them; the way to ask them if none are."""
    noise, s = trace.asking.noise, st.session_state
    if len(draws) == 1 and not trace.asking.noisy:
        st.caption(
            "Colour, hatched where a colour comes again: the memory on which a start at this point of the plane comes "
            "to rest; grey: several share. Numbers: the candidates by rank."
        )
        st.button("Ask it in noise, σ = 1", on_click=s.update, kwargs={"sigma": 1.0}, key="noisy")
        return
    target = s.want if s.want in memory else known.recall(memory, k=1, steps=1).answer.id
    back = [each.recalled is not None and each.recalled.id == target for each in draws]
    plain = [each.nearest == target for each in draws]
    settled = sum(back)
    shared = sum(each.recalled is None for each in draws)
    st.slider("Noisy queries", 1, 40, key="draws")
    last = noise.seed + len(draws) - 1
    many = "1 noisy query" if len(draws) == 1 else f"{len(draws)} noisy queries"
    st.markdown(
        f"Of {many} (σ = {noise.sigma:g}, seeds {noise.seed} to {last}), **{settled}** came to rest on "
        f"{quoted(memory.get(target).target)}, {shared} where several memories share the attention, "
        f"{len(draws) - settled - shared} on another memory. Plain nearest neighbour recalled it {sum(plain)} times: "
        f"this is {paired(plain, back).words}."
    )
    st.caption(
        "Ground hatched where a colour comes again, candidates numbered by rank. ○ a noisy query, ◇ where it comes to "
        "rest, both in that memory's colour. Each is a recall of its own, with its own candidates, and noise leaves "
        "the plane: so a query may stand on one colour and end in another."
    )


def maths(trace: Trace, land: Landscape) -> None:
    """The equations of the figure, with the numbers just executed."""
    with look.part("maths", "settlingpanel"), st.expander("The maths, with the numbers just executed"):
        st.markdown("**One update step** moves the state to the mean of the candidates, weighted by its attention.")
        equations.show(formula.update(trace))
        st.markdown("**Energy** of every state under the slider. No update step raises it.")
        equations.show(landscape_formula.steps(trace))
        st.markdown("**The plane**, and the energy that its contours show.")
        equations.show(landscape_formula.plane(trace, land), landscape_formula.contours(trace, land))
        st.markdown("**How many share** the attention.")
        equations.show(landscape_formula.sharing(trace, land))
