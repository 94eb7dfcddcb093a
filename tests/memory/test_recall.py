"""Specifies nuonuo/memory/recall.py: two-stage recall against a reference written in numpy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import floats, integers

from nuonuo import Memory, Noise, identity, power, softmax
from nuonuo.maths.theory import effective_number
from nuonuo.memory.records import record
from tests.conftest import unit


def reference(memory, query, k, beta, steps):
    """The same recall by brute force: ids best first, their weights, the settled state, plain cosine's answer."""
    rows = list(memory)
    X = np.concatenate([r.cue_embeddings for r in rows]).astype(np.float64)
    owner = np.repeat([r.id for r in rows], [len(r.cues) for r in rows])
    n, d = X.shape
    w = memory.bank.whitening
    assert w.n == n  # the fit is due here, so the reference may fit for itself
    rho = (d / (n + d)) ** 2
    mean, matrix = np.zeros(d), np.eye(d)
    if n > 1:
        S = np.cov(X.T, bias=True)
        scale = np.trace(S) / d
        values, vectors = np.linalg.eigh(((1 - rho) * S + (rho + 0.1) * scale * np.eye(d)) / scale)
        mean, matrix = (1 - rho) * X.mean(0), vectors @ np.diag(values**-0.25) @ vectors.T

    def key(x):
        y = (x - mean) @ matrix
        return y / np.linalg.norm(y, axis=-1, keepdims=True)

    keys, probe = key(X), key(query)
    score = keys @ probe
    best = {i: max(np.flatnonzero(owner == i), key=lambda r: score[r]) for i in set(owner.tolist())}
    ids = sorted(best, key=lambda i: -score[best[i]])[:k]
    C = keys[[best[i] for i in ids]]
    xi, first = probe, None
    for _ in range(steps):
        p = np.exp(beta * (C @ xi) - (beta * (C @ xi)).max())
        p /= p.sum()
        first = p if first is None else first
        xi = p @ C
    return ids, first, xi, owner[(X @ query).argmax()]


@given(
    seed=integers(0, 10_000),
    n=integers(1, 12),
    k=integers(1, 15),
    beta=floats(0.5, 60),
    steps=integers(1, 4),
)
def test_a_recall_is_what_brute_force_finds(seed, n, k, beta, steps):
    memory = Memory(dimension=8)
    counts = np.random.default_rng(seed).integers(1, 4, n)
    vectors = np.split(unit(counts.sum() + 1, 8, seed).numpy(), [*np.cumsum(counts)])
    memory.add_many([record(f"c{i}", f"t{i}", ["x"] * (len(v) - 1), v) for i, v in enumerate(vectors[:-1])])
    trace = memory.recall(vectors[-1][0], k=k, beta=beta, steps=steps)
    ids, weights, state, nearest = reference(memory, vectors[-1][0].astype(np.float64), k, beta, steps)
    assert [c.id for c in trace.candidates] == ids
    np.testing.assert_allclose([c.weight for c in trace.candidates], weights, atol=2e-4)
    np.testing.assert_allclose(trace.xi[-1], state, atol=2e-4)
    assert trace.nearest.id == nearest
    memory.close()


def test_a_recall_of_real_text_is_what_brute_force_finds(encoder, sample):
    memory = Memory(encoder=encoder)
    facts = sample("facts")[:75]
    memory.add_many([record(f["cue"], f["target"], f["cues"]) for f in facts])
    queries = [q for f in facts[:20] for q in f["queries"]]
    encoder.encode(queries)  # in one batch: faster
    for query in queries:
        trace = memory.recall(query, words=0)
        x = encoder.encode([query])[0].cpu().double().numpy()
        ids, weights, state, nearest = reference(memory, x, 20, 32.0, 3)
        assert [c.id for c in trace.candidates] == ids
        np.testing.assert_allclose([c.weight for c in trace.candidates], weights, atol=1e-4)
        np.testing.assert_allclose(trace.xi[-1].cpu(), state, atol=1e-4)
        assert trace.nearest.id == nearest
    memory.close()


def test_without_whitening_the_answer_is_plain_cosines(encoder, sample):
    memory = Memory(encoder=encoder, exponent=0, centre=False)
    memory.add_many([record(row["cue"], row["target"]) for row in sample("confusable")])
    queries = [q for row in sample("confusable") for q in row["queries"]]
    encoder.encode(queries)  # in one batch: faster
    for query in queries:
        trace = memory.recall(query, words=0)
        assert trace.answer.id == trace.nearest.id
        assert trace.answer.similarity == pytest.approx(trace.answer.cosine, abs=1e-6)
    memory.close()


