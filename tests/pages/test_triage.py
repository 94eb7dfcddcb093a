"""Triage: the questions of a bank or of a file are asked in the background; every case can be filtered and opened.

Jobs are stand-ins that run in the test when it says so.
"""

import json
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from nuonuo import Asking, Memory
from nuonuo.debug.fixes import Fix
from nuonuo.debug.paired import Paired
from nuonuo.debug.rule import Rule
from nuonuo.debug.triage import HOW, Checked
from nuonuo.files.questions import Question, read_questions
from nuonuo.memory.records import record
from nuonuo.studio.shell import banks, sets
from nuonuo.studio.shell.words import typed
from nuonuo.studio.triage import cases as triage_cases
from nuonuo.studio.triage import words as triage_words
from nuonuo.studio.triage.shelf import Outcome
from tests.files.test_suites import conversation, question
from tests.pages.conftest import StandIn, words

PAGE = "pages/triage.py"
CUES = ["Where is the blue kite?", "Who has the ladder?", "When does the ferry leave?"]
ASKED = [
    {"query": "Where is the blue kite?", "expected_id": 1},
    {"query": "Which **kite** is _blue_?", "expected": CUES[1]},
    {"query": "What is the capital of Mongolia?"},
    {"query": "Where is my hat?", "expected": "The hat hangs in the hall."},
]


@pytest.fixture(autouse=True)
def started(monkeypatch):
    """Every job that a page started, in order; each question is kept at once."""
    made = []

    def start(*call):
        made.append(StandIn(len, *call))
        return made[-1]

    monkeypatch.setattr("nuonuo.studio.shell.jobs.start", start)
    monkeypatch.setattr("nuonuo.debug.working.time.monotonic", iter(range(0, 10**7, 2)).__next__)
    return made


@pytest.fixture
def own(home):
    """Puts memories, and questions if any, into a bank of one's own; its name for the address."""

    def put(cues=CUES, asked=None):
        with closing(Memory(banks.folder() / "mine.nuonuo", banks.encoder())) as memory:
            memory.add_many([record(cue) for cue in cues])
        if asked:
            sets.beside("own:mine").write_text("".join(json.dumps(row) + "\n" for row in asked), "utf-8")
        return "own:mine"

    return put


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def done(run, started, key="triage_go", **address):
    """The page after a run."""
    app = press(run(PAGE, **address), key)
    started[-1].advance()
    app.run()
    assert not app.exception, app.exception
    return app


def told(app) -> str:
    """All that the page says and its commands, without Markdown's escapes."""
    return (words(app) + "\n".join(code.value for code in app.code)).replace("\\", "").replace("\u2060", "")


def outcome(app, key) -> Outcome:
    return app.session_state.triage_outcomes[key]


def upload(app, name, content, key="triage_file"):
    data = content if isinstance(content, bytes) else content.encode()
    app.file_uploader(key=key).set_value((name, data, "application/octet-stream")).run()
    assert not app.exception, app.exception
    return app


def choose(app, source):
    app.segmented_control(key="triage_from").set_value(source).run()
    return app


def test_a_sample_with_a_set_beside_it_is_asked_that():
    asked = sets.of_sample("island")
    assert asked == tuple(read_questions(banks.SAMPLES / "island-questions.jsonl"))
    assert {question.count for question in asked} == {2, 3, 4}


def test_a_sample_is_asked_its_own_questions_and_every_miss_has_a_cause(run, started):
    app = run(PAGE, bank="support")
    count = len(sets.of_sample("support"))
    assert f"**{count} questions**, all say what they expect: the sample's own questions." in told(app)
    press(app, "triage_go")
    assert app.button(key="triage_go").disabled
    path = started[0].given[0]
    assert path.exists()  # a copy of the sample
    started[0].advance()
    app.run()
    assert not path.exists()
    checked = outcome(app, "support").checked
    right = sum(one.verdict == "right" for one in checked)
    assert f"{right} of {count} questions are answered right" in told(app)
    assert all(one.sentence for one in checked if one.verdict != "right")
    assert "plain nearest neighbour" in told(app).lower()
    assert "β = 32, k = 20, whitened keys, seed 0" in told(app)


