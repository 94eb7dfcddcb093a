"""How long a slider move takes to redraw each page's main figure, in Chromium, over a bank of many memories.

    python -m tests.browser.redraw ../shared/data/sentences-20k.txt
    python -m tests.browser.redraw --n 200000

Prints, per page and control, the median time from the key press (or click) to the figure's new drawing, the bytes that
came over the websocket for such a move, and the time the server took for the same moves (the page run by AppTest in
this process). Every page has the noise slider; the others are what a page has of its own. The map is that of PCA, for
UMAP is made beside it at first. With --n the memories are generated ones (tests/load/strewn.py), else a file's. First,
how many frames a second the energy page draws while a pattern is dragged, which needs no server.
"""

import argparse
import math
import os
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from streamlit.testing.v1 import AppTest

from nuonuo import Memory
from nuonuo.files.memories import read_items
from nuonuo.studio.codes.panel import SIZES
from nuonuo.studio.shell.controls import STOPS
from tests.browser.driver import ROOT, ask, drawn, node, received, serve, settled, tab_alone
from tests.load import strewn

FIGURES = {  # the main figure of each page
    "home": "attention",
    "attention": "bars",
    "codes": "raster",
    "settling": "path",
    "hops": "graph",
    "map": "map2d",
}
NOISE = [round(0.1 * step, 1) for step in range(1, 30)]
BETAS = [beta for beta in STOPS if beta >= 4]
OWN = {  # controls of a page's own: the shared value, and the stops it goes through
    "attention": {"beta": BETAS},
    "codes": {"winners": list(range(50, 251, 5)), "units": SIZES},
    "settling": {"beta": BETAS},
}
WIDGET = {"beta": "log_beta"}  # where its key is another
FOLDED = {"sigma": "settings"}  # the expander it is in
ALSO = {"map": {"map_by": "PCA"}}  # further values of the address
QUESTION = "Do you have any pets at home?"
LISTEN = """(() => { window.drawnAt = 0; window.pressedAt = 0;
fig.on('plotly_afterplot', () => { window.drawnAt = performance.now() });
for (const kind of ['keydown', 'pointerdown'])
  document.addEventListener(kind, () => { window.pressedAt = performance.now() }, true); })()"""


def address(page: str, question: str, **more: object) -> dict[str, str]:
    """What stands in the address of a page."""
    return {"bank": "own:lines", "q": question} | {
        name: str(value) for name, value in (ALSO.get(page, {}) | more).items()
    }


def in_browser(tab, url: str, page: str, question: str, name: str, stops: list) -> list[tuple[float, int]]:
    """Milliseconds from key press to new drawing, and bytes received, of each move that redraws the main figure."""
    key, place = FIGURES[page], f".st-key-{WIDGET.get(name, name)}"
    frames = received(tab)
    tab.goto(f"{url}/{'' if page == 'home' else page}?{urlencode(address(page, question, **{name: stops[0]}))}")
    drawn(tab, key)
    settled(tab, 600_000)  # of 200,000 memories the codes take minutes to make, once
    tab.wait_for_timeout(3_000)
    if name in FOLDED:
        tab.locator(f".st-key-{FOLDED[name]} summary").click()
        tab.wait_for_timeout(1_000)
    ask(tab, key, LISTEN)
    moves = []
    for stop in stops[1:]:
        frames.clear()
        if isinstance(stop, str):
            tab.locator(f"{place} button").filter(has_text=stop).click()
        else:
            tab.locator(place).get_by_role("slider").press("ArrowRight")
        try:
            tab.wait_for_function("() => window.drawnAt > window.pressedAt", timeout=6_000)
            tab.wait_for_timeout(250)
            settled(tab)
            moves.append((tab.evaluate("() => window.drawnAt - window.pressedAt"), sum(frames)))
        except Exception as reason:  # a move that changes nothing in the figure draws nothing
            if "Timeout" not in str(reason):
                raise
    return moves


