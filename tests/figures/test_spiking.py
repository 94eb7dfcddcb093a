"""Specifies nuonuo/figures/spiking_*.py and nuonuo/latex/spiking.py: what is drawn and said is what was run."""

import pytest
import torch

from nuonuo.explain.spiking import lif
from nuonuo.explain.spiking.encoder import compare
from nuonuo.explain.spiking.sampler import budgets, distance, expected_distance, sample
from nuonuo.figures import spiking_encoder, spiking_lif, spiking_sampler
from nuonuo.latex import spiking as formula
from tests.conftest import unit

NAMES = ["<b>a</b>", *"bcdefghi"]
COLORS = ["#000000"] * 9


@pytest.fixture(scope="module")
def coded():
    return compare(unit(3, 64), 16)


@pytest.fixture(scope="module")
def ran():
    M = unit(6, 32)
    return {0: lif.run(M[:4], M[:4], 30), 2: lif.run(M, M[:4], 30)}


@pytest.fixture(scope="module")
def votes():
    X = unit(9, 16)
    return sample(X[:1].repeat(2, 1), X, 3.0, 64, torch.Generator().manual_seed(0))


def test_every_spike_of_the_shown_components_is_a_dot(coded):
    fig = spiking_encoder.raster(coded)
    shown = sorted(set(coded.x[0].argsort()[sorted({round(i * 63 / 47) for i in range(48)})].tolist()))
    for code, train in enumerate(coded.trains):
        dots = sum(len(trace.x) for trace in fig.data[2 * code : 2 * code + 2])
        assert dots == train.spikes[:, 0, [*shown, *(i + 64 for i in shown)]].sum()
    assert f"{int(coded.trains[0].spikes[:, 0].sum()):,} spikes integrate-and-fire" in spiking_encoder.raster_words(
        coded
    )


def test_curves_are_the_measured_cosines_over_steps_or_spikes(coded):
    for energy, x in ((False, list(range(1, 17))), (True, coded.spent[0].tolist())):
        line = spiking_encoder.quality(coded, 4, energy).data[4]
        assert list(line.x) == x
        assert list(line.y) == pytest.approx(coded.cosine[0].tolist())
    assert f"integrate-and-fire {coded.cosine[0, 3]:.3f}" in spiking_encoder.quality_words(coded, 4)
    back = spiking_encoder.back(coded).data[-1]
    assert list(back.y) == pytest.approx(coded.first(0).tolist())


def test_recall_and_firing_are_those_of_the_runs(ran):
    fig = spiking_lif.forgetting(ran, 4, 30)
    assert list(fig.data[0].y) == [4, 4]
    for i, run in enumerate(ran.values()):
        assert list(fig.data[1 + 2 * i].y) == run.right.tolist()
        assert list(fig.data[2 + 2 * i].y) == pytest.approx(run.rate.tolist())
    assert f"0 backgrounds: {int(ran[0].right[19])} after 20 steps" in spiking_lif.forgetting_words(ran, 4, 30)


def test_the_collapse_the_spectrum_and_the_sweep_show_their_numbers(ran):
    early, late = spiking_lif.collapse(ran[0], 2, 30).data
    assert [list(row) for row in late.z] == ran[0].alike(30).tolist()
    assert early.z != late.z
    values = {0: [3.0, 1.0], 10: [90.0, 2.0]}
    assert [list(t.y) for t in spiking_lif.spectrum(values).data] == [[3, 1], [90, 2]]
    assert "90 with 10 backgrounds" in spiking_lif.spectrum_words(values)
    swept = lif.sweep(ran[0].M, ran[0].q, 9, (0.5, 1.0, 2.0), (0.9, 1.0))
    heat, ring = spiking_lif.swept(swept, 1.0, 0.9).data
    assert [list(row) for row in heat.z] == swept.right.T.tolist()
    assert (ring.x, ring.y) == (("1",), ("0.9",))
    assert len(spiking_lif.swept(swept, 1.3, 0.9).data) == 1


