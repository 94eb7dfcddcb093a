"""Specifies nuonuo/explain/map/maps.py: PCA, UMAP, and where a map puts what it has not seen."""

import numpy as np
import pytest
import torch

from nuonuo.explain.map import maps
from nuonuo.explain.map.maps import Map, Rounds, fit_pca, fit_umap, load, path, place, save, share
from nuonuo.explain.map.neighbours import preservation
from nuonuo.explain.map.points import points
from nuonuo.memory.records import record
from nuonuo.studio.shell import jobs
from tests.conftest import items, unit


def strewn(made_of, seed=0, dims=2):
    """A map whose dots lie anywhere: what a UMAP looks like to the rest of the program."""
    xy = np.random.default_rng(seed).normal(size=(len(made_of.ids), dims)).astype(np.float32)
    settings = {"dims": dims, "seed": seed, "neighbours": 15, "min_dist": 0.1, "a": 1.577, "b": 0.895, "epochs": 500}
    return Map("UMAP", made_of.ids, made_of.prints, xy, settings, 0.1)


@pytest.fixture
def bank(vectors):
    memory = vectors()
    memory.add_many(items(40))
    return memory


@pytest.fixture(scope="module")
def real(stories):
    """UMAP of sixty sentences as the page makes it: in a process of its own."""
    job = jobs.start(maps.fit_umap, points(stories.bank), 2, 0)
    job.wait(300)
    assert job.state == "done", job.error
    return job.result


def test_a_point_is_a_memory_at_its_first_cue(vectors):
    memory = vectors()
    first, second = items(2)
    memory.add_many([record("a", "b", ("c",), unit(2, 8, 5), first.target_vector), second])
    found = points(memory.bank)
    assert found.ids.tolist() == [1, 2]
    assert found.first.tolist() == [0, 2]
    assert torch.equal(found.K, memory.bank.keys[[0, 2]])


@pytest.mark.parametrize("dims", [2, 3])
def test_pca_is_the_singular_value_decomposition(bank, dims):
    made, K = fit_pca(points(bank.bank), dims), bank.bank.keys
    _, s, Vt = np.linalg.svd((K - K.mean(0)).numpy(), full_matrices=False)
    theirs = (K - K.mean(0)).numpy() @ Vt[:dims].T
    assert np.allclose(np.abs(made.xy), np.abs(theirs), atol=1e-4)
    assert np.allclose(made.axes.explained, s[:dims] ** 2 / (s**2).sum(), atol=1e-5)
    assert (made.axes.W.gather(0, made.axes.W.abs().argmax(0, keepdim=True)) > 0).all()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_pca_of_very_few_memories_is_finite(vectors, n):
    memory = vectors()
    memory.add_many(items(n))
    made = fit_pca(points(memory.bank), 3)
    assert np.isfinite(made.xy).all()
    assert np.isfinite(made.axes.explained).all()


def test_a_memory_stays_where_it_is_when_others_come_and_go(bank):
    made = strewn(points(bank.bank))
    bank.add_many(items(5, seed=7))
    bank.forget([1, 2, 20])
    now = points(bank.bank)
    placed = place(made, now)
    assert placed.fitted.sum() == 37
    assert np.array_equal(now.ids[~placed.fitted], [41, 42, 43, 44, 45])
    assert np.array_equal(placed.xy[placed.fitted], made.xy[np.isin(made.ids, now.ids)])


def test_a_new_memory_lies_at_the_attention_weighted_mean_of_its_neighbours(bank):
    made = strewn(points(bank.bank))
    bank.add_many(items(1, seed=7))
    now = points(bank.bank)
    score = (now.K[:40] @ now.K[40]).topk(15)
    expected = torch.softmax(32 * score.values, 0).numpy() @ made.xy[score.indices.numpy()]
    assert np.allclose(place(made, now).xy[40], expected, atol=1e-5)


def test_a_twin_of_a_memory_lies_beside_it(bank):
    made = strewn(points(bank.bank))
    row = bank.get(7)
    bank.add_many([record(row.cues[0], row.target, row.cues[1:], row.cue_embeddings, row.embedding)])
    placed = place(made, points(bank.bank))
    assert np.linalg.norm(placed.xy[40] - placed.xy[6]) < 0.2


