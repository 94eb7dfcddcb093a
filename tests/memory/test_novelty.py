"""Specifies nuonuo/memory/novelty.py: what is like nothing stored is told from what is, by the bank alone."""

from pathlib import Path

import pytest
import torch
from torch.nn.functional import normalize

from nuonuo import Memory
from nuonuo.memory.novelty import BETA, FEWEST, energies, free_energy, novelty
from nuonuo.memory.records import record

OFF = (Path(__file__).parents[1] / "cases" / "off_topic.txt").read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def facts(encoder, sample):
    memory = Memory(encoder=encoder, name="facts")
    memory.add_many([record(row["cue"], row["target"]) for row in sample("facts")])
    yield memory
    memory.close()


def share_new(memory, encoder, queries):
    return sum(novelty(memory.bank, x).new for x in encoder.encode(queries)) / len(queries)


def test_off_topic_queries_are_new_and_the_banks_own_questions_are_not(facts, encoder, sample):
    own = [query for row in sample("facts") for query in row["cues"]]
    assert len(OFF) == 40
    assert share_new(facts, encoder, OFF) >= 0.9
    assert share_new(facts, encoder, own) <= 0.1


def test_the_energy_is_the_log_sum_exp_over_all_cues(facts, encoder):
    x = encoder.encode(["Who feeds the dog?"])[0]
    by_hand = -torch.log(torch.exp(BETA * (facts.bank.X.double() @ x.double())).sum()) / BETA
    assert novelty(facts.bank, x).energy == pytest.approx(float(by_hand), abs=1e-5)


def test_each_memory_is_measured_without_its_own_cues(vectors):
    memory = vectors()
    X = normalize(torch.randn(30, 8, generator=torch.Generator().manual_seed(0)), dim=1)
    memory.add_many([record(f"{i}", None, [f"{i}b"], X[[i, (i + 1) % 30]].numpy(), X[i].numpy()) for i in range(30)])
    found = energies(memory.bank)
    for i in (0, 7, 29):
        others = torch.cat([memory.bank.X[: 2 * i], memory.bank.X[2 * i + 2 :]])
        assert float(found[i]) == pytest.approx(float(free_energy(others @ memory.bank.X[2 * i])), abs=1e-5)


def test_a_bank_of_few_memories_says_nothing(vectors):
    memory = vectors()
    X = torch.eye(8)
    memory.add_many([record(f"{i}", embedding=X[i % 8].numpy()) for i in range(FEWEST - 1)])
    assert novelty(memory.bank, X[0]) is None
