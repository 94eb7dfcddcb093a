"""Specifies nuonuo/lab/verdicts.py and against.py over nuonuo/lab/curves.py: words that follow the numbers."""

import re

import pytest

from nuonuo.lab.against import against, amount, changed, listed, place, table
from nuonuo.lab.curves import NEAREST, Curve, Point, apart, curves, difference, leaders, systems
from nuonuo.lab.experiments import EXPERIMENTS, experiment
from nuonuo.lab.verdicts import exponent, held, leads, verdict

BACKGROUNDS = experiment("backgrounds")


def row(system, x, value, half=0.05, e=BACKGROUNDS, split="real, exact"):
    """A row of an experiment; half: of its interval, None for none."""
    ends = {"low": None, "high": None} if half is None else {"low": value - half, "high": value + half}
    return {"system": system, e.x: x, e.value: value, **({e.split: split} if e.split else {}), **ends}


def rows(values, half=0.05, e=BACKGROUNDS, split="real, exact"):
    """Rows of {system: {x: value}}."""
    return [row(s, x, y, half, e, split) for s, points in values.items() for x, y in points.items()]


def made(some, e=BACKGROUNDS, chosen=None):
    return curves(some, e.x, e.value, e.split, chosen)


def said(some, e=BACKGROUNDS):
    found = verdict(e, made(some, e), some)
    return " ".join([found.headline, *found.rest])


NEAREST_WINS = {
    "nearest neighbour": {0: 1.0, 100: 0.98, 1000: 0.95},
    "flat Hebbian": {0: 0.97, 100: 0.5, 1000: 0.2},
    "two-stage": {0: 1.0, 100: 0.96, 1000: 0.92},
}


# Curves


def test_rows_become_one_curve_for_each_system_and_chart_in_the_order_of_x():
    some = [row("b", 9, 0.1), row("b", 1, 0.3), row("nearest neighbour", 1, 0.5), row("b", 1, 0.2, split="other")]
    found = made(some)
    assert [(c.system, c.panel, [p.x for p in c.points]) for c in found] == [
        ("nearest neighbour", "real, exact", [1]),
        ("b", "real, exact", [1, 9]),
        ("b", "other", [1]),
    ]
    assert found[1].points[0] == Point(1, 0.3, 0.25, 0.35)
    assert systems(some) == ("nearest neighbour", "b")


def test_nearest_neighbour_is_there_whatever_is_chosen():
    assert {c.system for c in made(rows(NEAREST_WINS), chosen=["two-stage"])} == {"nearest neighbour", "two-stage"}
    assert {c.system for c in made(rows(NEAREST_WINS), chosen=[])} == {"nearest neighbour"}


def test_a_number_that_splits_is_named_by_its_field():
    chains = experiment("chains")
    assert made(rows({"a": {1: 0.5}}, e=chains, split=20_000), chains)[0].panel == "20,000 links"


def test_a_row_without_a_number_is_left_out():
    assert made([row("a", 1, 0.5) | {"recall": None}, {"system": "b", "note": "timed out"}]) == ()


def test_points_are_apart_when_the_interval_of_their_difference_leaves_out_0():
    assert apart(Point(0, 0.9, 0.8, 1.0), Point(0, 0.5, 0.3, 0.7))
    assert apart(Point(0, 0.9, 0.6, 1.0), Point(0, 0.5, 0.3, 0.7))  # though the intervals overlap
    assert difference(Point(0, 0.9, 0.6, 1.0), Point(0, 0.5, 0.3, 0.7)) == pytest.approx(
        (0.4 - 0.13**0.5, 0.4 + 0.05**0.5)
    )
    assert not apart(Point(0, 0.9, 0.5, 1.0), Point(0, 0.5, 0.2, 0.8))
    assert not apart(Point(0, 24 / 60, 0.286, 0.526), Point(0, 25 / 60, 0.301, 0.543))
    assert not apart(Point(0, 0.5), Point(0, 0.5))
    assert apart(Point(0, 0.5), Point(0, 0.6))  # without intervals all that counts is the value