def test_the_race_shows_who_fired_and_when(votes):
    fig = spiking_sampler.race(votes, NAMES, COLORS, 80)
    first = spiking_sampler.best(votes)[0]
    expected = [t + 1 for t, w in enumerate(votes.winner[:240, 0].tolist()) if w == first]
    assert list(fig.data[0].x) == expected
    texts = [note.text for note in fig.layout.annotations]
    assert "the other 3" in texts
    assert "&lt;b&gt;a&lt;/b&gt;" in texts


def test_each_frame_holds_the_votes_of_its_number_of_spikes(votes):
    some = budgets(64)
    fig = spiking_sampler.converging(votes, NAMES, COLORS, some)
    rows = spiking_sampler.best(votes)
    for n, frame in zip(some, fig.frames, strict=True):
        assert list(frame.data[0].x) == pytest.approx(votes.rate(n)[0, rows].tolist())
    assert list(fig.data[0].x) == pytest.approx(votes.p[0, rows].tolist())


def test_costs_are_drawn_as_given():
    fig = spiking_sampler.distances([1, 2], [0.5, 0.0], [0.4, 0.3])
    assert list(fig.data[1].y) == [0.5, 1e-4]  # a logarithm has no 0
    series = {"a": [(1.0, 0.5)], "b": [(2.0, 1.0)]}
    assert [t.name for t in spiking_sampler.budget(series, 1.0).data] == ["a", "b"]
    assert "b: 100% with 2 spikes" in spiking_sampler.budget_words(series, 1.0)


def test_formulas_carry_the_executed_numbers(coded, ran, votes):
    assert r"\frac{1}{2 \cdot 4 \cdot 16} = 0.0078" in formula.bound(coded)
    worst = float((coded.first(0) - coded.x[0]).abs().max())
    assert f"{worst:.4f}" in formula.bound(coded)
    assert f"{coded.cosine.shape[1]}" in formula.decode(coded)
    assert r"\frac{1 - 0.9}{4} = 0.0250" in formula.silent(coded)
    assert r"v \leftarrow 0.7\,v + 2\,W s + 5\,q\,[t \le 3]" in formula.network(ran[2], 2, 0.7, 5, 3)
    assert f"{int(ran[2].right[-1])} \\text{{ of }} 4" in formula.collapse(ran[2], [2.0, 1.0])
    assert f"{float(votes.rest[0]):.2f}" in formula.race(votes)
    assert f"{float(distance(votes.rate(64), votes.p)[0]):.3f}" in formula.apart(votes, 64)
    assert r"0.1 \cdot 3\;" in formula.vote(votes)


def test_every_pair_of_lines_in_a_figure_differs_in_colour_dash_or_symbol(ran, votes):
    drawn = [
        spiking_sampler.race(votes, NAMES, COLORS, 80),  # six memories of one colour
        spiking_lif.forgetting(ran | {5: ran[2]}, 4, 30),
        spiking_lif.spectrum({0: [3.0, 1.0], 10: [9.0, 2.0], 100: [90.0, 2.0]}),
        spiking_sampler.budget({name: [(1.0, 0.5)] for name in "abc"}, 1.0),
        spiking_sampler.distances([1, 2], [0.5, 0.1], [0.4, 0.3]),
    ]
    for fig in drawn:
        for axis in {trace.yaxis for trace in fig.data}:
            lines = [t for t in fig.data if t.yaxis == axis and "lines" in (t.mode or "")]
            looks = [(t.line.color, t.line.dash or "solid", t.marker.symbol) for t in lines]
            assert len(set(looks)) == len(looks)


def test_the_expected_distance_is_drawn_and_written_as_it_is(votes):
    exact = [float(expected_distance(votes.p[0], n)) for n in (1, 64)]
    fig = spiking_sampler.distances([1, 64], [0.5, 0.1], exact)
    assert list(fig.data[0].y) == pytest.approx(exact)
    assert "expected of independent samples" in " ".join(note.text for note in fig.layout.annotations)
    said = formula.apart(votes, 64)
    assert r"\binom{T}{m_i + 1}" in said
    assert f"{exact[1]:.3f}" in said


def test_one_background_is_a_background(ran):
    assert "1 background: " in spiking_lif.forgetting_words({1: ran[2]}, 4, 30)
    assert "with 1 background." in spiking_lif.spectrum_words({1: [3.0]})
