"""Map: PCA at once, UMAP when it is ready, and what can be done with a dot. Jobs are stand-ins that end on demand."""

import json
import re
from contextlib import closing

import pytest

from nuonuo import Memory
from nuonuo.explain.map.maps import load
from nuonuo.explain.map.points import LARGEST
from nuonuo.memory.records import record
from nuonuo.studio.shell import banks
from nuonuo.studio.shell.words import typed
from tests.explain.test_maps import strewn
from tests.load import strewn as strewn_bank
from tests.pages.conftest import figures, words

PAGE = "pages/map.py"
COLORS = ["attention", "cluster", "code overlap", "hop"]
SAMPLES = ["support", "facts", "stories", "confusable", "island"]


class StandIn:
    """A job that fits nothing and ends when the test says so."""

    def __init__(self, fn, points, dims, seed):
        assert fn.__name__ == "fit_umap"
        self.call = points, dims, seed
        self.state, self.fraction, self.message, self.result, self.error = "running", 0.4, "round 3 of 500", None, None

    @property
    def running(self):
        return self.state == "running"

    def cancel(self):
        self.state = "cancelled"

    def finish(self):
        points, dims, seed = self.call
        self.result, self.state = strewn(points, seed, dims), "done"


@pytest.fixture(autouse=True)
def started(monkeypatch):
    """Every job that a page started, in order; no map is left over from another test."""
    made = []

    def start(*call, delay=0.0):
        made.append(StandIn(*call))
        return made[-1]

    monkeypatch.setattr("nuonuo.studio.shell.jobs.start", start)
    shelf = {}
    monkeypatch.setattr("nuonuo.studio.map.shelf._shared", lambda: shelf)
    return made


def verdict(app) -> str:
    said = next(m.value for m in app.markdown if " map keeps " in m.value or "too few" in m.value)
    return said.split("\n\n")[-1]  # before it stands what was recalled


def press(app, label):
    next(b for b in app.button if b.label.startswith(label)).click().run()
    assert not app.exception
    return app


def labels(app) -> list[str]:
    return [b.label for b in app.button]


def ready(run, started, **address):
    """The page with its UMAP made and shown."""
    app = run(PAGE, **address)
    started[-1].finish()
    app.run()
    assert not app.exception
    return press(app, "Show the UMAP map")


@pytest.mark.parametrize("bank", SAMPLES)
def test_every_sample_shows_pca_at_once_and_umap_when_it_is_ready(run, started, bank):
    app = run(PAGE, bank=bank)
    assert verdict(app).startswith("This PCA map keeps ")
    assert "chance" in verdict(app)
    assert "Cancel" in labels(app)
    assert "Show the UMAP map" not in labels(app)
    started[0].finish()
    app.run()
    assert verdict(app).startswith("This PCA map keeps ")  # nothing moves under the visitor's hand
    offer = next(c.value for c in app.caption if "UMAP is ready" in c.value)
    assert re.search(r"keeps \d+% of each memory's \d+ true neighbours, this PCA map \d+% \(chance: ", offer)
    app.slider(key="beta").set_value(8.0).run()
    assert verdict(app).startswith("This PCA map keeps ")
    press(app, "Show the UMAP map")
    assert verdict(app).startswith("This UMAP map keeps ")
    assert re.search(r"PCA map of the same memories keeps \d+%", words(app))
    assert "UMAP, seed 0, fitted to" in words(app)
    assert len(started) == 1


def test_a_finished_map_of_a_sample_is_there_for_the_next_visitor(run, started):
    ready(run, started, bank="stories")
    assert verdict(run(PAGE, bank="stories")).startswith("This UMAP map")
    assert len(started) == 1


def test_cancelling_leaves_pca_and_can_be_taken_back(run, started):
    app = press(run(PAGE), "Cancel")
    app.run()
    assert "UMAP was cancelled. This is PCA." in words(app)
    assert len(started) == 1  # it does not start again by itself
    press(app, "Make the UMAP map")
    assert len(started) == 2


def test_a_job_that_fails_says_why(run, started):
    app = run(PAGE)
    started[0].state, started[0].error = "failed", "no memory left"
    app.run()
    assert "UMAP failed: no memory left. This is PCA." in words(app)


def test_another_bank_stops_the_job_of_the_last(run, started):
    app = run(PAGE)
    app.selectbox(key="bank").set_value("stories").run()
    assert [job.state for job in started] == ["cancelled", "running"]
    assert len(started[1].call[0].ids) == 90


