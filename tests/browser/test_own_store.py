"""From a person's own CSV to a failure that is explained, fixed and exported, by mouse alone."""

import json
import re

import pytest

from tests.browser.driver import settled
from tests.browser.test_triage import FAILING, mended_and_undone, pick_row, triage_of, verdict

pytestmark = pytest.mark.browser
NOTES = """ref;question;resolution
KB-1;Why does the fridge beep?;Its door is open.
KB-2;Why does the smoke alarm chirp?;Its battery is empty.
KB-3;Where is the spare house key?;Agnes at number 14 has it.
KB-4;When is the heating checked?;Every October.
KB-5;Who collects our parcels?;The bakery.
"""
ASKED = """query;relevant
Where is the spare key of the house?;KB-3
The ceiling gadget won't stop beeping, how do I shut it up?;KB-2
In which month is the heating checked?;KB-4
"""


def test_a_persons_csv_is_mapped_imported_asked_triaged_fixed_and_exported(server, page, tmp_path):
    notes, asked = tmp_path / "kb.csv", tmp_path / "log.csv"
    notes.write_text(NOTES, "utf-8")
    asked.write_text(ASKED, "utf-8")

    page.goto(server + "/memories")
    page.get_by_label("Name of the new bank").fill("our knowledge base")
    page.get_by_role("button", name="Create").click()
    page.get_by_text("0 memories, reached by 0 cues, kept in a file").wait_for(timeout=60_000)

    page.locator("input[type=file]").first.set_input_files(notes)
    page.get_by_text("5 memories").first.wait_for(timeout=60_000)
    choose(page, "Id of your own", "ref")  # which no guess took for one
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("Imported 5 memories.").wait_for(timeout=120_000)
    settled(page)

    page.get_by_role("link", name="Start").click()
    page.get_by_label("Your question").wait_for(timeout=60_000)
    page.get_by_label("Your question").fill("Who takes in our parcels?")
    page.get_by_label("Your question").press("Enter")
    page.get_by_text("Recalled “The bakery”").first.wait_for(timeout=60_000)
    settled(page)

    triage_of(page, asked, "2 of 3 questions are answered right.")
    pick_row(page, 1)
    page.get_by_role("button", name="Open in the debugger").click()
    page.wait_for_url(re.compile(r"/debug\?"), timeout=60_000)
    page.get_by_role("button", name="Apply").first.wait_for(timeout=60_000)
    settled(page)
    assert page.get_by_label("Your question").input_value() == FAILING
    assert "bank=own%3Aour+knowledge+base" in page.url
    mended_and_undone(page)
    page.get_by_role("button", name="Apply").first.click()
    page.get_by_role("button", name="Undo").wait_for(timeout=60_000)
    settled(page)
    assert verdict(page).startswith("Right.")

    page.get_by_test_id("stTopNavSection").get_by_text("Explore").click()
    page.locator("a[href*='/memories']").click()
    page.get_by_role("button", name="Export as JSONL").wait_for(timeout=60_000)
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as JSONL").click()
    rows = [json.loads(line) for line in download.value.path().read_text("utf-8").splitlines()]
    assert {row["id"]: row["target"] for row in rows}["KB-2"] == "Its battery is empty."


def choose(page, label: str, option: str) -> None:
    """Take an option of a select box."""
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)