def test_a_memory_with_a_new_text_is_placed_anew(stories):
    memory = stories.copy()
    made = strewn(points(memory.bank))
    memory.change(3, cue="Something else entirely, about tax law.")
    placed = place(made, points(memory.bank))
    assert np.flatnonzero(~placed.fitted).tolist() == [2]
    assert share(made, points(memory.bank)) == 89 / 90
    memory.close()


def test_a_map_of_other_memories_cannot_serve(bank, vectors):
    other = vectors()
    other.add_many(items(40, seed=50))
    made = strewn(points(other.bank))
    assert share(made, points(bank.bank)) == 0
    with pytest.raises(ValueError, match="this map shows none of the bank's memories: make it anew"):
        place(made, points(bank.bank))


def test_on_pca_a_stored_key_asked_for_lies_on_its_own_dot(bank):
    made, trace = fit_pca(points(bank.bank), 2), bank.recall(bank.get(9).cue_embeddings[0])
    way = path(made, made.xy, np.arange(20), trace)
    assert way.shape == (4, 2)
    assert np.allclose(way[0], made.xy[8], atol=1e-4)


def test_on_umap_each_state_lies_where_its_attention_lies(bank):
    here = points(bank.bank)
    made, trace = strewn(here), bank.recall(unit(1, 8, 3)[0], beta=6)
    rows = np.array([c.id - 1 for c in trace.candidates])
    way = path(made, made.xy, rows, trace)
    assert np.allclose(way[:3], trace.p.numpy() @ made.xy[rows], atol=1e-5)
    settled = torch.softmax(6 * trace.X @ trace.xi[-1], 0)
    assert np.allclose(way[3], settled.numpy() @ made.xy[rows], atol=1e-5)


def test_a_map_kept_in_a_file_comes_back_equal(bank, tmp_path):
    made = strewn(points(bank.bank), dims=3)
    save(made, tmp_path / "maps" / "mine-3d.npz")
    save(made, tmp_path / "maps" / "mine-3d.npz")  # what is there is replaced
    again = load(tmp_path / "maps" / "mine-3d.npz")
    assert (again.method, again.settings, again.seconds, again.name) == ("UMAP", made.settings, 0.1, made.name)
    for name in ("ids", "prints", "xy"):
        assert np.array_equal(getattr(again, name), getattr(made, name))
    assert [f.name for f in (tmp_path / "maps").iterdir()] == ["mine-3d.npz"]


def test_a_file_that_is_no_map_is_refused(tmp_path):
    broken, other = tmp_path / "broken.npz", tmp_path / "other.npz"
    broken.write_bytes(b"PK\x03\x04 nothing")
    np.savez(other, about=np.array('{"format": 99}'))
    for file in (broken, other, tmp_path / "none.npz"):
        with pytest.raises(ValueError, match=f"map {file} must be one that this program kept"):
            load(file)


def test_maps_with_other_places_have_other_names(bank):
    here = points(bank.bank)
    assert strewn(here, 1).name == strewn(here, 1).name != strewn(here, 2).name
    assert fit_pca(here, 2).name.startswith("PCA-2d-")


def test_umap_needs_ten_memories(vectors):
    memory = vectors()
    memory.add_many(items(9))
    with pytest.raises(ValueError, match="UMAP needs at least 10 memories, got 9"):
        fit_umap(points(memory.bank), 2, 0, lambda fraction, message: None)


def test_the_rounds_of_the_layout_are_read_off_its_progress_bar():
    told = []
    bar = Rounds(told.append)
    for text in ("\r0", "\r17", "", "\n", "\r17 of 20", "\r20"):
        bar.write(text)
    bar.flush()
    assert told == [0, 17, 20]


@pytest.mark.slow
def test_umap_keeps_more_neighbours_than_pca_does(real, stories):
    here = points(stories.bank)
    assert real.xy.shape == (90, 2)
    assert np.isfinite(real.xy).all()
    assert real.settings["seed"] == 0
    pca = preservation(here.K, torch.from_numpy(fit_pca(here, 2).xy))
    assert preservation(here.K, torch.from_numpy(real.xy)).share > pca.share > pca.chance


@pytest.mark.slow  # another process that loads UMAP
def test_the_same_seed_gives_the_same_umap(real, stories):
    twin, other = (jobs.start(maps.fit_umap, points(stories.bank), 2, seed) for seed in (0, 1))
    twin.wait(300)
    other.wait(300)
    assert np.array_equal(twin.result.xy, real.xy)
    assert not np.array_equal(other.result.xy, real.xy)
