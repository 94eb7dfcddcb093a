"""Background jobs of several tabs on one server: they take turns, and end with their tab."""

import sys
import time
from pathlib import Path

import pytest

from tests.browser.driver import settled

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks processes up in /proc"),
]


def jobs_of(url: str) -> set[int]:
    """The job processes of the server at a URL."""
    port = url.rpartition(":")[2]
    found: dict[int, tuple[int, str]] = {}  # process: its parent, its command
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            found[int(folder.name)] = parent, (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has ended meanwhile
            continue
    servers = {process for process, (_, command) in found.items() if f"--server.port {port} " in command}
    return {
        process
        for process, (parent, command) in found.items()
        if parent in servers and command.rstrip().endswith("nuonuo.studio.shell.jobs")
    }


def measure(tab, server: str) -> None:
    """Start the longest measurement of the page on ±1 networks."""
    tab.goto(server + "/classical?net_units=1000")
    tab.get_by_role("button", name="Measure", exact=True).wait_for(timeout=60_000)
    settled(tab)
    tab.get_by_role("button", name="Measure", exact=True).click()


def until(tab, true) -> float:
    """Wait for something, a minute at most; after how many seconds it was so."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() < began + 60, "it did not happen in time"
        tab.wait_for_timeout(50)
    return time.monotonic() - began


def test_jobs_of_tabs_take_turns_and_a_closed_tab_takes_its_job_with_it(server, page):
    measure(page, server)
    until(page, lambda: jobs_of(server))
    (first,) = jobs_of(server)
    other = page.context.new_page()
    measure(other, server)
    other.get_by_text("Measuring in the background: waiting, 1 job goes first.").wait_for(timeout=60_000)
    assert jobs_of(server) == {first}
    page.close()
    took = until(other, lambda: first not in jobs_of(server))
    print(f"the job of a closed tab ended after {took:.1f} s")
    until(other, lambda: jobs_of(server))  # the turn of the other has come
    other.get_by_role("button", name="Cancel").click()
    other.get_by_text("Cancelled at").wait_for(timeout=60_000)
    until(other, lambda: not jobs_of(server))