def test_the_map_made_anew_has_the_next_seed(run, started):
    app = press(ready(run, started), "Make the map anew, seed 1")
    assert started[1].call[2] == 1
    started[1].finish()
    app.run()
    press(app, "Show the UMAP map")
    assert "UMAP, seed 1" in words(app)
    assert app.query_params["map_seed"] == "1"


def test_the_legend_speaks_of_the_colours_that_are_shown(run, started):
    app = ready(run, started, bank="facts")
    legends = {}
    for color in COLORS:
        app.session_state.map_color = color
        app.run()
        legends[color] = next(c.value for c in app.caption if "true candidates" in c.value)
    assert "The green square" in legends["attention"]
    assert "orange discs" in legends["attention"]
    for color in ("cluster", "code overlap"):
        assert "orange" not in legends[color]
        assert "The green square ring" in legends[color]
        assert "other rings" in legends[color]
    assert "k-means" in legends["cluster"]


def test_one_candidate_is_not_called_candidates(run, started):
    app = run(PAGE, k=1, map_by="PCA")
    assert "A line leads to the query's one true candidate" in words(app)


def test_pca_can_be_chosen_and_starts_nothing(run, started):
    app = run(PAGE, map_by="PCA")
    assert "PCA shows the directions of greatest spread" in words(app)
    assert started == []
    press(app, "Show UMAP")
    assert len(started) == 1


@pytest.mark.parametrize("question", ["When is Ben at the dentist?", ""])
def test_every_view_is_drawn_with_and_without_a_question(run, started, question):
    app = ready(run, started, bank="confusable", q=question)
    for dims in ("2-D", "3-D"):
        app.session_state.map_dims = dims
        app.run()
        if started[-1].running:
            started[-1].finish()
            press(app.run(), "Show the UMAP map")
        for color in COLORS:
            app.session_state.map_color = color
            app.run()
            assert not app.exception
            assert verdict(app).startswith("This UMAP map")
    assert [job.call[1] for job in started] == [2, 3]


@pytest.mark.parametrize("bank", SAMPLES)
def test_every_preset_shows_its_phenomenon(run, started, bank):
    app = press(ready(run, started, bank=bank), "An average")
    assert app.slider(key="beta").value == 2
    press(app, "What is stored")
    assert "Colours: clusters by k-means (seed 0)" in words(app)
    press(app, "Where this map misleads most")
    assert "is in truth only its" in words(app)


def test_moving_a_setting_keeps_the_map_and_moves_the_question(run, started):
    app = ready(run, started)
    before = [tex.value for tex in app.latex]
    for key, value in [("steps", 1), ("k", 3), ("drop", 0.5), ("sigma", 1.0), ("beta", 2.0)]:
        app.slider(key=key).set_value(value).run()
        assert not app.exception
        after = [tex.value for tex in app.latex]
        assert after[:2] == before[:2]  # the map's own equations
        assert (after[2] == before[2]) == (key == "steps")  # the question's
        before = after
    assert verdict(app).startswith("This UMAP map")
    assert len(started) == 1


def test_a_picked_memory_is_shown_with_its_true_neighbours(run, started):
    app = ready(run, started, pick=2)
    assert f"“{typed('Where is the spare car key?')}”" in words(app)
    assert app.dataframe[0].value["truly nearest"][0] == "Where is the spare house key?"
    press(app, "Make this the question")
    assert app.text_input(key="q").value == "Where is the spare car key?"
    assert app.session_state.want == 2


def test_a_forgotten_memory_leaves_the_map_and_comes_back_without_a_new_one(run, started):
    app = press(ready(run, started, pick=2), "Forget")
    assert "Forgot “Where is the spare car key" in words(app)
    assert "is in truth" not in words(app)
    press(app, "Bring it back")
    assert "fitted to 143 memories" in words(app)
    assert "added since" not in words(app)  # it is where it was
    assert len(started) == 1


def test_an_added_memory_is_placed_and_nothing_is_fitted_again(run, started):
    app = ready(run, started)
    app.switch_page("pages/home.py").run()
    app.text_input(key="new_cue").set_value("Where is the blue kite?")
    press(app, "Remember")
    app.switch_page(PAGE).run()
    assert "fitted to 143 memories" in words(app)
    assert "1 added since" in words(app)
    assert len(started) == 1


def test_a_lasso_lists_what_it_holds(run, started):
    app = ready(run, started)
    app.session_state.map_lasso = ("facts", [3, 5, 8])
    app.run()
    assert "**3 memories in the lasso**" in words(app)
    assert len(app.dataframe[0].value) == 3
    press(app, "Let the lasso go")
    assert "in the lasso" not in words(app)


