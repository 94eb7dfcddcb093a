"""Error against load, measured in the background while the page is looked at, point by point."""

from dataclasses import dataclass

import streamlit as st

from nuonuo.explain.toys.capacity import known
from nuonuo.explain.toys.classical import interaction
from nuonuo.figures import classical as figures
from nuonuo.lab import classical as lab
from nuonuo.lab import running
from nuonuo.studio.shell import jobs
from nuonuo.studio.shell.plot import plot
from nuonuo.studio.shell.words import typed

EVERY = 0.7  # s between two looks at the job
LEAST = 0.05  # error above which retrieval has broken down


@dataclass(frozen=True)
class Run:
    """One measurement in the background."""

    job: jobs.Job
    command: str
    units: int


def show() -> None:
    """The second part: random patterns, how many, and the button that measures it."""
    st.subheader("How many random patterns? Measured here, now")
    st.markdown(
        "Each point stores P random patterns, turns a tenth of the units of up to 32 of them and counts the units "
        "that are wrong at rest. Dotted: the known capacities."
    )
    run = _run()
    going = run is not None and run.job.running
    st.fragment(_live, run_every=EVERY if going else None)()


def _live() -> None:
    """The figure as far as it is measured, and how far that is; looks again by itself until the job has ended."""
    s, run = st.session_state, _run()
    going = run is not None and run.job.running
    if s.get("classical_went", False) != going:  # a button in here runs this part alone: the page decides anew
        s.classical_went = going
        st.rerun()
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    if going and run:
        left.progress(min(run.job.fraction, 1.0), f"Measuring in the background: {run.job.message}.")
        right.button("Cancel", on_click=run.job.cancel, width="stretch", key="classical_cancel")
    else:
        left.segmented_control("Units N", [32, 64, 128], key="net_units", required=True)
        right.button("Measure", type="primary", width="stretch", on_click=start, key="classical_go")
    rows = _rows(run)
    _ended(run)
    if rows:
        st.markdown(_sentence(rows))
    units = run.units if run and rows else s.net_units
    fig = figures.error(rows, s.function, units, lines(units))
    plot(fig, "error", figures.error_words(rows))
    if rows and run:
        st.caption(
            "Bars: 95% intervals over 5 trials, each with patterns of its own (nearest neighbour is asked with the "
            "same starts). The capacities are limits for many units: a network of few breaks down gradually. eˣ does "
            "so at 2^(N/2), beyond what can be stored here."
        )
        st.code(run.command, language="shell", wrap_lines=True)


def start() -> None:
    """Measure in the background; for callbacks."""
    s = st.session_state
    wanted = lab.PAGE["interaction"]
    names = wanted if s.function in wanted else (*wanted, s.function)
    given = lab.PAGE | {"units": s.net_units, "interaction": names, "seed": int(s.seed)}
    command = running.command("classical", given["seed"], {k: v for k, v in given.items() if k != "seed"})
    s.classical_run = Run(jobs.start(running.work, "classical", given), command, s.net_units)


def lines(units: int) -> dict[str, float]:
    """The known capacities by interaction."""
    found = {name: known(interaction(name), units) for name in lab.PAGE["interaction"] if name != "lse"}
    return {name: at for name, at in found.items() if at is not None}


def _run() -> Run | None:
    return st.session_state.get("classical_run")


def _rows(run: Run | None) -> list[dict]:
    """What is measured so far."""
    if run is None:
        return []
    if run.job.state == "done":
        return run.job.result
    return list(run.job.kept.rows) if run.job.kept else []


def _ended(run: Run | None) -> None:
    """How the measurement ended, if not as it should."""
    if run and run.job.state == "failed":
        st.warning(f"The measurement failed: {typed((run.job.error or 'no reason was given').rstrip('.'))}.")
    if run and run.job.state == "cancelled":
        st.warning(f"Cancelled at {run.job.fraction:.0%}: what was measured until then stays.")


def _sentence(rows: list[dict]) -> str:
    """Up to how many patterns each network stays below the limit of errors, as measured."""
    told = []
    for system in dict.fromkeys(row["system"] for row in rows if row["part"] == "measured"):
        some = sorted((r for r in rows if r["system"] == system and r["part"] == "measured"), key=_patterns)
        broken = next((row for row in some if row["error"] > LEAST), None)
        if broken is None:
            told.append(f"{system} holds all {some[-1]['patterns']:,}")
        else:
            told.append(f"{system} breaks down at {broken['patterns']:,} ({broken['error']:.0%} wrong)")
    return f"More than {LEAST:.0%} of the units wrong: {'; '.join(told)}."


def _patterns(row: dict) -> int:
    return row["patterns"]
