"""The lesson above the page: what to look at, a prediction, what happened, and the way on."""

import html
import re
import time

import streamlit as st

from nuonuo.studio.lessons import course
from nuonuo.studio.lessons.steps import Lesson

TERM = re.compile(r"\[\[(.+?)\|(.+?)\]\]")


def marked(text: str) -> str:
    """A step's text as HTML: its terms light up what they name (assets/shell.js)."""
    term = r'<span class="nn-term" tabindex="0" data-lights="\2">\1</span>'
    return TERM.sub(term, html.escape(text, quote=False))


def plain(text: str) -> str:
    """A step's text without the marks of its terms."""
    return TERM.sub(r"\1", text)


def show() -> None:
    """The step at hand; nothing outside a lesson."""
    lesson, s = course.current(), st.session_state
    if lesson is None:
        return
    step, count = lesson.steps[s.step - 1], len(lesson.steps)
    with st.container(key="lesson", border=True):
        st.html(
            f'<p class="nn-lesson-head">{html.escape(lesson.title)} · step {s.step} of {count}</p>'
            f'<p class="nn-lesson-text">{marked(step.text)}</p>'
        )
        if step.question:
            _predict(lesson)
        else:
            st.markdown(course.told(*s.at).sentence)
        _ways(lesson)


def _predict(lesson: Lesson) -> None:
    """The prediction, or once it is made, what happened."""
    s = st.session_state
    step, chosen = lesson.steps[s.step - 1], course.predicted()
    if chosen is None:
        st.markdown(f"**What do you expect?** {step.question}")
        with st.container(horizontal=True):
            for number, choice in enumerate(step.choices):
                st.button(choice, on_click=course.predict, args=(number,), key=f"guess-{number}")
        return
    found = course.told(*s.at)
    right = step.choices[found.right]
    if chosen == found.right:
        word = f":material/check: As you expected: **{right}**."
    elif chosen < 0:
        word = f"{step.question} **{right}**."
    else:
        word = f"You expected “{step.choices[chosen]}”. What happened: **{right}**."
    st.markdown(f"{word} {found.sentence}")


def _ways(lesson: Lesson) -> None:
    """Back, on, and out; and in a lesson that runs by itself, the time it still has."""
    s, last = st.session_state, len(lesson.steps)
    if s.auto:
        _runs(lesson)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Back", on_click=_to, args=(-1,), disabled=s.step == 1, shortcut="Left", key="lesson_back")
        if s.step < last:
            st.button(
                "Next",
                type="secondary" if s.auto else "primary",
                on_click=_to,
                args=(1,),
                shortcut="Right",
                key="lesson_next",
            )
        else:
            st.button("Begin again", on_click=course.again, args=(lesson.name,), key="lesson_again")
        if s.auto:
            st.button("Pause", on_click=s.update, kwargs={"auto": False}, key="lesson_pause")
        elif lesson.name == "demo" and s.step < last:
            st.button("Run by itself", on_click=_run, key="lesson_run")
        st.button("Leave the lesson", on_click=course.leave, type="tertiary", key="lesson_leave")


def _to(by: int) -> None:
    s = st.session_state
    course.go(s.lesson, s.step + by, auto=False)  # whoever presses a key takes over


def _run() -> None:
    st.session_state.update(auto=True, began_step=None)


def _runs(lesson: Lesson) -> None:
    """Wait for this step's time, then go on."""
    s = st.session_state
    if s.get("began_step") is None or s.began_step[0] != s.at:
        s.began_step = (s.at, time.monotonic())
    st.fragment(_wait, run_every=0.5)(lesson)


def _wait(lesson: Lesson) -> None:
    s = st.session_state
    if not s.auto or s.began_step is None:
        return
    wanted = lesson.steps[s.step - 1].seconds / s.pace
    passed = time.monotonic() - s.began_step[1]
    st.progress(min(passed / wanted, 1.0))
    if passed < wanted:
        return
    if s.step < len(lesson.steps):
        course.go(lesson.name, s.step + 1)
    else:
        s.auto = False
    st.rerun()
