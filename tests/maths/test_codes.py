"""Specifies nuonuo/maths/codes.py."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers, lists
from torch.testing import assert_close

from nuonuo.maths import codes
from tests.conftest import unit


@given(n=integers(1, 20), k=integers(1, 30), seed=integers(0, 1000))
def test_winners_are_the_k_largest_projections(n, k, seed):
    x, P = unit(n, 8, seed), codes.projection(8, 64, seed)
    found = codes.encode(x, P, k)
    scores = (x @ P).numpy()
    order = np.argsort(-scores, axis=1, kind="stable")
    assert np.array_equal(found.winners.numpy(), np.sort(order[:, :k], axis=1))
    ranked = np.take_along_axis(scores, order, axis=1)
    assert_close(found.margin, torch.from_numpy(ranked[:, k - 1] - ranked[:, k]), atol=1e-5, rtol=0)
    assert found.winners.dtype == torch.int32
    assert (found.margin >= 0).all()


def test_a_seed_names_one_projection(device):
    assert torch.equal(codes.projection(8, 64, 5), codes.projection(8, 64, 5))
    assert torch.equal(codes.projection(8, 64, 5, device).cpu(), codes.projection(8, 64, 5))
    assert not torch.equal(codes.projection(8, 64, 5), codes.projection(8, 64, 6))
    assert codes.projection(8).shape == (8, 16_384)


def test_a_batch_encodes_like_its_rows_one_by_one(embeddings):
    P = codes.projection(384, 4096, 0, embeddings.device)
    whole = codes.encode(embeddings, P)
    single = [codes.encode(x[None], P) for x in embeddings]
    assert torch.equal(whole.winners, torch.cat([c.winners for c in single]))
    assert_close(whole.margin, torch.cat([c.margin for c in single]), atol=1e-4, rtol=0)


@pytest.mark.parametrize("n", [0, 1, 511, 512, 513, 1025])
def test_any_number_of_rows_encodes_and_reports_its_progress(n, device):
    x, P, seen = unit(n, 8).to(device), codes.projection(8, 64, 0, device), []
    found = codes.encode(x, P, 5, lambda done, total: seen.append((done, total)))
    assert (found.winners.shape, found.margin.shape) == ((n, 5), (n,))
    assert torch.equal(found.winners, (x @ P).topk(5).indices.sort().values.int())
    assert seen == [(min(done + 512, n), n) for done in range(0, n, 512)]


def test_encoding_never_holds_all_scores_at_once():
    x, P, rows = unit(2000, 8), codes.projection(8, 64), []

    class Watched(torch.Tensor):
        def __matmul__(self, other):
            rows.append(len(self))
            return torch.Tensor(self) @ other

    codes.encode(x.as_subclass(Watched), P, 5)
    assert max(rows) <= 512
    assert sum(rows) == 2000


@given(lists(integers(0, 4), min_size=8, max_size=40), integers(1, 7))
def test_of_tied_scores_the_lower_units_win(scores, k):
    expected = sorted(sorted(range(len(scores)), key=lambda unit: (-scores[unit], unit))[:k])
    assert codes.wta(torch.tensor(scores, dtype=torch.float32), k).tolist() == expected


def test_the_tie_rule_holds_on_every_device(device):
    score = torch.randint(0, 3, (500,), generator=torch.Generator().manual_seed(0)).float()
    assert torch.equal(codes.wta(score.to(device), 40).cpu(), codes.wta(score, 40))


@given(seed=integers(0, 1000), n=integers(1, 12))
def test_overlap_is_the_cosine_of_binary_codes(seed, n):
    generator = torch.Generator().manual_seed(seed)
    rows = torch.stack([torch.randperm(30, generator=generator)[:6] for _ in range(n + 1)])
    dense = torch.zeros(n + 1, 30).scatter_(1, rows, 1)
    cosine = torch.nn.functional.cosine_similarity(dense[:1], dense[1:])
    assert_close(codes.overlap(rows[0], rows[1:]), cosine)


@given(count=integers(0, 10), seed=integers(0, 1000))
def test_flip_moves_exactly_that_many_winners(count, seed):
    generator = torch.Generator().manual_seed(seed)
    code = torch.randperm(40, generator=generator)[:10].sort().values.int()
    flipped = codes.flip(code, count, 40, generator)
    assert len(set(flipped.tolist())) == 10
    assert len(set(flipped.tolist()) & set(code.tolist())) == 10 - count
    assert flipped.tolist() == sorted(flipped.tolist())
    assert flipped.dtype == torch.int32


def test_every_bad_argument_gets_its_sentence():
    P = codes.projection(8, 64)
    with pytest.raises(ValueError, match=r"embeddings must have 8 columns, got shape \(2, 9\)"):
        codes.encode(torch.ones(2, 9), P)
    with pytest.raises(ValueError, match=r"embeddings must have 8 columns, got shape \(8,\)"):
        codes.encode(torch.ones(8), P)
    for k in (0, 64):
        with pytest.raises(ValueError, match=rf"winners must lie between 1 and 63 \(D − 1\), got {k}"):
            codes.encode(torch.ones(2, 8), P, k)
    generator = torch.Generator()
    for count in (-1, 6):
        with pytest.raises(ValueError, match=f"flipped winners must lie between 0 and 5, got {count}"):
            codes.flip(torch.arange(5), count, 64, generator)
    with pytest.raises(ValueError, match="flipped winners must lie between 0 and 2, got 3"):
        codes.flip(torch.arange(5), 3, 7, generator)  # only 2 units are silent
