"""Specifies nuonuo/figures/codes.py, nuonuo/figures/crowding.py and nuonuo/figures/hops.py."""

import pytest
import torch

from nuonuo import Memory
from nuonuo.explain.codes import crowding
from nuonuo.explain.codes import raster as coding
from nuonuo.explain.hops import chains
from nuonuo.figures import codes as figures
from nuonuo.figures import crowding as crowds
from nuonuo.figures import hops
from nuonuo.figures.template import ACCENT, RIVAL
from nuonuo.maths.association import identity, power
from nuonuo.maths.codes import projection
from nuonuo.memory.records import record

MARKUP = "<b>Look</b> at <a href='x'>this</a>: {brackets}, 100 % and %{x}"


@pytest.fixture(scope="module")
def trace(stories):
    return stories.recall("Which package came with the mail boat?")


@pytest.fixture(scope="module")
def P():
    return projection(384, 2048, seed=0)


@pytest.fixture(scope="module")
def broken(encoder):
    """A chain that collapses."""
    memory = Memory(encoder=encoder)
    memory.add_many(chains.look_alikes(81))
    trace = memory.recall(chains.look_alikes(81)[0].cues[0], hops=6, separation=identity(), whitened=False)
    return chains.follow(memory.bank.unwhitened(), trace, 6)


@pytest.fixture(scope="module")
def marked(encoder):
    """Memories whose texts are markup."""
    memory = Memory(encoder=encoder)
    memory.add_many([record(MARKUP, "and " + MARKUP), record("and " + MARKUP, "a plain end")])
    return memory


def texts(fig):
    return " ".join(a.text for a in fig.layout.annotations)


def test_a_raster_draws_each_codes_units_once(trace, P):
    raster = coding.raster(trace, P, 50)
    z = figures.raster_lines(raster).data[0].z
    for i in range(len(raster.lines)):
        assert all(cell is None for cell in z[2 * i])
        assert sum(cell is not None for cell in z[2 * i + 1]) == 50


def test_units_met_in_a_line_above_are_strong(trace, P):
    raster = coding.raster(trace, P, 50)
    z = figures.raster_lines(raster).data[0].z
    met = raster.fires[0] | raster.fires[1]
    strong = [cell == 3 for cell in z[5]]  # the answer's line
    assert strong == (met & raster.fires[2]).tolist()


def test_the_raster_says_how_many_units_each_line_shares(trace, P):
    raster = coding.raster(trace, P, 50)
    assert f"{raster.answer.shared} of 50" in texts(figures.raster_lines(raster))
    assert f": {raster.answer.shared};" in figures.raster_words(raster)


def test_the_strip_stands_at_the_units_own_places(trace, P):
    raster = coding.raster(trace, P, 50)
    question, answer, both = (set(filter(lambda x: x is not None, t.x)) for t in figures.strip(raster).data)
    assert question | both == set(raster.question.units.tolist())
    assert answer | both == set(raster.answer.units.tolist())
    assert f"{raster.answer.shared} run through both" in figures.strip_words(raster)


@pytest.mark.parametrize("k", [5, 50, 250])
def test_the_cut_is_drawn_after_k(trace, P, k):
    cut = coding.cut(trace, P, k)
    fig = figures.cut_curve(cut)
    assert fig.layout.shapes[0].x0 == k + 0.5
    assert f"cut after {k} · margin {cut.margin:.3f}" in texts(fig)
    lost, won, answer = fig.data
    assert max(won.x) == k == min(lost.x)
    assert list(answer.x) == cut.places.tolist()
    assert list(lost.y) == sorted(lost.y, reverse=True)
    assert "lead" in figures.cut_words(cut)


def test_the_separation_curve_draws_raw_whitened_and_theory(stories, P):
    curve = crowding.curve(crowding.sample(stories.bank.X, stories.bank.keys, P, 50), 50)
    fig = crowds.separation_curve(curve)
    assert list(fig.data[1].y) == curve.theory.tolist()
    assert list(fig.data[2].y) == curve.raw.tolist()
    assert list(fig.data[3].y) == curve.whitened.tolist()
    assert "4,005 pairs" in crowds.curve_words(curve)


def test_usage_bars_add_up_to_all_units(stories, P):
    usage = crowding.usage(crowding.sample(stories.bank.X, stories.bank.keys, P, 50), 50)
    fig = crowds.usage_bars(usage)
    assert sum(fig.data[0].y) == sum(fig.data[1].y) == 2048
    assert f"{int(usage.raw[0]):,} are used by no raw code" in crowds.usage_words(usage)


