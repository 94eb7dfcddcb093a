"""Specifies nuonuo/explain/codes/raster.py and nuonuo/latex/codes.py."""

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers

from nuonuo.explain.codes import crowding
from nuonuo.explain.codes import raster as coding
from nuonuo.latex import codes as formula_codes
from nuonuo.maths.codes import encode, overlap, projection
from tests.conftest import items


@pytest.fixture(scope="module")
def P():
    return projection(384, 2048, seed=0)


@pytest.fixture(scope="module")
def trace(stories):
    return stories.recall("Which package came with the mail boat?")


def test_a_raster_shows_question_settled_state_answer_and_rivals(trace, P):
    raster = coding.raster(trace, P, 50)
    assert [line.role for line in raster.lines] == ["question", "settled", "answer", *["rival"] * coding.RIVALS]
    assert raster.ids[2:] == [c.id for c in trace.candidates[:5]]
    assert raster.question.shared == 50
    assert (raster.winners, raster.units) == (50, 2048)


def test_the_wanted_memory_is_in_the_raster_wherever_it_came(trace, P):
    last = trace.candidates[-1].id
    assert coding.raster(trace, P, 50, last).lines[-1].role == "expected"
    assert coding.raster(trace, P, 50, trace.answer.id).answer.role == "answer"


@pytest.mark.parametrize("k", [5, 50, 200])
def test_a_rasters_codes_are_the_engines_codes(trace, P, k):
    raster = coding.raster(trace, P, k)
    expected = encode(torch.stack([trace.key, trace.xi[-1], trace.X[0]]), P, k)
    for line, winners, margin in zip(raster.lines, expected.winners, expected.margin, strict=False):
        assert sorted(line.units.tolist()) == winners.tolist()
        assert line.margin == pytest.approx(float(margin), abs=1e-5)
    assert raster.answer.shared / k == pytest.approx(float(overlap(expected.winners[0], expected.winners[2:3])[0]))
    assert raster.common / k == pytest.approx(float(overlap(expected.winners[1], expected.winners[2:3])[0]))


@given(seed=integers(0, 10_000), n=integers(1, 6), k=integers(1, 20))
def test_aligned_columns_hold_every_code_and_fall_as_binary_numbers(seed, n, k):
    generator = torch.Generator().manual_seed(seed)
    units = torch.stack([torch.randperm(40, generator=generator)[:k] for _ in range(n)])
    columns, fires = coding.align(units)
    for code, line in zip(units, fires, strict=True):
        assert sorted(columns[line].tolist()) == sorted(code.tolist())
    numbers = [int("".join("01"[int(f)] for f in column), 2) for column in fires.T]
    assert numbers == sorted(numbers, reverse=True)
    assert fires[0, :k].all()  # the first code comes first, in one piece


def test_the_cut_lies_between_the_last_winner_and_the_first_loser(trace, P):
    cut = coding.cut(trace, P, 50)
    code = encode(trace.key[None], P, 50)
    assert sorted(cut.unit[:50].tolist()) == code.winners[0].tolist()
    assert cut.margin == pytest.approx(float(code.margin[0]), abs=1e-5)
    assert cut.score[49] > cut.threshold > cut.score[50]


def test_places_say_where_the_answers_units_come_in_the_questions_order(trace, P):
    cut, raster = coding.cut(trace, P, 50), coding.raster(trace, P, 50)
    at = {int(unit): place for place, unit in enumerate(cut.unit, 1)}
    assert cut.places.tolist() == sorted(at[u] for u in raster.answer.units.tolist())
    assert int((cut.places <= 50).sum()) == raster.answer.shared


def brute(bank, row):
    """Units shared with every cue, from a dense matrix."""
    dense = torch.zeros(len(bank.X), bank.settings.units)
    dense.scatter_(1, bank.links().cues.long(), 1)
    return dense, dense @ dense[row]


def test_collisions_are_those_of_the_dense_codes(stories):
    bank = stories.bank
    found = coding.collisions(bank, bank.ids[7])
    dense, shared = brute(bank, 7)
    shared[7] = -1
    assert [len(c.units) for c in found.others] == shared.topk(len(found.others)).values.tolist()
    assert found.count.tolist() == torch.bincount(shared[shared >= 0].long(), minlength=51).tolist()
    assert found.usage.tolist() == [int(dense[:, u].sum()) for u in found.units]
    for each in found.others:
        other = bank.ids.index(each.id)
        assert set(each.units) == set(dense[other].nonzero()[:, 0].tolist()) & set(found.units.tolist())
        assert each.cosine == pytest.approx(float(bank.X[other] @ bank.X[7]), abs=1e-5)


def test_the_units_most_shared_come_first(stories):
    found = coding.collisions(stories.bank, stories.bank.ids[7])
    times = [sum(u in c.units for c in found.others) for u in found.units.tolist()]
    assert times == sorted(times, reverse=True)


def test_a_memory_does_not_collide_with_its_own_paraphrases(encoder, sample):
    from nuonuo import Memory
    from nuonuo.memory.records import record

    memory = Memory(encoder=encoder)
    rows = sample("facts")[:20]
    ids = memory.add_many([record(r["cue"], r["target"], r["cues"]) for r in rows])
    found = coding.collisions(memory.bank, ids[0])
    assert ids[0] not in [c.id for c in found.others]
    assert len({c.id for c in found.others}) == len(found.others)
    assert int(found.count.sum()) == memory.cues - len(memory.get(ids[0]).cues)


def test_a_lone_memory_collides_with_nothing(vectors):
    memory = vectors()
    (only,) = memory.add_many(items(1))
    found = coding.collisions(memory.bank, only)
    assert found.others == ()
    assert int(found.count.sum()) == 0


def test_a_memory_that_is_not_there_has_no_collisions(vectors):
    with pytest.raises(ValueError, match="there is no memory with id 99 in this bank"):
        coding.collisions(vectors().bank, 99)


def test_a_search_by_codes_finds_the_cue_that_shares_most(stories):
    bank = stories.bank
    keys = torch.stack([bank.keys[3], bank.keys[8]])
    found = coding.search(bank, keys)
    assert [f.id for f in found] == [bank.ids[3], bank.ids[8]]
    assert found[0].shared >= 49  # a row of a batch may round another unit in or out


def test_formulas_show_the_executed_numbers(stories, trace):
    for k, D in ((50, 2048), (20, 1024)):
        P = projection(384, D, seed=0)
        raster, cut = coding.raster(trace, P, k), coding.cut(trace, P, k)
        drawn = crowding.sample(stories.bank.X, stories.bank.keys, P, k)
        assert rf"\operatorname{{top}}_{{{k}}}" in formula_codes.code(trace, raster).latex
        assert rf"\mathbb{{R}}^{{384 \times {D}}}" in formula_codes.code(trace, raster).latex
        assert f"s_{{({k})}} - s_{{({k + 1})}}" in formula_codes.cut(cut).latex
        assert f"= {cut.margin:.4f}" in formula_codes.cut(cut).latex
        assert rf"\frac{{{raster.answer.shared}}}{{{k}}}" in formula_codes.overlap(raster).latex
        assert rf"\frac{{{k}^2}}{{{D}}} = {k * k / D:.3g}" in formula_codes.chance(raster).latex
        assert rf"\frac{{{k}}}{{{D}}}" in formula_codes.law(crowding.curve(drawn, k)).latex
        assert f"{crowding.threshold(k, D):.3f}" in formula_codes.law(crowding.curve(drawn, k)).latex
        assert rf"\frac{{90 \cdot {k}}}{{{D}}}" in formula_codes.even(crowding.usage(drawn, k)).latex
