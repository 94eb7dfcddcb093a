"""One server and one browser for all browser tests of a worker, and for each test a visitor of its own."""

import pytest

from tests.browser.driver import ROOT, chromium, launched, open_tab, serve


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """URL of the app, with a home folder of its own."""
    chromium()
    home = tmp_path_factory.mktemp("home")
    with serve(ROOT / "server.py", home, NUONUO_HOME=str(home)) as url:
        yield url


@pytest.fixture(scope="package")
def browser(tmp_path_factory):
    """A Chromium; it is closed before tests of other folders, which may run a loop of asyncio, begin."""
    with launched(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def page(server, browser):
    """A tab, 1440 wide, not yet anywhere; the test fails if our own scripts complain in it."""
    with open_tab(browser) as tab:
        yield tab
        assert tab.errors == []


@pytest.fixture
def phone(server, browser):
    """A tab 390 wide."""
    with open_tab(browser, 390, 844) as tab:
        yield tab
        assert tab.errors == []
