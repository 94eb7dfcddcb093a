"""Lab: what ships is shown at once, a run goes on in the background, and what a cancelled one kept is shown.

Jobs are stand-ins that go on when the test says so, but for one real run.
"""

import json
import sys
import time
from types import SimpleNamespace

import pytest

from nuonuo.lab import results, running
from nuonuo.lab.bounds import SEED, Bounds
from nuonuo.lab.curves import NEAREST
from nuonuo.lab.experiments import EXPERIMENTS, experiment
from nuonuo.lab.results import Result
from nuonuo.studio.shell.words import typed
from tests.browser.driver import ROOT
from tests.lab.test_verdicts import rows
from tests.pages.conftest import StandIn, words

PAGE = "pages/lab.py"
FAMILIES = ["NuoNuo", "attractor", "flat Hebbian", "two-stage, β 8", "two-stage, β 50", "a, 1", "a, 2", "b", "c"]


def noise(links=1, exact=True, file=None, seed=0, progress=None, keep=None):
    """Two parts; recall grows with the seed."""
    if links == 13:
        raise ValueError(f"{file or 'links'} brings bad luck.")
    made = []
    for part, system in enumerate((NEAREST, "flat Hebbian"), 1):
        made += rows({system: {0: 0.3 + 0.1 * part + 0.2 * seed, 1: 0.2}}, e=experiment("noise"), split="σ")
        progress(part * 50, 100)
        keep(made)
    return made


@pytest.fixture
def started(monkeypatch):
    """Every job that a page started, in order; noise is an experiment of two parts."""
    made = []

    def start(*call):
        made.append(StandIn(lambda kept: kept.parts, *call))
        return made[-1]

    monkeypatch.setattr("nuonuo.studio.shell.jobs.start", start)
    monkeypatch.setitem(
        sys.modules,
        "nuonuo.lab.noise",
        SimpleNamespace(run=noise, PAGE={"links": 5, "exact": False}, BOUNDS={"links": Bounds(0, 20)}),
    )
    return made


@pytest.fixture(autouse=True)
def shelf(tmp_path, monkeypatch):
    """Puts rows where what ships with the project is looked for; nothing is there at first."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr(results, "SHIPPED", folder)

    def put(name, some):
        result = Result(name, f"python -m nuonuo lab {name}", "abc1234", "2026-11-20", True, tuple(some))
        (folder / f"{name}.json").write_text(result.to_json(), "utf-8")

    return put


def verdict(app) -> str:
    """The large sentence: it comes after the introduction."""
    return app.markdown[1].value


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def labels(app) -> list[str]:
    return [b.label for b in app.button]


def told(app) -> str:
    """All that the page says and its commands, without Markdown's escapes."""
    return (words(app) + "\n".join(code.value for code in app.code)).replace("\\", "").replace("\u2060", "")


@pytest.mark.parametrize("e", EXPERIMENTS, ids=lambda e: e.name)
def test_every_experiment_opens_with_its_question_and_says_if_nothing_ships(run, e):
    app = run(PAGE, lab=e.name)
    assert app.title[0].value == e.question
    assert "No result of this experiment ships with the project yet" in words(app)


@pytest.mark.parametrize("e", EXPERIMENTS, ids=lambda e: e.name)
def test_each_number_can_be_set_to_what_its_experiment_takes(run, e):
    app, limits = run(PAGE, lab=e.name), {}
    for box in app.number_input:
        limits[box.key.removeprefix(f"lab_{e.name}_")] = (box.min, box.max)
    offered = {key for key, value in running.changeable(e.name).items() if not isinstance(value, bool)}
    assert limits.keys() == offered | {"seed"}
    bounds = running.bounds(e.name) | {"seed": SEED}
    assert limits == {key: (bounds[key].least, bounds[key].most) for key in limits}


def test_a_number_beyond_them_is_no_run(run, started):
    app = run(PAGE, lab="noise")
    app.number_input(key="lab_noise_links").set_value(21).run()
    assert not app.exception
    press(app, "lab_go")
    assert started[0].given[1]["links"] <= 20


@pytest.mark.parametrize("e", EXPERIMENTS, ids=lambda e: e.name)
def test_what_ships_is_shown_at_once_with_its_command_commit_and_date(run, shelf, e):
    shelf(e.name, rows({NEAREST: {10: 0.5, 100: 0.6}, "flat": {10: 0.1, 100: 0.95}}, e=e))
    app = run(PAGE, lab=e.name)
    assert "made on 2026-11-20 at commit abc1234" in told(app)
    assert app.code[0].value == f"python -m nuonuo lab {e.name}"
    assert len(verdict(app)) > 30
    assert "No result" not in words(app)


