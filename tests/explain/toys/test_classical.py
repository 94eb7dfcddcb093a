"""Specifies networks of ±1 units: the laws of their energy, and dense oracles for what they do."""

import math
from itertools import product

import pytest
import torch

from nuonuo.explain.toys.capacity import (
    capacity,
    fixed,
    flipped,
    known,
    random_patterns,
    transition,
)
from nuonuo.explain.toys.classical import interaction, network, recall
from nuonuo.explain.toys.rests import Kind, name, rests

FUNCTIONS = {
    "power2": lambda x: x**2,
    "power3": lambda x: x**3,
    "power4": lambda x: x**4,
    "power7": lambda x: x**7,
    "exponential": math.exp,
}
HOWS = [interaction(each) for each in FUNCTIONS] + [interaction("lse", 0.1), interaction("lse", 1.0)]
named = pytest.mark.parametrize("how", HOWS, ids=lambda how: how.label)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def problem(how, P=12, N=40, B=9, seed=0):
    rng = generator(seed)
    return network(random_patterns(P, N, rng), how), random_patterns(B, N, rng)


def formula(how, overlap: list[int]) -> float:
    """The energy as its paper writes it, in Python's numbers."""
    if how.name == "lse":
        return -math.log(math.fsum(math.exp(how.beta * m) for m in overlap)) / how.beta
    return -math.fsum(FUNCTIONS[how.name](m) for m in overlap)


@named
@pytest.mark.parametrize("seed", range(5))
def test_no_sweep_raises_the_energy_and_every_start_comes_to_rest(how, seed):
    net, start = problem(how, seed=seed)
    found = recall(net, start, generator(seed))
    scale = found.energy.abs().amax(0).clamp(min=1)
    assert (found.energy.diff(dim=0) <= 1e-12 * scale).all()
    assert found.rested.all()
    again = recall(net, found.rest, generator(seed + 1))
    assert torch.equal(again.rest, found.rest)
    assert again.sweeps.sum() == 0


@named
def test_the_energy_is_the_formula_of_its_paper(how):
    net, start = problem(how, P=5, N=20)
    for state, energy in zip(start, net.energy(start).tolist(), strict=True):
        expected = formula(how, (net.patterns @ state).int().tolist())
        if how.name == "exponential":
            expected = -math.log(-expected)
        assert energy == pytest.approx(expected, rel=1e-12)


@named
def test_a_unit_turns_exactly_if_that_lowers_the_energy(how):
    net, start = problem(how, P=5, N=9)
    for state in start:
        rest = recall(net, state[None], generator()).rest[0].double()
        here = formula(how, (net.patterns @ rest).int().tolist())
        for i in range(9):
            other = rest.clone()
            other[i] *= -1
            there = formula(how, (net.patterns @ other).int().tolist())
            assert there >= here - 1e-12 * abs(here)


def test_power_two_is_the_network_of_1982():
    """Unit by unit, in the same order, with W by Hebb's rule and no diagonal."""
    net, start = problem(interaction("power2"), P=6)
    W = net.patterns.mT @ net.patterns
    W.fill_diagonal_(0)
    rng, found = generator(3), recall(net, start, generator(3))
    state = start.clone()
    for after in found.states[1:]:
        for i in torch.randperm(40, generator=rng).tolist():
            field = state @ W[i]
            state[:, i] = torch.where(field == 0, state[:, i], field.sign())
        assert torch.equal(after.double(), state)


@named
def test_one_pattern_alone_is_at_rest_and_reversed_too_if_f_is_even(how):
    net, _ = problem(how, P=1)
    assert torch.equal(recall(net, net.patterns, generator()).rest.double(), net.patterns)
    back = recall(net, -net.patterns, generator()).rest.double()
    even = how.power is not None and how.power % 2 == 0
    assert torch.equal(back, -net.patterns) == even


def test_log_sum_exp_at_beta_one_turns_the_units_of_the_exponential():
    one, start = problem(interaction("exponential"), P=300, N=30, B=40)
    two = network(one.patterns, interaction("lse", 1.0))
    a, b = (recall(net, start, generator()) for net in (one, two))
    assert torch.equal(a.states, b.states)


