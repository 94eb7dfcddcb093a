"""Specifies nuonuo/maths/search.py."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import booleans, integers, lists, sampled_from
from torch.testing import assert_close

from nuonuo.maths.search import BLOCK, PART, Index, best, dots, floor, products, top
from tests.conftest import unit


def some_rows(n, d, kind, seed):
    """Unit rows that spread evenly, lie close together, or lean on one component."""
    x = unit(n, d, seed)
    if kind == "alike":
        x = unit(1, d, seed + 1) + 0.05 * x
    elif kind == "leaning":
        x[:, 0] += torch.arange(n) % 3
    return torch.nn.functional.normalize(x, dim=1)


def unordered(index, query, owner, memories, k):
    ((score, off),) = index.rough(query[None])
    return index.refine(query, score, off, owner, memories, k)


@given(
    n=integers(1, 300),
    d=sampled_from([1, 3, 8, 24, 100]),
    kind=sampled_from(["even", "alike", "leaning"]),
    k=integers(1, 40),
    coded=booleans(),
    seed=integers(0, 1000),
)
def test_a_search_finds_what_a_full_scan_finds(n, d, kind, k, coded, seed):
    index, query = Index.of(some_rows(n, d, kind, seed), coded), unit(1, d, seed + 2)[0]
    assert (index.codes is not None) is coded
    rows = unordered(index, query, None, n, k)
    exact = index.rows @ query
    assert len(set(rows.tolist())) == len(rows) == min(k, n)
    assert_close(exact[rows], exact.sort(descending=True).values[:k], atol=1e-6, rtol=0)


@given(cues=lists(integers(1, 4), min_size=1, max_size=200), k=integers(1, 40), seed=integers(0, 1000))
def test_a_search_finds_memories_by_their_best_cue(cues, k, seed):
    owner = torch.repeat_interleave(torch.arange(len(cues)), torch.tensor(cues))
    index, query = Index.of(unit(len(owner), 8, seed), bool(seed % 2)), unit(1, 8, seed + 1)[0]
    rows = unordered(index, query, owner, len(cues), k)
    exact = index.rows @ query
    expected = sorted((float(exact[owner == m].max()) for m in range(len(cues))), reverse=True)[:k]
    assert len(set(owner[rows].tolist())) == len(rows)
    assert exact[rows].tolist() == pytest.approx(expected, abs=1e-6)


@given(
    n=integers(1, 60),
    d=sampled_from([1, 5, 64]),
    kind=sampled_from(["even", "alike", "leaning"]),
    length=sampled_from([0.0, 1e-6, 1.0, 30.0]),
    seed=integers(0, 1000),
)
def test_no_similarity_is_further_off_than_is_said(n, d, kind, length, seed):
    index, queries = Index.of(some_rows(n, d, kind, seed), bool(seed % 2)), length * unit(3, d, seed + 3)
    for query, (score, off) in zip(queries, index.rough(queries), strict=True):
        assert float((score.double() - index.rows.double() @ query.double()).abs().max()) <= off


def test_the_bound_is_tight_enough_to_leave_few_rows(embeddings):
    index = Index.of(embeddings, True)
    for query in embeddings[:5]:
        ((score, off),) = index.rough(query[None])
        assert off < 0.05
        assert int((score >= score.max() - 2 * off).sum()) < len(embeddings) / 10


@pytest.mark.parametrize("coded", [True, False])
def test_rows_added_and_taken_away_are_searched_as_if_they_had_always_been_there(coded):
    x, query = unit(90, 16, 1), unit(1, 16, 2)[0]
    outlier = torch.eye(16)[:1]  # beyond the levels of the rest
    index = Index.of(x[:50], coded).add(x[50:]).add(outlier)
    kept = torch.arange(91) % 3 != 0
    small = index.keep(kept)
    assert torch.equal(small.rows, torch.cat([x, outlier])[kept])
    assert unordered(small, query, None, len(small.rows), 5).tolist() == (small.rows @ query).topk(5).indices.tolist()
    assert unordered(index, outlier[0], None, 91, 1).tolist() == [90]
    assert index.keep(slice(0)).rows.shape == (0, 16)


@pytest.mark.parametrize(("n", "d"), [(1, 1), (3, 5), (PART - 1, 3), (PART + 1, 3), (2 * PART, 8), (700, 384)])
def test_products_of_codes_are_exact(n, d):
    generator = torch.Generator().manual_seed(n)
    codes = torch.randint(-127, 128, (n, d), generator=generator, dtype=torch.int8)
    queries = torch.randint(-63, 64, (2, d), generator=generator, dtype=torch.int8)
    codes[0], queries[0] = 127, 63  # the largest there are
    made = products(codes, queries)
    assert torch.equal(torch.stack(made).long(), queries.long() @ codes.long().mT)


@given(
    h=integers(1, 4), n=sampled_from([8, 500, 8 * BLOCK, 8 * BLOCK + 1, 3000]), k=integers(1, 8), seed=integers(0, 99)
)
def test_the_largest_few_are_those_of_topk(h, n, k, seed):
    x = torch.randperm(h * n, generator=torch.Generator().manual_seed(seed)).float().view(h, n)
    values, positions = top(x, k)
    assert torch.equal(values, x.topk(k).values)
    assert torch.equal(positions, x.topk(k).indices)


@given(n=integers(1, 1000), k=integers(1, 50), seed=integers(0, 99))
def test_the_floor_lies_at_or_below_the_kth_largest(n, k, seed):
    x = torch.randn(n, generator=torch.Generator().manual_seed(seed))
    k = min(k, n)
    low, kth = float(floor(x, k)), float(x.topk(k).values[-1])
    assert low <= kth
    assert int((x >= low).sum()) <= k + BLOCK


@given(cues=lists(integers(1, 4), min_size=1, max_size=30), k=integers(1, 40), seed=integers(0, 10_000))
def test_a_memory_scores_as_its_best_cue(cues, k, seed):
    owner = np.repeat(np.arange(len(cues)), cues)
    score = np.random.default_rng(seed).permutation(len(owner)).astype(np.float32)
    found = best(torch.from_numpy(score), torch.from_numpy(owner), len(cues), min(k, len(cues)))
    row = [max(np.flatnonzero(owner == m), key=lambda r: score[r]) for m in range(len(cues))]
    assert found.tolist() == [row[m] for m in sorted(range(len(cues)), key=lambda m: -score[row[m]])[:k]]


def test_of_equally_good_cues_the_first_is_named(device):
    owner = torch.tensor([0, 0, 0, 1], device=device)
    assert best(torch.tensor([0.1, 0.9, 0.9, 0.5], device=device), owner, 2, 2).tolist() == [1, 3]


def test_every_owner_order_gives_the_same_memories(device):
    owner, score = torch.tensor([2, 0, 1, 0, 2]), torch.tensor([0.1, 0.2, 0.3, 0.9, 0.5])
    assert best(score.to(device), owner.to(device), 3, 3).tolist() == [3, 4, 2]


@given(d=integers(1, 400), seed=integers(0, 999))
def test_copies_have_equal_products_wherever_they_stand(d, seed):
    rows, query = unit(1, d, seed).expand(37, d).contiguous(), unit(1, d, seed + 1)[0]
    assert len(dots(rows, query).unique()) == 1
    assert_close(dots(unit(9, d, seed), query), unit(9, d, seed) @ query)


@given(n=integers(1, 300), m=integers(0, 40), coded=booleans(), seed=integers(0, 99))
def test_rows_in_place_of_others_are_searched_as_the_rest(n, m, coded, seed):
    old, query = unit(n, 16, seed), unit(1, 16, seed + 1)[0]
    first = seed % n
    new = unit(max(1, min(m, n - first)), 16, seed + 2)
    index = Index.of(old, coded).put(first, first + len(new), new)
    whole = torch.cat([old[:first], new, old[first + len(new) :]])
    assert torch.equal(index.rows, whole)
    ((score, off),) = index.rough(query[None])
    assert float((score - whole @ query).abs().max()) <= off