def test_of_each_family_the_one_with_the_best_mean_leads():
    some = made(rows({"two-stage, β 8": {0: 1, 9: 0.2}, "two-stage, β 50": {0: 0.9, 9: 0.8}, "flat": {0: 0.1}}))
    assert leaders(some) == ("two-stage, β 50", "flat")
    assert leaders(some, higher=False) == ("two-stage, β 8", "flat")
    parts = rows({"nearest neighbour": {0: 1}, "nearest neighbour, hardest": {0: 0}, "a": {0: 0}, "a, easiest": {0: 1}})
    assert leaders(made(parts)) == ("nearest neighbour, hardest", "a", "a, easiest")  # parts, no parameters


# Verdicts


def test_the_verdict_changes_when_the_numbers_do():
    first = said(rows(NEAREST_WINS))
    assert first.startswith(
        "No system is significantly better than plain nearest neighbour; "
        "it is significantly better than 1 of the 2 others"
    )
    assert (
        "at 1,000 nearest neighbour has the highest value (0.95), not significantly different from two-stage" in first
    )
    assert "significantly worse than nearest neighbour from 100 on: flat Hebbian (by up to 0.75)" in first
    turned = NEAREST_WINS | {"flat Hebbian": {0: 0.97, 100: 0.98, 1000: 1.0}, "nearest neighbour": {0: 1.0, 1000: 0.6}}
    second = said(rows(turned))
    assert second.startswith(
        "Flat Hebbian (by up to 0.40) and two-stage (by up to 0.32) are significantly better than plain nearest "
        "neighbour"
    )
    assert "it is significantly better than none of them" in second
    assert "at 1,000 flat Hebbian is best (1.00), significantly different from all others" in second
    assert "worse than" not in second


def test_every_verdict_follows_from_the_rows():
    for e in EXPERIMENTS:
        one = {"nearest neighbour": {10: 0.2, 100: 0.4}, "other": {11: 0.5, 100: 0.9}}
        two = {"nearest neighbour": {10: 0.9, 100: 0.95}, "other": {11: 0.5, 100: 0.1}}
        assert said(rows(one, e=e), e) != said(rows(two, e=e), e)


def test_wide_intervals_tell_nobody_apart():
    found = said(rows(NEAREST_WINS, half=0.6))
    assert "it is significantly better than none of them" in found
    assert "not significantly different from two-stage and flat Hebbian" in found


def test_rows_without_intervals_are_called_what_they_are():
    assert "carry no intervals, so small differences may be chance" in said(rows(NEAREST_WINS, half=None))
    assert "carry no intervals" not in said(rows(NEAREST_WINS))


def test_a_lead_passes_only_beyond_the_intervals():
    crossing = {"nearest neighbour": {0: 0.9, 100: 0.85, 1000: 0.5}, "b": {0: 0.5, 100: 0.88, 1000: 0.8}}
    assert leads(BACKGROUNDS, made(rows(crossing))) == [(0, "nearest neighbour"), (1000, "b")]
    assert "the lead passes to b at 1,000" in said(rows(crossing))
    assert leads(BACKGROUNDS, made(rows(crossing, half=None))) == [(0, "nearest neighbour"), (100, "b")]


def test_where_less_is_better_the_smallest_is_best():
    latency = experiment("latency")
    times = {"nearest neighbour": {100: 0.01, 10_000: 1.0}, "hashed": {100: 0.1, 10_000: 0.2}}
    found = said(rows(times, half=0.001, e=latency), latency)
    assert found.startswith(
        "Time grows as N to the power 0.15 (hashed) up to 1.00 (nearest neighbour), from 100 to 10,0"
    )
    best = "At 10,000 hashed is best (0.20 ms), significantly different from all others"
    assert f"{best}; the lead passes to hashed at 10,000" in found
    assert "significantly worse than nearest neighbour at 100: hashed (by up to 0.09 ms)" in found
    assert "0.15 hashed, 1.00 nearest neighbour" in found


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_the_exponent_of_a_power_law_is_its_power(power):
    points = tuple(Point(n, 3 * n**power) for n in (10, 100, 2_000))
    assert exponent(Curve("a", "", points)) == pytest.approx(power, abs=1e-9)
    assert exponent(Curve("a", "", points[:1])) is None