def test_the_verdict_is_that_of_the_numbers(run, shelf):
    shelf("backgrounds", rows({NEAREST: {0: 1.0, 100: 1.0}, "flat": {0: 1.0, 100: 0.2}}))
    assert verdict(run(PAGE)).startswith("No system is significantly better than plain nearest neighbour")
    shelf("backgrounds", rows({NEAREST: {0: 1.0, 100: 0.2}, "flat": {0: 1.0, 100: 1.0}}))
    assert verdict(run(PAGE)).startswith(
        typed("Flat (by up to 0.80) is significantly better than plain nearest neighbour")
    )


def test_systems_are_picked_and_nearest_neighbour_is_always_there(run, shelf):
    shelf("backgrounds", rows({NEAREST: {0: 1.0}, "flat": {0: 0.2}, "two-stage": {0: 0.9}}))
    app = run(PAGE)
    assert app.multiselect(key="lab_systems").options == ["flat", "two-stage"]
    app.multiselect(key="lab_systems").set_value(["two-stage"]).run()
    assert app.query_params["systems"] == "two-stage"
    assert app.dataframe[0].value["system"].tolist() == ["two-stage"]
    assert "0 of the 1 others" not in verdict(app)
    app.multiselect(key="lab_systems").set_value([]).run()
    assert not app.exception
    assert "Only nearest neighbour is shown." in told(app)
    assert "nearest neighbour has the highest value" in told(app)


def test_of_many_systems_the_best_of_each_kind_is_shown_first_or_one_kind_at_a_time(run, shelf):
    shelf("backgrounds", rows({NEAREST: {0: 1.0}, **{name: {0: 0.05 * i} for i, name in enumerate(FAMILIES)}}))
    app = run(PAGE)
    chosen = app.multiselect(key="lab_systems").value
    assert chosen == ["NuoNuo", "flat Hebbian", "two-stage, β 50", "a, 2", "b", "c"]
    assert "of 9, at first the best of each kind" in app.multiselect(key="lab_systems").label
    kinds = app.get("button_group")[0]
    assert kinds.value == "best of each"
    kinds.set_value("Hebbian").run()
    assert app.multiselect(key="lab_systems").value == ["attractor", "flat Hebbian"]
    assert app.query_params["systems"] == "attractor|flat Hebbian"


def test_the_link_carries_experiment_systems_and_seed(run, shelf, started):
    shelf("noise", rows({NEAREST: {0: 1.0}, "flat": {0: 0.2}, "two-stage": {0: 0.9}}, e=experiment("noise")))
    app = run(PAGE, lab="noise", systems="flat|unknown", seed=7)
    assert "This experiment has no system named 'unknown': it is left out." in words(app)
    assert app.multiselect(key="lab_systems").value == ["flat"]
    press(app, "lab_go")
    assert started[0].given[1]["seed"] == 7
    assert dict(app.query_params).items() >= {"lab": "noise", "systems": "flat", "seed": "7"}.items()
    app.selectbox(key="lab").set_value("capacity").run()
    assert app.query_params["lab"] == "capacity"
    assert "systems" not in app.query_params


def test_a_run_is_given_the_settings_and_shown_when_it_has_ended(run, started):
    app = run(PAGE, lab="noise")
    app.number_input(key="lab_noise_links").set_value(8)
    app.number_input(key="seed").set_value(2)
    press(app, "lab_go")  # before the page was drawn anew
    assert started[0].given[1] == {"links": 8, "exact": False, "seed": 2}
    assert app.button(key="lab_go").disabled
    assert "Cancel" in labels(app)
    started[0].advance()
    app.run()
    assert "Cancel" not in labels(app)
    assert "python -m nuonuo lab noise --seed 2 --links 8" in app.code[0].value
    assert "Your run, kept as long as this tab" in words(app)
    assert "incomplete" not in words(app)
    assert "nearest neighbour" in verdict(app)


