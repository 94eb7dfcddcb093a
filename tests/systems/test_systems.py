"""Specifies nuonuo/systems: each system beside a dense matrix, or beside attention as PyTorch computes it."""

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers, sampled_from
from torch.nn.functional import one_hot, scaled_dot_product_attention
from torch.testing import assert_close

from nuonuo import Memory
from nuonuo.maths.association import power, winner
from nuonuo.maths.codes import wta
from nuonuo.memory.records import record
from nuonuo.systems import attractor, recurrent, two_stage, wta_hopfield
from nuonuo.systems.attractor import Attractor
from nuonuo.systems.coded import Coded, Coder
from nuonuo.systems.hebbian import Hebbian
from nuonuo.systems.lineup import NEAREST, lineup
from nuonuo.systems.modern import ModernHopfield, Nearest
from nuonuo.systems.recurrent import Recurrent
from nuonuo.systems.two_stage import NuoNuo, TwoStage
from nuonuo.systems.wta_hopfield import WtaHopfield
from tests.conftest import unit

D, K = 400, 12
NAMES = list(lineup(Coder(8)))


def learnt(make, n=30, d=24, seed=0):
    """A system over small codes that has learnt n random pairs, with them and a noisy query."""
    coder = Coder(d, seed, D, K)
    system, cues, targets = make(coder), unit(n, d, seed), unit(n, d, seed + 1)
    system.learn(cues, targets)
    query = torch.nn.functional.normalize(cues[seed % n] + 0.15 * unit(1, d, seed + 2)[0], dim=0)
    return system, coder, cues, targets, query


def binary(codes):
    """Codes (n, k) as dense rows (n, D)."""
    return one_hot(codes.long(), D).sum(1).float()


def dense(coder, rows, columns):
    """W = Σ row_i column_iᵀ, built in full."""
    return binary(coder(rows)).T @ binary(coder(columns))


def step(W, code):
    """WTA(W code)."""
    return wta(W @ binary(code[None])[0], K)


@given(seed=integers(0, 300))
def test_flat_hebbian_is_a_dense_w(seed):
    system, coder, cues, targets, query = learnt(Hebbian, seed=seed)
    expected = step(dense(coder, targets, cues), coder(query[None])[0])
    answer = system.recall(query)
    assert torch.equal(answer.output, expected)
    assert_close(answer.scores, binary(coder(targets)) @ binary(expected[None])[0] / K)


@given(n=sampled_from([2.0, 3.0, 5.0]), seed=integers(0, 300))
def test_a_dense_associative_memory_is_its_sum_over_all_patterns(n, seed):
    system, coder, cues, targets, query = learnt(lambda c: Hebbian(c, power(n)), seed=seed)
    overlap = binary(coder(cues)) @ binary(coder(query[None]))[0] / K
    assert torch.equal(system.recall(query).output, wta((overlap**n) @ binary(coder(targets)), K))


@given(seed=integers(0, 200))
def test_the_attractor_is_a_dense_auto_matrix_run_to_its_fixed_point(seed):
    system, coder, cues, targets, query = learnt(Attractor, seed=seed)
    code, A = coder(query[None])[0], dense(coder, cues, cues)
    for _ in range(attractor.MOST):
        before, code = code, step(A, code)
        if torch.equal(before, code):
            break
    assert torch.equal(system.recall(query).output, step(dense(coder, targets, cues), code))


@given(inhibition=sampled_from([0.0, 0.1, 0.5, 1.0]), seed=integers(0, 200))
def test_the_recurrent_network_is_a_dense_matrix_with_a_threshold(inhibition, seed):
    system, coder, cues, targets, query = learnt(lambda c: Recurrent(c, inhibition), seed=seed)
    M = binary(coder(targets)) + recurrent.OWN * binary(coder(cues))
    code = coder(query[None])[0]
    for _ in range(recurrent.STEPS):
        drive = M.T @ (M @ binary(code[None])[0])
        assert_close(
            system.store.hetero.scores(M @ binary(code[None])[0])[:3],
            (binary(coder(targets)).T @ (M @ binary(code[None])[0]))[:3],
        )
        after = system.update(code)
        assert len(after) <= K
        assert drive[after.long()].min() >= inhibition * drive.topk(K).values.mean() - 1e-3
        assert_close(drive[after.long()].sort().values, drive.topk(K).values[: len(after)].sort().values)
        code = after


@given(beta=sampled_from([0.2, 1.0, 8.0]), seed=integers(0, 200))
def test_wta_hopfield_is_attention_over_codes_cut_back_to_winners(beta, seed):
    system, coder, cues, targets, query = learnt(lambda c: WtaHopfield(c, beta), seed=seed)
    C, T, code = binary(coder(cues)), binary(coder(targets)), coder(query[None])[0]
    for _ in range(wta_hopfield.STEPS):
        attended = scaled_dot_product_attention(binary(code[None]), C, C, scale=beta)[0]
        code = system.store.auto.hop(code, system.phi).code
        assert_close(attended[code.long()].sum(), attended.topk(K).values.sum(), atol=1e-4, rtol=1e-4)
    attended = scaled_dot_product_attention(binary(code[None]), C, T, scale=beta)[0]
    out = system.recall(query).output
    assert_close(attended[out.long()].sum(), attended.topk(K).values.sum(), atol=1e-4, rtol=1e-4)


