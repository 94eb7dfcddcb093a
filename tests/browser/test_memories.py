"""Making a bank of one's own and changing it, clicked in a real browser; and a page opened on a cold server."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.browser.driver import ROOT, chromium, drawn, open_tab, serve, settled

pytestmark = pytest.mark.browser


def test_a_bank_is_made_filled_from_a_file_changed_and_forgotten(server, page, tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("The kettle descales with vinegar\nThe ladder is behind the shed\n", "utf-8")
    page.goto(server + "/memories")
    page.get_by_label("Name of the new bank").fill("kitchen notes")
    page.get_by_role("button", name="Create").click()
    page.get_by_text("0 memories, reached by 0 cues, kept in a file").wait_for(timeout=60_000)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("Imported 2 memories.").wait_for(timeout=60_000)
    settled(page)
    canvas = page.locator("[data-testid=stDataFrame] canvas").first
    box = canvas.bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + 52)  # the first row's box
    page.get_by_label("Target", exact=True).wait_for(timeout=60_000)
    page.get_by_label("Target", exact=True).fill("Half vinegar, half water, ten minutes.")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for(timeout=60_000)
    page.get_by_role("button", name="Forget this memory").click()
    page.get_by_text("1 memory, reached by 1 cue").wait_for(timeout=60_000)
    page.get_by_role("button", name="Bring it back").click()
    page.get_by_text("2 memories, reached by 2 cues").wait_for(timeout=60_000)


def test_a_bank_of_embeddings_made_elsewhere_is_created_from_a_file_and_asked(server, page, tmp_path):
    file, d = tmp_path / "elsewhere.npz", np.random.default_rng(0)
    cues = np.array([f"The lamp of room {n}" for n in range(30)])
    np.savez(file, cue=cues, target=cues, embedding=d.normal(size=(30, 768)))
    page.goto(server + "/memories")
    page.get_by_role("radio", name="A file").click()
    page.locator("input[type=file]").nth(1).set_input_files(file)
    page.get_by_text("30 memories; each comes with an embedding of 768 numbers.").wait_for(timeout=60_000)
    page.get_by_label("Name of the new bank").fill("made elsewhere")
    page.get_by_role("button", name="Create").click()
    page.get_by_text("30 memories, reached by 30 cues, kept in a file").wait_for(timeout=60_000)
    page.get_by_role("link", name="Start").click()
    page.get_by_text("it can be asked only a text whose embedding is known").wait_for(timeout=60_000)
    page.get_by_label("Ask a known text").fill("room 17")
    page.get_by_role("option", name="The lamp of room 17").click()
    page.get_by_text("Recalled “The lamp of room 17”").wait_for(timeout=60_000)
    settled(page)
    assert page.get_by_label("Your question").input_value() == "The lamp of room 17"


CHORES = """The kettle descales with vinegar
The iron descales with citric acid
The coffee machine descales with powder
A kettle boils faster with a lid
Vinegar stands beside the oil
The bath is cleaned with vinegar
Limescale comes from hard water
The dishwasher needs salt
Grandmother's parrot is named Figaro
"""


def brought(page, parrot):
    """What links bring to a memory, of the recall that the page shows."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Trace as JSON").click()
    trace = json.loads(Path(download.value.path()).read_text("utf-8"))
    return next(c["association"] for c in trace["candidates"] if c["id"] == parrot)


def test_a_link_drawn_by_hand_brings_a_memory_up_until_it_is_undone(server, page, tmp_path):
    file = tmp_path / "chores.txt"
    file.write_text(CHORES, "utf-8")
    page.goto(server + "/memories")
    page.get_by_label("Name of the new bank").fill("linked chores")
    page.get_by_role("button", name="Create").click()
    page.get_by_text("0 memories, reached by 0 cues, kept in a file").wait_for(timeout=60_000)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("9 memories").first.wait_for(timeout=60_000)
    settled(page)
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("Imported 9 memories.").wait_for(timeout=60_000)
    settled(page)
    box = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + 52)  # the first row's box
    page.get_by_label("Target", exact=True).wait_for(timeout=60_000)
    page.get_by_label("Target", exact=True).fill("Half vinegar, half water.")  # not saved: it stays meanwhile
    page.get_by_label("Link it to").fill("parrot")
    page.get_by_role("option", name="9 · Grandmother's parrot").click()
    settled(page)
    page.get_by_role("button", name="Draw the link").click()
    page.get_by_text("This bank has 1 link: 1 by hand.").wait_for(timeout=60_000)
    assert page.get_by_label("Target", exact=True).input_value() == "Half vinegar, half water."

    page.get_by_role("link", name="Start").click()
    page.get_by_label("Your question").fill("How do I descale the kettle?")
    page.get_by_label("Your question").press("Enter")
    label = page.locator(".st-key-attention .annotation-text").filter(has_text="2  Grandmother's parrot")
    label.wait_for(timeout=60_000)
    settled(page)
    assert brought(page, 9) > 0

    page.get_by_test_id("stTopNavSection").get_by_text("Explore").click()
    page.locator("a[href*='/memories']").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("This bank has no links yet.").wait_for(timeout=60_000)
    page.get_by_role("link", name="Start").click()
    drawn(page, "attention")
    settled(page)
    label.wait_for(state="detached", timeout=60_000)
    assert brought(page, 9) == 0


@pytest.mark.slow
def test_a_deep_link_opens_its_page_on_a_server_just_started(browser, tmp_path):
    chromium()
    home = tmp_path / "home"
    home.mkdir()
    with serve(ROOT / "app.py", home, NUONUO_HOME=str(home)) as url, open_tab(browser) as tab:
        tab.goto(url + "/memories?bank=stories&seed=3")
        tab.get_by_text("90 memories, reached by 90 cues").wait_for(timeout=60_000)
        assert tab.get_by_role("link", name="Start").count() > 0  # app.py ran: the navigation is there
        settled(tab)
        assert "seed=3" in tab.url
        assert tab.errors == []
