"""Specifies that whoever opens the explorer in its first second sees a page, while the engine is still imported."""

import asyncio

from tests.browser.driver import ROOT, serve
from tests.load.visitor import visiting


def test_the_first_visitors_of_a_new_server_see_no_error(tmp_path):
    async def come(url):
        async with visiting(url) as first, visiting(url) as second:
            return first.boxes + second.boxes

    with serve(ROOT / "server.py", tmp_path, NUONUO_HOME=str(tmp_path)) as url:
        assert asyncio.run(come(url)) == []
