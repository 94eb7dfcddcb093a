"""Specifies nuonuo/latex/classical.py: the interaction that ran, its numbers, and the paper of each equation."""

import re

import pytest

from nuonuo.explain.toys.classical import interaction
from nuonuo.explain.toys.retrieval import Damage, retrieve
from nuonuo.latex import classical as formula


@pytest.mark.parametrize(
    ("name", "paper", "shape"),
    [
        ("power2", "Hopfield 1982", r"\cdot \sigma)^{2}"),
        ("power3", "arXiv:1606.01164", r"\cdot \sigma)^{3}"),
        ("exponential", "arXiv:1702.01929", r"e^{\xi^\mu \cdot \sigma}"),
        ("lse", "arXiv:2008.02217", r"\ln \sum_{\mu=1}^{6}"),
    ],
)
def test_the_energy_is_that_of_the_interaction_that_ran(name, paper, shape):
    done = retrieve(interaction(name, 0.036), 6, 0, Damage(0.1, seed=0))
    said = formula.energy(done)
    assert shape in said.latex
    assert paper in said.source
    numbers = said.latex.split(r"\qquad")[1].split(":")[1].replace("\\ ", "").split(r"\to")
    assert [float(n) for n in numbers] == pytest.approx(done.energy.tolist(), rel=1e-5)
    turn = formula.update(done)
    assert paper in turn.source
    assert (r"\operatorname{softmax}" in turn.latex) == (name in {"exponential", "lse"})
    assert ("W_{ij}" in turn.latex) == (name == "power2")


def test_the_known_capacities_are_told_for_these_units_with_their_papers():
    two, three, more = formula.capacities(64)
    assert "0.138\\, N = 8.8" in two.latex
    assert re.search(r"P = 164$", three.latex)
    assert more.latex == "P = 2^{N/2} = 2^{32}"
    assert [("Amit" in two.source), ("Krotov" in three.source), ("Demircigil" in more.source)] == [True] * 3
