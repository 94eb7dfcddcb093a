"""The lessons page: what there is, how far this visitor has come, and each lesson on paper."""

import streamlit as st

from nuonuo.studio.lessons import course, printing
from nuonuo.studio.lessons.steps import Lesson


def show() -> None:
    """The demo, then every lesson."""
    demo = course.LESSONS["demo"]
    with st.container(border=True, key="demo_card"):
        st.subheader(demo.title)
        st.markdown(f"{demo.about} It takes {sum(step.seconds for step in demo.steps) / 60:.0f} minutes.")
        frame = {"auto": True, "present": True}
        st.button("Run the demo", type="primary", on_click=course.again, args=("demo",), kwargs=frame, key="run_demo")
    for lesson in course.LESSONS.values():
        if lesson is not demo:
            _card(lesson)


def _card(lesson: Lesson) -> None:
    count, reached = len(lesson.steps), course.progress().get(lesson.name, 0)
    with st.container(border=True, key=f"card_{lesson.name}"):
        st.subheader(lesson.title)
        far = "" if not reached else " Done." if reached == count else f" You have come to step {reached}."
        st.markdown(f"{lesson.about} {count} steps.{far}")
        with st.container(horizontal=True):
            if 1 < reached < count:
                st.button(
                    "Go on", type="primary", on_click=course.go, args=(lesson.name, reached), key=f"on_{lesson.name}"
                )
            label = "Begin again" if reached else "Begin"
            begun = 1 < reached < count
            st.button(
                label,
                type="secondary" if begun else "primary",
                on_click=course.again,
                args=(lesson.name,),
                key=f"begin_{lesson.name}",
            )
            file = f"nuonuo-lesson-{lesson.name}.html"
            make = lambda: printing.page(lesson)  # noqa: E731
            st.download_button("Printable page", make, file, "text/html", on_click="ignore", key=f"print_{lesson.name}")
