"""Specifies nuonuo/memory/looking.py: rough looks at all cues, of one query or of many at once."""

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers, sampled_from

from nuonuo.memory.bank import Bank
from nuonuo.memory.looking import look
from nuonuo.memory.records import BankSettings, Record
from tests.conftest import unit

D = 6


def bank_of(n, exponent, seed):
    x = unit(n, D, seed).numpy()
    rows = [Record((f"cue {i}",), f"target {i}", x[i][None], x[i], 1 + i) for i in range(n)]
    settings = BankSettings(None, D, 0, units=64, winners=4, exponent=exponent, ridge=0.1, centre=True)
    return Bank.of(rows, settings, torch.device("cpu"))


@given(exponent=sampled_from([0.0, 0.5, 1.0]), seed=integers(0, 1000), m=sampled_from([1, 2, 7, 40]))
def test_one_pass_gives_all_similarities_and_the_nearest_embedding(exponent, seed, m):
    b, probes = bank_of(40, exponent, seed), unit(m, D, seed + 1)
    keys = torch.stack([b.whitening(probe) for probe in probes])
    looks = list(look(b, keys, probes, 5))
    assert len(looks) == m
    for key, probe, one in zip(keys, probes, looks, strict=True):
        assert float((one.similarity - b.keys @ key).abs().max()) <= one.off
        cosine = b.X @ probe
        assert float(cosine[one.nearest]) == pytest.approx(float(cosine.max()), abs=1e-6)


def test_more_queries_than_are_looked_up_at_once_come_in_their_order(monkeypatch):
    monkeypatch.setattr("nuonuo.memory.looking.SCORES", 3 * 40)  # three at a time
    b, probes = bank_of(40, 0.5, 0), unit(10, D, 9)
    keys = torch.stack([b.whitening(probe) for probe in probes])
    alone = [next(look(b, key[None], probe[None], 5)) for key, probe in zip(keys, probes, strict=True)]
    assert [int(one.nearest) for one in look(b, keys, probes, 5)] == [int(one.nearest) for one in alone]
