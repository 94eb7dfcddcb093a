"""Specifies nuonuo/figures/classical.py: pictures on their way to rest, spurious states, errors against load."""

import torch

from nuonuo.explain.toys.classical import interaction
from nuonuo.explain.toys.pictures import NAMES
from nuonuo.explain.toys.rests import rests
from nuonuo.explain.toys.retrieval import Damage, retrieve
from nuonuo.figures import classical as figures
from nuonuo.lab import classical as lab


def test_the_row_is_stored_shown_every_sweep_and_nearest():
    done = retrieve(interaction("power2"), 6, 0, Damage(0.1, seed=0))
    fig = figures.row(done, NAMES)
    drawn = [torch.tensor(cells.z).flatten() for cells in fig.data]
    assert torch.equal(drawn[0], done.net.patterns[0].int())
    assert torch.equal(drawn[1], done.shown.int())
    assert torch.equal(drawn[-2], done.states[-1].int())
    assert torch.equal(drawn[-1], done.net.patterns[done.nearest].int())
    titles = [fig.layout[f"xaxis{i or ''}"].title.text for i in ["", *range(2, len(drawn) + 1)]]
    assert titles[0] == "stored<br>house"
    assert f"at rest, sweep {done.sweeps}" in titles[-2]
    assert f"{done.wrong} pixels wrong" in figures.row_words(done, NAMES)


def test_spurious_states_are_named_with_how_often_they_were_found():
    found = rests(retrieve(interaction("power2"), 3, 0, Damage()).net, 24, 0).spurious
    fig = figures.spurious(found, NAMES)
    assert len(fig.data) == len(found) > 0
    assert f"{found[0].count} start" in fig.layout.xaxis.title.text
    assert f"{len(found)} states at rest that nobody stored" in figures.spurious_words(found, NAMES)


def test_each_network_is_a_line_of_its_own_and_far_capacities_are_told_at_the_edge():
    rows = lab.run(interaction=("power2", "exponential"), patterns=(2, 8), **lab.SMALL)
    fig = figures.error(rows, "power2", 64, {"power2": 8.8, "exponential": 2.0**32})
    named = {trace.name: trace for trace in fig.data if trace.name}
    assert set(named) == {"Hopfield 1982, power 2", "exponential", "nearest neighbour"}
    looks = {(t.line.color, t.line.dash, t.marker.symbol) for t in named.values()}
    assert len(looks) == 3
    assert named["Hopfield 1982, power 2"].line.width > named["exponential"].line.width
    assert [a.text for a in fig.layout.annotations] == ["2<sup>N/2</sup> = 4.3 × 10<sup>9</sup> →"]
    assert max(x for trace in fig.data for x in trace.x) < 1e5
    assert "Dotted lines: the known capacities" in figures.error_words(rows)
    assert "nothing is measured yet" in figures.error_words([])
