"""Specifies nuonuo/items.py."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import floats
from torch.testing import assert_close

from nuonuo.items import Item, Prepared, needed, prepare, revise, unit_rows
from tests.conftest import unit


def test_texts_become_the_encoders_embeddings(encoder):
    (row,) = prepare([Item("cold soup", "gazpacho", ["soup from Spain"])], encoder, 384)
    x = encoder.encode(["cold soup", "soup from Spain", "gazpacho"]).cpu().numpy()
    assert (row.target, row.cues) == ("gazpacho", ("cold soup", "soup from Spain"))
    np.testing.assert_array_equal(row.cue_embeddings, x[:2])
    np.testing.assert_array_equal(row.embedding, x[2])


def test_a_memory_without_a_target_is_its_own_answer(encoder):
    (row,) = prepare([Item("cold soup")], encoder, 384)
    assert row.target == "cold soup"
    np.testing.assert_array_equal(row.embedding, row.cue_embeddings[0])


def test_only_what_has_no_embedding_is_encoded():
    x = np.ones(4)
    assert needed(Item("a", "b", ["c"])) == ["a", "c", "b"]
    assert needed(Item("a", "b", ["c"], x)) == ["b"]
    assert needed(Item("a", "b", [], x, x)) == []


def test_ready_made_embeddings_come_at_unit_length():
    x = unit(3, 5)
    (row,) = prepare([Item("a", "b", ["c"], 3 * x[:2], (7 * x[2]).tolist())], None, 5)
    assert_close(torch.from_numpy(row.cue_embeddings), x[:2])
    assert_close(torch.from_numpy(row.embedding), x[2])


def test_without_an_encoder_the_target_lies_where_the_cue_does():
    (row,) = prepare([Item("a", "b", (), unit(1, 5)[0])], None, 5)
    np.testing.assert_array_equal(row.embedding, row.cue_embeddings[0])


@given(arrays(np.float64, (2, 4), elements=floats(-(2.0**127), 2.0**127)))
def test_any_direction_comes_at_unit_length(x):
    x = x.astype(np.float32)
    if np.isfinite(x).all() and (abs(x).max(1) > 1e-37).all():
        assert_close(unit_rows(x, 2, 4, "x").norm(dim=1), torch.ones(2))


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        (Item(" ", "b"), "memory 1 must have texts that are not blank, got"),
        (Item("a", ""), "memory 1 must have texts that are not blank, got"),
        (Item("a", "b", ["\t"]), "memory 1 must have texts that are not blank, got"),
        (Item("a", 3), "memory 1 must have texts that are not blank, got"),
        (Item("a", "b", "paraphrase"), "memory 1 must have its cues in a list, got the text 'paraphrase'"),
        (Item("a", "b"), "memory 1 needs an embedding: this bank has no encoder"),
        (Item("a", "b", (), np.ones(4)), r"embedding of memory 1 must have shape \(3,\), got \(4,\)"),
        (Item("a", "b", ["c"], np.ones(3)), r"embedding of memory 1 must have shape \(2, 3\), got \(3,\)"),
        (
            Item("a", "b", (), np.ones(3), np.ones(2)),
            r"target embedding of memory 1 must have shape \(3,\), got \(2,\)",
        ),
        (Item("a", "b", (), [1, np.nan, 0]), "embedding of memory 1 must be finite, got NaN or infinity in it"),
        (Item("a", "b", (), np.zeros(3)), "embedding of memory 1 must not be all zeros: it has no direction"),
        (Item("a", "b", ["c"], [[1, 0, 0], [0, 0, 0]]), "embedding of memory 1 must not be all zeros"),
    ],
)
def test_a_wrong_item_is_named_by_its_number(item, sentence):
    with pytest.raises(ValueError, match=sentence):
        prepare([Item("fine", "fine", (), np.ones(3)), item], None, 3)


def test_a_revised_memory_keeps_the_embeddings_of_texts_it_had():
    old = Prepared("target", np.float32([1, 0]), ("cue", "more"), np.float32([[0, 1], [0.6, 0.8]]))
    new = revise(old, Item("more", "cue", ("cue",)), None)
    assert new.target == "cue"
    assert new.embedding.tolist() == [0, 1]
    assert new.cue_embeddings.tolist() == np.float32([[0.6, 0.8], [0, 1]]).tolist()


def test_a_revised_memory_needs_an_encoder_for_a_new_text():
    old = Prepared("target", np.float32([1, 0]), ("cue",), np.float32([[0, 1]]))
    with pytest.raises(ValueError, match="text 'new' needs an embedding: this bank has no encoder"):
        revise(old, Item("new", "target"), None)
