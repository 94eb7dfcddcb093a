"""The lab page's parts: what to run and show, the run's progress, the verdict, where the numbers come from, the pin."""

from functools import partial
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from nuonuo.lab import against, running, verdicts
from nuonuo.lab.bounds import SEED
from nuonuo.lab.curves import Chart, Curve, curves, is_nearest, kind, leaders, marks, systems
from nuonuo.lab.experiments import EXPERIMENTS, Experiment, experiment
from nuonuo.lab.results import Result
from nuonuo.studio.lab import shelf as lab_shelf
from nuonuo.studio.shell import controls, look, panels, state
from nuonuo.studio.shell.words import shorter, typed

MANY = 8  # systems above which only the best of each kind is shown at first
BETWEEN = "|"  # the names of systems in the URL
UPLOAD = 20  # MB at most
FILES = {
    "capacity": "Sentences of your own, one a line",
    "chains": "Sentences of your own, one a line, each linked to the next",
    "cues": "A LoCoMo .json file, measured besides the project's own bank",
    "backgrounds": "Pairs of your own: a JSON list of cue, target and paraphrase",
}


def opened() -> Experiment:
    """The chosen experiment."""
    state.enter_by_app()
    panels.notices()
    lab_shelf.collect()
    return experiment(st.session_state.lab)


def choose(e: Experiment) -> tuple[Result, Chart] | None:
    """The pickers of experiment and systems; the result to show and its chart, if there is a result."""
    left, right = st.columns([1, 3])
    names = [one.name for one in EXPERIMENTS]
    left.selectbox("Experiment", names, format_func=str.capitalize, key="lab", on_change=_let_go_of_systems)
    result, pinned = lab_shelf.shown(e.name), lab_shelf.pinned(e.name)
    if result is None:
        return None
    old = pinned.rows if pinned and pinned is not result else ()
    every = systems((*result.rows, *old))
    with right:
        chosen = _systems(e, every, curves(result.rows, e.x, e.value, e.split))
    now, before = (curves(rows, e.x, e.value, e.split, chosen) for rows in (result.rows, old))
    at = marks(result.rows, e.x, e.mark, e.split)
    return result, Chart(e.x_label, e.value_label, every, now, before, e.log_x, e.log_value, at, e.mark_label)


def _let_go_of_systems() -> None:
    st.session_state.systems = None


def _systems(e: Experiment, every: tuple[str, ...], made: tuple[Curve, ...]) -> list[str]:
    """The systems picked besides nearest neighbour, which is always shown."""
    s = st.session_state
    options = [name for name in every if not is_nearest(name)]
    usual = options if len(options) <= MANY else list(leaders(made, e.higher_is_better))
    given = usual if s.systems is None else s.systems.split(BETWEEN) if s.systems else []
    asked = [name for name in given if name in options]
    if unknown := [name for name in given if name not in every]:
        st.warning(typed(f"This experiment has no system named {shorter(unknown[0])!r}: it is left out."))
        s.systems = BETWEEN.join(asked) or None
    s.lab_systems = asked if asked or s.systems == "" else usual
    always = "; nearest neighbour is always shown" if len(options) < len(every) else ""
    some = f", of {len(options)}, at first the best of each kind" if len(options) > MANY else ""
    if len(options) > MANY:
        _kinds(options, usual)
    label = f"Systems{some}{always}"
    return st.multiselect(label, options, key="lab_systems", on_change=_take_systems, placeholder="none", wrap=True)


def _kinds(options: list[str], usual: list[str]) -> None:
    """One kind of systems at a time, or the best of each."""
    s, best = st.session_state, "best of each"
    kinds = {best: usual} | {
        name: [one for one in options if kind(one) == name] for name in dict.fromkeys(map(kind, options))
    }
    s.lab_kind = next((name for name, those in kinds.items() if those == s.lab_systems), None)

    def take() -> None:
        those = kinds.get(s.lab_kind or best, usual)
        s.systems = None if those == usual else BETWEEN.join(those)

    st.pills("Kind", list(kinds), key="lab_kind", on_change=take, label_visibility="collapsed")


def _take_systems() -> None:
    st.session_state.systems = BETWEEN.join(st.session_state.lab_systems)


def begin(e: Experiment) -> None:
    """What a run can be given, one click away, and the run itself."""
    s = st.session_state
    given, kept = running.settings(e.name), s.setdefault("lab_set", {}).setdefault(e.name, {})
    changed = running.changeable(e.name) | kept
    told = [f"{_words(key)} {_told(value)}" for key, value in changed.items()]
    left, right = st.columns([6, 1])
    with left.expander(f"Settings of a run: {', '.join([*told, f'seed {s.seed}'])}", key="lab_settings"):
        columns = st.columns(3)
        for i, (key, value) in enumerate(changed.items()):
            with columns[i % 3]:
                kept[key] = _setting(e, key, value)
        columns[len(changed) % 3].number_input("Seed", int(SEED.least), int(SEED.most), key="seed")
        upload = _upload(e) if running.takes_file(e.name) else None
    busy = lab_shelf.current()
    with right:
        pressed = controls.pressed("Run it", "lab_go", type="primary", width="stretch", disabled=busy is not None)
    if pressed:
        lab_shelf.start(e.name, given | kept, int(s.seed), upload)
        st.rerun()