def test_one_size_gives_no_exponent():
    latency = experiment("latency")
    assert said(rows({"a": {10: 1.0}}, e=latency), latency).startswith("One size is too few")


def test_chains_say_how_far_each_holds():
    chains = experiment("chains")
    linear, power = {1: 0.95, 2: 0.91, 3: 0.5}, {1: 1.0, 2: 0.99, 3: 0.97}
    found = said(rows({"linear": linear, "power": power}, e=chains, split=300), chains)
    assert found.startswith("Power holds to the last hop over 300 links; the other does not.")
    assert "300 links: hops held: power 3 of 3 (0.97 at the last); linear 2 of 3 (0.50 at the last)." in found
    found = said(rows({"power, 3": power, NEAREST: power}, e=chains, split=300), chains)
    assert found.startswith("All 2 hold to the last hop over 300 links.")
    assert "No system is significantly better than plain nearest neighbour" in found
    assert "power 3 3 of 3" in found  # its comma would break up the list
    found = said(rows({"linear": linear, "power": linear | {1: 0.2}}, e=chains, split=300), chains)
    assert found.startswith("None holds to the last hop over 300 links; the furthest is linear with 2 of 3.")
    assert held(made(rows({"power": linear | {1: 0.2}}, e=chains, split=300), chains)[0]) == 0


def test_pairs_of_encoders_that_do_not_differ_significantly_say_nothing_of_the_gap():
    e = experiment("encoders")
    found = said(rows({"a": {0.3: 0.50}, "b": {0.2: 0.51}, "c": {0.1: 0.4}}, e=e), e)
    assert found.startswith("The gap orders the encoders as recall does: all 2 pairs that differ significantly agree.")


def test_encoders_are_ordered_by_the_gap_or_not():
    e = experiment("encoders")
    found = said(rows({"a": {0.3: 0.9}, "b": {0.2: 0.7}, "c": {0.1: 0.4}}, e=e), e)
    assert found.startswith("The gap orders the encoders as recall does: all 3 pairs that differ significantly agree.")
    found = said(rows({"a": {0.3: 0.5}, "b": {0.2: 0.7}, "c": {0.1: 0.4}}, e=e), e)
    assert found.startswith(
        "The gap does not explain it all: 2 of 3 pairs that differ significantly come in its order."
    )
    assert (
        "b has the highest recall (0.70, gap 0.20); the widest gap is that of a (0.30); the gap misorders a and b."
        in found
    )
    assert said(rows({"a": {0.3: 0.5}}, e=e), e).startswith("With these encoders nothing can be said of the gap")


def test_absolute_similarity_is_held_against_the_gap():
    e = experiment("encoders")
    some = rows({"a": {0.3: 0.9}, "b": {0.2: 0.7}, "c": {0.1: 0.4}}, e=e)
    with_right = [row | {"right": right} for row, right in zip(some, (0.5, 0.9, 0.8), strict=True)]
    assert "Absolute similarity of the true pairs puts 1 of these 3 pairs in order, the gap 3." in said(with_right, e)
    assert "Absolute" not in said(some, e)


def test_memory_held_is_said_where_it_was_measured():
    e = experiment("latency")
    some = [row | {"bytes": row["memories"] * 2**20} for row in rows({"a": {1: 1.0, 20: 2.0}}, e=e)]
    assert "In memory at 20: 20.0 MiB a." in said(some, e)
    assert "In memory" not in said(rows({"a": {1: 1.0, 20: 2.0}}, e=e), e)