@pytest.mark.parametrize("how", [interaction("exponential"), interaction("power30"), interaction("lse", 50.0)])
def test_a_thousand_units_overflow_nothing(how):
    net, start = problem(how, P=20, N=1000, B=3)
    found = recall(net, torch.cat([net.patterns[:3], start]), generator(), sweeps=2)
    assert found.energy.isfinite().all()
    assert torch.equal(found.rest[:3].double(), net.patterns[:3])


def test_starts_are_independent_of_each_other():
    net, start = problem(interaction("power2"), P=12)
    together = recall(net, start, generator(5)).rest
    alone = [recall(net, one[None], generator(5)).rest[0] for one in start]
    assert torch.equal(together, torch.stack(alone))


def test_the_sweeps_given_are_a_limit_and_what_still_moves_is_said():
    net, start = problem(interaction("power2"), P=40, N=100, B=20)
    found = recall(net, start, generator(), sweeps=1)
    assert len(found.states) == 2
    assert not found.rested.all()
    assert (found.sweeps <= 1).all()


def test_the_exponential_network_holds_a_thousand_patterns_of_64_units():
    """Acceptance of issue 13: all 1,000 are fixed points, and come back from 5% of their units turned."""
    rng = generator()
    net = network(random_patterns(1000, 64, rng), interaction("exponential"))
    assert fixed(net) == 1000
    found = recall(net, flipped(net.patterns, 0.05, rng), rng)
    assert torch.equal(found.rest.double(), net.patterns)


def test_the_network_of_1982_breaks_down_within_its_known_band():
    points = capacity(interaction("power2"), 400, [40, 48, 56, 64, 72], trials=3, starts=32)
    assert points[0].error < 0.01
    at = transition(points)
    assert at is not None
    assert 0.10 <= at / 400 <= 0.17  # 0.138 in the limit; a finite network breaks down gradually


def test_higher_powers_hold_more_and_nearest_neighbour_does_not_care():
    errors = [capacity(interaction(each), 50, [60], trials=2)[0] for each in ("power2", "power3", "exponential")]
    assert errors[0].error > 0.1 > errors[1].error >= errors[2].error == 0
    assert [each.nearest for each in errors] == [0, 0, 0]
    assert all(each.low <= each.error <= each.high for each in errors)
    assert all(each.exact_low <= each.exact <= each.exact_high for each in errors)


def test_a_measurement_repeats_with_its_seed_and_is_told_as_it_goes():
    kept, told = [], []
    once = capacity(interaction("power3"), 30, [5, 20], 2, 7, 0.1, lambda *at: told.append(at), kept.append, starts=5)
    assert once == kept == capacity(interaction("power3"), 30, [5, 20], 2, 7, 0.1, starts=5)
    assert told == [(1, 2), (2, 2)]
    assert [(p.patterns, p.starts, p.load) for p in once] == [(5, 10, 5 / 30), (20, 10, 20 / 30)]


def test_the_known_capacities_are_those_of_their_papers():
    assert known(interaction("power2"), 1000) == pytest.approx(138)
    assert known(interaction("power3"), 100) == pytest.approx(100**2 / (2 * 3 * math.log(100)))
    assert known(interaction("power4"), 100) == pytest.approx(100**3 / (2 * 15 * math.log(100)))
    assert known(interaction("exponential"), 64) == 2.0**32
    assert known(interaction("lse", 1.0), 64) == 2.0**32
    assert known(interaction("lse", 0.1), 64) is None


def test_the_breakdown_lies_between_the_sizes_around_it():
    points = capacity(interaction("power2"), 40, [2, 30, 40], trials=1, starts=20)
    at = transition(points)
    assert at is not None
    assert 2 < at < 30
    assert transition(points[:1]) is None
    assert transition(points[1:]) == 30


def test_damage_turns_exactly_its_share_of_the_units():
    patterns = random_patterns(20, 50, generator())
    for damage in (0.0, 0.1, 0.5, 1.0):
        assert (flipped(patterns, damage, generator()) != patterns).sum(1).tolist() == [round(50 * damage)] * 20


