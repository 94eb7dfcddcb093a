"""Specifies nuonuo/explain/map/topics.py: groups of alike memories and their names."""

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers
from torch.nn.functional import normalize

from nuonuo.explain.map.topics import kmeans, names, topics
from tests.conftest import unit


def heaps(count, each, seed=0):
    """Unit points in well separated heaps."""
    centres = torch.eye(count, 16)
    noise = 0.1 * unit(count * each, 16, seed)
    return normalize(centres.repeat_interleave(each, 0) + noise, dim=1)


@given(seed=integers(0, 200))
def test_kmeans_ends_where_every_point_is_nearest_to_its_own_middle(seed):
    K = unit(60, 5, seed)
    group = kmeans(K, 4, seed)
    middles = torch.stack([K[group == g].mean(0) for g in range(4)])
    assert (torch.cdist(K, middles).argmin(1) == group).float().mean() > 0.95  # up to the tolerance of its last round


def test_kmeans_finds_heaps_that_lie_apart():
    group = kmeans(heaps(4, 20), 4).view(4, 20)
    assert (group == group[:, :1]).all()
    assert len(group[:, 0].unique()) == 4


def test_the_seed_decides_the_groups():
    K = unit(100, 5)
    assert torch.equal(kmeans(K, 6, seed=3), kmeans(K, 6, seed=3))
    assert not torch.equal(kmeans(K, 6, seed=3), kmeans(K, 6, seed=4))


def test_points_that_all_coincide_are_one_group():
    assert len(kmeans(unit(1, 5).repeat(12, 1), 3).unique()) == 1


@pytest.mark.parametrize("groups", [0, 6])
def test_there_are_no_more_groups_than_memories(groups):
    with pytest.raises(ValueError, match=f"groups must lie between 1 and 5, the number of memories, got {groups}"):
        kmeans(unit(5, 4), groups)


def test_a_group_is_named_by_the_words_only_it_uses():
    texts = [
        "The dog eats",
        "A dog barks at the cat",
        "My dog sleeps",
        "The train is late",
        "A train to Graz",
        "Train fare",
    ]
    assert names(texts, [0, 0, 0, 1, 1, 1]) == ("dog", "train")


def test_a_group_without_telling_words_has_a_number():
    assert names(["1 2 3", "4 5 6"], [0, 1]) == ("group 1", "group 2")
    assert names(["same words", "same words"], [0, 0]) == ("group 1",)


def test_topics_group_and_name():
    texts = [f"{word} number {i}" for word in ("apple", "bridge") for i in range(10)]
    found = topics(heaps(2, 10), texts)
    assert len(found.names) <= 4
    assert any("apple" in name for name in found.names)
    assert topics(unit(1, 4), ["one"]).names == ("group 1",)
