"""Specifies nuonuo/figures/recall.py and answer.against: one update beside many."""

import pytest
import torch

from nuonuo import Memory
from nuonuo.figures.recall import attention_bars, attention_words
from nuonuo.figures.template import ACCENT, RIVAL
from nuonuo.memory.records import record
from nuonuo.studio.shell.answer import against, share
from tests.conftest import items, unit


def recall(beta=8.0, n=12, noise=0.3, **settings):
    memory = Memory(dimension=24)
    memory.add_many(items(n, 24))
    return memory.recall(memory.bank.X[0] + noise * unit(1, 24, 7)[0], beta=beta, **settings)


def test_each_memory_has_its_attention_at_step_0_above_that_at_rest():
    trace = recall()
    _, first, _, last, touched = attention_bars(trace).data
    assert list(first.x) == trace.p[0, :6].tolist()
    assert list(last.x) == trace.outcome.rest.p[:6].tolist()
    assert first.offset < last.offset
    assert [row[0] for row in touched.customdata] == [c.id for c in trace.candidates[:6]]
    assert first.marker.color[0] == last.marker.color[0] == ACCENT


def test_the_expected_memory_is_shown_with_both_even_if_it_is_far_down():
    trace = recall(k=12)
    want = trace.candidates[9]
    fig = attention_bars(trace, want.id)
    assert fig.data[1].x[6] == want.weight
    assert fig.data[3].x[6] == float(trace.outcome.rest.p[9])
    assert (fig.data[3].marker.color[0], fig.data[3].marker.color[6]) == (RIVAL, ACCENT)
    assert any(a.text.startswith("<b>expected</b>") for a in fig.layout.annotations)


def test_the_words_say_both():
    trace = recall()
    p, end = trace.answer.weight, float(trace.outcome.rest.p[0])
    assert f"cue 0: {p:.2f}, at rest {end:.2f}" in attention_words(trace)


@pytest.mark.parametrize(
    ("beta", "noise", "said"),
    [
        (2.0, 0.3, "of 12 share (the average of all), and it has 0."),
        (9.0, 1.2, "Repeated, it completes: at rest"),
        (60.0, 0.3, "One update suffices"),
    ],
)
def test_one_sentence_says_what_repeating_the_update_does(beta, noise, said):
    trace = recall(beta, noise=noise)
    assert said in against(trace)
    assert share(trace.answer.weight) in against(trace)


def test_one_candidate_needs_no_repeating():
    assert against(recall(n=1)) == "One candidate has all the attention, at step 0 and at rest."


def test_two_near_twins_share_at_rest_and_it_is_said():
    x = unit(6, 24)
    x[1] = torch.nn.functional.normalize(x[0] + 0.05 * x[1], dim=0)
    memory = Memory(dimension=24)
    memory.add_many([record(f"c{i}", f"t{i}", (), each, each) for i, each in enumerate(x)])
    trace = memory.recall(x[0], beta=12.0, whitened=False)
    assert "At rest about 2.0 of 6 share (a metastable state), and it has 0.5" in against(trace)


def test_where_another_memory_takes_over_it_is_named():
    """A query between a lone pattern and a pair ranks the lone one first and is drawn to the pair's neighbourhood."""
    for seed in range(400):
        x = unit(8, 6, seed)
        memory = Memory(dimension=6)
        memory.add_many([record(f"c{i}", f"t{i}", (), each, each) for i, each in enumerate(x)])
        trace = memory.recall(unit(1, 6, seed + 1000)[0], beta=14.0, whitened=False)
        if trace.outcome.rest.lead and trace.outcome.rest.kind.value == "fixed point":
            assert f"repeated, it ends on “{trace.resting.target}”" in against(trace)
            return
    raise AssertionError("no such recall among 400")
