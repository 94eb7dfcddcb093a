"""What browser tests share: a server of their own, a Chromium, and ways to reach figures in it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from base64 import b64decode
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """Path of the browser; skips the test where there is none."""
    return shutil.which("chromium") or pytest.skip("needs Chromium: apt-get install chromium")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextmanager
def serve(app: Path, folder: Path, path: str = "", more: str = "", **environment: str):
    """Run a Streamlit app on a free port of 127.0.0.1 until the block ends; gives its URL. Its log is in folder.

    path: what its addresses begin with, without slashes. more: options of `streamlit run`.
    """
    port = free_port()
    options = f"--server.baseUrlPath={path} {more} "
    options += f"--server.headless true --server.port {port} --server.address 127.0.0.1 --server.fileWatcherType none"
    command = [sys.executable, "-m", "streamlit", "run", str(app), *options.split()]
    variables = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=variables)
        try:
            url = f"http://127.0.0.1:{port}/{path}".rstrip("/")
            wait_for(f"{url}/_stcore/health", server)
            yield url
        finally:
            server.terminate()
            server.wait(10)


def wait_for(url: str, server: subprocess.Popen) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:
            assert server.poll() is None, "the app ended at start"
            time.sleep(0.25)
    raise AssertionError("the app did not answer within 60 s")


@contextmanager
def launched(profile: Path):
    """A Chromium whose cache and cookies are in a folder, until the block ends. Within it no asyncio loop can run."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium(), args=FLAGS, viewport={"width": 1440, "height": 1400}
        )
        yield browser
        browser.close()


@contextmanager
def open_tab(browser, width: int = 1440, height: int = 1400, dark: bool = False, still: bool = False):
    """A tab of a visitor never seen before; tab.errors collects what went wrong in our own scripts.

    still: the visitor wants no motion. What is left to the next tab is the cache of files, which spares it seconds.
    """
    tab, visited = browser.new_page(), set()
    tab.set_viewport_size({"width": width, "height": height})
    tab.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce" if still else "no-preference")
    tab.errors = []
    tab.on("pageerror", lambda e: tab.errors.append(str(e)))
    tab.on("console", lambda m: tab.errors.append(m.text) if is_ours(m) else None)
    tab.on("framenavigated", lambda frame: visited.add(frame.url))
    try:
        yield tab
    finally:
        forget(browser, visited)


@contextmanager
def tab_alone(profile: Path):
    """A tab in a browser of its own, with nothing in its cache."""
    with launched(profile) as browser, open_tab(browser) as tab:
        yield tab


def forget(browser, visited: set[str]) -> None:
    """Close every tab but the empty one that keeps the browser open, and what pages have stored in it."""
    first, *others = browser.pages
    for each in others:
        each.close()
    browser.clear_cookies()
    browser.clear_permissions()
    session = browser.new_cdp_session(first)
    for origin in {"/".join(url.split("/")[:3]) for url in visited if url.startswith("http")}:
        session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    session.detach()


def is_ours(message) -> bool:
    """Whether a console message is an error of the app and not one of Streamlit's own probes."""
    figure_lost = message.type == "warning" and "figure not drawn" in message.text
    return figure_lost or (message.type == "error" and "_stcore" not in message.location.get("url", ""))


def received(tab) -> list[int]:
    """Bytes of each websocket frame that a tab receives from now on; the list grows. Call before its page is opened."""
    session, sizes = tab.context.new_cdp_session(tab), []
    session.send("Network.enable")
    session.on(
        "Network.webSocketFrameReceived", lambda event: sizes.append(len(b64decode(event["response"]["payloadData"])))
    )
    return sizes


def settled(tab, timeout: float = 60_000) -> None:
    """Wait until the page's script has run to its end, for some milliseconds at most."""
    tab.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']", timeout=timeout)


def fits_a_phone(tab) -> None:
    """Nothing of the page can be scrolled sideways, 390 wide."""
    assert tab.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert tab.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth") <= 390


def node(key: str) -> str:
    """Selector of a figure's Plotly node."""
    return f".st-key-{key} .nn-figure"


def drawn(tab, key: str) -> None:
    """Wait until a figure stands."""
    tab.wait_for_selector(f"{node(key)} .plot-container", timeout=60_000)
    tab.wait_for_timeout(400)


def ask(tab, key: str, expression: str):
    """Evaluate JavaScript about a figure's node `fig`."""
    return tab.evaluate(f"() => {{ const fig = document.querySelector('{node(key)}'); return {expression}; }}")


def spot(tab, key: str, x: float, y: float) -> tuple[float, float]:
    """Page coordinates of a data point."""
    left, top = ask(
        tab,
        key,
        f"""(() => {{ const r = fig.getBoundingClientRect(), l = fig._fullLayout;
        return [r.left + l.xaxis._offset + l.xaxis.d2p({x}), r.top + l.yaxis._offset + l.yaxis.d2p({y})]; }})()""",
    )
    return left, top


def drag(tab, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag the mouse from one place of the page to another."""
    tab.mouse.move(*start)
    tab.mouse.down()
    tab.mouse.move(*end, steps=8)
    tab.mouse.up()
    tab.wait_for_timeout(500)
