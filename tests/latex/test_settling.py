"""Specifies nuonuo/latex/settling.py: what is shown is what was executed."""

import re

import pytest

from nuonuo import Memory, Noise
from nuonuo.explain.settling.digits import complete, store
from nuonuo.explain.settling.landscape import landscape
from nuonuo.latex import settling as landscape_formula
from tests.conftest import items, unit


def recall(**settings):
    memory = Memory(dimension=24)
    memory.add_many(items(12, 24))
    trace = memory.recall(unit(1, 24, 99)[0], **settings)
    return trace, landscape(trace)


@pytest.mark.parametrize(("beta", "k", "steps"), [(4.0, 12, 3), (9.5, 7, 1), (64.0, 3, 8)])
def test_the_formulas_say_the_settings_that_were_executed(beta, k, steps):
    trace, land = recall(beta=beta, k=k, steps=steps)
    contours = landscape_formula.contours(trace, land).latex
    assert contours.count(f"{beta:g}") >= 3
    assert rf"\sum_{{i=1}}^{{{k}}}" in contours
    assert f"{float(land.energy.min()):.3f}" in contours
    plane = landscape_formula.plane(trace, land).latex
    assert f"{k} candidates and {steps + 1} states" in plane
    assert r"\mathbb{R}^{2 \times 24}" in plane
    assert re.search(r"[^\\]%", plane) is None  # a bare % would start a comment
    energies = re.findall(r"-?\d+\.\d{4}", landscape_formula.steps(trace).latex)
    assert [float(e) for e in energies] == pytest.approx(trace.energy.tolist(), abs=1e-4)
    assert f"after {steps} update step{'s' * (steps != 1)}" in landscape_formula.sharing(trace, land).latex
    assert f"{trace.outcome.rest.number:.2f}" in landscape_formula.sharing(trace, land).latex


@pytest.mark.parametrize(("n", "beta"), [(20, 8.0), (50, 24.0)])
def test_the_pictures_update_says_its_own_beta_and_count(n, beta):
    done = complete(store(n), 0, 4, Noise(), beta, steps=3)
    said = landscape_formula.picture(done).latex
    assert rf"\operatorname{{softmax}}({beta:g}\, X \xi)" in said
    assert rf"\mathbb{{R}}^{{{n} \times 64}},\ \text{{3 update steps}}" in said
