"""Specifies nuonuo/explain/settling/regimes.py: one question at every β and under many noises."""

import pytest
import torch
from torch.testing import assert_close

from nuonuo import Memory, Noise
from nuonuo.explain.settling.landscape import landscape, plane
from nuonuo.explain.settling.regimes import SIGMAS, Sweep, draw, metastable_beta, misleading, sweep
from nuonuo.memory.outcome import Kind
from nuonuo.memory.records import record
from tests.conftest import items, unit


@pytest.fixture(scope="module")
def memory():
    """Fifteen random memories of dimension 24."""
    bank = Memory(dimension=24)
    bank.add_many(items(15, 24))
    yield bank
    bank.close()


QUERY = unit(1, 24, 50)[0]


def test_a_sweep_says_of_each_beta_what_a_landscape_there_says(memory):
    betas = (1.0, 4.0, 6.0, 9.0, 30.0)
    swept = sweep(memory.recall(QUERY), betas)
    lands = [landscape(memory.recall(QUERY, beta=beta)) for beta in betas]
    assert swept.places.tolist() == [land.places for land in lands]
    assert_close(swept.number, torch.tensor([land.rest.number for land in lands]), atol=1e-2, rtol=1e-2)


def test_a_sweep_runs_from_the_average_of_all_to_one_memory(memory):
    swept = sweep(memory.recall(QUERY))
    assert swept.number[0] == pytest.approx(15, rel=0.02)
    assert swept.number[-1] == pytest.approx(1, abs=0.01)
    assert (int(swept.places[0]), int(swept.places[-1])) == (1, 15)


def test_the_beta_offered_gives_a_metastable_state(encoder, sample):
    memory = Memory(encoder=encoder)
    rows = sample("confusable")
    memory.add_many([record(row["cue"], row["target"], row["cues"]) for row in rows])
    for row in [row for row in rows if row["queries"]][:4]:
        beta = metastable_beta(sweep(memory.recall(row["queries"][0])), 20)
        assert memory.recall(row["queries"][0], beta=beta).outcome.rest.kind is Kind.SUBSET
    memory.close()


def test_no_beta_is_offered_where_the_query_rests_on_no_metastable_state():
    bank = Memory(dimension=8)
    bank.add_many(items(1))
    assert metastable_beta(sweep(bank.recall(unit(1, 8, 3)[0])), 1) is None
    swept = Sweep(torch.tensor([1.0, 8.0]), torch.tensor([19.4, 1.0]), torch.tensor([2, 20]))
    assert metastable_beta(swept, 20) is None  # 19.4 of 20 is the average of all


def test_the_draw_of_the_recall_itself_goes_its_way(memory):
    trace = memory.recall(QUERY, beta=20.0, steps=5)
    land = landscape(trace)
    same = draw(trace, land.plane, 20.0, 5)
    assert_close(same.path[:-1], land.states, atol=1e-5, rtol=0)
    assert_close(same.path[-1], land.rest.at, atol=1e-2, rtol=0)
    assert same.recalled == trace.candidates[land.rest.candidate]
    assert (same.seed, same.nearest) == (0, trace.nearest.id)


def test_a_draw_that_several_share_recalls_no_memory(memory):
    trace = memory.recall(QUERY, beta=0.5)
    shared = draw(trace, plane(trace), 0.5, 3)
    assert shared.recalled is None
    assert shared.number == pytest.approx(15, rel=0.05)


def test_a_misleading_noise_misleads_and_is_the_weakest_tried(memory, encoder, sample):
    bank = Memory(encoder=encoder)
    bank.add_many([record(row["cue"], row["target"]) for row in sample("support")])
    question = "Inventory is wrong again"
    noise = misleading(bank, question)
    quiet = bank.recall(question).answer.id
    assert bank.recall(question, noise=noise).answer.id != quiet
    if noise.seed:
        assert bank.recall(question, noise=Noise(noise.sigma, seed=noise.seed - 1)).answer.id == quiet
    assert noise.sigma in SIGMAS
    bank.close()


def test_nothing_misleads_from_the_only_memory(encoder):
    bank = Memory(encoder=encoder)
    bank.add("Where is the key?", "Under the flowerpot.")
    assert misleading(bank, "The key?") is None
    bank.close()
