"""Specifies nuonuo/memory/records.py."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import floats
from torch.testing import assert_close

from nuonuo.memory.records import About, Tie, needed, prepare, record
from nuonuo.memory.vectors import unit_rows
from tests.conftest import unit


def test_texts_become_the_encoders_embeddings(encoder):
    (row,) = prepare([record("cold soup", "gazpacho", ["soup from Spain"])], encoder, 384)
    x = encoder.encode(["cold soup", "soup from Spain", "gazpacho"]).cpu().numpy()
    assert (row.target, row.cues) == ("gazpacho", ("cold soup", "soup from Spain"))
    np.testing.assert_array_equal(row.cue_embeddings, x[:2])
    np.testing.assert_array_equal(row.embedding, x[2])


def test_a_memory_without_a_target_is_its_own_answer(encoder):
    (row,) = prepare([record("cold soup")], encoder, 384)
    assert row.target == "cold soup"
    np.testing.assert_array_equal(row.embedding, row.cue_embeddings[0])


def test_only_what_has_no_embedding_is_encoded():
    x = np.ones(4)
    assert needed(record("a", "b", ["c"])) == ["a", "c", "b"]
    assert needed(record("a", "b", ["c"], x)) == ["b"]
    assert needed(record("a", "b", [], x, x)) == []


def test_ready_made_embeddings_come_at_unit_length():
    x = unit(3, 5)
    (row,) = prepare([record("a", "b", ["c"], 3 * x[:2], (7 * x[2]).tolist())], None, 5)
    assert_close(torch.from_numpy(row.cue_embeddings), x[:2])
    assert_close(torch.from_numpy(row.embedding), x[2])


def test_without_an_encoder_the_target_lies_where_the_cue_does():
    (row,) = prepare([record("a", "b", (), unit(1, 5)[0])], None, 5)
    np.testing.assert_array_equal(row.embedding, row.cue_embeddings[0])


@given(arrays(np.float64, (2, 4), elements=floats(-(2.0**127), 2.0**127)))
def test_any_direction_comes_at_unit_length(x):
    x = x.astype(np.float32)
    if np.isfinite(x).all() and (abs(x).max(1) > 1e-37).all():
        assert_close(unit_rows(x, 2, 4, "x").norm(dim=1), torch.ones(2))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (record(" ", "b"), "memory 1 must have texts that are not blank, got"),
        (record("a", ""), "memory 1 must have texts that are not blank, got"),
        (record("a", "b", ["\t"]), "memory 1 must have texts that are not blank, got"),
        (record("a", "half \ud83d", (), np.ones(3)), "memory 1 must have texts that are not blank, got"),
        (
            record("a", "b" * 100_001, (), np.ones(3)),
            "memory 1 must have texts of at most 100,000 characters, got 100,001",
        ),
        (record("a", "b", ["c" * 100_001]), "memory 1 must have texts of at most 100,000 characters"),
        (record("a", 3), "memory 1 must have texts that are not blank, got"),
        (record("a", "b"), "memory 1 needs an embedding: this bank has no encoder"),
        (record("a", "b", (), np.ones(4)), r"embedding of memory 1 must have shape \(3,\), got \(4,\)"),
        (record("a", "b", ["c"], np.ones(3)), r"embedding of memory 1 must have shape \(2, 3\), got \(3,\)"),
        (
            record("a", "b", (), np.ones(3), np.ones(2)),
            r"target embedding of memory 1 must have shape \(3,\), got \(2,\)",
        ),
        (record("a", "b", (), [1, np.nan, 0]), "embedding of memory 1 must be finite, got NaN or infinity in it"),
        (record("a", "b", (), np.zeros(3)), "embedding of memory 1 must not be all zeros: it has no direction"),
        (record("a", "b", ["c"], [[1, 0, 0], [0, 0, 0]]), "embedding of memory 1 must not be all zeros"),
    ],
)
def test_a_wrong_memory_is_named_by_its_number(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        prepare([record("fine", "fine", (), np.ones(3)), wrong], None, 3)


def test_cues_must_come_in_a_list():
    with pytest.raises(ValueError, match="a memory must have its cues in a list, got the text 'paraphrase'"):
        record("a", "b", "paraphrase")


def test_a_memory_has_no_embeddings_before_it_is_prepared():
    for one in (record("a"), record("a", "b", (), [1.0, 0], [0, 1.0])):
        with pytest.raises(ValueError, match="the memory has no embeddings yet: prepare it first"):
            _ = one.embedding
        with pytest.raises(ValueError, match="the memory has no embeddings yet: prepare it first"):
            _ = one.cue_embeddings


X = np.ones(3)


@pytest.mark.parametrize(
    ("about", "ties", "sentence"),
    [
        (About(title=""), (), "must have a title that is a text and not blank, or none, got ''"),
        (About(session=3), (), "must have a session that is a text and not blank, or none, got 3"),
        (About(source="\ud83d"), (), "must have a source that is a text and not blank, or none, got"),
        (About(when="x" * 100_001), (), "must have a when of at most 100,000 characters, got 100,001"),
        (About(position=float("nan")), (), "must have a position that is a finite number, or none, got nan"),
        (About(position=10**400), (), "must have a position that is a finite number, or none, got 1000"),
        (About(position=True), (), "must have a position that is a finite number, or none, got True"),
        (About(position="3"), (), "must have a position that is a finite number, or none, got '3'"),
        (About(), (Tie(0),), "must have links to ids, whole numbers from 1, got 0"),
        (About(), (Tie("a"),), "must have links to ids, whole numbers from 1, got 'a'"),
        (About(), (Tie(1), Tie(2, -0.5)), "must have links with a weight of 0 or 1e-06 to 1,000,000, got -0.5 to 2"),
        (About(), (Tie(2, 1e-300),), "must have links with a weight of 0 or 1e-06 to 1,000,000, got 1e-300 to 2"),
        (About(), (Tie(2, float("inf")),), "must have links with a weight of 0 or 1e-06 to 1,000,000, got inf to 2"),
    ],
)
def test_an_origin_or_a_tie_that_cannot_be_stored_is_named_with_the_memory(about, ties, sentence):
    with pytest.raises(ValueError, match=f"^memory 1 {sentence}"):
        prepare([record("a", embedding=X), record("b", embedding=X, about=about, ties=ties)], None, 3)


def test_a_weight_of_a_tie_by_key_is_checked_too():
    wrong = replace(record("a", embedding=X), key_ties=(("k", float("nan")),))
    with pytest.raises(ValueError, match=r"memory 0 .* weight of 0 or 1e-06 to 1,000,000, got nan to 'k'"):
        prepare([wrong], None, 3)


def test_origin_and_ties_are_kept_as_they_are():
    about, ties = About("T", "s", 10**6, "f.md", "today"), (Tie(4, 0), Tie(2, 3))
    (row,) = prepare([record("a", embedding=X, about=about, ties=ties)], None, 3)
    assert (row.about, row.ties) == (about, ties)
