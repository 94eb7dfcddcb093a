"""Specifies what is seen without scrolling: each page's verdict, main control and main figure."""

import pytest

from tests.browser.driver import drawn, node, settled

pytestmark = pytest.mark.browser
MAIN = {  # figure and control of each page that asks a bank
    "": ("terms", "q"),
    "attention": ("bars", "log_beta"),
    "codes": ("raster", "winners"),
    "settling": ("path", "log_beta"),
    "hops": ("graph", "q"),
    "spiking": ("votes", "log_beta"),
    "classical": ("pictures", "function"),
    "map": ("map2d", "map_color"),
    "debug": ("terms", "want"),
    "compare": ("ranks", "within"),
}


def seen(page, selector: str) -> float:
    """The lower edge of the first of these elements."""
    box = page.locator(selector).first.bounding_box()
    return box["y"] + box["height"]


PRESENTED = ["", "hops", "debug"]  # a lecture's frame is the same on every page, and a projector has more room
ALL = pytest.param(1920, 1080, "?present=True", list(MAIN), marks=pytest.mark.slow, id="every page presented")


@pytest.mark.parametrize(
    ("width", "height", "frame", "paths"),
    [(1440, 900, "", list(MAIN)), (1920, 1080, "?present=True", PRESENTED), ALL],
)
def test_verdict_control_and_main_figure_are_seen_without_scrolling(server, page, width, height, frame, paths):
    page.set_viewport_size({"width": width, "height": height})
    late = {}
    for path in paths:
        figure, control = MAIN[path]
        page.goto(f"{server}/{path}{frame}")
        drawn(page, figure)
        settled(page)
        for part in ("[class*='st-key-verdict']", f".st-key-{control}", node(figure)):
            if (edge := seen(page, part)) > height:
                late[path, part] = edge
    page.goto(f"{server}/plane{frame}")
    page.locator(".nn-toy svg").wait_for(timeout=60_000)
    settled(page)
    assert seen(page, ".nn-toy-plane") <= height
    assert late == {}
