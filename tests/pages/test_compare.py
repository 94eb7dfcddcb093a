"""Compare: two sides, what the second fixes and breaks, and the list to take away."""

import json

import pytest

from nuonuo import Memory
from nuonuo.debug.compare import FIXED, Side, compare, difference
from nuonuo.debug.rule import Rule
from nuonuo.files.questions import Question, write_questions
from nuonuo.memory.asking import Asking
from nuonuo.memory.records import record
from nuonuo.studio.compare.panel import _csv, _jsonl
from nuonuo.studio.shell.sets import of_sample
from tests.conftest import items
from tests.pages.conftest import words

PAGE = "pages/compare.py"


def verdict(app) -> str:
    return next(m.value for m in app.markdown if m.value.startswith(("Of ", "No question", "A and B")))


def test_the_sample_is_compared_at_first_sight_and_the_numbers_are_the_engines(run, encoder, sample):
    app = run(PAGE)
    memory = Memory(encoder=encoder)
    memory.add_many([record(row["cue"], row["target"], row["cues"]) for row in sample("facts")])
    a, b = Side(memory, "plain cosine", asking=Asking().alone), Side(memory, "whitened 0.5")
    one = difference(compare(a, b, of_sample("facts")), Rule(1))
    assert f"Of 143 questions B fixes {len(one.fixed)} and breaks {len(one.broke)}" in verdict(app)
    assert f"recall@1 goes from {one.recall_a:.2f} to {one.recall_b:.2f}" in verdict(app)
    assert ("not significantly different" in verdict(app)) is not one.sure
    assert f"Gain {one.gain:+.3f}, 95% interval {one.low:+.3f} to".replace("-", "−") in words(app)
    assert len(app.dataframe[0].value) == len(one.fixed)


@pytest.mark.parametrize("within", [5, 20])
def test_another_cut_counts_otherwise_and_is_in_the_address(run, within):
    app = run(PAGE)
    app.segmented_control(key="within").set_value(within).run()
    assert f"recall@{within} goes" in verdict(app) or "No question changes" in verdict(app)
    assert app.query_params["within"] == [str(within)] or app.query_params["within"] == str(within)


@pytest.mark.parametrize("number", range(5))
def test_every_preset_compares(run, number):
    app = run(PAGE)
    app.button(key=f"compare-try-{number}").click().run()
    assert not app.exception
    assert "Of 143 questions" in verdict(app)


def test_swapped_sides_turn_the_sentence_round(run):
    app = run(PAGE)
    before = verdict(app)
    app.button(key="compare-swap").click().run()
    assert app.selectbox(key="keys_a").value == "whitened 0.5"
    assert app.selectbox(key="by_b").value == "meaning"
    fixed, broke = (before.split()[i].rstrip(":") for i in (5, 8))
    assert f"fixes {broke} and breaks {fixed}" in verdict(app)


def test_the_same_on_both_sides_says_so(run):
    app = run(PAGE, keys_a="whitened 0.5", by_a="meaning, words and links")
    assert "A and B are the same" in verdict(app)


def test_the_fates_filter_the_questions(run):
    app = run(PAGE)
    app.pills(key="compare_fate").set_value("right in both").run()
    frame = app.dataframe[0].value
    assert set(frame["rank in A"]) == set(frame["rank in B"]) == {1}


def test_two_banks_are_compared_by_the_texts_that_are_expected(run, home, encoder):
    (home / "banks").mkdir()
    memory = Memory(home / "banks" / "small.nuonuo", encoder)
    memory.add("Where is the spare house key?", "Agnes has it")
    memory.close()
    app = run(PAGE, bank_b="own:small", keys_a="whitened 0.5")
    assert "Of 143 questions B fixes" in verdict(app)
    assert app.selectbox(key="bank_b").value == "own:small"


def test_a_bank_that_is_gone_and_an_empty_one_are_said(run, home, encoder):
    (home / "banks").mkdir()
    Memory(home / "banks" / "bare.nuonuo", encoder).close()
    assert "here; B asks the same bank as A" in words(run(PAGE, bank_b="own:gone"))
    assert "The bank “bare” is empty" in words(run(PAGE, bank_b="own:bare"))
    assert "The bank “bare” is empty" in words(run(PAGE, bank="own:bare"))


def test_a_bank_without_questions_is_sent_to_triage(run, home, encoder):
    (home / "banks").mkdir()
    memory = Memory(home / "banks" / "notes.nuonuo", encoder)
    memory.add("a", "b")
    memory.close()
    app = run(PAGE, bank="own:notes")
    assert "This bank has no questions that say what they expect" in words(app)


def test_a_set_that_lacks_embeddings_is_one_sentence(run, home):
    (home / "banks").mkdir()
    memory = Memory(home / "banks" / "own.nuonuo", dimension=8)
    memory.add_many(items(20))
    memory.close()
    write_questions(home / "banks" / "own.questions.jsonl", [Question("1", "**Hm**?", (1,), ())])
    app = run(PAGE, bank="own:own")
    assert "each question needs an embedding" in words(app)
    assert "\\*\\*Hm\\*\\*" in words(app)


def test_what_is_taken_away_is_a_question_set_with_ranks(encoder, sample):
    memory = Memory(encoder=encoder)
    memory.add_many([record(row["cue"], row["target"]) for row in sample("facts")])
    pairs = compare(Side(memory, "plain cosine"), Side(memory, "whitened 0.5"), of_sample("facts"))
    rows = [json.loads(line) for line in _jsonl(pairs, Rule(1)).splitlines()]
    assert [row["query"] for row in rows] == [pair.question.query for pair in pairs]
    assert sum(row["change"] == FIXED for row in rows) == len(difference(pairs, Rule(1)).fixed)
    assert _csv(pairs, Rule(1)).splitlines()[0].startswith("query_id,query,expected")
