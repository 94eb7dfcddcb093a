"""Specifies nuonuo/lab/ablation.py."""

import json
from contextlib import closing
from statistics import fmean

import pytest
import torch

from nuonuo import Memory
from nuonuo.files.memories import read_items
from nuonuo.files.questions import read_questions
from nuonuo.lab import ablation
from nuonuo.maths.intervals import average
from nuonuo.memory.asking import Asking
from nuonuo.memory.candidates import totals
from tests.conftest import BANKS

BANK, QUESTIONS = BANKS / "island.jsonl", BANKS / "island-questions.jsonl"


@pytest.fixture(scope="module")
def rows(encoder):
    return ablation.run(BANK, QUESTIONS, encoder=encoder)


def test_every_part_that_the_bank_has_is_left_out_in_turn(rows):
    assert list(dict.fromkeys(row["ranking"] for row in rows)) == [
        "default",
        "without whitening",
        "without words",
        "without links",
        "without mention links",
        "meaning alone",
        "the first not kept in front",
        "BM25 standardised",
        "links by codes",
    ]
    assert {row["k"] for row in rows} == {1, 5, 10}
    json.dumps(rows, allow_nan=False)


def test_the_default_is_what_single_recalls_find_and_differences_are_to_it(rows, encoder):
    with closing(Memory(encoder=encoder)) as memory:
        memory.add_many(read_items(BANK))
        some = ablation.of_bank(memory, read_questions(QUESTIONS))
        every = {}
        for name, how in (("default", Asking()), ("without links", Asking(links=0.0))):
            ranked = [[c.id for c in memory.recall(text, how, k=5).candidates] for text in some.texts]
            every[name] = [
                fmean(bool(thing & set(ids)) for thing in need) for ids, need in zip(ranked, some.needs, strict=True)
            ]
    at = {(row["ranking"], row["k"]): row for row in rows}
    assert at["default", 5]["recall"] == pytest.approx(fmean(every["default"]))
    assert at["without links", 5]["recall"] == pytest.approx(fmean(every["without links"]))
    gains = [b - a for a, b in zip(every["default"], every["without links"], strict=True)]
    expected = average(gains, "difference")
    for field in ("difference", "low", "high"):
        assert at["without links", 5][field] == pytest.approx(expected[field])
    assert at["without links", 5]["broke"] == sum(gain < 0 for gain in gains)
    assert "difference" not in at["default", 5]


def test_no_side_is_named_where_the_interval_holds_0(rows):
    for row in rows:
        if row.get("verdict") in {"better", "worse"}:
            assert row["low"] > 0 or row["high"] < 0
            assert row["p"] < 0.05
    at = {(row["ranking"], row["k"]): row for row in rows}
    assert at["without links", 5]["verdict"] == "worse"  # the bank is made so that the links are needed
    assert at["without mention links", 5] == at["without links", 5] | {"ranking": "without mention links"}
    assert at["without links", 1]["verdict"] == "no difference"  # the first keeps its place


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [
        ([0.0] * 9, "no difference"),
        ([0.5, -0.5] + [0.0] * 8, "not significantly different"),
        ([1.0] * 8 + [0.0] * 2, "better"),
        ([-0.5] * 8 + [0.0] * 2, "worse"),
        ([1.0, 1.0, 1.0, 1.0], "not significantly different"),  # the interval leaves out 0, four tosses prove nothing
    ],
)
def test_a_verdict_needs_the_interval_and_the_sign_test(gains, verdict):
    assert ablation.differing(gains)["verdict"] == verdict


def test_codes_bring_nearly_what_the_exact_product_does(rows):
    (row,) = (row for row in rows if (row["ranking"], row["k"]) == ("links by codes", 5))
    assert row["correlation"] > 0.98
    assert row["low"] <= 0 <= row["high"]


def test_spelt_out_the_ranking_is_the_engines(encoder):
    with closing(Memory(encoder=encoder)) as memory:
        memory.add_many(read_items(BANK))
        some, bank = ablation.of_bank(memory, read_questions(QUESTIONS)), memory.bank
        ours = ablation.spelt_out(bank, some.X, some.texts, Asking())
        torch.testing.assert_close(
            ours, totals(bank, bank.whitening(some.X), some.texts, Asking()), atol=1e-4, rtol=1e-4
        )
        loose = ablation.spelt_out(bank, some.X, some.texts, Asking(), in_front=False)
        lead = ours.isinf()
        torch.testing.assert_close(loose[~lead], ours[~lead])
        assert lead.sum() == len(some.texts)


def test_a_bank_and_a_published_file_do_as_well_and_a_bank_without_links_has_none_to_leave_out(
    encoder, tmp_path, sample
):
    some = sample("facts")[:20]
    turns = [{"speaker": "Ana", "text": row["target"], "dia_id": f"D1:{i}"} for i, row in enumerate(some)]
    told = [[row["cue"], f"D1:{i}"] for i, row in enumerate(some)]
    qa = [{"question": row["queries"][0], "evidence": [f"D1:{i}"], "category": 1} for i, row in enumerate(some)]
    talk = {"sample_id": "own", "conversation": {"session_1": turns}, "qa": qa}
    talk["observation"] = {"session_1_observation": {"Ana": told}}
    (tmp_path / "talk.json").write_text(json.dumps([talk]))
    seen = []
    plain = ablation.run(tmp_path / "talk.json", encoder=encoder, progress=lambda *at: seen.append(at))
    cued = ablation.run(tmp_path / "talk.json", cues=True, encoder=encoder)
    assert seen == [(1, 2)]
    assert "without sequence links" in {row["ranking"] for row in plain}
    assert [row["recall"] for row in plain] != [row["recall"] for row in cued]

    memory = Memory(tmp_path / "facts.nuonuo", encoder)
    memory.add_many(read_items(BANKS / "facts.jsonl")[:20])
    memory.close()
    lines = [json.dumps({"query": row["queries"][0], "expected": row["target"]}) for row in some]
    (tmp_path / "asked.jsonl").write_text("\n".join([*lines, json.dumps({"query": "Who knows?"})]))
    by_bank = ablation.run(tmp_path / "facts.nuonuo", tmp_path / "asked.jsonl", encoder=encoder)
    assert {row["n"] for row in by_bank} == {20}
    links = [row for row in by_bank if row["ranking"] in {"without links", "links by codes"}]
    assert {row["verdict"] for row in links} == {"no difference"}


def test_questions_that_expect_nothing_are_refused(encoder, tmp_path):
    (tmp_path / "asked.jsonl").write_text(json.dumps({"query": "Who knows?"}))
    with pytest.raises(ValueError, match=r"island\.jsonl holds no question that expects a memory"):
        ablation.run(BANK, tmp_path / "asked.jsonl", encoder=encoder)
    with pytest.raises(ValueError, match=r"there is no file .*none\.json"):
        ablation.run(tmp_path / "none.json", encoder=encoder)
