"""Specifies nuonuo/debug/capsule_suite.py and nuonuo/cli/checking.py."""

import json
from contextlib import closing
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from nuonuo import Asking, Memory
from nuonuo.cli.commands import app
from nuonuo.debug import capsule_suite as suite
from nuonuo.debug.capsule import make
from nuonuo.files.questions import Question
from nuonuo.memory.records import About, record

GOOD, BAD = "Where is the spare house key?", "Who won the football match?"


@pytest.fixture(scope="module")
def folder(facts, tmp_path_factory):
    """Two capsules of the household facts, one of them right and one wrong, in folders."""
    root = tmp_path_factory.mktemp("capsules")
    (root / "deep").mkdir()
    (root / "capsule (1).json").write_text(make(facts, Question("g", GOOD, (1,), ()), Asking()).to_json())
    wrong = make(facts, Question("b", BAD, (1,), ()), Asking())
    assert wrong.verdict != "right"
    (root / "deep" / "wrong-answer.json").write_text(wrong.to_json())
    (root / "package.json").write_text('{"name": "not a capsule", "format": 1}')
    return root


@pytest.fixture
def shared(encoder, monkeypatch):
    """Capsules and banks opened by the suite share this test run's encoder."""
    monkeypatch.setattr(suite, "Encoder", lambda *_: encoder)
    monkeypatch.setattr("nuonuo.memory.memory.Encoder", lambda *_: encoder)


def check(*words):
    return CliRunner().invoke(app, ["check", *map(str, words)], catch_exceptions=False)


def test_capsules_that_are_as_they_were_pass_however_the_browser_named_them(folder, encoder):
    cases = suite.check(folder, encoder=encoder)
    assert [(one.file, one.outcome) for one in cases] == [
        ("capsule (1).json", suite.PASSED),
        ("deep/wrong-answer.json", suite.PASSED),
    ]
    assert [one.verdict == one.then for one in cases] == [True, True]


def test_a_capsule_that_was_edited_fails_and_a_broken_one_is_an_error_beside_it(folder, encoder, tmp_path, shared):
    edited = json.loads((folder / "capsule (1).json").read_text())
    edited["asking"]["words"] = 0.0
    (tmp_path / "capsule-edited.json").write_text(json.dumps(edited))
    (tmp_path / "capsule-broken.json").write_text("{")
    (tmp_path / "capsule-good.json").write_text((folder / "capsule (1).json").read_text())
    out = check(tmp_path, "--junit", tmp_path / "report.xml", "--json", tmp_path / "rows.json")
    assert out.exit_code == 2
    assert "3 capsules: 1 passed, 1 failed, 1 error." in out.stdout
    assert "Error: capsule-broken.json: " in out.stderr
    assert "is no capsule that can be read" in out.stderr
    assert "Failed: capsule-edited.json: The Trace is another" in out.stderr.replace(
        "The verdict was", "The verdict was"
    )
    root = ElementTree.parse(tmp_path / "report.xml").getroot()
    one = root.find("testsuite")
    assert (one.get("tests"), one.get("failures"), one.get("errors")) == ("3", "1", "1")
    kinds = {case.get("name"): [child.tag for child in case] for case in one.iter("testcase")}
    assert kinds == {"capsule-broken.json": ["error"], "capsule-edited.json": ["failure"], "capsule-good.json": []}
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert [row["outcome"] for row in rows] == ["error", "failed", "passed"]


def test_a_fixed_bank_is_asked_instead_and_known_by_texts_not_by_numbers(folder, encoder, tmp_path, facts, shared):
    rows = list(facts)
    with closing(Memory(tmp_path / "fixed.nuonuo", encoder)) as bank:  # the same memories under other numbers
        bank.add_many([record("Something that came first")])
        bank.add_many([record(row.cues[0], row.target) for row in rows])
    out = check(folder, "--bank", tmp_path / "fixed.nuonuo")
    assert out.exit_code == 1
    assert "2 capsules: 1 passed, 1 failed, 0 error." in out.stdout
    with closing(Memory(tmp_path / "other.nuonuo", encoder)) as bank:  # number 1 is another memory, and stands first
        bank.add_many([record("The spare house key is with nobody"), record("Bread is in the cupboard")])
    cases = suite.check(folder / "capsule (1).json", tmp_path / "other.nuonuo")
    assert (cases[0].outcome, cases[0].verdict) == (suite.FAILED, "not stored")


def test_within_the_first_k_is_enough_where_ranks_count(folder, encoder, tmp_path, facts, shared):
    with closing(Memory(tmp_path / "same.nuonuo", encoder)) as bank:
        bank.add_many([record(row.cues[0], row.target) for row in facts])
        count = len(bank)
    assert check(folder, "--bank", tmp_path / "same.nuonuo", "--within", count).exit_code == 0
    tight = check(folder, "--bank", tmp_path / "same.nuonuo", "--within", 1)
    assert tight.exit_code == 1
    assert "Not so: all that is expected is first." in tight.stderr


def test_an_own_id_is_what_a_memory_is_known_by(facts, encoder, tmp_path):
    with closing(Memory(encoder=encoder, name="own")) as bank:
        bank.add_many([record("The key is under the mat", about=About(own_id="k")), record("Bread is here")])
        capsule = make(bank, Question("q", "Where is the key?", (1,), ()), Asking())
    with closing(Memory(encoder=encoder)) as bank:
        ids = bank.add_many(
            [record("Bread is here"), record("The key is in the blue pot now", about=About(own_id="k"))]
        )
        assert suite.things_in(capsule, bank) == (frozenset({ids[1]}),)
        by_text = replace(capsule, expected=(), texts=("Bread is here",), any_of=((1, 2),))
        assert suite.things_in(by_text, bank) == (frozenset({ids[0]}), frozenset(ids))
        by_own = replace(capsule, expected=(), own_ids=("k", "gone"))
        assert suite.things_in(by_own, bank) == (frozenset({ids[1]}), frozenset())
        # a number is known by what the excerpt holds of it, and by nothing else: bank number 9 or not, it is nowhere
        bank.add_many([record(f"Filler {i}") for i in range(9)])
        assert 9 in bank
        assert suite.things_in(replace(capsule, expected=(9,)), bank) == (frozenset(),)


def test_junit_holds_no_character_that_xml_cannot(folder):
    case = suite.Case("a\x00<b>.json", suite.FAILED, "q\x1b", "a rival wins", "right", 2, "“x” & \ud800", 0.1)
    root = ElementTree.fromstring(suite.junit([case], "dir\x01"))
    assert root.find("testsuite/testcase").get("name") == "a\ufffd<b>.json"
    assert "“x” & \ufffd" in root.find("testsuite/testcase/failure").get("message")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere"], "there is no folder nowhere"),
        (["empty"], "there is no capsule in empty"),
        (["empty", "--within", "3"], "within must be >= 1 and is about another bank, got 3 and no bank"),
        (["empty", "--junit", "no/report.xml"], "cannot write no/report.xml: there is no folder no"),
    ],
)
def test_what_cannot_begin_is_one_sentence_and_code_2(tmp_path, monkeypatch, words, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    out = check(*words)
    assert (out.exit_code, out.stdout) == (2, "")
    assert sentence in out.stderr
