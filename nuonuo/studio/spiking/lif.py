"""What the spiking page says and asks of the network that fails, its presets, and the table that sums up."""

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from nuonuo import Memory
from nuonuo.explain.spiking.lif import HELD, Run
from nuonuo.explain.spiking.problem import Problem, random_directions
from nuonuo.figures import spiking_lif as figures
from nuonuo.lab.spiking import SYSTEMS
from nuonuo.latex import spiking as formula
from nuonuo.maths.intervals import paired, share
from nuonuo.studio.shell import look
from nuonuo.studio.shell.plot import plot
from nuonuo.studio.shell.presets import take as take_preset
from nuonuo.studio.shell.words import counted
from nuonuo.studio.spiking import runs as spiking_runs
from nuonuo.studio.spiking.runs import GAINS, LEAKS

FIVE, COUNTS, EARLY = 5, (0, 10, 100), 20
PLAIN = {
    "lif_steps": 200,
    "lif_gain": 1.0,
    "lif_leak": 0.9,
    "lif_clamp": 10.0,
    "lif_pairs": "documented",
    "lif_count": 0,
    "open": ["lif"],
}
QUIET = {"spike_steps": 16, "spike_gain": 4.0, "spike_leak": 0.9, "inhibition": 0.2, "beta": 32.0, "open": ["spikes"]}
TRIES: dict[str, dict] = {
    "The documented failure": PLAIN | {"lif_others": "near-duplicates"},
    "Random backgrounds": PLAIN | {"lif_others": "random"},
    "Gain 0.1: spikes that only echo the cue": PLAIN | {"lif_others": "near-duplicates", "lif_gain": 0.1},
    "Leak 0.8: small components never fire": QUIET | {"spike_steps": 64, "spike_leak": 0.8},
    "β = 8: votes spread as softmax does": QUIET | {"beta": 8.0, "open": []},
}


@dataclass(frozen=True)
class Failing:
    """The network's runs on one problem, by the number of backgrounds."""

    runs: dict[int, Run]
    problems: dict[int, Problem]
    softmax: int  # cues that softmax and nearest neighbour recall, with most backgrounds
    whose: str  # the pairs
    others: str  # the backgrounds


def failing(memory: Memory) -> Failing:
    """Run the network as set."""
    s = st.session_state
    own = s.lif_pairs == "this bank" and len(memory) > 0
    chosen = torch.randperm(len(memory), generator=torch.Generator().manual_seed(s.seed))[:FIVE] if own else None
    base = spiking_runs.documented().five if chosen is None else _of_bank(memory, chosen)
    others, name = _others(memory, base, chosen)
    counts = sorted({min(count, len(others)) for count in COUNTS})
    problems = {count: base.within(others[:count]) for count in counts}
    numbers = (s.lif_steps, s.lif_gain, s.lif_leak, s.lif_clamp)
    runs = {count: spiking_runs.ran(asked, *numbers) for count, asked in problems.items()}
    whose = (
        f"{len(base.q)} of {counted(len(memory), 'memory', 'memories')} of this bank, drawn with seed {s.seed}"
        if own
        else "the five documented ones"
    )
    return Failing(runs, problems, problems[counts[-1]].nearest, whose, name)


def _of_bank(memory: Memory, chosen: Tensor) -> Problem:
    """Memories of this bank, each asked by its second cue if it has one, else in its stored words."""
    bank, rows = memory.bank, []
    for place in chosen.tolist():
        own = (bank.owner == place).nonzero()[:2, 0].tolist()
        rows.append((own[0], own[-1]))
    first, last = zip(*rows, strict=True)
    return Problem(bank.X[list(last)], bank.X[list(first)])


def _others(memory: Memory, base: Problem, chosen: Tensor | None) -> tuple[Tensor, str]:
    """What is stored around the pairs, and its name: as chosen where it fits, else random directions."""
    s, most, d = st.session_state, max(COUNTS), base.q.shape[1]
    near = spiking_runs.documented().near
    if s.lif_others == "near-duplicates" and near.shape[1] == d:
        return near.to(base.M), "near-duplicates of one another (“Background task 7 about topic 7”)"
    if s.lif_others == "this bank" and memory.dimension == d:
        bank = memory.bank
        X = bank.X
        if chosen is not None:
            X = X[~torch.isin(bank.owner, chosen.to(bank.owner))]
        some = min(most, len(X))
        return X[:most].to(base.M), f"cue{'s' * (some != 1)} of this bank, the first {some} of {len(X):,}"
    return random_directions(most, d, s.seed).to(base.M), f"random directions, seed {s.seed}"