def test_a_cancelled_run_says_what_was_kept_and_shows_it_as_unfinished(run, started):
    app = press(run(PAGE, lab="noise"), "lab_go")
    started[0].advance(most=1)
    press(app, "lab_cancel")
    app.run()
    assert "Cancelled at 50%: 2 rows of 1 of 2 parts kept." in told(app)
    assert verdict(app).startswith("Unfinished run. ")
    assert "It is **incomplete**" in words(app)
    assert not app.button(key="lab_go").disabled
    press(app, "lab_drop")
    assert "No result of this experiment ships" in words(app)
    assert "Cancelled" not in words(app)


def test_a_run_cancelled_before_its_first_part_leaves_what_was_there(run, shelf, started):
    shelf("noise", rows({NEAREST: {0: 1.0}}, e=experiment("noise")))
    app = press(run(PAGE, lab="noise"), "lab_go")
    press(app, "lab_cancel")
    app.run()
    assert "Cancelled at 0%: no part was finished, so nothing was kept." in told(app)
    assert "The result that ships with the project" in words(app)


def test_a_run_that_fails_says_why(run, started):
    app = run(PAGE, lab="noise")
    app.number_input(key="lab_noise_links").set_value(13).run()
    press(app, "lab_go")
    started[0].advance()
    app.run()
    assert "The run failed: links brings bad luck. Of it, no part was finished, so nothing was kept." in told(app)


def test_an_uploaded_file_is_read_under_its_name_and_deleted_afterwards(run, started):
    app = run(PAGE, lab="noise")
    app.file_uploader(key="lab_file_noise").set_value(("my texts.txt", b"one\ntwo", "text/plain"))
    app.number_input(key="lab_noise_links").set_value(13).run()
    press(app, "lab_go")
    file = started[0].given[1]["file"]
    assert file.read_bytes() == b"one\ntwo"
    started[0].advance()
    app.run()
    assert not file.parent.exists()
    assert "The run failed: my texts.txt brings bad luck" in told(app)


def test_the_run_goes_on_while_another_page_is_looked_at(run, started):
    app = press(run(PAGE, lab="noise"), "lab_go")
    app.switch_page("pages/memories.py").run()
    assert not app.exception
    started[0].advance()
    app.switch_page(PAGE).run()
    assert not app.exception
    assert "Your run" in words(app)
    assert app.title[0].value == experiment("noise").question
    assert len(started) == 1


def test_the_progress_of_another_experiment_is_shown_too(run, started):
    app = press(run(PAGE, lab="noise"), "lab_go")
    app.selectbox(key="lab").set_value("chains").run()
    assert "Cancel" in labels(app)
    press(app, "lab_cancel")
    app.run()
    assert "Cancelled" not in words(app)  # it is noise that was cancelled
    app.selectbox(key="lab").set_value("noise").run()
    assert "Cancelled at 0%" in told(app)


def test_a_pinned_run_is_compared_with_the_next(run, started):
    app = press(run(PAGE, lab="noise"), "lab_go")
    started[0].advance()
    press(app.run(), "lab_pin")
    assert "Pinned. Run it again with other settings" in words(app)
    app.number_input(key="seed").set_value(1).run()
    press(app, "lab_go")
    started[1].advance()
    app.run()
    changed = "Against the pinned run 2 of 4 shared points changed significantly"
    assert f"{changed}: nearest neighbour (σ) at 0: 0.40 → 0.60; flat Hebbian (σ) at 0: 0.50 → 0.70." in told(app)
    assert [code.value.split()[6] for code in app.code] == ["1", "0"]  # the seeds of both commands
    press(app, "lab_unpin")
    assert "Against the pinned run" not in words(app)


def test_settings_stay_when_another_page_was_looked_at(run, started):
    app = run(PAGE, lab="noise")
    app.number_input(key="lab_noise_links").set_value(9).run()
    app.switch_page("pages/memories.py").run()
    app.switch_page(PAGE).run()
    assert app.number_input(key="lab_noise_links").value == 9


def test_a_small_real_run_comes_to_its_end(run, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    app = run(PAGE, lab="chains")
    for key, value in {"links": 40, "starts": 5}.items():
        app.number_input(key=f"lab_chains_{key}").set_value(value)
    press(app.run(), "lab_go")
    end = time.monotonic() + 240
    while "Cancel" in labels(app):
        assert time.monotonic() < end
        time.sleep(0.5)
        app.run()
    assert not app.exception
    assert "over 40 links" in verdict(app)
    result = app.session_state.lab_results["chains"]
    assert result.complete
    assert {row["hop"] for row in result.rows} == {1, 2, 3, 4, 5, 6}
    assert json.loads(result.to_json())["command"] == app.code[0].value