def test_a_run_takes_the_settings_and_says_when_they_have_changed_since(run, started):
    app = done(run, started, bank="support", beta=8, k=3, seed=5)
    how = started[0].given[2]
    assert (how.beta, how.k, how.noise.seed) == (8.0, 20, 5)
    assert "changed since" not in told(app)
    app.slider(key="beta").set_value(64.0).run()
    assert "The settings have changed since this was run." in told(app)
    app.switch_page("pages/memories.py").run()
    next(t for t in app.text_input if t.label == "What should bring it back").set_value("A new one")
    next(b for b in app.button if b.label == "Remember").click().run()
    app.switch_page(PAGE).run()
    assert "The bank and the settings have changed since this was run." in told(app)


def test_a_press_right_after_a_change_runs_with_the_change(run, started):
    app = run(PAGE, bank="facts")
    app.segmented_control(key="triage_within").set_value(10)  # and the page is not drawn anew before the press
    app.slider(key="beta").set_value(8.0)
    press(app, "triage_go")
    how, rule = started[0].given[2:]
    assert (how.beta, rule.within) == (8.0, 10)
    started[0].advance()
    app.run()
    app.slider(key="beta").set_value(4.0)
    press(app, "triage_find")
    assert started[1].given[2].beta == 4.0


def test_the_cases_are_filtered_by_verdict_and_by_word(run, started):
    app = done(run, started, bank="facts")
    checked = outcome(app, "facts").checked
    missed = [one for one in checked if one.verdict != "right"]
    assert app.dataframe[0].value["question"].tolist() == [one.question.query for one in missed]
    app.pills(key="triage_verdict").set_value("right").run()
    assert len(app.dataframe[0].value) == len(checked) - len(missed)
    app.pills(key="triage_verdict").set_value("all").run()
    app.text_input(key="triage_word").set_value("DOG").run()
    shown = app.dataframe[0].value["question"].tolist()
    assert 0 < len(shown) < len(checked)
    app.text_input(key="triage_word").set_value("no such word").run()
    assert "No question is left by this filter." in words(app)


def test_a_clicked_bar_filters_and_a_second_click_lets_go(run, started, monkeypatch):
    state = {}
    monkeypatch.setattr(
        triage_cases.st,
        "session_state",
        type("S", (dict,), {"__getattr__": dict.get, "__setattr__": dict.__setitem__})(state),
    )
    triage_cases.choose_by_click({"points": [{"customdata": ["metastable state"]}]})
    assert triage_cases.st.session_state.triage_verdict == "metastable state"
    triage_cases.choose_by_click({"points": [{"customdata": ["metastable state"]}]})
    assert triage_cases.st.session_state.triage_verdict is None


def test_a_cancelled_run_keeps_what_was_done_and_says_that_it_is_incomplete(run, started):
    app = press(run(PAGE, bank="facts"), "triage_go")
    started[0].advance(most=4)
    app.run()
    assert "So far: " in told(app)
    assert started[0].message == "4 of 143 questions"
    press(app, "triage_cancel")
    app.run()
    assert "The triage was cancelled after 4 of 143 questions: they are kept." in told(app)
    assert "Incomplete, 4 of 143 asked: " in told(app)
    assert len(outcome(app, "facts").checked) == 4
    press(app, "triage_go")
    assert "was cancelled" not in told(app)


def test_a_run_cancelled_at_once_leaves_nothing(run, started):
    app = press(run(PAGE, bank="support"), "triage_go")
    press(app, "triage_cancel")
    app.run()
    assert "The triage was cancelled before a question was kept." in told(app)
    assert not app.dataframe


def test_a_run_goes_on_behind_another_page(run, started):
    app = press(run(PAGE, bank="support"), "triage_go")
    app.switch_page("pages/memories.py").run()
    started[0].advance()
    app.switch_page(PAGE).run()
    assert "answered right" in told(app)


def test_the_change_that_fixes_most_is_found_by_running_each(run, started):
    app = press(done(run, started, bank="facts"), "triage_find")
    assert "Looking for the change that fixes most" in "".join(str(p.proto.text) for p in app.get("progress"))
    started[1].advance()
    app.run()
    assert not app.exception, app.exception
    within = app.segmented_control(key="triage_within")
    assert within.value == 1  # recall@10 is full here
    table = app.dataframe[1].value
    found = app.session_state.triage_found["facts"].suggestions
    assert table["change"].tolist() == [row["change"] for row in found.rows(Rule(1))]
    assert "Chosen on one half of the questions" in told(app)
    best = found.best(Rule(1))[0].difference(Rule(1))
    assert f"it fixes {len(best.fixed)} and breaks {len(best.broke)}" in told(app)
    within.set_value(20).run()
    assert "No change that was tried helps: recall@20 is 1.00 already." in told(app)


