"""Makes the README's pictures from a running explorer: `make pictures`.

Each is a page as it opens on a fresh server, 1440 wide, light, cut at its height in pixels.
"""

import tempfile
from pathlib import Path

from tests.browser.driver import ROOT, drawn, serve, settled, tab_alone

PICTURES = {  # file: address, the figure to wait for, and the height
    "start.png": ("", "terms", 900),
    "energy.png": ("plane", None, 900),
    "hops.png": ("hops", "graph", 940),
}


def main() -> None:
    """Write them into assets."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with serve(ROOT / "server.py", home, NUONUO_HOME=folder) as url, tab_alone(home / "profile") as tab:
            for name, (path, figure, height) in PICTURES.items():
                tab.set_viewport_size({"width": 1440, "height": height})
                tab.goto(f"{url}/{path}")
                if figure:
                    drawn(tab, figure)
                else:
                    tab.locator(".nn-toy svg").wait_for(timeout=60_000)
                settled(tab)
                tab.wait_for_timeout(1_500)
                tab.screenshot(path=ROOT / "assets" / name)
                print(f"assets/{name}")


if __name__ == "__main__":
    main()
