"""How many bytes a slider move over a large bank brings to a visitor: a cap for each page, whatever the bank's size."""

import asyncio
from urllib.parse import urlencode

import pytest

from tests.browser.driver import ROOT, serve
from tests.load import strewn
from tests.load.visitor import visiting

MOST = 120_000  # bytes of one move
PAGES = ["", "attention", "codes", "settling", "hops", "map"]
MANY = 20_000


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "banks").mkdir()
    strewn.fill(home / "banks" / "many.nuonuo", MANY)
    with serve(ROOT / "server.py", home, NUONUO_HOME=str(home)) as url:
        yield url


async def moved(url: str, page: str, **address: str) -> list[int]:
    """Bytes of the page's first run and of three moves of the noise slider."""
    query = urlencode({"bank": "own:many", "q": strewn.text(0)} | address)
    async with visiting(url, page, query) as visitor:
        sizes = [visitor.bytes]
        for sigma in (0.3, 0.6, 0.9):
            await visitor.move("Noise σ", sigma)
            assert not visitor.boxes, visitor.boxes
            assert visitor.says(f"noise σ = {sigma:g}")
            sizes.append(visitor.bytes)
        return sizes


@pytest.mark.parametrize("page", PAGES)
def test_a_slider_move_sends_no_more_than_its_cap(url, page):
    first, *moves = asyncio.run(moved(url, page))
    assert max(moves) < MOST
    assert max(moves) < first  # what stays is not sent again


def test_the_dots_of_a_map_are_sent_once(url):
    first, *moves = asyncio.run(moved(url, "map", map_by="PCA"))
    assert first > 12 * MANY  # place and id of each, 4 bytes a number
    assert max(moves) < 4 * MANY