def test_nothing_is_judged_without_numbers_or_without_nearest_neighbour():
    assert verdict(BACKGROUNDS, ()).headline == "There are no numbers to judge yet."
    assert said(rows({"a": {0: 0.5}})).startswith("Nearest neighbour was not measured here.")


# Beside nearest neighbour


def test_the_table_says_where_each_is_worse_and_better():
    crossing = {"nearest neighbour": {0: 0.9, 100: 0.7, 1000: 0.5}, "b": {0: 0.5, 100: 0.7, 1000: 0.8}}
    (found,) = table(BACKGROUNDS, made(rows(crossing)))
    assert (found["worse"], found["worse by at most"]) == ("at 0", pytest.approx(0.4))
    assert (found["better"], found["better by at most"]) == ("at 1,000", pytest.approx(0.3))
    assert found["compared at"] == 3
    (found,) = table(BACKGROUNDS, made(rows(crossing, half=1)))
    assert (found["worse"], found["worse by at most"], found["better"]) == ("nowhere", None, "nowhere")


@pytest.mark.parametrize(
    ("low", "words"), [((0, 9, 99), "everywhere"), ((9, 99), "from 9 on"), ((0, 9), "at 0 and 9"), ((99,), "at 99")]
)
def test_a_place_is_said_as_short_as_it_can_be(low, words):
    values = {"nearest neighbour": dict.fromkeys((0, 9, 99), 0.9), "b": {x: 0.9 - 0.5 * (x in low) for x in (0, 9, 99)}}
    (one,) = against(BACKGROUNDS, made(rows(values)))
    assert one.where(False) == words


def test_a_pinned_run_is_compared_point_by_point_beyond_the_intervals():
    before = made(rows(NEAREST_WINS))
    assert changed(before, before) == "Against the pinned run nothing changed significantly, at 9 shared points."
    after = made(rows(NEAREST_WINS | {"flat Hebbian": {100: 0.9, 1000: 0.22, 5000: 0.1}}))
    found = changed(before, after)
    assert found.startswith("Against the pinned run 1 of 8 shared points changed significantly: ")
    assert found.endswith("flat Hebbian (real, exact) at 100: 0.50 → 0.90.")
    assert "share no point" in changed(made(rows({"a": {1: 1.0}})), made(rows({"b": {1: 1.0}})))


def test_many_changes_are_counted_after_the_largest():
    before, after = ({"a": {x: y + x / 100 for x in range(6)}} for y in (0.1, 0.9))
    found = changed(made(rows(before)), made(rows(after)))
    assert re.search(r"6 of 6 shared .*; and 3 more\.$", found)


def test_lists_and_numbers_read_as_words():
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b", "c", "d"], 3) == "a, b, c and d"
    assert listed(["a", "b", "c", "d", "e"], 3) == "a, b, c and 2 more"
    assert [amount(y) for y in (1, 0.5, 0, 0.0123, 0.00001, 1234.5)] == [
        "1.00",
        "0.50",
        "0.00",
        "0.012",
        "0.00",
        "1,234",
    ]
    assert [place(x) for x in (0, 5000, 2.0, 0.5, 0.1 + 0.2)] == ["0", "5,000", "2", "0.5", "0.3"]


def test_how_close_the_patterns_lie_is_told_where_most_are_stored():
    e = experiment("capacity")
    some = [
        {
            "patterns": kind,
            "memories": n,
            "system": NEAREST,
            "recall": 1.0,
            "low": 0.9,
            "high": 1.0,
            "nearest": near + n / 1000,
        }
        for kind, near in (("random", 0.1), ("real text", 0.6))
        for n in (10, 100)
    ]
    told = verdict(e, curves(some, e.x, e.value, e.split), some).rest[-1]
    assert "0.20 random (100), 0.70 real text (100)" in told
