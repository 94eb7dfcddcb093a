"""The lessons by name: going to a step, predicting, and how far a visitor has come."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from nuonuo.studio.lessons import attention, demo, energy, failing, hopping, separate
from nuonuo.studio.lessons.steps import Lesson, Scene, Told, find
from nuonuo.studio.shell import banks, browser, state

LESSONS: dict[str, Lesson] = {
    each.LESSON.name: each.LESSON for each in (attention, energy, separate, hopping, failing, demo)
}
COOKIE = "nuonuo_lessons"


def current() -> Lesson | None:
    """The lesson that this visitor is in."""
    return LESSONS.get(st.session_state.lesson)


def enter(page: Any) -> None:
    """Set the values of a step that was just come to, and go to its page; call before the page runs."""
    s, lesson = st.session_state, current()
    if lesson is None:
        s.at = None
        return
    s.step = min(max(int(s.step), 1), len(lesson.steps))
    here = (lesson.name, s.step)
    if s.get("at") == here:
        return
    s.at = here
    reach(*here)
    _set(lesson.after(s.step) if predicted() is not None else lesson.before(s.step))
    stem = lesson.steps[s.step - 1].page
    if page.url_path != ("" if stem == "home" else stem):
        st.switch_page(f"pages/{stem}.py")


def _set(values: Mapping[str, Any]) -> None:
    """Make these the shared values, all other settings as they were at first."""
    s, meant = st.session_state, values.get("want")
    want = find(banks.named(values["bank"]), meant) if isinstance(meant, str) else meant
    s.update(state.defaults() | {"q": None} | dict(values) | {"want": want})
    if s.q is None:
        s.q, s.want = banks.opening(banks.named(values["bank"]))


def predicted() -> int | None:
    """The choice made in this step; None if none."""
    return st.session_state.setdefault("guesses", {}).get(st.session_state.at)


def predict(choice: int) -> None:
    """Take a prediction and let happen what it was about; for callbacks. -1 predicts nothing."""
    s, lesson = st.session_state, current()
    if lesson is None:
        return
    s.guesses[s.at] = choice
    _set(lesson.after(s.step))


def go(name: str, step: int = 1, **frame: Any) -> None:
    """Begin a lesson or go to a step of it; for callbacks. frame: how it is shown."""
    s = st.session_state
    s.update(lesson=name, step=step, at=None, began_step=None, **frame)
    browser.reveal_top()


def again(name: str, **frame: Any) -> None:
    """Begin a lesson from its first step, without what was predicted before; for callbacks."""
    s = st.session_state
    s.guesses = {at: choice for at, choice in s.get("guesses", {}).items() if at[0] != name}
    go(name, **frame)


def leave() -> None:
    """Leave the lesson, with everything as it stands; for callbacks."""
    st.session_state.update(lesson="", step=1, auto=False)


@st.cache_resource(show_spinner=False)
def told(name: str, step: int) -> Told:
    """What a step's numbers say, executed on the samples as they came."""
    lesson = LESSONS[name]
    before, after = lesson.before(step), lesson.after(step)
    scenes = [Scene(banks.named(values["bank"]), values) for values in (before, after)]
    return lesson.steps[step - 1].told(*scenes)


def progress() -> dict[str, int]:
    """The furthest step reached in each lesson, in this browser: kept in a cookie by assets/shell.js."""
    s = st.session_state
    if "reached" not in s:
        s.reached = _read(st.context.cookies.get(COOKIE, ""))
    return s.reached


def _read(text: str) -> dict[str, int]:
    found = {}
    for each in text.split("."):
        name, _, step = each.partition(":")
        if name in LESSONS and step.isdecimal():
            found[name] = min(int(step), len(LESSONS[name].steps))
    return found


def written() -> str:
    """The progress as the cookie has it."""
    return ".".join(f"{name}:{step}" for name, step in progress().items())


def reach(name: str, step: int) -> None:
    """Note that a step has been reached."""
    progress()[name] = max(step, progress().get(name, 0))