def on_server(page: str, question: str, name: str, stops: list) -> list[float]:
    """Milliseconds of one run of the page's script per move, without a browser."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=900)
    app.query_params.update(address(page, question, **{name: stops[0]}))
    app.run()
    if page != "home":
        app.switch_page(f"pages/{page}.py").run()
    took = []
    for stop in stops[1:]:
        app.session_state[name] = stop
        began = time.perf_counter()
        app.run()
        took.append((time.perf_counter() - began) * 1e3)
    return took


def dragged(tab, url: str, what: str, moves: int = 150) -> tuple[float, float]:
    """Drawings a second while one point of the energy page is dragged, and the median milliseconds of computing one."""
    tab.goto(f"{url}/plane")
    tab.locator(what).wait_for(timeout=60_000)
    settled(tab)
    box = tab.locator(what).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    state = "() => [+document.querySelector('.nn-toy').dataset.drawn, performance.now()]"
    computed = "() => +document.querySelector('.nn-toy').dataset.milliseconds"
    tab.mouse.move(x, y)
    tab.mouse.down()
    (drawn_before, began), took = tab.evaluate(state), []
    for move in range(moves):
        tab.mouse.move(x + 80 * math.sin(move / 8), y + 60 * math.cos(move / 8))
        took.append(tab.evaluate(computed))
    drawn_after, ended = tab.evaluate(state)
    tab.mouse.up()
    return 1e3 * (drawn_after - drawn_before) / (ended - began), statistics.median(took)


def fill(home: Path, file: Path | None, n: int) -> str:
    """Make the bank; the question to ask it."""
    path = home / "banks" / "lines.nuonuo"
    path.parent.mkdir()
    if file is None:
        strewn.fill(path, n)
        return strewn.text(0)
    bank = Memory(path)
    bank.add_many(read_items(file))
    bank.close()
    return QUESTION


def table(home: Path, url: str, pages: list[str], question: str, most: int) -> None:
    """Print a line for each page and control. most: moves of each."""
    print(f"{'page':<12}{'control':<10}{'redraw ms':>10}{'bytes':>10}{'server ms':>11}")
    for page in pages:
        for name, all_stops in ({"sigma": NOISE} | OWN.get(page, {})).items():
            stops = all_stops[: most + 1]
            with tab_alone(home / f"profile-{page}-{name}") as tab:
                moves = in_browser(tab, url, page, question, name, stops)
            server = statistics.median(on_server(page, question, name, stops))
            took, size = (statistics.median(column) for column in zip(*moves, strict=True)) if moves else (0, 0)
            shown = f"{took:.0f}" if moves else f"no change of {node(FIGURES[page])}"
            print(f"{page:<12}{name:<10}{shown:>10}{size:>10,.0f}{server:>11.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, nargs="?", help="texts, one a line")
    parser.add_argument("--n", type=int, default=20_000, help="generated memories, where no file is named")
    parser.add_argument("--pages", default=",".join(FIGURES))
    parser.add_argument("--moves", type=int, default=12)
    options = parser.parse_args()
    if options.file and not options.file.is_file():
        parser.error(f"there is no file {options.file}; ../shared/data/sentences-20k.txt is the one the README used")
    from tests.pages.conftest import NoPagesFolder

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        question = fill(home, options.file, options.n)
        os.environ["NUONUO_HOME"] = folder
        __import__("streamlit.runtime.pages_manager").runtime.pages_manager.Path = NoPagesFolder
        with serve(ROOT / "server.py", home, NUONUO_HOME=folder) as url, tab_alone(home / "profile-plane") as tab:
            for what in (".nn-toy-query", "[data-pattern='0']"):
                fps, took = dragged(tab, url, what)
                print(f"plane: {what} dragged at {fps:.0f} frames a second, {took:.1f} ms to compute and draw one")
        count = "the file's" if options.file else f"{options.n:,} generated"
        print(f"{count} memories, medians of up to {options.moves} moves", flush=True)
        with serve(ROOT / "server.py", home, NUONUO_HOME=folder) as url:
            table(home, url, options.pages.split(","), question, options.moves)


if __name__ == "__main__":
    main()
