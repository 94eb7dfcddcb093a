"""Specifies nuonuo/lab/longmemeval_official.py by values worked out by hand on a small file."""

from math import log2
from pathlib import Path

import pytest

from nuonuo.files.longmemeval import read
from nuonuo.lab import longmemeval
from nuonuo.lab.longmemeval_official import Entry, dcg, entries, evaluate

CASE = Path(__file__).parents[1] / "cases" / "31_longmemeval_mini.json"


def ranked(*names):
    """Entries SESSION_TURN from the best on; those of a session with "answer" in its name are right."""
    return [Entry(name, name.rpartition("_")[0], name, "answer" in name) for name in names]


@pytest.fixture(scope="module")
def rows(encoder):
    found = longmemeval.run(CASE, encoder=encoder, official=True)
    return {(r["method"], r["indexed"], r["granularity"], r["level"], r["k"]): r for r in found}


def test_the_case_has_the_values_worked_out_by_hand(rows):
    """Of user turns q1 alone counts: q2 is answered by the assistant, q3 has no mark, q4_abs abstains."""
    one = rows["cosine", "user", "turn", "turn", 1]
    assert (one["n"], one["no_target"], one["abstentions"]) == (1, 2, 1)
    assert (one["recall_any"], one["recall_all"], one["recall"], one["ndcg_any"]) == (1, 0, 0.5, 1)
    three = rows["cosine", "user", "turn", "turn", 3]  # both goats stand before the films
    assert [three[name] for name in ("recall_any", "recall_all", "recall", "ndcg_any")] == [1, 1, 1, 1]
    session = rows["cosine", "user", "session", "session", 3]
    assert (session["recall_any"], session["recall_all"], session["n"]) == (1, 1, 1)


def test_with_both_roles_what_the_assistant_answered_counts(rows):
    both = rows["cosine", "both", "turn", "turn", 10]
    assert (both["n"], both["no_target"], both["abstentions"]) == (2, 1, 1)
    assert (both["recall_any"], both["recall_all"]) == (1, 1)
    assert rows["default", "both", "session", "session", 10]["recall_all"] == 1


def test_the_index_is_what_the_user_said_without_the_role(encoder):
    first, second, third, last = read(CASE)
    assert [(one.id, one.text, one.right) for one in entries(first, "user", "turn")] == [
        ("f1_1", "Recommend a film.", False),
        ("answer_a_2", "I bought two goats.", True),
        ("f1_3", "Recommend a film.", False),
        ("answer_b_4", "A third goat arrived.", True),
    ]
    assert [one.text for one in entries(first, "both", "session")][1] == "I bought two goats. Lovely."
    assert [one.id for one in entries(second, "user", "session")] == ["noans_c", "f2"]  # only the assistant answers
    assert [one.id for one in entries(second, "both", "session")] == ["answer_c", "f2"]
    assert not any(one.right for one in entries(third, "both", "turn"))
    assert [one.id for one in entries(third, "user", "turn")] == ["noans_d_1"]  # the blank turn is left out
    assert last.id.endswith("_abs")


def test_their_ndcg_counts_rank_two_as_rank_one():
    some = ranked("f_1", "answer_1", "g_1", "answer_2")
    at_two = evaluate(some, 2)
    assert at_two["ndcg_any"] == pytest.approx(1 / 2)  # (1/log2 2) of an ideal 1 + 1/log2 2
    at_four = evaluate(some, 4)
    assert at_four["ndcg_any"] == pytest.approx((1 + 1 / log2(4)) / 2)
    assert (at_two["recall_any"], at_two["recall_all"], at_two["recall"]) == (1, 0, 0.5)
    assert (at_four["recall_any"], at_four["recall_all"], at_four["recall"]) == (1, 1, 1)
    assert evaluate(some, 1) == {"recall_any": 0, "recall_all": 0, "ndcg_any": 0, "recall": 0}
    assert dcg([1.0]) == 1


def test_at_the_level_of_sessions_turns_are_read_until_k_sessions_are_met():
    some = ranked("f_1", "f_2", "f_3", "answer_1")
    assert evaluate(some, 2)["recall_any"] == 0
    assert evaluate(some, 2, as_sessions=True)["recall_any"] == 1  # the second session is that of rank 4
    assert evaluate(some, 1, as_sessions=True)["recall_any"] == 0
    assert evaluate(some, 50, as_sessions=True)["recall_all"] == 1  # fewer sessions than k


def test_what_cannot_be_asked_is_said():
    with pytest.raises(ValueError, match="--official takes no --cues"):
        longmemeval.run(CASE, cues=True, official=True)
    with pytest.raises(ValueError, match="a question needs at least one entry that is right"):
        evaluate(ranked("f_1"), 1)