def test_an_own_bank_without_a_set_is_shown_what_one_looks_like_and_keeps_what_is_uploaded(run, started, own):
    app = run(PAGE, bank=own())
    assert "This bank has no questions yet." in words(app)
    assert f'"expected": "{CUES[0]}"' in app.code[0].value
    assert "triage_go" not in [b.key for b in app.button]
    upload(app, "asked.jsonl", "".join(json.dumps(row) + "\n" for row in ASKED))
    assert "**4 questions**, 3 of which say what they expect: the set kept with this bank." in told(app)
    press(app, "triage_go")
    assert started[0].given[0] == banks.folder() / "mine.nuonuo"
    started[0].advance()
    app.run()
    assert "of 3 questions are answered right, and 1 expects nothing" in told(app)
    verdicts = [one.verdict for one in outcome(app, "own:mine").checked]
    assert verdicts[0] == "right"
    assert verdicts[2:] == ["nothing expected", "not stored"]
    assert "mine.questions.jsonl --json nuonuo-triage.json" in told(app)
    press(app, "triage_drop")
    assert "This bank has no questions yet." in words(app)


def test_markdown_in_a_question_is_shown_as_typed(run, started, own):
    app = done(run, started, bank=own(asked=ASKED), triage_within=1)
    assert ASKED[1]["query"] in app.dataframe[0].value["question"].tolist()
    assert "**kite**" not in words(app)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.jsonl", "", "a.jsonl is empty"),
        ("a.jsonl", '{"query": "x"}\n{"expected": "y"}\n', "a.jsonl, line 2: query must be a text"),
        ("a.jsonl", '{"query": "x"\n', "a.jsonl, line 1"),
        ("a.csv", "question,expected\nx,y\n", "a.csv"),
        ("a.csv", b"query,expected\n\xff\xfe,y\n", "a.csv"),
        ("a.jsonl", '{"query": "x", "expected_id": 1.5}\n', "expected_id must be an id, a whole number or a text"),
        ("a.jsonl", '{"query": "x", "embedding": [1, NaN]}\n', "a.jsonl, line 1"),
        ("a.parquet", b"PAR1 and no more", "a.parquet"),
        ("a.npz", b"PK and no more", "a.npz"),
    ],
)
def test_a_wrong_question_set_is_named_and_nothing_is_kept(run, own, name, content, sentence):
    app = upload(run(PAGE, bank=own()), name, content)
    assert app.warning[0].value.startswith("Nothing was kept")
    assert sentence in told(app)
    assert "nuonuo-" not in app.warning[0].value
    assert "/tmp" not in told(app)
    assert not sets.beside("own:mine").exists()


def test_a_set_uploaded_for_a_sample_lasts_as_long_as_the_tab(run, started):
    app = choose(run(PAGE, bank="support"), "file")
    upload(app, "mine.csv", "query,expected\nInventory is wrong,Customers say they were charged twice at checkout\n")
    assert "**1 question**, which says what it expects: mine.csv." in told(app)
    press(app, "triage_drop")
    assert "the sample's own questions" in told(app)


def test_questions_that_expect_nothing_have_no_verdict_to_count(run, started, own):
    app = done(run, started, bank=own(asked=[{"query": "What time is it?"}]))
    assert "No question says what it expects, so none can be right or wrong." in told(app)
    assert "It needs questions that say what they expect." in words(app)
    assert "triage_find" not in [b.key for b in app.button]


def test_an_empty_bank_says_that_there_is_nothing_to_recall(run, own):
    app = run(PAGE, bank=own(cues=[], asked=ASKED))
    assert "This bank is empty: there is nothing to recall." in words(app)
    assert "triage_go" not in [b.key for b in app.button]


def test_a_bank_without_an_encoder_says_that_questions_need_an_embedding(run, home):
    with closing(Memory(banks.folder() / "mine.nuonuo", dimension=4)) as memory:
        memory.add_many([record(cue, embedding=np.eye(4)[i]) for i, cue in enumerate(CUES)])
    sets.beside("own:mine").write_text(json.dumps(ASKED[0]), "utf-8")
    assert "each question needs an embedding of 4 numbers. 1 of 1 have none." in words(run(PAGE, bank="own:mine"))


