"""Every page runs by AppTest on its own home folder, with the real engine."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nuonuo.studio.shell.words import read

ROOT = Path(__file__).parents[2]


class NoPagesFolder(type(Path())):
    """AppTest takes a folder named pages for the old way of listing pages and then skips app.py; this sees none."""

    def exists(self) -> bool:
        return self.name != "pages" and super().exists()


@pytest.fixture(autouse=True)
def pages_are_listed_by_app(monkeypatch):
    monkeypatch.setattr("streamlit.runtime.pages_manager.Path", NoPagesFolder)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The folder where this test's own banks live."""
    monkeypatch.setenv("NUONUO_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def run(home):
    """Runs a page: run("pages/x_page.py", bank="facts", q=…) with values of the address; fails if it raises."""

    def start(page: str | None = None, **address: object) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        for name, value in address.items():
            app.query_params[name] = str(value)
        if page:
            app.switch_page(page)
        app.run()
        assert not app.exception, app.exception
        return app

    return start


def words(app: AppTest) -> str:
    """All that a page says, as one text."""
    kinds = (app.title, app.markdown, app.caption, app.info, app.warning, app.success, app.subheader)
    said = "\n".join(str(each.value) for kind in kinds for each in kind)
    return f"{said}\n{read(said)}"  # with what keeps people's texts as typed, and as it reads


def figures(app: AppTest) -> list:
    """The figures of a page; scripts are components too, and no figures."""
    return [each for each in app.get("bidi_component") if not re.match("shell|figures|layer-", each.key)]


class Stopped(Exception):
    """A stand-in has come as far as it was told."""


class StandIn:
    """A job that runs in the test, piece by piece. pieces: how many there are in what it hands over."""

    def __init__(self, pieces, fn, *given):
        self.pieces, self.fn, self.given = pieces, fn, given
        self.state, self.fraction, self.message = "running", 0.0, "starting"
        self.kept = self.result = self.error = self.most = None

    @property
    def running(self):
        return self.state == "running"

    def cancel(self):
        self.state = "cancelled"

    def __call__(self, fraction, message):
        self.fraction, self.message = fraction, message

    def keep(self, value):
        self.kept = value
        if self.pieces(value) == self.most:
            raise Stopped

    def advance(self, most=None):
        """Go on until so many pieces are kept, or to the end."""
        self.most = most
        try:
            self.result = self.fn(*self.given, self)
            self.state, self.fraction = "done", 1.0
        except Stopped:
            pass
        except ValueError as reason:
            self.state, self.error = "failed", str(reason)


@pytest.fixture
def started(monkeypatch):
    """Every job that a page started, in order."""
    made = []

    def start(*call):
        made.append(StandIn(len, *call))
        return made[-1]

    monkeypatch.setattr("nuonuo.studio.shell.jobs.start", start)
    monkeypatch.setattr("nuonuo.studio.memories.importing.AT_ONCE", 0)
    return made
