"""Seconds from a cold server, with an empty cache, to the first verdict and to that of a visitor's own question.

python -m tests.browser.first_minute          # asked at once
python -m tests.browser.first_minute 10       # asked after so many seconds on the first page
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.browser.driver import ROOT, serve, settled, tab_alone


def main(wait: float) -> None:
    """Print each."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        fresh = {"NUONUO_HOME": folder, "XDG_CACHE_HOME": str(home / "cache")}
        began = time.perf_counter()
        with serve(ROOT / "server.py", home, **fresh) as url, tab_alone(home / "profile") as tab:
            answers = time.perf_counter()
            tab.goto(url)
            tab.locator("[class*=st-key-verdict]").first.wait_for(timeout=90_000)
            print(f"server answers {answers - began:.1f} s, first verdict {time.perf_counter() - answers:.1f} s later")
            tab.wait_for_timeout(1e3 * wait)
            asked = time.perf_counter()
            tab.get_by_label("Your question").fill("What does the parrot say to the postman?")
            tab.get_by_label("Your question").press("Enter")
            tab.wait_for_timeout(150)
            settled(tab)
            print(f"own question {time.perf_counter() - asked:.1f} s")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 0)
