"""Specifies nuonuo/maths/hebbian.py."""

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import floats, integers, lists, sampled_from
from torch.testing import assert_close

from nuonuo.maths.association import Separation, identity, power, softmax, winner
from nuonuo.maths.codes import wta
from nuonuo.maths.hebbian import Links

STRONG = 64


def random_codes(n, k, units, seed):
    """n random codes."""
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randperm(units, generator=generator)[:k].sort().values for _ in range(n)]).int()


def binary(codes, units):
    """Codes as rows of 0 and 1."""
    return torch.zeros(len(codes), units).scatter_(1, codes.long().cpu(), 1)


def chain_links(n, k=50, units=16_384, seed=0):
    """Links from each of n random codes to the next."""
    codes = random_codes(n, k, units, seed)
    return codes, Links(codes[:-1], codes[1:], units)


@given(L=integers(1, 120), k=integers(1, 12), units=sampled_from([24, 40, 300]), seed=integers(0, 10_000))
def test_linear_links_are_hebbs_dense_w_bit_for_bit(L, k, units, seed):
    cues, targets = random_codes(L, k, units, seed), random_codes(L, k, units, seed + 1)
    W = binary(targets, units).T @ binary(cues, units)
    code = random_codes(1, k, units, seed + 2)[0]
    assert torch.equal(Links(cues, targets, units).hop(code, identity()).code, wta(W @ binary(code[None], units)[0], k))


def test_linear_links_are_hebbs_dense_w_at_full_size(device):
    k, units = 50, 16_384
    cues, targets = random_codes(12, k, units, 1), random_codes(12, k, units, 2)
    W = torch.zeros(units, units)
    for cue, target in zip(cues.long(), targets.long(), strict=True):
        W[target[:, None], cue] += 1
    links = Links(cues.to(device), targets.to(device), units)
    mixed = torch.cat([cues[3][:20], cues[7][20:]]).unique()
    others = torch.arange(units)[~torch.isin(torch.arange(units), mixed)][: k - len(mixed)].int()
    for code in (cues[0], targets[0], torch.cat([mixed, others]).sort().values):
        expected = wta(W @ binary(code[None], units)[0], k)
        assert torch.equal(links.hop(code.to(device), identity()).code.cpu(), expected)


def test_linear_links_break_ties_as_w_does_at_fifty_winners():
    """1/50 + 2/50 is not 3/50 in floating point, 1 + 2 is 3."""
    for seed in range(40):
        cues, targets = random_codes(90, 50, 80, seed), random_codes(90, 50, 80, seed + 1000)
        W = binary(targets, 80).T @ binary(cues, 80)
        code = random_codes(1, 50, 80, seed + 2000)[0]
        assert torch.equal(Links(cues, targets, 80).hop(code, identity()).code, wta(W @ binary(code[None], 80)[0], 50))


@given(
    L=integers(1, 100),
    seed=integers(0, 10_000),
    separation=sampled_from([identity(), power(1.5), power(3), softmax(0.5), softmax(20), winner()]),
)
def test_scores_are_the_separated_overlaps_over_all_links(L, seed, separation):
    cues, targets = random_codes(L, 5, 60, seed), random_codes(L, 5, 60, seed + 1)
    code = random_codes(1, 5, 60, seed + 2)[0]
    links = Links(cues, targets, 60)
    overlap = torch.tensor([len(set(code.tolist()) & set(cue.tolist())) / 5 for cue in cues])
    assert torch.equal(links.cue_overlap(code), overlap)
    expected = (separation(overlap)[:, None] * binary(targets, 60)).sum(0)  # links of overlap 0 vote too
    assert_close(links.scores(separation(overlap)), expected, atol=1e-5, rtol=1e-5)


@given(
    L=integers(1, 250),
    seed=integers(0, 10_000),
    values=lists(sampled_from([-1.0, 0.0, 0.0, 0.1, 0.3, 0.7, 1.0, 1e3]), min_size=1, max_size=8),
)
def test_pruned_winners_are_those_of_all_links_in_spite_of_ties(L, seed, values):
    links = Links(random_codes(L, 4, 50, seed), random_codes(L, 4, 50, seed + 1), 50)
    generator = torch.Generator().manual_seed(seed)
    weights = torch.tensor(values)[torch.randint(len(values), (L,), generator=generator)]
    assert torch.equal(links.winners(weights), wta(links.scores(weights), 4))


@given(L=integers(2, 250), seed=integers(0, 10_000), n=floats(1, 12), code_seed=integers(0, 99))
def test_pruned_winners_are_those_of_all_links_for_peaked_weights(L, seed, n, code_seed):
    links = Links(random_codes(L, 10, 400, seed), random_codes(L, 10, 400, seed + 1), 400)
    for separation in (power(n), softmax(10 * n)):
        weights = separation(links.cue_overlap(links.cues[code_seed % L]))
        assert torch.equal(links.winners(weights), wta(links.scores(weights), 10))