def test_a_run_that_fails_says_why(run, started, own):
    app = press(run(PAGE, bank=own(asked=[ASKED[0] | {"embedding": [1.0, 0.0]}])), "triage_go")
    started[0].advance()
    app.run()
    assert "The triage failed: embedding of question 1" in told(app)


@pytest.mark.parametrize(("make", "parts", "count"), [(conversation, 1, 2), (question, 1, 1)])
def test_a_published_file_brings_its_own_banks(run, started, make, parts, count):
    app = choose(run(PAGE), "suite")
    assert "The bank chosen above plays no part." in words(app)
    upload(app, "published.json", json.dumps([make("one")]), "triage_suite_file")
    assert "published.json, which brings 1 bank of its own" in told(app)
    press(app, "triage_go")
    started[0].advance()
    app.run()
    assert len(outcome(app, "suite").checked) == count
    assert "python -m nuonuo triage published.json --json" in told(app)
    press(app, "triage_find")
    started[1].advance()
    app.run()
    assert not app.exception, app.exception
    assert app.session_state.triage_found["suite"].suggestions.tried
    press(app, "triage_drop")
    assert "A LoCoMo or LongMemEval .json file" in app.get("file_uploader")[0].label
    assert not started[0].given[0].exists()


@pytest.mark.parametrize("content", ["{}", "[]", "[1]", "not json", '[{"conversation": {}}]', b"\xff\xfe\x00"])
def test_a_json_of_neither_kind_is_named_and_nothing_is_kept(run, content):
    app = upload(choose(run(PAGE), "suite"), "other.json", content, "triage_suite_file")
    assert "Nothing was kept: other.json" in told(app)
    assert "/tmp" not in told(app)
    assert "triage_suite" not in app.session_state


def test_the_best_ranked_of_several_expected_memories_is_the_expected_one(encoder):
    memory = Memory(encoder=encoder)
    memory.add_many([record(cue) for cue in CUES])
    how = HOW
    both = Question("1", "The ladder, who has it?", (1, 2), ())
    assert triage_cases.best(memory, both, how) == 2
    assert triage_cases.best(memory, Question("2", "x", (), ("not there",)), how) == 0
    assert triage_cases.best(memory, Question("3", "x", (), ()), how) is None


@pytest.fixture
def picked(monkeypatch):
    """Picks a row of the table of cases, which AppTest cannot click; gives what says which."""
    row = {"rows": []}
    draw = triage_cases.st.dataframe

    def dataframe(*given, **more):
        event = draw(*given, **more)
        return {"selection": row} if str(more.get("key", "")).startswith("triage-cases") else event

    monkeypatch.setattr("streamlit.dataframe", dataframe)
    return row


def pick(app, picked, query):
    app.pills(key="triage_verdict").set_value("all").run()
    picked["rows"] = [app.dataframe[0].value["question"].tolist().index(query)]
    app.run()
    assert not app.exception, app.exception
    return app


@pytest.mark.parametrize(("number", "want"), [(0, 1), (1, 2), (2, None), (3, 0)])
def test_a_picked_case_is_opened_in_the_debugger_with_the_memory_it_wants(run, started, own, picked, number, want):
    app = done(run, started, bank=own(asked=ASKED), beta=8, k=3)
    pick(app, picked, ASKED[number]["query"])
    assert typed(ASKED[number]["query"]) in words(app)
    press(app, "triage_open")
    assert app.title[0].value == "Why did this recall fail?"
    s = app.session_state
    assert (s.bank, s.q, s.want, s.k, s.beta) == ("own:mine", ASKED[number]["query"], want, 20, 8.0)


def test_a_fix_that_triage_found_is_offered_by_the_debugger_without_a_search(run, started, own, picked, monkeypatch):
    app = done(run, started, bank=own(asked=ASKED), triage_within=1)
    query = ASKED[1]["query"]
    checked = outcome(app, "own:mine").checked
    fix = next(one.fix for one in checked if one.question.query == query)
    own_fix = replace(fix, kind="words", words="Ask without words")  # more of the ranking is not the debugger's to give
    checked[:] = [replace(one, fix=own_fix) if one.fix else one for one in checked]
    fix = own_fix
    pick(app, picked, query)
    searched = []
    monkeypatch.setattr("nuonuo.debug.fixes.proposals", lambda *given: searched.append(given) or [])
    press(app, "triage_open")
    assert fix.words in told(app)
    assert {"fix-0", "find_fixes"} <= {button.key for button in app.button}
    assert not searched


