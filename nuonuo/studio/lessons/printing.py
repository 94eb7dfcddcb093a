"""A lesson on paper: every step with its question, and at the end what the engine computed."""

import html
import re

from nuonuo.studio.lessons import course
from nuonuo.studio.lessons.bar import plain
from nuonuo.studio.lessons.steps import Lesson

STYLE = (
    "body{font:16px/1.5 Georgia,serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#1B1F24}"
    "h1{line-height:1.2}li{margin-bottom:1.1rem;break-inside:avoid}.q{font-weight:600;margin:.4rem 0}"
    ".c{list-style:'☐  ';margin:.2rem 0}.c li{margin:0}small{color:#5B6470}h2{margin-top:2.5rem}"
)


def page(lesson: Lesson) -> str:
    """The lesson as one HTML page that needs nothing else."""
    steps, answers = [], []
    for number, step in enumerate(lesson.steps, 1):
        found = course.told(lesson.name, number)
        asks = ""
        if step.question:
            boxes = "".join(f"<li>{html.escape(choice)}</li>" for choice in step.choices)
            asks = f'<p class="q">{html.escape(step.question)}</p><ul class="c">{boxes}</ul>'
        where = f"<small>Page: {step.page if step.page != 'home' else 'start'}</small>"
        steps.append(f"<li>{html.escape(plain(step.text))} {where}{asks}</li>")
        right = f"<b>{html.escape(step.choices[found.right])}.</b> " if step.question else ""
        answers.append(f"<li>{right}{html.escape(_unescaped(found.sentence))}</li>")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(lesson.title)}</title>'
        f"<style>{STYLE}</style><h1>{html.escape(lesson.title)}</h1><p>{html.escape(lesson.about)}</p>"
        f"<ol>{''.join(steps)}</ol><h2>What happened</h2><ol>{''.join(answers)}</ol>"
        "<p><small>NuoNuo Explorer. The numbers were executed on the sample memories when this page was "
        "made.</small></p>"
        "</html>"
    )


def _unescaped(markdown: str) -> str:
    """Text as it reads, of Markdown that `typed` and `quoted` have escaped."""
    return re.sub(r"\\(?=[^\w\s])", "", markdown).replace("\u2060", "").replace("**", "")