def failure(shown: Failing) -> str:
    """What the network came to, in one sentence."""
    first, cues = shown.runs[0], len(shown.runs[0].q)
    steps, early = len(first.spikes), min(EARLY, len(first.spikes))
    most = max(shown.runs)
    early_right = f"{int(first.right[early - 1])} of {counted(cues, 'cue')}"
    sentence = f"The network of leaky neurons recalls {early_right} after {early} steps"
    sentence += f" and {int(first.right[-1])} after {steps}" if steps > early else ""
    sentence += f"; with {most} others stored, {int(shown.runs[most].right[-1])}" if most else ""
    difference = paired(shown.problems[most].right.tolist(), shown.runs[most].hits[-1].tolist())
    return (
        f"{sentence}. Softmax and plain nearest neighbour recall {shown.softmax}. At the last step the network and "
        f"softmax are {difference.words}."
    )


def part(memory: Memory, shown: Failing) -> None:
    """The network that fails."""
    s = st.session_state
    st.markdown(_words(shown))
    left, right = st.columns(2, gap="large")
    left.slider("Steps", 5, 200, key="lif_steps")
    kinds = ["near-duplicates", "random", "this bank"]
    right.segmented_control("Stored around them", kinds, key="lif_others", required=True)
    _more_controls(memory)
    runs = shown.runs
    left, right = st.columns([3, 2], gap="large")
    with left:
        figure = figures.forgetting(runs, shown.softmax, s.lif_steps)
        plot(figure, "forgetting", figures.forgetting_words(runs, shown.softmax, s.lif_steps))
    with right:
        values = {count: spiking_runs.eigenvalues(asked.M) for count, asked in shown.problems.items()}
        plot(figures.spectrum(values), "spectrum", figures.spectrum_words(values))
        st.caption(
            "One eigenvalue of W outgrows all others when memories resemble each other; random ones have no common "
            "direction."
        )
    _closer(shown)


def _closer(shown: Failing) -> None:
    """How alike the answers are, and the sweep, with one number of backgrounds."""
    s = st.session_state
    st.segmented_control("Backgrounds in the next two figures", list(COUNTS), key="lif_count", required=True)
    count, early = min(s.lif_count, max(shown.runs)), min(EARLY, s.lif_steps)
    count = count if count in shown.runs else max(shown.runs)
    ran = shown.runs[count]
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**How alike the answers are**, with {counted(count, 'background')}")
        plot(figures.collapse(ran, early, s.lif_steps), "collapse", figures.collapse_words(ran, early, s.lif_steps))
    with right:
        st.markdown(f"**A sweep**: cues recalled after {s.lif_steps} steps, with {counted(count, 'background')}")
        sweep = spiking_runs.swept(shown.problems[count], s.lif_steps, s.lif_clamp)
        plot(figures.swept(sweep, s.lif_gain, s.lif_leak), "sweep", figures.swept_words(sweep), on_pick=take)
    st.caption(
        "The documented point is one of this sweep, chosen because it fails late; click a cell to take another. Where "
        "the gain is low the network has little effect: its spikes echo the cue, which is then compared with every "
        "memory, as nearest neighbour does at once. With 100 near-duplicates that echo is lost too."
    )


