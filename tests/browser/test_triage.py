"""Triage in a real browser: from a file of memories to a mended question and back, by mouse alone."""

import json
import re

import pytest

from tests.browser.driver import ask, drawn, fits_a_phone, node, settled, spot

pytestmark = pytest.mark.browser
STORED = {
    "Why does the fridge beep?": "Its door is open.",
    "Why does the smoke alarm chirp?": "Its battery is empty.",
    "Where is the spare house key?": "Agnes at number 14 has it.",
    "When is the heating checked?": "Every October.",
    "Who collects our parcels?": "The bakery.",
}
FAILING = "The ceiling gadget won't stop beeping, how do I shut it up?"
ASKED = {
    "Where is the spare key of the house?": "Where is the spare house key?",
    FAILING: "Why does the smoke alarm chirp?",
    "In which month is the heating checked?": "When is the heating checked?",
}


def lines(rows: list[dict]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def go_to(page, section: str, name: str) -> None:
    """Open another page through the menu."""
    page.get_by_test_id("stTopNavSection").get_by_text(section).click()
    page.locator(f"a[href*='/{name}']").click()


def verdict(page) -> str:
    return page.locator("[class*='st-key-verdict']").first.inner_text()


def run_triage(page, result: str) -> None:
    """Press the button and wait for the result; if it never comes, what the page says instead."""
    page.get_by_role("button", name="Run triage").click()
    try:
        page.get_by_text(result).wait_for(timeout=240_000)
    except Exception as reason:
        raise AssertionError(page.inner_text("body")[:3000]) from reason


def triage_of(page, questions, result: str) -> None:
    """Give the bank that is open a file of questions, and ask them; right is what comes first."""
    go_to(page, "Debug", "triage")
    page.get_by_text("This bank has no questions yet.").wait_for(timeout=60_000)
    page.locator("input[type=file]").set_input_files(questions)
    page.get_by_text("the set kept with this bank").wait_for(timeout=60_000)
    settled(page)
    page.get_by_role("radio", name="1", exact=True).click()  # of the ranks that count
    settled(page)
    run_triage(page, result)
    drawn(page, "triage-verdicts")
    settled(page)


def pick_row(page, number: int) -> None:
    """Click the box at the left of a row of the table, from 1."""
    canvas = page.locator("[data-testid=stDataFrame] canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + 17 + 35 * number)


def mended_and_undone(page) -> None:
    """In the debugger: the first fix answers the failing question, and Undo brings back what was."""
    before = verdict(page)
    assert "smoke alarm" in before
    assert "Right." not in before
    page.get_by_role("button", name="Apply").first.click()
    page.get_by_role("button", name="Undo").wait_for(timeout=60_000)
    settled(page)
    assert verdict(page).startswith("Right.")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").wait_for(state="detached", timeout=60_000)
    settled(page)
    assert verdict(page) == before


@pytest.mark.slow  # test_own_store.py does the same with a CSV
def test_a_bank_is_imported_its_failing_question_found_mended_and_the_mend_undone(server, page, tmp_path):
    memories, questions = tmp_path / "memories.jsonl", tmp_path / "asked.jsonl"
    memories.write_text(lines([{"cue": cue, "target": target} for cue, target in STORED.items()]), "utf-8")
    questions.write_text(lines([{"query": query, "expected": cue} for query, cue in ASKED.items()]), "utf-8")

    page.goto(server + "/memories")
    page.get_by_label("Name of the new bank").fill("triage notes")
    page.get_by_role("button", name="Create").click()
    page.get_by_text("0 memories, reached by 0 cues, kept in a file").wait_for(timeout=60_000)
    page.locator("input[type=file]").first.set_input_files(memories)
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("Imported 5 memories.").wait_for(timeout=60_000)
    settled(page)

    triage_of(page, questions, "2 of 3 questions are answered right.")

    pick_row(page, 1)  # of the misses, which is what the table shows at first
    page.get_by_role("button", name="Open in the debugger").wait_for(timeout=60_000)
    page.get_by_role("button", name="Open in the debugger").click()
    page.wait_for_url(re.compile(r"/debug\?"), timeout=60_000)
    page.get_by_role("button", name="Apply").first.wait_for(timeout=60_000)
    settled(page)
    assert page.get_by_label("Your question").input_value() == FAILING
    assert "bank=own%3Atriage+notes" in page.url
    mended_and_undone(page)


def test_a_clicked_bar_filters_the_cases(server, page):
    page.goto(server + "/triage?bank=confusable")
    page.get_by_role("button", name="Run triage").click(timeout=60_000)
    page.get_by_role("button", name="Run triage again").wait_for(timeout=120_000)
    drawn(page, "triage-verdicts")
    drawn(page, "triage-methods")
    names = ask(page, "triage-verdicts", "fig.data.at(-1).customdata.map((row) => row[0])")
    page.mouse.click(*spot(page, "triage-verdicts", 1, len(names) - 1))
    chosen = page.locator("[data-testid=stPills], [data-testid=stButtonGroup]").locator("[aria-checked=true]")
    chosen.filter(has_text=names[-1]).wait_for(timeout=60_000)


@pytest.mark.slow
def test_triage_fits_a_phone(server, phone):
    phone.goto(server + "/triage?bank=confusable")
    phone.get_by_role("button", name="Run triage").click(timeout=60_000)
    phone.get_by_role("button", name="Run triage again").wait_for(timeout=120_000)
    drawn(phone, "triage-methods")
    settled(phone)
    fits_a_phone(phone)
    for key in ("triage-verdicts", "triage-methods"):
        assert ask(phone, key, "fig.scrollWidth <= fig.clientWidth")
        assert phone.locator(node(key)).count() == 1
