"""Specifies nuonuo/debug/gate.py."""

import json

import pytest

from nuonuo.debug import gate
from nuonuo.debug.gate import minimum
from nuonuo.debug.measures import Measure, Placed


def places(*ranks):
    return {f"q{i}": Placed((rank,)) for i, rank in enumerate(ranks)}


def test_a_minimum_that_is_met_passes_and_one_that_is_not_is_said_with_its_interval():
    some = places(1, 1, 1, None)
    verdict = gate.judged(some, [minimum("recall@10=0.75"), minimum("MRR=0.8")])
    assert not verdict.ok
    assert verdict.passed == ("recall@10 is 0.750 (95% interval 0.301 to 0.954, 4 questions): at least 0.75.",)
    assert verdict.failures == (
        "MRR is 0.750 (95% interval 0.301 to 0.954, 4 questions): below the 0.8 that was asked.",
    )


def test_minima_are_read_and_wrong_ones_refused():
    assert minimum("Recall@10=0.8") == gate.Minimum(Measure("recall", 10), 0.8)
    with pytest.raises(ValueError, match=r"a minimum must be MEASURE=VALUE, such as recall@10=0\.8, got 'MRR'"):
        minimum("MRR")
    with pytest.raises(ValueError, match="there is no measure 'accuracy': choose recall@k"):
        minimum("accuracy=1")
    for wrong in ("MRR=1.5", "MRR=x", "MRR=nan", "MRR=-0.1"):
        with pytest.raises(ValueError, match="the minimum of MRR must be a number from 0 to 1, got"):
            minimum(wrong)


def test_a_fall_that_chance_explains_passes_unless_strict():
    before, after = places(1, 1, 1, 1, 1), places(1, 1, 1, None, None)
    verdict = gate.judged(after, [minimum("recall@1=0.1")], before)
    assert verdict.ok
    assert (
        "recall@1 fell against the baseline, which may be chance, from 1.000 to 0.600 (2 questions worse, 0 better"
        in (verdict.passed[-1])
    )
    strict = gate.judged(after, [minimum("recall@1=0.1")], before, strict=True)
    assert "failed because any fall fails" in strict.failures[0]
    assert gate.judged(before, [], before, strict=True).ok  # the same is no fall


def test_a_significant_fall_fails_and_a_rise_never_does():
    good, bad = places(*[1] * 40), places(*[1] * 28, *[None] * 12)
    verdict = gate.judged(bad, [], good)
    assert len(verdict.failures) == len(gate.COMPARED)
    assert verdict.failures[0].startswith("recall@10 fell significantly against the baseline, from 1.000 to 0.700 (12 ")
    assert "exact sign test p < 0.001" in verdict.failures[0]
    assert gate.judged(good, [], bad, strict=True).ok


def test_a_graded_fall_needs_interval_and_sign_test():
    before = {f"q{i}": Placed((1,)) for i in range(40)}
    one_sinks = before | {"q0": Placed((None,))}
    assert gate.judged(one_sinks, [minimum("MRR=0")], before).ok
    all_sink = {name: Placed((2,)) for name in list(before)[:20]} | dict(list(before.items())[20:])
    assert "MRR fell significantly" in gate.judged(all_sink, [minimum("MRR=0")], before).failures[0]


def test_other_questions_are_counted_and_none_in_common_is_refused():
    verdict = gate.judged(places(1, 1), [], {"q1": Placed((1,)), "gone": Placed((1,))})
    assert verdict.notes == ("Questions compared with the baseline: 1; of the baseline and not asked now: 1; new: 1.",)
    with pytest.raises(ValueError, match="the baseline shares no question id"):
        gate.judged(places(1), [], {"other": Placed((1,))})
    with pytest.raises(ValueError, match="recall@1 needs at least one question"):
        gate.judged({}, [minimum("recall@1=0.5")])


def test_a_baseline_is_kept_and_read_as_it_was(tmp_path):
    some = {"q”1": Placed((1, None), (2.0, 0.5)), "q2": Placed((7,))}
    gate.save(tmp_path / "base.json", some, "facts “x”")
    assert gate.read(tmp_path / "base.json") == some
    assert json.loads((tmp_path / "base.json").read_text())["about"] == "facts “x”"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("no", "must be a baseline as --save-baseline writes it, but it is no JSON"),
        ('{"format": 9, "questions": {}}', "must be a baseline as --save-baseline writes it, got"),
        ("[]", "must be a baseline"),
        ('{"format": 1, "questions": {"q": {"ranks": [0], "gains": []}}}', "question q must have ranks from 1 or null"),
        ('{"format": 1, "questions": {"q": {"ranks": [1], "gains": [1, 2]}}}', "question q must have ranks"),
        ('{"format": 1, "questions": {"q": 3}}', "question q must have ranks"),
    ],
)
def test_a_wrong_baseline_is_refused(tmp_path, text, sentence):
    (tmp_path / "base.json").write_text(text)
    with pytest.raises(ValueError, match=sentence):
        gate.read(tmp_path / "base.json")