def test_a_lone_memory_can_be_drawn(encoder, P):
    memory = Memory(encoder=encoder)
    (only,) = memory.add_many([record("Where is the key?", "Under the pot.")])
    drawn = crowding.sample(memory.bank.X, memory.bank.keys, P, 50)
    curve, usage, found = crowding.curve(drawn, 50), crowding.usage(drawn, 50), coding.collisions(memory.bank, only)
    for fig in (crowds.separation_curve(curve), crowds.usage_bars(usage), figures.collision_lines(found)):
        assert fig.to_json()
    trace = memory.recall("the key", hops=3)
    assert hops.way(chains.follow(memory.bank, trace, 3)).data[0].customdata[1][0] == only
    assert "none" in figures.collision_words(found)


def test_collision_lines_mark_the_shared_units(stories):
    found = coding.collisions(stories.bank, stories.bank.ids[7])
    z = figures.collision_lines(found).data[0].z
    for i, each in enumerate(found.others, 1):
        assert [u for u, cell in zip(found.units.tolist(), z[2 * i + 1], strict=True) if cell] == sorted(
            each.units, key=found.units.tolist().index
        )


def test_a_way_that_holds_is_lit(stories):
    trace = stories.recall("Which package came with the mail boat?", hops=6, separation=power(3))
    fig = hops.way(chains.follow(stories.bank, trace, 6))
    assert list(fig.data[0].marker.color[1:]) == [ACCENT] * 6
    assert [c[0] for c in fig.data[0].customdata[1:]] == [hop.id for hop in trace.hops]
    assert len(fig.data[1].x) == sum(hop.runner_up is not None for hop in trace.hops)


def test_a_broken_hop_is_not_lit_and_its_way_is_dotted(broken):
    fig = hops.way(broken)
    colors = list(fig.data[0].marker.color[1:])
    assert colors == [ACCENT if s.held else RIVAL for s in broken.steps if s.recalled]
    lines = [s.line.dash for s in fig.layout.shapes if s.type == "line"]
    assert lines == ["solid" if s.held else "dot" for s in broken.steps if s.recalled]
    assert f"Hop {broken.broken.number} is the first broken one" in hops.way_words(broken)


def test_where_a_broken_hop_should_have_led_hangs_off_it(broken):
    step = broken.broken
    if step.same:
        assert "its link leads to" not in texts(hops.way(broken))
    else:
        assert "its link leads to" in texts(hops.way(broken))


def test_nearest_neighbours_way_is_dimmed_where_it_leaves_the_links(stories, broken):
    assert set(hops.nearest_way(broken).data[0].marker.color) == {"var(--ink)"}
    trace = stories.recall("Which package came with the mail boat?", hops=2)
    followed = chains.follow(stories.bank, trace, 2)
    assert followed.nearest[0].target in hops.nearest_words(followed)


def test_the_picked_memory_is_larger(stories):
    trace = stories.recall("Which package came with the mail boat?", hops=3)
    followed = chains.follow(stories.bank, trace, 3)
    sizes = hops.way(followed, pick=trace.hops[1].id).data[0].marker.size
    assert sizes[2] > max(sizes[0], sizes[1], sizes[3])


def test_no_hop_at_all_is_said(stories):
    followed = chains.Followed(3, None, (), "end", chains.nearest_path(stories.bank, stories.bank.X[0], 1), None)
    assert "No hop was made" in hops.way_words(followed)
    assert hops.way(followed).to_json()


def test_peoples_text_shows_as_typed(marked, P):
    trace = marked.recall(MARKUP, hops=2)
    followed = chains.follow(marked.bank, trace, 2)
    raster, found = coding.raster(trace, P, 50), coding.collisions(marked.bank, trace.answer.id)
    for fig in (hops.way(followed), hops.nearest_way(followed), figures.raster_lines(raster)):
        assert "<a href" not in fig.to_json()
    assert "&lt;b&gt;Look" in texts(hops.way(followed))
    assert "<a href" not in figures.collision_lines(found).to_json()
    for each in (*hops.way(followed).data, *figures.raster_lines(raster).data):
        assert "brackets" not in (each.hovertemplate or "")


def test_figures_stay_small_and_hold_plain_numbers(stories, trace, P, broken):
    wide = projection(384, 32_768, seed=0)
    drawn = crowding.sample(stories.bank.X, stories.bank.keys, wide, 250)
    made = [
        figures.raster_lines(coding.raster(trace, wide, 250)),
        figures.strip(coding.raster(trace, wide, 250)),
        figures.cut_curve(coding.cut(trace, wide, 250)),
        crowds.separation_curve(crowding.curve(drawn, 250)),
        crowds.usage_bars(crowding.usage(drawn, 250)),
        figures.collision_lines(coding.collisions(stories.bank, stories.bank.ids[0])),
        hops.way(broken),
    ]
    assert all(len(fig.to_json()) < 300_000 for fig in made)
    assert not any(isinstance(v, torch.Tensor) for fig in made for t in fig.data for v in (t.x, t.y))