@given(many=integers(1, 30), each=floats(0, 1), base=sampled_from([-0.2, 0.0, 0.1]), spread=integers(0, 3))
def test_weak_links_together_outvote_a_strong_one(many, each, base, spread):
    strong, crowd = torch.arange(4)[None], torch.arange(8, 12)[None]
    aside = torch.arange(16, 20)[None].expand(spread, -1)  # their weight is the least
    targets = torch.cat([strong, crowd.expand(many, -1), aside]).int()
    weights = torch.tensor([1.0 + base, *[each + base] * many, *[base] * spread])
    links = Links(targets, targets, 24)
    assert torch.equal(links.winners(weights), wta(links.scores(weights), 4))
    if abs(1 + base - many * (each + base)) > 1e-3 and base >= 0:
        expected = strong if 1 + base > many * (each + base) else crowd
        assert links.winners(weights).tolist() == expected[0].tolist()


@pytest.mark.parametrize("separation", [identity(), power(3), softmax(8)])
def test_six_hops_over_random_codes_are_perfect(separation, device):
    codes = random_codes(400, 50, 16_384, 0).to(device)
    links = Links(codes[:-1], codes[1:], 16_384)
    chain = links.chain(codes[10], 6, separation)
    assert [hop.link for hop in chain.hops] == [10, 11, 12, 13, 14, 15]
    assert [hop.cosine for hop in chain.hops] == [1.0] * 6
    assert [hop.confidence for hop in chain.hops] == [1.0] * 6
    assert torch.equal(chain.hops[-1].code, codes[16])
    assert chain.stop == "all 6 hops done"


def test_a_chain_stops_at_its_end():
    codes, links = chain_links(5)
    chain = links.chain(codes[2], 6, power(3))
    assert len(chain.hops) == 2
    assert chain.stop == "end of chain: no stored cue resembles hop 3's input"


def test_a_chain_stops_where_confidence_is_low():
    codes, links = chain_links(5)
    blurred = torch.cat([codes[0][:10], random_codes(1, 50, 16_384, 9)[0][:40]]).unique()
    chain = links.chain(blurred, 6, power(3))
    assert chain.hops == ()
    assert chain.stop == "confidence 0.20 at hop 1 is below the threshold 0.3"
    assert len(links.chain(blurred, 6, power(3), threshold=0.15).hops) == 4


def test_a_chain_stops_at_a_loop():
    codes = random_codes(3, 50, 16_384, 0)
    links = Links(codes, codes.roll(-1, 0), 16_384)
    chain = links.chain(codes[0], 10, power(3))
    assert [hop.link for hop in chain.hops] == [0, 1, 2, 0]
    assert chain.stop == "loop: hop 4 came back to a memory already recalled"


@pytest.mark.parametrize("twins", [2, 7, 8, 9, 40])
def test_the_runner_up_is_the_nearest_link_with_another_target(twins, device):
    cues, target = random_codes(twins + 1, 50, 16_384, 0), random_codes(1, 50, 16_384, 1)
    rival = torch.cat([target[0][:30], random_codes(1, 50, 16_384, 2)[0][:20]])[None]
    links = Links(cues.to(device), torch.cat([target.expand(twins, -1), rival]).to(device), 16_384)
    hop = links.hop(cues[0].to(device), power(3))
    assert hop.cosine == 1.0
    assert hop.runner_up == twins
    assert hop.runner_up_cosine == pytest.approx(0.6, abs=0.021)


def test_without_another_target_there_is_no_runner_up():
    codes, target = random_codes(3, 5, 60, 0), random_codes(1, 5, 60, 1)
    hop = Links(codes, target.expand(3, -1), 60).hop(codes[0], power(3))
    assert (hop.runner_up, hop.runner_up_cosine) == (None, 0.0)


def test_nbytes_counts_every_tensor_held():
    _, links = chain_links(101)

    def held(thing):
        if isinstance(thing, torch.Tensor):
            return thing.numel() * thing.element_size()
        return sum(held(v) for v in vars(thing).values()) if hasattr(thing, "__dict__") else 0

    assert links.nbytes == held(links)
    assert len(links) == 100


def test_a_link_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"cues and targets must share a shape \(L, k\), got \(2, 3\), \(3, 3\)"):
        Links(torch.zeros(2, 3, dtype=torch.int32), torch.zeros(3, 3, dtype=torch.int32), 9)
    for unit in (-1, 9):
        with pytest.raises(ValueError, match="code units must lie between 0 and 8"):
            Links(torch.tensor([[0, unit]]), torch.tensor([[0, 1]]), 9)


def test_a_chain_that_cannot_begin_says_why():
    codes, links = chain_links(4)
    empty = Links(codes[:0], codes[:0], 16_384)
    with pytest.raises(ValueError, match="hops must be >= 1, got 0"):
        links.chain(codes[0], 0, power(3))
    with pytest.raises(ValueError, match="nothing is linked: add memories before hopping"):
        empty.chain(codes[0], 3, power(3))
    for floor, threshold in ((0.4, 0.3), (-0.1, 0.3), (0.1, 1.2)):
        with pytest.raises(ValueError, match="floor and threshold must satisfy 0 <= floor <= threshold <= 1, got"):
            links.chain(codes[0], 3, power(3), threshold=threshold, floor=floor)


def test_a_custom_separation_gets_cosines():
    seen = []
    links = Links(torch.tensor([[0, 1, 2, 3]]), torch.tensor([[4, 5, 6, 7]]), 9)
    links.hop(torch.tensor([0, 1, 8, 7]), Separation("mine", "s", lambda s: seen.append(s) or s))
    assert seen[0].tolist() == [0.5]
