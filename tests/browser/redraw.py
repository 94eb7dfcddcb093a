"""How long a slider move takes to redraw each page's main figure, in Chromium, over a bank of many memories.

    python -m tests.browser.redraw ../shared/data/sentences-20k.txt

Prints, per page, the median time from the key press on the noise slider to the figure's new drawing, and beside it the
time the server took for the same kind of move (the page run by AppTest in this process).
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from nuonuo import Memory
from nuonuo.importer import read_items
from tests.browser.driver import ROOT, ask, drawn, node, open_tab, serve, settled

FIGURES = {  # the main figure of each page
    "home": "attention",
    "attention": "bars",
    "codes": "raster",
    "settling": "path",
    "hops": "way",
    "map": "map2d",
}
QUESTION = "Do you have any pets at home?"
LISTEN = """(() => { window.drawnAt = 0; window.pressedAt = 0;
fig.on('plotly_afterplot', () => { window.drawnAt = performance.now() });
document.addEventListener('keydown', () => { window.pressedAt = performance.now() }, true); })()"""


def in_browser(tab, url: str, page: str, moves: int) -> list[float]:
    """Milliseconds from key press to new drawing, of each move that redraws the main figure."""
    key = FIGURES[page]
    tab.goto(f"{url}/{'' if page == 'home' else page}?bank=own:lines&q={QUESTION.replace(' ', '+')}&sigma=0.1")
    drawn(tab, key)
    settled(tab)
    tab.wait_for_timeout(3_000)
    tab.get_by_text("Settings: ").first.click()
    tab.wait_for_timeout(1_000)
    ask(tab, key, LISTEN)
    slider, took = tab.get_by_role("slider", name="Noise σ"), []
    for _ in range(moves):
        slider.press("ArrowRight")
        try:
            tab.wait_for_function("() => window.drawnAt > window.pressedAt", timeout=6_000)
            tab.wait_for_timeout(250)
            settled(tab)
            took.append(tab.evaluate("() => window.drawnAt - window.pressedAt"))
        except Exception as reason:  # a move that changes nothing in the figure draws nothing
            if "Timeout" not in str(reason):
                raise
    return took


def on_server(page: str, moves: int) -> list[float]:
    """Milliseconds of one run of the page's script per move, without a browser."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=300)
    app.query_params.update({"bank": "own:lines", "q": QUESTION, "sigma": "0.1"})
    app.run()
    if page != "home":
        app.switch_page(f"pages/{page}.py").run()
    app.session_state["sigma"] = 0.2
    app.run()
    took = []
    for move in range(moves):
        app.slider(key="sigma").set_value(round(0.3 + move / 10, 1))
        began = time.perf_counter()
        app.run()
        took.append((time.perf_counter() - began) * 1e3)
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="texts, one a line")
    parser.add_argument("--pages", default=",".join(FIGURES))
    parser.add_argument("--moves", type=int, default=12)
    options = parser.parse_args()
    if not options.file.is_file():
        parser.error(f"there is no file {options.file}; ../shared/data/sentences-20k.txt is the one the README used")
    from tests.pages.conftest import NoPagesFolder

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "banks").mkdir()
        bank = Memory(home / "banks" / "lines.nuonuo")
        bank.add_many(read_items(options.file))
        print(f"{len(bank):,} memories, median of {options.moves} moves of the noise slider", flush=True)
        bank.close()
        os.environ["NUONUO_HOME"] = folder
        __import__("streamlit.runtime.pages_manager").runtime.pages_manager.Path = NoPagesFolder
        print(f"{'page':<12}{'redraw ms':>10}{'server ms':>11}")
        with serve(ROOT / "app.py", home, NUONUO_HOME=folder) as url:
            for page in options.pages.split(","):
                with open_tab(home / f"profile-{page}") as tab:
                    took = in_browser(tab, url, page, options.moves)
                server = on_server(page, max(3, options.moves // 3))
                shown = f"{statistics.median(took):.0f}" if took else f"no change of {node(FIGURES[page])}"
                print(f"{page:<12}{shown:>10}{statistics.median(server):>11.0f}", flush=True)


if __name__ == "__main__":
    main()
