"""Specifies lessons: what a step says was executed, predictions come first, links lead to a step, progress is kept."""

import re

import pytest

from nuonuo.studio.lessons import course, printing
from nuonuo.studio.lessons.bar import TERM, marked, plain
from nuonuo.studio.lessons.steps import Scene, find
from nuonuo.studio.shell import banks, state
from nuonuo.studio.shell.fields import FIELDS, PARTS, WALKS
from tests.pages.conftest import ROOT, figures, words

STEPS = [(name, number) for name, lesson in course.LESSONS.items() for number in range(1, len(lesson.steps) + 1)]


def html(app):
    return " ".join(str(each.proto.body) for each in app.get("html") if "@font-face" not in each.proto.body)


def test_the_address_knows_every_lesson():
    assert set(WALKS) == set(course.LESSONS)


@pytest.mark.parametrize("name", WALKS)
def test_a_lesson_has_six_to_ten_steps_on_pages_there_are(name):
    lesson = course.LESSONS[name]
    assert 6 <= len(lesson.steps) <= 10
    assert all((ROOT / "pages" / f"{step.page}.py").exists() for step in lesson.steps)


@pytest.mark.parametrize(("name", "number"), STEPS)
def test_every_step_says_what_was_executed(name, number):
    lesson = course.LESSONS[name]
    step, found = lesson.steps[number - 1], course.told(name, number)
    assert found.sentence
    assert found.right in range(len(step.choices) or 1)
    assert bool(step.question) == bool(step.choices)
    for values in (lesson.before(number), lesson.after(number)):
        assert set(values) <= set(FIELDS)
        if isinstance(values.get("want"), str):
            assert find(banks.named(values["bank"]), values["want"]) is not None
        for key, value in values.items():
            if key not in {"want", "q", "relations"}:
                assert FIELDS[key].read(state.written(value)) == value, f"a link could not hold {key}={value}"


@pytest.mark.parametrize("name", [name for name in WALKS if name != "demo"])
def test_predictions_are_not_always_the_same_choice_and_reveal_something_new(name):
    lesson = course.LESSONS[name]
    asked = [number for number, step in enumerate(lesson.steps, 1) if step.question]
    assert len(asked) >= 4
    assert len({course.told(name, number).right for number in asked}) > 1


def test_a_step_is_what_the_page_shows(run):
    """The sentence of a lesson and the verdict of its page come from one engine at one setting."""
    app = run(lesson="energy", step=8)
    app.button(key="guess-0").click().run()
    assert not app.exception
    scene = Scene(banks.named("confusable"), course.LESSONS["energy"].after(8))
    assert app.session_state.beta == 64.0
    lead = scene.trace.candidates[scene.trace.outcome.rest.lead]
    assert lead.cue.rstrip("?") in course.told("energy", 8).sentence
    said = words(app)
    assert course.told("energy", 8).sentence in said
    assert lead.target.split()[0] in said


@pytest.mark.parametrize("name", WALKS)
def test_a_lesson_is_walked_to_its_end(run, name):
    app = run(lesson=name)
    lesson = course.LESSONS[name]
    for number, step in enumerate(lesson.steps, 1):
        assert f"step {number} of {len(lesson.steps)}" in html(app)
        if step.question:
            assert course.told(name, number).sentence not in words(app), "told before the prediction"
            app.button(key="guess-0").click().run()
        assert not app.exception
        assert course.told(name, number).sentence in words(app)
        assert figures(app)
        if number < len(lesson.steps):
            app.button(key="lesson_next").click().run()
    assert not [button for button in app.button if button.key == "lesson_next"]
    app.button(key="lesson_leave").click().run()
    assert "nn-lesson-text" not in html(app)
    assert not app.exception


def test_a_prediction_is_answered_either_way(run):
    right = course.told("attention", 3).right
    app = run(lesson="attention", step=3)
    app.button(key=f"guess-{right}").click().run()
    assert ":material/check: As you expected" in words(app)
    app = run(lesson="attention", step=3)
    app.button(key=f"guess-{1 - right}").click().run()
    assert "What happened: **One memory has almost all**." in words(app)


def test_going_back_keeps_what_was_predicted(run):
    app = run(lesson="attention", step=3)
    app.button(key="guess-0").click().run()
    app.button(key="lesson_next").click().run()
    app.button(key="lesson_back").click().run()
    assert ":material/check: As you expected" in words(app)
    assert app.session_state.beta == 200.0


def test_a_page_of_ones_own_choice_can_be_looked_at_in_a_lesson(run):
    app = run(lesson="energy", step=2)
    app.switch_page("pages/codes.py").run()
    assert "What does a memory look like as a code?" in words(app)
    assert "step 2 of 8" in html(app)


def test_a_step_that_is_not_there_is_the_last(run):
    app = run(lesson="energy", step=20)
    assert "step 8 of 8" in html(app)


def test_an_unknown_lesson_is_refused_in_a_sentence(run):
    said = words(run(lesson="chemistry"))
    assert "The link's lesson must be one of attention, energy" in said


def test_progress_is_kept_and_offered(run):
    app = run(lesson="energy", step=3)
    app.button(key="lesson_leave").click().run()
    app.switch_page("pages/lessons.py").run()
    assert "You have come to step 3." in words(app)
    app.button(key="on_energy").click().run()
    assert "step 3 of 8" in html(app)


def test_progress_is_read_from_a_cookie_and_nothing_else_is():
    assert course._read("energy:3.attention:99.none:1.demo:x") == {"energy": 3, "attention": 7}
    assert course._read("") == {}


def test_the_demo_runs_by_itself_from_the_lessons_page(run):
    app = run("pages/lessons.py")
    app.button(key="run_demo").click().run()
    assert not app.exception
    assert "step 1 of 10" in html(app)
    assert app.session_state.auto is True
    assert app.session_state.present is True
    app.button(key="lesson_pause").click().run()
    assert app.session_state.auto is False
    app.button(key="lesson_run").click().run()
    assert app.session_state.auto is True
    app.button(key="lesson_next").click().run()
    assert app.session_state.auto is False, "whoever presses a button takes over"


def test_parts_of_a_page_can_be_left_out(run):
    assert "display: none" not in html(run())
    app = run(show="ask")
    hidden = re.findall(r"st-key-part-(\w+)-", html(app))
    assert set(hidden) == set(PARTS) - {"ask"}
    assert "The link's show must be some of ask, settings" in words(run(show="figures"))


@pytest.mark.parametrize("name", WALKS)
def test_a_lesson_can_be_printed(name):
    lesson, page = course.LESSONS[name], printing.page(course.LESSONS[name])
    assert page.count("<li>") == 2 * len(lesson.steps) + sum(len(step.choices) for step in lesson.steps)
    assert "\\" not in page
    assert "[[" not in page
    assert "**" not in page


def test_terms_are_marked_and_can_be_left_out():
    text = "A [[query ξ|query]] < b"
    assert plain(text) == "A query ξ < b"
    assert marked(text) == 'A <span class="nn-term" tabindex="0" data-lights="query">query ξ</span> &lt; b'
    assert all(TERM.search(step.text) is not None or "[[" not in step.text for step in course.LESSONS["energy"].steps)