def test_every_intermediate_is_in_the_trace(stories):
    trace = stories.recall("Which package came with the mail boat?", k=7, beta=20, steps=4, hops=2)
    assert (trace.xi.shape, trace.p.shape, trace.energy.shape) == ((5, 384), (4, 7), (5,))
    assert (trace.X.shape, trace.similarity.shape, len(trace.candidates)) == ((7, 384), (7,), 7)
    assert torch.equal(trace.xi[0], trace.key)
    assert (trace.energy.diff() <= 1e-5).all()
    totals = [c.total for c in trace.candidates[1:]]
    assert totals == sorted(totals, reverse=True)
    assert trace.attended.weight == max(c.weight for c in trace.candidates)
    assert trace.p[0].tolist() == [c.weight for c in trace.candidates]
    torch.testing.assert_close(trace.X @ trace.key, trace.similarity)
    assert set(trace.milliseconds) == {"encode", "candidates", "settle", "hops"}
    assert all(ms >= 0 for ms in trace.milliseconds.values())
    assert trace.bank.memories == trace.bank.cues == len(stories)
    assert trace.code.shape == (50,)
    assert 1 <= effective_number(trace.p[0]) <= 7


def test_settling_steps_do_not_change_the_ranking(stories):
    once, often = (stories.recall("What fell out of the clock?", steps=s) for s in (1, 8))
    assert once.candidates == often.candidates


def test_noise_is_reproduced_by_its_seed(stories):
    noise = Noise(sigma=1.0, drop=0.2, swap=0.2, flip=10, seed=4)
    one, two = (stories.recall("What fell out of the grandfather clock?", noise=noise, hops=2) for _ in range(2))
    for name in ("noisy_query", "candidates", "hops"):
        assert getattr(one, name) == getattr(two, name)
    for name in ("embedding", "probe", "key", "xi", "p", "code"):
        assert torch.equal(getattr(one, name), getattr(two, name))
    other = stories.recall("What fell out of the grandfather clock?", noise=Noise(sigma=1.0, seed=5))
    assert not torch.equal(one.probe, other.probe)
    assert one.query == other.noisy_query == "What fell out of the grandfather clock?"


def test_noise_in_the_code_moves_that_many_winners(stories):
    clean, noisy = (stories.recall("The clock", hops=1, noise=Noise(flip=n)) for n in (0, 12))
    assert len(set(clean.code.tolist()) & set(noisy.code.tolist())) == 38


@pytest.mark.parametrize("separation", ["power", identity(), power(3), softmax(8)])
def test_hops_follow_the_story(stories, sample, separation):
    by_story = {}
    for row in sample("stories"):
        by_story.setdefault(row["story"], []).append(row)
    assert len(by_story) >= 8
    for rows in by_story.values():
        assert len(rows) >= 6
        trace = stories.chain(rows[0]["cue"], hops=len(rows), separation=separation)
        assert [hop.target for hop in trace.hops] == [row["target"] for row in rows]
        assert all(hop.cosine > 0.95 for hop in trace.hops)
        assert all(hop.margin > 0 and hop.runner_up != hop.id for hop in trace.hops)
        assert trace.stop == f"all {len(rows)} hops done"


def test_hops_end_where_the_story_ends(stories, sample):
    last = [row for row in sample("stories") if row["story"] == sample("stories")[0]["story"]][-1]
    trace = stories.chain(last["cue"], hops=5)
    assert [hop.target for hop in trace.hops] == [last["target"]]
    assert trace.stop.startswith(("end of chain", "confidence"))


def test_without_hops_no_code_is_made(stories):
    trace = stories.recall("anything at all")
    assert (trace.code, trace.code_margin, trace.hops, trace.stop) == (None, None, (), None)
    assert "hops" not in trace.milliseconds


def test_a_recall_stays_on_its_device(device):
    memory = Memory(dimension=8, device=device)
    memory.add_many([record(f"c{i}", f"t{i}", (), x) for i, x in enumerate(unit(30, 8))])
    trace = memory.recall(unit(1, 8, 3)[0], hops=2)
    for tensor in (trace.key, trace.X, trace.xi, trace.p, trace.energy, trace.code, memory.bank.keys, memory.bank.T):
        assert tensor.device.type == device
    memory.close()
