"""Specifies nuonuo/latex/attention.py: the numbers shown are those executed."""

import re

import pytest
import torch

from nuonuo import Memory
from nuonuo.explain.attention.heads import Captured, recompute
from nuonuo.explain.attention.proof import prove
from nuonuo.explain.attention.separation import separated
from nuonuo.explain.attention.view import attend, dial, view
from nuonuo.latex import attention as attention_formula
from tests.conftest import items, unit


@pytest.fixture
def memory():
    made = Memory(dimension=8)
    made.add_many(items(12))
    return made


def looked(memory, beta):
    seen = attend(memory.bank, unit(1, 8, 5), beta)
    return view(memory.bank, seen, unit(1, 8, 5)[0]), dial(seen.similarity[0], 8, beta)


@pytest.mark.parametrize("beta", [0.5, 7.5, 64.0])
def test_the_formula_carries_the_beta_that_was_executed(memory, beta):
    seen, where = looked(memory, beta)
    assert rf"softmax}}({beta:g}\,\xi X^\top)" in attention_formula.two_names(seen).latex
    assert r"\mathbb{R}^{12 \times 8}" in attention_formula.two_names(seen).latex
    assert f"e^{{{beta:g} " in attention_formula.weight(seen).latex
    assert rf"(\beta = {beta:g})" in attention_formula.number(where).latex


def test_the_numbers_in_the_fraction_give_its_result(memory):
    seen, _ = looked(memory, 4.0)
    formula = attention_formula.weight(seen).latex
    above = float(re.search(r"\\frac\{e\^\{4 \\cdot (-?[\d.]+)\}\}", formula)[1])
    similarity = attend(memory.bank, unit(1, 8, 5), 4.0).similarity[0]
    p = torch.exp(4 * torch.tensor(above)) / torch.exp(4 * similarity).sum()
    assert float(formula.split("= ")[-1]) == pytest.approx(float(p), abs=2e-3)
    assert r"10\text{ more}" in formula


def test_the_terms_and_the_sum_of_a_similarity_are_shown(memory):
    seen, _ = looked(memory, 4.0)
    place = seen.chosen
    formula = attention_formula.similarity(place, 8).latex
    for q, k in place.terms:
        assert rf"{attention_formula.factor(q)} \cdot {attention_formula.factor(k)}" in formula
    assert r"5\text{ more}" in formula
    assert formula.endswith(f"= {place.memory.similarity:.3f}")


def test_negative_factors_stand_in_brackets():
    assert attention_formula.factor(-0.25) == "(-0.250)"
    assert attention_formula.factor(0.25) == "0.250"


def test_the_promised_beta_is_the_fractions_value(memory):
    _, where = looked(memory, 4.0)
    assert rf"\ln \frac{{11 \cdot 0.9}}{{0.1}} = {where.needed.beta:.4g}" in attention_formula.needed(where).latex
    tie = dial(torch.tensor([0.5, 0.5]), 8, 1.0)
    assert attention_formula.needed(tie).latex.endswith(r"\infty")


def test_hebbs_sum_runs_over_the_patterns_of_the_proof(memory):
    proof = prove(unit(1, 8), memory.bank.keys, 1.0, memory.bank.texts)
    assert attention_formula.hebb(proof).latex.count(r"\sum_{i=1}^{12}") == 2
    assert r"\mathbb{R}^{8 \times 8}" in attention_formula.hebb(proof).latex


def test_a_heads_formula_has_its_sizes_and_beta():
    seen = Captured(*[torch.randn(1, 1, 5, 4) for _ in range(4)], torch.randn(1, 5, 4))
    heads = recompute(seen, tuple("abcde"))
    formula = attention_formula.head(heads).latex
    assert r"softmax}(0.5000\, Q K^\top)" in formula
    assert r"\mathbb{R}^{5 \times 4}" in formula
    assert r"\tfrac{1}{\sqrt{4}}" in formula


@pytest.mark.parametrize(("beta", "sign"), [(0.5, "<"), (150.0, r"\ge")])
def test_separation_and_bound_carry_the_numbers_that_decide(memory, beta, sign):
    found = separated(memory.recall(unit(1, 8, 5)[0], beta=beta))
    shown = attention_formula.separation(found).latex
    assert rf"{found.gap:.3f} \;{sign}\; {found.asked:.3f}" in shown
    bound = attention_formula.retrieval_error(found)
    assert bound.latex.endswith(f"= {float(found.now.bound[0]):.3g}")
    assert f"{float(found.now.once[0]):.3g}" in bound.latex
    assert "Theorem 5" in bound.source
