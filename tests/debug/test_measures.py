"""Specifies nuonuo/debug/measures.py by values worked out by hand and by trec_eval on whole rankings."""

from math import log2

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import AP, RR, R, Success, nDCG

from nuonuo.debug import measures
from nuonuo.debug.measures import Measure, Placed, named, placed


def one(found, name):
    return measures.values([found], named(name))[0]


def test_values_worked_out_by_hand():
    two = Placed((2, 7, None))  # three expected, two found at ranks 2 and 7
    assert one(two, "recall@1") == 0
    assert one(two, "recall@5") == pytest.approx(1 / 3)
    assert one(two, "recall@10") == pytest.approx(2 / 3)
    assert (one(two, "any@1"), one(two, "any@5"), one(two, "all@10")) == (0, 1, 0)
    assert one(two, "MRR") == 1 / 2
    ideal = 1 + 1 / log2(3) + 1 / log2(4)
    assert one(two, "nDCG@10") == pytest.approx((1 / log2(3) + 1 / log2(8)) / ideal)
    assert one(two, "MAP") == pytest.approx((1 / 2 + 2 / 7) / 3)
    assert one(Placed((1, 2)), "all@5") == 1


def test_graded_gains_count_in_ndcg_and_a_grade_of_nothing_does_not_count():
    best_second = Placed((1, 2), (1, 3))
    assert one(best_second, "nDCG@10") == pytest.approx((1 + 3 / log2(3)) / (3 + 1 / log2(3)))
    assert one(Placed((1, 2), (0.5, 1.5)), "nDCG@10") == pytest.approx(one(best_second, "nDCG@10"))
    judged = Placed((1, 3), (0, 2))  # the first was judged not relevant
    assert (one(judged, "recall@1"), one(judged, "recall@5"), one(judged, "MRR")) == (0, 1, 1 / 3)
    assert one(judged, "nDCG@10") == pytest.approx(1 / log2(4))


def test_a_question_that_finds_nothing_has_0_and_the_next_keeps_its_own_value():
    some = [Placed((None,)), Placed((1,)), Placed(())]
    for name in ("recall@5", "any@5", "all@5", "MRR", "nDCG@10", "MAP"):
        assert measures.values(some, named(name)) == [0, 1, 0], name


def test_mrr_ends_at_20_and_map_at_1000():
    assert (one(Placed((20,)), "MRR"), one(Placed((21,)), "MRR")) == (1 / 20, 0)
    assert (one(Placed((1000,)), "MAP"), one(Placed((1001,)), "MAP")) == (pytest.approx(1 / 1000), 0)


def test_two_things_that_one_memory_answers_never_score_above_1():
    both = Placed((1, 1))
    assert both.documents == {1: 1.0, 2: 1.0}
    assert one(both, "nDCG@10") == pytest.approx(1)
    assert one(both, "MAP") == pytest.approx(1)
    assert one(both, "recall@1") == 1


@given(st.lists(st.integers(1, 30), unique=True, min_size=1, max_size=6), st.integers(0, 3))
def test_everything_is_what_trec_eval_says_of_the_whole_ranking(ranks, missing):
    qrels = {"q": {f"d{rank}": 1 for rank in ranks} | {f"gone{i}": 1 for i in range(missing)}}
    run = {"q": {f"d{rank}": 100.0 - rank for rank in range(1, 41)}}
    asked = [R @ 5, Success @ 5, RR, nDCG @ 10, AP]
    said = {str(m.measure): m.value for m in ir_measures.pytrec_eval.iter_calc(asked, qrels, run)}
    found = placed(tuple(sorted(ranks)), len(ranks) + missing)
    pairs = [("recall@5", "R@5"), ("any@5", "Success@5"), ("nDCG@10", "nDCG@10"), ("MAP", "AP")]
    pairs += [("MRR", "RR")] if min(ranks) <= 20 else []
    for ours, theirs in pairs:
        assert one(found, ours) == pytest.approx(said[theirs]), ours


def test_rows_hold_the_mean_with_its_interval():
    some = [Placed((1,)), Placed((2,)), Placed((None,)), Placed((30,))]
    rows = measures.rows({"mine": some, "nobody": []})
    assert [row["measure"] for row in rows] == [str(one) for one in measures.USUAL]
    by_name = {row["measure"]: row for row in rows}
    assert {row["method"] for row in rows} == {"mine"}
    first = by_name["recall@1"]
    assert (first["value"], first["n"]) == (0.25, 4)
    assert first["low"] == pytest.approx(0.0456, abs=1e-4)  # Wilson's interval of 1 in 4
    assert first["high"] == pytest.approx(0.6994, abs=1e-4)
    assert by_name["MRR"]["value"] == pytest.approx((1 + 1 / 2) / 4)
    assert by_name["MRR"]["low"] < by_name["MRR"]["value"] < by_name["MRR"]["high"]


def test_names_are_read_in_any_case_and_a_wrong_one_lists_those_there_are():
    assert [named(name) for name in ("Recall@10", "ndcg@3", " mrr ", "map")] == [
        Measure("recall", 10),
        Measure("nDCG", 3),
        Measure("MRR"),
        Measure("MAP"),
    ]
    for wrong in ("precision@3", "recall", "recall@0", "recall@x", "MRR@5", ""):
        with pytest.raises(ValueError, match=r"there is no measure .*: choose recall@k, any@k, all@k, nDCG@k, MRR or"):
            named(wrong)
    with pytest.raises(ValueError, match="MRR needs at least one question that expects something"):
        measures.mean([], Measure("MRR"))
