"""Specifies the plane in Chromium: its numbers are the engine's, and what is dragged is what the page speaks of."""

import torch

from nuonuo.explain.toys.plane import REACH, fates, rules, surface, toy
from nuonuo.files.explorer import explorer_file
from nuonuo.studio.plane.drawing import read
from nuonuo.studio.plane.panel import PRESETS
from tests.browser.driver import settled

LOAD = """async (source) => {
  window.toy = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
}"""
RUN = """([points, query, beta, rules]) => {
  const { states, steps, p, end, number } = toy.settle(points, beta, query, rules);
  const ground = toy.basins(points, beta, 24, rules);
  return { states, energy: steps.map((s) => s.energy), weights: steps.map((s) => s.p), p, end, number,
    ends: ground.ends.map((e) => e.at), fate: [...ground.fate], ground: [...ground.energy] };
}"""
BETAS = (0.5, 2.0, 8.0, 31.0, 64.0)


def grid(columns=24):
    """Centres of the places of a grid, row by row from the top."""
    steps = (torch.arange(columns).double() + 0.5 - columns / 2) * (2 * REACH / columns)
    return torch.cartesian_prod(-steps, steps).flip(-1)


def close(found, expected, within=1e-5):
    assert (torch.tensor(found).double() - torch.as_tensor(expected).double()).abs().max() < within


def test_the_browser_computes_what_the_engine_does(page, server):
    page.goto(server)
    page.evaluate(LOAD, explorer_file("assets").joinpath("toy.js").read_text("utf-8"))
    for chosen in PRESETS.values():
        points, query = read(chosen["toy"]), read(chosen["toy_query"])[0]
        for beta in BETAS:
            found, here = toy(points, query, beta), page.evaluate(RUN, [points, query, beta, rules()])
            assert len(here["states"]) - 1 == found.updates
            close(here["states"], found.settling.xi)
            close(here["energy"], found.settling.energy)
            close(here["weights"][:-1], found.settling.p)
            close(here["end"], found.end, 1e-3)  # both stop when no weight moves by more than 1e-5
            close(here["number"], found.number, 1e-2)
            close(here["ground"], surface(points, beta, grid()))
            rests = torch.tensor(here["ends"]).double()[here["fate"]]
            far = (rests - fates(points, beta, grid())).norm(dim=1) > 2 * rules()["near"]
            assert far.float().mean() < 0.01  # places on an edge between basins may fall to either side


def centre(page, selector):
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_dragging_clicking_and_keys_move_what_the_page_speaks_of(page, server):
    page.goto(server + "/plane")
    page.get_by_text("comes to rest on pattern 1").wait_for(timeout=60_000)
    settled(page)
    page.mouse.move(*centre(page, ".nn-toy-query"))
    page.mouse.down()
    x, y = centre(page, "[data-pattern='1']")
    page.mouse.move(x + 30, y + 30, steps=12)
    moved = page.locator(".nn-toy dd").first.filter(has_not_text="(0.35")
    moved.wait_for(timeout=60_000)  # it moves before the mouse is let go
    page.mouse.up()
    page.get_by_text("comes to rest on pattern 2").wait_for(timeout=60_000)
    settled(page)
    assert "toy_query" in page.url
    box = page.locator(".nn-toy svg").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    page.locator("[data-pattern='3']").wait_for(timeout=60_000)
    page.get_by_text("At β = 8").wait_for(timeout=60_000)
    settled(page)
    page.locator("[data-pattern='3']").focus()
    page.keyboard.press("Delete")
    page.wait_for_function("() => document.querySelectorAll('[data-pattern]').length === 3", timeout=60_000)
    page.locator(".nn-toy-query").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    settled(page)
    page.locator(".nn-toy-beta input").focus()
    for _ in range(4):
        page.keyboard.press("PageDown")
    page.get_by_text("the average of").first.wait_for(timeout=60_000)
    page.get_by_role("button", name="A metastable pair").click()
    page.get_by_text("between 2.0 of 5 patterns").wait_for(timeout=60_000)
    page.locator(".nn-toy dd").nth(5).filter(has_text="4").wait_for(timeout=60_000)
