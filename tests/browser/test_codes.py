"""The codes page in a real browser: the raster follows k, and a clicked line is inspected."""

import re

import pytest

from nuonuo import Memory
from nuonuo.explain.codes import raster as coding
from nuonuo.maths.codes import projection
from nuonuo.memory.records import record
from tests.browser.driver import ask, drawn, fits_a_phone, node, settled, spot

pytestmark = pytest.mark.browser
ADDRESS = "/codes?bank=stories&q=Which+package+came+with+the+mail+boat%3F&beta=32&seed=0"


@pytest.fixture(scope="module")
def raster(encoder, sample):
    """The same raster, computed here, at some k."""
    memory = Memory(encoder=encoder)
    memory.add_many([record(row["cue"], row["target"], row["cues"]) for row in sample("stories")])
    trace = memory.recall("Which package came with the mail boat?")
    return lambda k: coding.raster(trace, projection(384, 16_384, 0), k)


def test_the_raster_is_the_engines_and_follows_k(server, page, raster):
    page.goto(server + ADDRESS)
    drawn(page, "raster")
    assert ask(page, "raster", "Array.from(fig.data[0].customdata[0])") == raster(50).columns.tolist()
    drawn(page, "collisions")
    settled(page)
    ask(page, "raster", "fig.dataset.mark = 'first'")
    page.get_by_role("slider", name="Winners k").press("ArrowRight")
    wider = f"document.querySelector('{node('raster')}').data[0].customdata[0].length === {len(raster(55).columns)}"
    page.wait_for_function(f"() => {wider}")
    assert ask(page, "raster", "fig.dataset.mark") == "first"  # one node: nothing flickers
    page.wait_for_url(re.compile("winners=55"))


def test_a_clicked_line_is_the_memory_that_is_inspected(server, page, raster):
    page.goto(server + ADDRESS)
    drawn(page, "raster")
    drawn(page, "collisions")
    settled(page)
    shown = raster(50)
    rival = shown.lines[3]
    column = int((shown.fires[3]).nonzero()[0, 0])
    page.mouse.click(*spot(page, "raster", column + 0.5, 3.75))
    page.wait_for_url(re.compile(f"pick={rival.id}(&|$)"))
    page.get_by_text(
        re.compile(f"{re.escape(rival.text.removesuffix('.'))}.*shares at least one of its 50 units")
    ).wait_for(timeout=60_000)


def test_a_phone_needs_no_sideways_scroll(server, phone):
    phone.goto(server + ADDRESS)
    drawn(phone, "collisions")
    settled(phone)
    fits_a_phone(phone)