def test_a_case_of_a_published_file_is_opened_in_a_bank_of_its_own(run, started, picked):
    app = choose(run(PAGE), "suite")
    upload(app, "published.json", json.dumps([conversation("conv/1"), conversation("two")]), "triage_suite_file")
    press(app, "triage_go")
    started[0].advance()
    app.run()
    query = "When is the birthday of the dog?"
    pick(app, picked, query)
    press(app, "triage_open")
    s = app.session_state
    assert (s.bank, s.q, s.want) == ("own:conv-1", query, 1)
    assert app.title[0].value == "Why did this recall fail?"
    assert len(sets.beside("own:conv-1").read_text("utf-8").splitlines()) == 2
    app.switch_page(PAGE).run()
    pick(app, picked, query)
    press(app, "triage_open")
    assert banks.own() == ["conv-1"]  # it is used again


def test_a_bank_of_another_kind_with_the_same_name_is_left_alone(run, started, own, picked):
    own()
    app = choose(run(PAGE), "suite")
    upload(app, "published.json", json.dumps([conversation("mine")]), "triage_suite_file")
    press(app, "triage_go")
    started[0].advance()
    app.run()
    pick(app, picked, "When is the birthday of the dog?")
    press(app, "triage_open")
    assert app.session_state.bank == "own:mine 2"
    assert banks.own() == ["mine", "mine 2"]


def test_where_another_method_is_ahead_is_said_with_the_interval_of_the_difference():
    rows = [
        Paired("nearest neighbour", "recall@1", 0.5, 0.7, -0.2, -0.3, -0.1),
        Paired("BM25", "recall@1", 0.5, 0.53, -0.03, -0.08, 0.02),
        Paired("BM25", "recall@5", 0.5, 0.3, 0.2, 0.1, 0.3),
    ]
    near, lexic = triage_words.beside(rows)
    assert near == (
        "**Plain nearest neighbour is ahead of NuoNuo** at recall@1 (0.50 and 0.70, difference −0.200 "
        "[−0.300, −0.100])."
    )
    assert lexic == (
        "NuoNuo is ahead of BM25 at recall@5 (0.50 and 0.30, difference +0.200 [+0.100, +0.300]). "
        "NuoNuo and BM25 are not significantly different at recall@1 (0.50 and 0.53, difference −0.030 "
        "[−0.080, +0.020])."
    )


def case(verdict, fix=None, expected=1):
    found = fix and Fix("teach", fix, Asking(), None, 1, 1.0, "right")
    return Checked(Question("1", "x", (), ()), "b", 1, verdict, "", found, expected)


def test_the_verdict_sentence_counts_what_expects_something():
    right, rival, nothing = case("right"), case("a rival wins", "Store it"), case("nothing expected", expected=0)
    assert triage_words.headline([right, right]) == "2 of 2 questions are answered right."
    assert triage_words.headline([right, rival, nothing]) == (
        "1 of 2 questions are answered right, and 1 expects nothing. The cause of the miss: a rival wins."
    )
    assert triage_words.headline([rival, rival, case("metastable state")]) == (
        "0 of 3 questions are answered right. The most frequent cause of a miss: a rival wins (2 of 3)."
    )
    assert triage_words.headline([nothing]).startswith("No question says what it expects")


def test_the_changes_that_fix_are_counted_the_most_frequent_named():
    some = [case("metastable state", fix) for fix in ["a* from 3 to 4.5", "a* from 3 to 7", "b", "c", "d", None]]
    assert triage_words.fixers(some) == "What fixes them, each by itself: “a\\*” (2), “b” (1), “c” (1), and 1 other."
    assert triage_words.fixers([case("right")]) == ""


def test_a_cancelled_run_of_a_published_file_keeps_the_parts_so_far(run, started):
    app = choose(run(PAGE), "suite")
    upload(app, "published.json", json.dumps([conversation("one"), conversation("two")]), "triage_suite_file")
    press(app, "triage_go")
    started[0].advance(most=3)
    assert started[0].message == "3 of 4 questions"
    press(app, "triage_cancel")
    app.run()
    assert [one.bank for one in outcome(app, "suite").checked] == ["one", "one", "two"]
    assert "Incomplete, 3 of 4 asked: " in told(app)