@given(beta=sampled_from([1.0, 8.0, 32.0]), seed=integers(0, 200))
def test_modern_hopfield_is_attention_over_embeddings(beta, seed):
    system, _, cues, targets, query = learnt(lambda c: ModernHopfield(c.d, beta), seed=seed)
    state = query
    for _ in range(2):
        state = scaled_dot_product_attention(state[None], cues, cues, scale=beta)[0]
    expected = scaled_dot_product_attention(state[None], cues, targets, scale=beta)[0]
    assert_close(system.recall(query).output, expected, atol=1e-5, rtol=1e-5)


@given(seed=integers(0, 200))
def test_two_stages_over_few_memories_are_one(seed):
    few = {"n": two_stage.K, "seed": seed}
    narrow, _, _, _, query = learnt(lambda c: TwoStage(c.d, 8.0), **few)
    wide = learnt(lambda c: ModernHopfield(c.d, 8.0), **few)[0]
    assert_close(narrow.recall(query).scores, wide.recall(query).scores, atol=1e-5, rtol=1e-4)


@given(seed=integers(0, 200))
def test_the_winner_separation_is_the_nearest_code(seed):
    system, coder, cues, _, query = learnt(lambda c: Hebbian(c, winner()), seed=seed)
    overlap = binary(coder(cues)) @ binary(coder(query[None]))[0]
    assert float(overlap[system.recall(query).memory]) == float(overlap.max())


def test_nuonuo_answers_as_the_engine_does():
    system, _, cues, targets, query = learnt(lambda c: NuoNuo(c.d))
    memory = Memory(None, dimension=24)
    memory.add_many([record(str(i), str(i), (), *pair) for i, pair in enumerate(zip(cues, targets, strict=True))])
    trace = memory.recall(query)
    assert system.recall(query).memory == int(trace.answer.target)
    assert float(system.recall(query).scores.sum()) == pytest.approx(1, abs=1e-5)


def test_at_full_size_linear_links_are_w_bit_for_bit():
    coder = Coder(24)
    system, cues, targets = Hebbian(coder), unit(12, 24, 1), unit(12, 24, 2)
    system.learn(cues, targets)
    W = torch.zeros(coder.units, coder.units)
    for c, t in zip(coder(cues).long(), coder(targets).long(), strict=True):
        W[t[:, None], c] += 1
    for query in unit(5, 24, 3):
        code = coder(query[None])[0].long()
        assert torch.equal(system.recall(query).output, wta(W[:, code].sum(1), coder.winners))


@pytest.mark.parametrize("name", NAMES)
def test_every_system_recalls_what_it_learnt_one_by_one_or_at_once(name):
    cues, targets = unit(6, 40, 5), unit(6, 40, 6)
    at_once, one_by_one = (lineup(Coder(40))[name]() for _ in range(2))
    at_once.learn(cues, targets)
    for cue, target in zip(cues, targets, strict=True):
        one_by_one.learn(cue, target)
    for i, cue in enumerate(cues):
        answer = at_once.recall(cue)
        assert answer.memory == i
        assert answer.scores.shape == (6,)
        assert answer.steps >= 1
        assert_close(one_by_one.recall(cue).scores, answer.scores, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_every_system_refuses_what_it_cannot_take(name):
    system = lineup(Coder(8))[name]()
    with pytest.raises(ValueError, match=r"nothing (has been learnt|is stored)"):
        system.recall(unit(1, 8, 0)[0])
    with pytest.raises(ValueError, match="cue and target must be as many, got 3 and 2"):
        system.learn(unit(3, 8, 0), unit(2, 8, 1))
    with pytest.raises(
        ValueError,
        match=r"(embeddings must have 8 columns|embedding of memory 1 must have shape \(1, 8\)|must have shape)",
    ):
        system.learn(unit(2, 9, 0), unit(2, 9, 1))
    system.learn(unit(2, 8, 0), unit(2, 8, 1))
    with pytest.raises(ValueError, match=r"(must have 8 columns|must have shape \(8,\))"):
        system.recall(unit(1, 9, 0)[0])


def test_nearest_neighbour_is_the_largest_cosine():
    system, _, cues, targets, query = learnt(lambda c: Nearest(c.d))
    assert_close(system.recall(query).scores, cues @ query)
    assert torch.equal(system.recall(query).output, targets[(cues @ query).argmax()])
    assert NEAREST in NAMES


def test_inhibition_beyond_its_range_is_refused():
    with pytest.raises(ValueError, match="inhibition must lie between 0 and 1, got 2"):
        Recurrent(Coder(4), 2)


def test_a_coder_codes_nothing_twice(monkeypatch):
    from nuonuo.systems import coded

    coder, x, seen = Coder(8, 1), unit(5, 8, 1), []
    first = coder(x)
    encode = coded.codes.encode
    monkeypatch.setattr(coded.codes, "encode", lambda rows, *rest: seen.append(len(rows)) or encode(rows, *rest))
    assert torch.equal(coder(x[[3, 1, 3]]), first[[3, 1, 3]])
    assert seen == []
    more = torch.cat([x[:2], unit(2, 8, 2)])
    assert torch.equal(coder(more), Coder(8, 1)(more))
    assert seen == [2, 4]


def test_links_are_made_again_after_learning():
    store = Coded(Coder(8))
    store.learn(unit(1, 8, 1)[0], unit(1, 8, 2)[0])
    assert len(store.hetero) == 1
    store.learn(unit(2, 8, 3), unit(2, 8, 4))
    assert len(store.hetero) == len(store.auto) == 3
