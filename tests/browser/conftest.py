"""One server for all browser tests, a fresh browser for each."""

import pytest

from tests.browser.driver import ROOT, chromium, open_tab, serve


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """URL of the app, with a home folder of its own."""
    chromium()
    home = tmp_path_factory.mktemp("home")
    with serve(ROOT / "server.py", home, NUONUO_HOME=str(home)) as url:
        yield url


@pytest.fixture
def page(server, tmp_path):
    """A tab, 1440 wide, not yet anywhere; the test fails if our own scripts complain in it."""
    with open_tab(tmp_path / "profile") as tab:
        yield tab
        assert tab.errors == []


@pytest.fixture
def phone(server, tmp_path):
    """A tab 390 wide."""
    with open_tab(tmp_path / "profile", 390, 844) as tab:
        yield tab
        assert tab.errors == []