def test_a_mixture_of_three_is_at_rest_in_1982_and_named():
    net = network(random_patterns(3, 300, generator()), interaction("power2"))
    for signs in product((1, -1), repeat=3):
        mixture = (torch.tensor(signs, dtype=torch.float64)[:, None] * net.patterns).sum(0).sign()
        rest = recall(net, mixture[None], generator()).rest[0]
        found = name(net, rest)
        assert found.kind is Kind.MIXTURE
        assert sorted(found.of) == [0, 1, 2]
        assert abs(found.overlap) == pytest.approx(0.5, abs=0.1)
        assert found.spurious


def test_patterns_reversed_patterns_and_others_are_named():
    net = network(random_patterns(4, 200, generator()), interaction("power2"))
    assert (name(net, net.patterns[2].to(torch.int8)).kind, name(net, net.patterns[2]).of) == (Kind.PATTERN, (2,))
    assert name(net, -net.patterns[1]).kind is Kind.REVERSED
    assert name(net, random_patterns(1, 200, generator(9))[0]).kind is Kind.OTHER
    two = network(net.patterns[:2], interaction("power2"))
    assert name(two, random_patterns(1, 200, generator(9))[0]).kind is Kind.OTHER


def test_spurious_states_are_counted_and_gone_with_the_exponential():
    patterns = random_patterns(10, 300, generator())
    old = rests(network(patterns, interaction("power2")), 60, 0)
    new = rests(network(patterns, interaction("exponential")), 60, 0)
    assert sum(one.count for one in old.found) == old.starts == 60
    assert old.count(Kind.MIXTURE) >= 20
    assert old.spurious[0].kind is Kind.MIXTURE
    assert new.count(Kind.PATTERN) == 60
    assert new.spurious == ()
    assert rests(network(patterns[:1], interaction("power2")), 9, 0).count(Kind.PATTERN, Kind.REVERSED) == 9


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: interaction("power1"), "the interaction must be power2 to power30, exponential or lse, got 'power1'"),
        (lambda: interaction("power31"), "got 'power31'"),
        (lambda: interaction("cubic"), "got 'cubic'"),
        (lambda: interaction("lse", 0.0), "beta must be a number > 0, got 0.0"),
        (lambda: interaction("lse", math.nan), "beta must be a number > 0, got nan"),
        (lambda: network(torch.zeros(2, 3), HOWS[0]), r"patterns must be made of \+1 and −1 only"),
        (lambda: network(torch.ones(0, 3), HOWS[0]), r"patterns must be a table of .*, got shape \(0, 3\)"),
        (lambda: network(torch.ones(1, 10_001), HOWS[0]), "patterns must have at most 10,000 units, got 10,001"),
        (lambda: recall(problem(HOWS[0])[0], torch.ones(1, 7), generator()), "start must have the 40 units .* got 7"),
        (lambda: recall(problem(HOWS[0])[0], torch.ones(40), generator()), r"start must be a table .*\(40,\)"),
        (lambda: recall(*problem(HOWS[0]), generator(), sweeps=0), "sweeps must be >= 1, got 0"),
        (lambda: flipped(torch.ones(1, 4), 1.5, generator()), "damage must be a share from 0 to 1, got 1.5"),
        (lambda: capacity(HOWS[0], 1, [1]), "units must be >= 2, got 1"),
        (lambda: capacity(HOWS[0], 10, [1], trials=0), "trials must be >= 1, got 0"),
        (lambda: capacity(HOWS[0], 10, [1], starts=0), "starts must be >= 1, got 0"),
        (lambda: capacity(HOWS[0], 10, [1], seed=-1), "seed must be >= 0, got -1"),
        (lambda: capacity(HOWS[0], 10, []), r"sizes must be numbers of patterns >= 1, got \[\]"),
        (lambda: capacity(HOWS[0], 10, [0]), r"sizes must be numbers of patterns >= 1, got \[0\]"),
        (lambda: rests(problem(HOWS[0])[0], 1, 0), "starts must be >= 2, got 1"),
    ],
)
def test_wrong_numbers_are_refused_in_a_sentence(call, says):
    with pytest.raises(ValueError, match=says):
        call()
