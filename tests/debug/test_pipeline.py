"""Specifies nuonuo/debug/pipeline.py, nuonuo/debug/pipeline_schema.py and nuonuo/cli/pipelines.py."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuonuo.cli.pipelines import why_pipeline
from nuonuo.debug import pipeline as kinds
from nuonuo.debug.pipeline import verdict_of
from nuonuo.debug.pipeline_schema import Pipeline, parsed, read_pipelines

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "assets" / "examples"


def stage(name, *results, **more):
    return {"name": name, "results": [{"id": i, "score": s} for i, s in results]} | more


def trace(*stages, expected=("x",)):
    return {"query": "Where?", "expected": list(expected), "stages": list(stages)}


SEARCH = stage("search", ("a", 0.9), ("x", 0.8), ("b", 0.7), ("y", 0.6), cut=3)


def fate(*stages, expected="x"):
    return verdict_of(parsed(trace(*stages, expected=[expected]))).fates[0]


def test_what_comes_out_at_the_end_is_kept():
    found = fate(SEARCH)
    assert (found.verdict, found.stage, found.rank, found.score, found.change) == (kinds.KEPT, None, 2, 0.8, "")
    assert found.margin == pytest.approx(0.1)
    assert found.sentence == "“x” is kept: rank 2 of the 3 that “search” hands on."


def test_a_cut_says_rank_score_margin_and_what_would_pass():
    found = fate(SEARCH, expected="y")
    assert (found.verdict, found.stage, found.rank, found.needed_cut, found.needed_score) == (
        kinds.CUT,
        "search",
        4,
        4,
        0.7,
    )
    assert found.margin == pytest.approx(-0.1)
    assert found.sentence == "“y” is at rank 4 of “search”, beyond its cut of 3: score 0.6, 0.1 worse than place 3."
    assert found.change == "It passes with a cut of 4 instead of 3, or with a score above 0.7."


def test_of_distances_a_lower_score_is_better():
    found = fate(stage("ann", ("a", 0.2), ("x", 0.5), cut=1, better="lower"))
    assert found.margin == pytest.approx(-0.3)
    assert found.change.endswith("or with a score below 0.2.")


def test_a_stage_that_drops_it_is_named_and_what_it_was_before():
    found = fate(SEARCH, stage("filter", ("a", 0.9), ("b", 0.7), cut=2))
    assert (found.verdict, found.stage, found.rank) == (kinds.DROPPED, "filter", None)
    assert (
        "was dropped by “filter”: “search” hands it on at rank 2, and it is not among the 2 results" in found.sentence
    )
    assert found.change.endswith("Before this stage it stood at rank 2, within the 2 that come out at the end.")


def test_what_the_first_stage_does_not_hold_was_not_retrieved():
    found = fate(SEARCH, stage("rerank", ("a", 3.0)), expected="nowhere")
    assert (found.verdict, found.stage, found.needed_score) == (kinds.UNRETRIEVED, "search", 0.7)
    assert "it is not among the 4 results of “search”, the first stage" in found.sentence
    assert "it needs a score above 0.7" in found.change
    assert [one.rank for one in found.seen] == [None, None]


def test_a_reranker_that_sinks_it_is_the_stage_that_lost_it():
    found = fate(SEARCH, stage("rerank", ("b", 3.0), ("a", 2.0), ("x", 1.0), cut=2))
    assert (found.stage, found.rank, found.margin) == ("rerank", 3, -1.0)
    assert "Before this stage it stood at rank 2, within the 2" in found.change


def test_what_another_source_brings_back_later_was_not_lost():
    assert fate(SEARCH, stage("fusion", ("y", 0.5), ("x", 0.4)), expected="y").verdict == kinds.KEPT


def test_ranks_without_scores_are_enough():
    bare = {"name": "s", "cut": 1, "results": [{"id": "a"}, {"id": "x"}]}
    found = fate(bare)
    assert (found.sentence, found.margin) == ("“x” is at rank 2 of “s”, beyond its cut of 1.", None)
    assert found.change == "It passes with a cut of 2 instead of 1."
    assert "not retrieved" in fate(bare, expected="z").sentence
    assert fate({"name": "s", "results": []}).verdict == kinds.UNRETRIEVED


@given(st.lists(st.permutations("abcdef"), min_size=1, max_size=3), st.lists(st.integers(1, 6), min_size=3, max_size=3))
def test_the_change_that_is_named_passes_the_stage(orders, cuts):
    stages, left = [], set("abcdef")
    for number, (order, cut) in enumerate(zip(orders, cuts, strict=False)):
        ranked = [one for one in order if one in left]
        stages.append(stage(str(number), *((one, -float(i)) for i, one in enumerate(ranked)), cut=cut))
        left = set(ranked[:cut])
    for name in "abcdef":
        found = fate(*stages, expected=name)
        assert (found.verdict == kinds.KEPT) == (name in left)
        if found.verdict == kinds.CUT:
            stages_now = [dict(one) for one in stages]
            next(one for one in stages_now if one["name"] == found.stage)["cut"] = found.needed_cut
            again = fate(*stages_now, expected=name)
            assert next(one for one in again.seen if one.stage == found.stage).passed
        else:
            assert found.verdict in {kinds.KEPT, kinds.UNRETRIEVED}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"query": ""}, 'query must be a text that is not empty, got ""'),
        ({"query": 3}, "query must be a text, got 3"),
        ({"expected": []}, r"expected must be a list with at least one entry, got \[\]"),
        ({"expected": ["x", "x"]}, "expected must name each id once, and names “x” twice"),
        ({"stages": []}, "stages must be a list with at least one entry"),
        ({"stages": [SEARCH, SEARCH]}, "stages must each have a name of its own, and two are called “search”"),
        ({"stages": [stage("s", cut=0)]}, r"stages\[0\]\.cut must be at least 1, got 0"),
        ({"stages": [stage("s", better="big")]}, r"stages\[0\]\.better must be 'higher' or 'lower', got \"big\""),
        ({"stages": [stage("s", ("a", "high"))]}, r"stages\[0\]\.results\[0\]\.score must be a number, got \"high\""),
        ({"stages": [stage("s", ("a", 1.0), ("a", 0.5))]}, "results must name each id once, and name “a” twice"),
        (
            {"stages": [stage("s", ("a", 0.1), ("b", 0.4))]},
            r"stages\[0\] “s”: results must stand best first, so scores fall or stay, but results\[1\] has 0\.4 after "
            '0\\.1; where lower scores are better, say "better": "lower"',
        ),
        ({"stages": [stage("s", ("a", 0.4), ("b", 0.1), better="lower")]}, "so scores rise or stay"),
        ({"stages": [stage("s", ("a", -2), ("b", -1))]}, r"results\[1\] has -1 after -2"),
        ({"stages": [{"results": []}]}, r"stages\[0\]\.name is missing"),
        ({"hits": 1}, "hits is no field of a trace; docs/pipeline-trace.md lists those there are"),
        ({"format": 2}, "format must be 1, got 2"),
    ],
)
def test_a_wrong_trace_is_refused_naming_the_field(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        parsed(trace(SEARCH) | change)


def test_files_are_refused_in_one_sentence(tmp_path):
    file = tmp_path / "t.json"
    for text, sentence in [
        ("{", r"t\.json must be a pipeline trace in JSON"),
        ("[]", r"t\.json holds no pipeline trace"),
        ('[{"query": "a"}]', r"t\.json, trace 1: expected is missing"),
        ("3", r"t\.json: a trace must be"),
        (
            '{"query": "a", "expected": ["x"], "stages": [{"name": "s", "results": [{"id": "x", "score": NaN}]}]}',
            "finite",
        ),
    ]:
        file.write_text(text)
        with pytest.raises(ValueError, match=sentence):
            read_pipelines(file)
    file.write_bytes(b"\xff")
    with pytest.raises(ValueError, match="must be UTF-8 text, but byte 1 is not"):
        read_pipelines(file)


def test_the_examples_say_what_the_command_prints(capsys):
    assert why_pipeline(EXAMPLES / "pipeline.json") is False
    said = capsys.readouterr().out
    assert "2 (0.440)" in said
    assert "4 (5.800) lost" in said
    assert "It passes with a cut of 4 instead of 3, or with a score above 6.1." in said
    assert why_pipeline(EXAMPLES / "pipelines.jsonl", as_json=True) is False
    rows = json.loads(capsys.readouterr().out)
    assert [row["expected"][0]["verdict"] for row in rows] == [kinds.KEPT, kinds.DROPPED, kinds.UNRETRIEVED]
    assert [row["kept"] for row in rows] == [True, False, False]


def test_the_documentation_lists_every_field_and_its_example_is_valid():
    text = (ROOT / "docs" / "pipeline-trace.md").read_text("utf-8")
    fields = set(re.findall(r"^\| `([a-z_]+)`", text, re.MULTILINE))
    parts = [Pipeline, *(f.annotation.__args__[0] for f in (Pipeline.model_fields["stages"],))]
    assert {name for part in parts for name in part.model_fields} <= fields
    assert {"id", "score"} <= fields
    for example in re.findall(r"```json\n(.*?)```", text, re.DOTALL):
        assert verdict_of(parsed(json.loads(example))).sentences
