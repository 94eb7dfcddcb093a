"""Specifies nuonuo/maths/spreading.py."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import floats, integers
from torch.testing import assert_close

from nuonuo.maths.spreading import Graph, Moments, Standard, attention
from tests.conftest import unit


def random_links(n, m, seed):
    """m links between n memories, sorted by source: positions and weights."""
    random = np.random.default_rng(seed)
    source = np.sort(random.integers(n, size=m))
    to, weight, kind = random.integers(n, size=m), random.uniform(0.1, 3, m), random.integers(5, size=m)
    return (
        torch.from_numpy(source),
        torch.from_numpy(to),
        torch.from_numpy(weight),
        torch.from_numpy(kind.astype(np.int8)),
    )


@given(n=integers(1, 20), m=integers(0, 60), seed=integers(0, 1000))
def test_spreading_is_the_dense_matrix_product(n, m, seed):
    source, to, weight, kind = random_links(n, m, seed)
    L = np.zeros((n, n))
    np.add.at(L, (source.numpy(), to.numpy()), weight.numpy())
    D = L.sum(1)
    P = np.diag(np.divide(1, np.sqrt(D), out=np.zeros(n), where=D > 0)) @ L
    a = np.random.default_rng(seed + 1).uniform(0, 1, (3, n))
    graph = Graph.of(source, to, weight, kind, n)
    np.testing.assert_allclose(graph.spread(torch.from_numpy(a)).numpy(), a @ P, atol=1e-9)
    single = Graph.of(source, to, weight.float(), kind, n).spread(torch.from_numpy(a).float())  # as in a recall
    np.testing.assert_allclose(single.numpy(), a @ P, rtol=1e-6, atol=1e-6)


@given(n=integers(1, 20), m=integers(0, 60), seed=integers(0, 1000))
def test_the_links_of_some_senders_are_theirs_and_all_of_theirs(n, m, seed):
    graph = Graph.of(*random_links(n, m, seed), n)
    senders = torch.randperm(n, generator=torch.Generator().manual_seed(seed))[: 1 + seed % n]
    which, edges = graph.of_senders(senders)
    assert torch.equal(graph.source[edges], senders[which])
    assert len(edges) == int(torch.isin(graph.source, senders).sum()) == len(edges.unique())
    assert graph.nbytes == sum(t.numel() * t.element_size() for t in vars(graph).values())
    assert len(graph) == m


def test_a_hub_gives_each_of_its_links_less_but_more_in_all():
    one = Graph.of(*(torch.tensor(x) for x in ([0], [1], [1.0])), torch.zeros(1, dtype=torch.int8), 5)
    hub = Graph.of(torch.zeros(4, dtype=torch.long), torch.arange(1, 5), torch.ones(4), torch.zeros(4).char(), 5)
    assert one.weight.tolist() == [1.0]
    assert hub.weight.tolist() == [0.5] * 4


@given(n=integers(1, 40), seed=integers(0, 1000))
def test_the_moments_give_mean_and_deviation_of_all_products(n, seed):
    rows, queries = unit(n, 8, seed), unit(3, 8, seed + 1)
    mean, sd = Moments.of(rows).standards(queries)
    products = queries @ rows.mT
    assert_close(mean, products.mean(1), atol=1e-5, rtol=1e-4)
    assert_close(sd, products.std(1, unbiased=False), atol=1e-3, rtol=1e-3)


@given(d=integers(2, 40), apart=floats(1e-4, 1.0), seed=integers(0, 1000))
def test_the_deviation_of_two_rows_that_are_all_but_equal_is_exact(d, apart, seed):
    rows = torch.nn.functional.normalize(unit(1, d, seed) + apart * unit(2, d, seed + 1), dim=1)
    queries = unit(3, d, seed + 2)
    expected = (queries.double() @ rows.double().mT).std(1, unbiased=False)
    assert_close(Moments.of(rows).standards(queries)[1].double(), expected, rtol=1e-5, atol=1e-7)


@given(n=integers(1, 40), gone=integers(0, 10), came=integers(0, 10), seed=integers(0, 1000))
def test_moments_follow_what_comes_and_goes(n, gone, came, seed):
    rows, new = unit(n, 8, seed), unit(came, 8, seed + 1) if came else torch.empty(0, 8)
    gone = min(gone, n)
    then = Moments.of(rows).changed(rows[:gone], new)
    fresh = Moments.of(torch.cat([rows[gone:], new]))
    assert then.n == fresh.n
    assert_close(then.mean, fresh.mean, atol=1e-7, rtol=0)
    assert_close(then.covariance, fresh.covariance, atol=1e-7, rtol=0)


def test_the_moments_of_many_rows_are_those_of_double_precision():
    rows = unit(20_000, 8, 0)
    assert_close(Moments.of(rows).covariance.float(), rows.double().T.cov(correction=0).float(), atol=1e-6, rtol=1e-5)


def test_what_does_not_vary_has_z_0():
    assert Standard(0.5, 0.0)(torch.tensor([0.5, 0.5])).tolist() == [0.0, 0.0]
    assert Standard(1.0, 2.0)(torch.tensor([3.0, 1.0])).tolist() == [1.0, 0.0]


@given(beta=floats(0.01, 20), seed=integers(0, 1000))
def test_what_is_sent_is_the_softmax_but_for_its_denominator(beta, seed):
    s = 3 * unit(1, 8, seed)[0]
    a = attention(s, beta)
    assert float(a.max()) == pytest.approx(1.0)
    assert_close(a / a.sum(), torch.softmax(beta * s, 0))
