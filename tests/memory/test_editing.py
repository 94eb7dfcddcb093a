"""Specifies nuonuo/memory/editing.py."""

from dataclasses import replace

import numpy as np
import pytest

from nuonuo.memory.editing import edited, revise, with_cue
from nuonuo.memory.records import About, Record, Tie, record

HERE = About("Title", "session", 3, "notes.md", "1 May")


@pytest.fixture
def old():
    """A stored memory with all that one can have."""
    x = np.float32([[0, 1], [0.6, 0.8]])
    return Record(("cue", "more"), "target", x, np.float32([1, 0]), 5, 2, HERE, (Tie(1), Tie(2, 0)))


def test_what_is_not_edited_stays(old):
    assert edited(old, None, cues=["cue"]).about == HERE
    assert edited(old, None, about=About("Other")).ties == old.ties
    assert edited(old, None, ties=[Tie(3)]).about == HERE
    new = edited(old, None, about=About(), ties=())
    assert (new.about, new.ties) == (About(), ())
    assert (new.id, new.version, new.cues, new.target) == (5, 2, old.cues, old.target)
    np.testing.assert_array_equal(new.cue_embeddings, old.cue_embeddings)


def test_a_further_cue_keeps_origin_and_ties(old):
    for new in (with_cue(old, None, "again", np.float32([3, 0])), with_cue(old, None, "target")):
        assert (new.about, new.ties, new.id) == (HERE, old.ties, 5)
        assert new.cue_embeddings[-1].tolist() == [1, 0]


def test_an_origin_or_a_tie_that_cannot_be_stored_is_named_with_the_memory(old):
    with pytest.raises(ValueError, match="memory 5 must have a title that is a text and not blank, or none, got ' '"):
        edited(old, None, about=About(" "))
    with pytest.raises(ValueError, match=r"memory 5 .* weight of 0 or 1e-06 to 1,000,000, got -1 to 2"):
        edited(old, None, ties=[Tie(2, -1)])


def test_a_revised_memory_keeps_origin_and_ties(old):
    new = revise(old, record("more", "cue", about=About("Other")), None)
    assert replace(new, cues=old.cues, target=old.target, cue_vectors=None, target_vector=None) == replace(
        old, cue_vectors=None, target_vector=None
    )


def test_a_revised_memory_keeps_the_embeddings_of_texts_it_had():
    old = Record(("cue", "more"), "target", np.float32([[0, 1], [0.6, 0.8]]), np.float32([1, 0]))
    new = revise(old, record("more", "cue", ("cue",)), None)
    assert new.target == "cue"
    assert new.embedding.tolist() == [0, 1]
    assert new.cue_embeddings.tolist() == np.float32([[0.6, 0.8], [0, 1]]).tolist()


def test_a_revised_memory_needs_an_encoder_for_a_new_text():
    old = Record(("cue",), "target", np.float32([[0, 1]]), np.float32([1, 0]))
    with pytest.raises(ValueError, match="text 'new' needs an embedding: this bank has no encoder"):
        revise(old, record("new", "target"), None)