def _setting(e: Experiment, key: str, value: Any) -> Any:
    """One setting's widget; what it is set to."""
    name = f"lab_{e.name}_{key}"
    st.session_state.setdefault(name, value)  # Streamlit forgets it when another page is opened
    if isinstance(value, bool):
        return st.checkbox(_words(key), key=name)
    bounds, kind = running.bounds(e.name)[key], type(value)
    return st.number_input(_words(key), kind(bounds.least), kind(bounds.most), key=name)


def _told(value: float) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else f"{value:,}"


def _words(key: str) -> str:
    return key.replace("_", " ")


def _upload(e: Experiment) -> Any:
    help_text = "Read for this run only and deleted when it ends. Without one, the project's own texts are used."
    label = FILES.get(e.name, f"A file of your own, as `python -m nuonuo lab {e.name} FILE` takes it")
    return st.file_uploader(label, ["txt", "json"], key=f"lab_file_{e.name}", help=help_text, max_upload_size=UPLOAD)


def progress(e: Experiment) -> None:
    """The run that goes on, and how the last one of this experiment ended."""
    if lab_shelf.current():
        st.fragment(_progress, run_every=1.0)()
    ended = lab_shelf.note(e.name)
    if ended:
        st.warning(ended)


def _progress() -> None:
    """How far the run is; runs every second by itself until it has ended."""
    run = lab_shelf.current()
    if run is None:
        st.rerun()
    job = run.job
    so_far = f"; {job.kept} so far" if job.kept else ""
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.progress(min(job.fraction, 1.0), f"{run.name.capitalize()} runs in the background: {job.message}{so_far}.")
    right.button("Cancel", on_click=job.cancel, width="stretch", key="lab_cancel")


def verdict(e: Experiment, result: Result, shown: Chart) -> None:
    """What the numbers say, and what changed from the pinned run."""
    found = verdicts.verdict(e, shown.curves, result.rows)
    look.verdict(("Unfinished run. " if not result.complete else "") + typed(found.headline))
    if lab_shelf.pinned(e.name) not in (None, result):
        st.markdown(f"**{typed(against.changed(shown.pinned, shown.curves))}**")


def details(e: Experiment, result: Result, shown: Chart) -> None:
    """What the numbers say chart by chart."""
    found = verdicts.verdict(e, shown.curves, result.rows)
    st.markdown("\n".join(f"- {typed(sentence)}" for sentence in found.rest))


def origin(e: Experiment, result: Result) -> None:
    """Which command, commit and date made the numbers; those of the pinned run too."""
    whose = (
        "Your run, kept as long as this tab" if lab_shelf.is_own(e.name) else "The result that ships with the project"
    )
    unfinished = "" if result.complete else " It is **incomplete**: it was stopped before its end."
    st.caption(f"{whose}, made on {result.date} at commit {typed(result.commit)} by this command.{unfinished}")
    st.code(result.command, language="shell", wrap_lines=True)
    pinned = lab_shelf.pinned(e.name)
    if pinned is result:
        st.caption("Pinned. Run it again with other settings: this run's lines stay, dashed, beside the new ones.")
    elif pinned:
        part = "" if pinned.complete else ", incomplete"
        st.caption(f"Dashed: the pinned run of {pinned.date}, commit {typed(pinned.commit)}{part}.")
        st.code(pinned.command, language="shell", wrap_lines=True)


def actions(e: Experiment, result: Result, figure: go.Figure) -> None:
    """Pin, let go, and take away."""
    pinned = lab_shelf.pinned(e.name)
    with st.container(horizontal=True):
        if pinned is not result:
            st.button("Pin this run", on_click=lab_shelf.pin, args=(e.name, result), key="lab_pin")
        if pinned:
            st.button("Let the pin go", on_click=lab_shelf.pin, args=(e.name, None), key="lab_unpin")
        if lab_shelf.is_own(e.name):
            st.button("Let this run go", on_click=lab_shelf.drop, args=(e.name,), key="lab_drop")
        panels.take_away("JSON", result.to_json, f"nuonuo-{e.name}.json", "application/json")
        panels.take_away("CSV", result.to_csv, f"nuonuo-{e.name}.csv", "text/csv")
        panels.take_away("Figure as HTML", partial(panels.as_html, figure), f"nuonuo-{e.name}.html", "text/html")


def beside(e: Experiment, shown: Chart) -> None:
    """For each system and chart, where it falls below nearest neighbour or rises above it."""
    rows = against.table(e, shown.curves)
    if not rows:
        return
    with st.expander("Each system beside plain nearest neighbour"):
        number = st.column_config.NumberColumn(format="%.3g")
        columns = {"worse by at most": number, "better by at most": number}
        st.dataframe(rows, hide_index=True, column_config=columns, placeholder="–")
        st.caption(
            "Worse and better: where the 95% interval of the difference, made of both intervals (square and add: "
            "Newcombe, Statistics in Medicine 17, 1998), leaves out 0. Elsewhere the two are not significantly "
            "different. Where both were asked the same questions, a paired interval would be narrower."
        )
