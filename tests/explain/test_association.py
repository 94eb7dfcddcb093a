"""Specifies nuonuo/explain/hops/association.py."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers, sampled_from

from nuonuo.explain.hops.association import Store, by_codes, correlation, received
from nuonuo.maths.association import identity, power
from nuonuo.maths.hebbian import Links
from nuonuo.maths.spreading import Graph
from nuonuo.memory.joining import Relation
from tests.conftest import items, unit

K, UNITS = 5, 400


def stored(n, m, seed, disjoint):
    """n memories with m random links; codes that share no unit, or share many."""
    random = np.random.default_rng(seed)
    pairs = np.unique(random.integers(0, n, (m, 2)), axis=0)
    source, to = (torch.from_numpy(column) for column in pairs.T.copy())
    weight = torch.from_numpy(random.uniform(0.1, 2, len(pairs)).astype(np.float32))
    graph = Graph.of(source, to, weight, torch.zeros(len(pairs), dtype=torch.int8), n)
    units = np.stack([random.permutation(12)[:K] for _ in range(n)]) if not disjoint else np.arange(n * K).reshape(n, K)
    codes = torch.from_numpy(units).int().sort(dim=1).values
    return Store(codes, Links(codes[source], codes[to], UNITS), graph), torch.from_numpy(random.random(n)).float()


@given(integers(1, 60), integers(1, 90), integers(0, 10**6), sampled_from([identity(), power(3)]))
def test_codes_that_share_no_unit_bring_exactly_what_the_product_does(n, m, seed, phi):
    store, a = stored(n, m, seed, disjoint=True)
    torch.testing.assert_close(received(store, a, phi), store.graph.spread(a[None])[0], rtol=1e-4, atol=1e-5)


@given(integers(1, 30), integers(1, 60), integers(0, 10**6), sampled_from([identity(), power(3)]))
def test_codes_that_share_units_bring_what_dense_matrices_do(n, m, seed, phi):
    store, a = stored(n, m, seed, disjoint=False)
    C = np.zeros((n, UNITS))
    np.put_along_axis(C, store.codes.long().numpy(), 1.0, 1)
    source, to, P = (x.numpy() for x in (store.graph.source, store.graph.to, store.graph.weight))
    alike = phi(torch.from_numpy(C[source] @ C.T / K)).numpy()  # (m, n)
    y = (P * (alike @ a.numpy())) @ C[to]
    np.testing.assert_allclose(received(store, a, phi).numpy(), C @ y / K, rtol=1e-4, atol=1e-4)


def test_hebbs_matrix_sends_the_sum_of_the_senders_codes():
    store, a = stored(20, 40, 3, disjoint=False)
    C = np.zeros((20, UNITS))
    np.put_along_axis(C, store.codes.long().numpy(), 1.0, 1)
    W = (C[store.graph.to] * store.graph.weight.numpy()[:, None]).T @ C[store.graph.source] / K  # Σ P c_to c_sourceᵀ
    np.testing.assert_allclose(received(store, a, identity()).numpy(), C @ W @ (C.T @ a.numpy()) / K, rtol=1e-4)


@pytest.mark.parametrize("whitened", [True, False])
def test_on_real_passages_the_exact_side_is_what_the_recall_was_ranked_by(island, whitened):
    trace = island.recall("How did the composer of The Salt Hymns earn her living?", whitened=whitened, k=92)
    brought = by_codes(island.bank, trace)
    exact = dict(zip(brought.ids, brought.exact.tolist(), strict=True))
    assert exact
    for c in trace.candidates:
        assert c.association == pytest.approx(exact.get(c.id, 0.0), abs=1e-4)
    assert brought.separation == "power 3"


def test_on_real_passages_whitened_codes_keep_the_association(island):
    trace = island.recall("How did the composer of The Salt Hymns earn her living?")
    sharp, linear = by_codes(island.bank, trace), by_codes(island.bank, trace, identity())
    assert sharp.correlation > 0.98
    assert linear.correlation < sharp.correlation
    first = sharp.ids[int(sharp.by_codes.argmax())]
    assert first == sharp.ids[int(sharp.exact.argmax())]


def test_a_bank_without_such_links_is_refused(vectors):
    memory = vectors()
    memory.add_many(items(6))
    trace = memory.recall(unit(1, 8)[0])
    with pytest.raises(ValueError, match="the bank must have a link that the recall may use, of sequence, mention"):
        by_codes(memory.bank, trace)
    trace = memory.recall(unit(1, 8)[0], relations=())
    with pytest.raises(ValueError, match="the bank must have a link that the recall may use, of no kind"):
        by_codes(memory.bank, trace)


def test_the_links_are_those_of_the_relations_that_the_recall_may_use(island):
    trace = island.recall("Who painted The Drowned Orchard?", relations=(Relation.MENTION,))
    assert by_codes(island.bank, trace).ids
    trace = island.recall("Who painted The Drowned Orchard?", relations=(Relation.SEQUENCE,))
    with pytest.raises(ValueError, match="of sequence"):
        by_codes(island.bank, trace)


def test_correlation_is_numpys():
    x, y = torch.randn(30, generator=torch.Generator().manual_seed(1)), torch.arange(30.0)
    assert correlation(x, y) == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert correlation(x, 0 * y) is None