def test_a_pick_is_let_go_with_its_bank(run):
    app = run(PAGE, pick=2)
    app.selectbox(key="bank").set_value("stories").run()
    assert app.session_state.pick is None


@pytest.fixture
def own(home, sample):
    """Puts the first memories of a sample into a bank of one's own; its name for the address."""
    rows = sample("confusable")

    def put(count, first=0):
        with closing(Memory(banks.folder() / "mine.nuonuo", banks.encoder())) as memory:
            memory.add_many([record(row["cue"], row["target"]) for row in rows[first : first + count]])
        return {"bank": "own:mine", "q": rows[0]["cue"]}

    return put


def test_the_map_of_an_own_bank_outlives_the_session(run, started, own, home):
    ready(run, started, **own(12), map_seed=7)
    assert load(home / "maps" / "mine-2d.npz").settings["seed"] == 7
    again = run(PAGE, **own(0))
    assert "UMAP, seed 7, fitted to 12 memories" in words(again)
    assert len(started) == 1


def test_a_map_file_that_is_broken_is_made_again(run, started, own, home):
    ready(run, started, **own(12))
    for file in (home / "maps").rglob("*.npz"):
        file.write_bytes(b"nothing")
    assert verdict(run(PAGE, **own(0))).startswith("This PCA map")
    assert len(started) == 2


def test_a_bank_that_holds_the_same_by_another_name_has_its_map_at_once(run, started, own, home):
    address = ready(run, started, **own(12)) and own(0)
    (home / "maps" / "mine-2d.npz").unlink()
    (home / "banks" / "mine.nuonuo").rename(home / "banks" / "other.nuonuo")
    assert "UMAP, seed 0, fitted to 12 memories" in words(run(PAGE, **address | {"bank": "own:other"}))
    assert len(started) == 1


def test_the_map_of_a_sample_outlives_the_server(run, started, monkeypatch):
    ready(run, started, bank="facts")
    monkeypatch.setattr("nuonuo.studio.map.shelf._shared", dict)  # as a new server has it
    again = run(PAGE, bank="facts")
    assert "UMAP, seed 0, fitted to 143 memories" in words(again)
    assert len(started) == 1


@pytest.mark.slow
def test_of_a_large_bank_the_map_shows_a_sample_and_says_so(run, home):
    (home / "banks").mkdir()
    strewn_bank.fill(home / "banks" / "many.nuonuo", LARGEST + 1_000)
    app = run(PAGE, bank="own:many", q=strewn_bank.text(LARGEST + 500), map_by="PCA")
    assert f"A sample**: {LARGEST:,} of the {LARGEST + 1_000:,} memories, drawn with seed 0" in words(app)
    (fig,) = (json.loads(each.proto.json) for each in figures(app) if each.key == "map2d")
    assert f"of {LARGEST + 1_000:,} memories in 2 dimensions" in fig["alt"]
    assert strewn_bank.text(LARGEST + 500) in fig["alt"]


def test_when_most_memories_are_new_the_map_is_made_again(run, started, own):
    ready(run, started, **own(12))
    assert verdict(run(PAGE, **own(20, first=12))).startswith("This PCA map")
    assert len(started[1].call[0].ids) == 32


@pytest.mark.parametrize("count", [1, 2, 3, 9])
def test_few_memories_get_pca_and_are_told_so(run, started, own, count):
    app = run(PAGE, **own(count), pick=1)
    assert "With fewer than 10 memories UMAP has nothing to work with: this is PCA." in words(app)
    assert ("too few for a map to mean anything" in verdict(app)) == (count < 4)
    for color in COLORS:
        app.session_state.map_color = color
        app.run()
        assert not app.exception
    app.session_state.map_dims = "3-D"
    app.run()
    assert not app.exception
    assert started == []


def test_an_empty_bank_invites_to_add_and_shows_no_map(run, started, own):
    app = run(PAGE, bank=own(0)["bank"])
    assert "This bank is empty" in words(app)
    assert "Remember" in [button.label for button in app.button]
    assert not app.latex
    assert started == []


def test_what_ranks_the_candidates_stands_below_the_map(run):
    app = run(PAGE, bank="island")
    alt = next(json.loads(each.proto.json)["alt"] for each in figures(app) if each.key == "terms")
    assert alt.startswith("Stacked bars of what ranks 6 memories: meaning, words, links. 1 The Salt Hymns")
    assert "**Words alone** (BM25" in words(app)


def test_the_true_neighbours_of_a_question_are_those_by_meaning_whatever_ranks(run):
    said = [
        re.search(r"around your query, (\d+%)", words(run(PAGE, bank="island", links=links)))[1] for links in (0, 40)
    ]
    assert said[0] == said[1]