def _more_controls(memory: Memory) -> None:
    s = st.session_state
    held = f"Gain γ = {s.lif_gain:g}, leak λ = {s.lif_leak:g}, cue clamped at {s.lif_clamp:g} for {HELD} steps"
    with st.expander(held, key="lif_settings"):
        one, two, three = st.columns(3)
        one.slider("Gain γ of W", 0.0, 4.0, step=0.05, key="lif_gain")
        two.slider("Leak λ of the neurons", 0.5, 1.0, step=0.01, key="lif_leak", help="1: nothing leaks.")
        three.slider("Strength of the clamped cue", 0.0, 50.0, step=1.0, key="lif_clamp")
        if len(memory):
            st.segmented_control("Pairs", ["documented", "this bank"], key="lif_pairs", required=True)
        st.caption(
            "Documented: five of the ten pairs of the sample bank “Web shop log book”, each asked in other words. Like "
            "the numbers above they came out of a search: of 756 choices of five and words softmax recalls 294 whole; "
            "the network recalls 20 of those up to 20 steps and at most 2 of 5 from 50 on, and 3 of the 20 lose all "
            "but one at once with 100 near-duplicates. This is one of the 3."
        )


def _words(shown: Failing) -> str:
    ran, cues = shown.runs[0], len(shown.runs[0].q)
    steps, early = len(ran.spikes), min(EARLY, len(ran.spikes))
    alike = ran.alike(steps).abs()
    least = float(alike.min())
    end = "all cues end on one pattern or its negative" if least > 0.95 else "the answers have not all become one"
    told = (
        f"Pairs: {shown.whose}. Alone: {int(ran.right[early - 1])} of {cues} after {early} steps, "
        f"**{int(ran.right[-1])}** after {steps}, when {end} (least cosine {least:.2f} in size). "
    )
    if most := max(shown.runs):
        rate = float(shown.runs[most].rate[-1])
        told += f"With {most} {shown.others}: **{int(shown.runs[most].right[-1])}**, and {rate:.0%} of neurons fire. "
    return f"{told}Softmax Hopfield and plain nearest neighbour: {shown.softmax} of {cues}, with all of these stored."


def take(pick: dict) -> None:
    """Take the gain and leak of a clicked cell."""
    row, column = pick["points"][0]["point"]
    st.session_state.update(lif_gain=GAINS[column], lif_leak=LEAKS[row])


def presets() -> None:
    """What to try."""
    with look.tries():
        for number, (label, values) in enumerate(TRIES.items()):
            st.button(label, on_click=take_preset, kwargs=values, key=f"spiking-{number}")


def maths(shown: Failing) -> None:
    """The equations of the network."""
    s, most = st.session_state, max(shown.runs)
    st.markdown(
        "**The network that fails** (Hebb's rule W: Hopfield, PNAS 79, 1982, Eq. 2, here over leaky neurons), with "
        f"{counted(most, 'background')}. The patterns mᵢ are the rows of M, N of size d; q is the cue, given in the "
        f"first {HELD} steps t; v are the membranes and s the spikes, each −1, 0 or 1; the factors are λ, γ and the "
        "strength of the clamped cue."
    )
    st.latex(formula.network(shown.runs[most], s.lif_gain, s.lif_leak, s.lif_clamp, HELD))
    st.markdown("**What it recalls**, m̂, is the pattern most like the spikes of all steps.")
    st.latex(formula.collapse(shown.runs[most], spiking_runs.eigenvalues(shown.problems[most].M)))


def table() -> None:
    """The prototype's table, measured when asked for."""
    s = st.session_state
    st.subheader("All of them, side by side")
    st.button("Measure it here, now", on_click=lambda: s.update(spiking_table=spiking_runs.measured(s.seed)))
    if "spiking_table" not in s:
        st.caption("Paraphrase recall of the five pairs, time beside softmax attention, and how it grows.")
        return
    rows = []
    for name in SYSTEMS:
        own = [row for row in s.spiking_table if row["system"] == name]
        line = {"memory": name}
        for row in own:
            value = row["value"]
            if row["measure"] == "paraphrase recall":
                line[f"recall, {row['backgrounds']} others"] = f"{round(value * FIVE)}/{FIVE}"
            else:
                line[row["measure"]] = f"{value:.2g}" if value < 10 else f"{value:.0f}"
        rows.append(line)
    st.dataframe(rows, hide_index=True)
    none, every = share([0.0] * FIVE), share([1.0] * FIVE)
    st.caption(
        f"Five cues are few: the 95% interval of 5/5 is {every['low']:.0%} to 100%, of 0/5 it is 0% to "
        f"{none['high']:.0%}. Times: the shortest of five recalls over 100 random memories, and 1,000, on one thread."
    )
