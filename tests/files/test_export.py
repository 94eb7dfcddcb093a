"""Specifies nuonuo/files/export.py: whatever is written can be read, and is the same bank."""

import json
from contextlib import closing

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import (
    builds,
    characters,
    dictionaries,
    floats,
    integers,
    lists,
    none,
    one_of,
    sampled_from,
    text,
    tuples,
)

from nuonuo import Memory
from nuonuo.files.export import as_jsonl
from nuonuo.files.memories import read_items
from nuonuo.memory.records import About, Tie, metadata_text, record

PLAIN = {"exponent": 0, "units": 64, "winners": 4}  # no whitening: of 3,072 numbers it takes a minute
odd = sampled_from(
    ["\n", "\r\n", '"', "\\", " ", "\t", "\u2028", "\u2029", "\x85", "\x0b", "\x1c", "\ufeff", "é", "中", "😀"]
)
words = lists(text(characters(exclude_categories=["Cs"])) | odd, max_size=6).map("".join).filter(str.strip)
numbers = floats(allow_nan=False, allow_infinity=False)
memories = lists(tuples(words, words, lists(words, max_size=4)), min_size=1, max_size=4)


def imported(written, path, encoder=None, dimension=None):
    """A bank made of what was written."""
    path.write_text(written, "utf-8", newline="")
    again = Memory(encoder=encoder, dimension=dimension, **PLAIN)
    again.add_many(read_items(path))
    return again


def assert_same(one, two):
    assert [(r.cues, r.target) for r in one] == [(r.cues, r.target) for r in two]
    for old, new in zip(one, two, strict=True):
        cosines = [*(old.cue_embeddings * new.cue_embeddings).sum(1), old.embedding @ new.embedding]
        np.testing.assert_allclose(cosines, 1, atol=1e-6)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=memories, d=sampled_from([1, 2, 3, 384, 1_536, 3_072]), seed=integers(0, 10_000))
def test_a_bank_of_embeddings_made_elsewhere_is_exported_and_imported_as_it_is(rows, d, seed, tmp_path):
    generator = np.random.default_rng(seed)
    with closing(Memory(dimension=d, **PLAIN)) as memory:
        memory.add_many(
            record(cue, target, more, generator.normal(size=(1 + len(more), d)), generator.normal(size=d))
            for cue, target, more in rows
        )
        with closing(imported(as_jsonl(memory), tmp_path / "m.jsonl", dimension=d)) as again:
            assert_same(memory, again)


def test_a_memory_of_three_thousand_numbers_is_read_again(tmp_path):
    with closing(Memory(dimension=3_072, **PLAIN)) as memory:
        memory.add_many([record("a", "b", ["c", "d"], np.random.default_rng(0).normal(size=(3, 3_072)))])
        written = as_jsonl(memory)
        assert len(written) > 100_000
        with closing(imported(written, tmp_path / "m.jsonl", dimension=3_072)) as again:
            assert_same(memory, again)


@pytest.fixture
def given_vectors(encoder):
    """A bank with an encoder in which some embeddings came from elsewhere."""
    x = np.random.default_rng(0).normal(size=(4, encoder.dimension))
    with closing(Memory(encoder=encoder)) as memory:
        memory.add_many(
            [
                record("The kettle whistles", "Tea is ready", ["It is boiling"]),
                record("A cue from elsewhere", "Its target", (), x[0]),
                record("A cue of ours", "A target from elsewhere", (), None, x[1]),
                record("Two", "targets", ["and cues"], x[2:4], x[0]),
            ]
        )
        yield memory


def test_embeddings_that_were_given_are_exported_and_no_others(given_vectors, encoder, tmp_path):
    written = as_jsonl(given_vectors)
    texts = {"cue", "target", "cues"}
    assert [set(json.loads(line)) - texts for line in written.splitlines()] == [
        set(),
        {"embedding"},
        {"target_embedding"},
        {"embedding", "target_embedding"},
    ]
    with closing(imported(written, tmp_path / "m.jsonl", encoder)) as again:
        assert_same(given_vectors, again)


def test_a_cue_with_an_embedding_of_its_own_is_exported_with_it(encoder, tmp_path):
    with closing(Memory(encoder=encoder)) as memory:
        one = memory.add("The kettle whistles", "Tea is ready")
        memory.add_cue(one, "Its whistle", np.random.default_rng(0).normal(size=encoder.dimension))
        with closing(imported(as_jsonl(memory), tmp_path / "m.jsonl", encoder)) as again:
            assert_same(memory, again)


def test_an_empty_bank_is_an_empty_file():
    with closing(Memory(dimension=2)) as memory:
        assert as_jsonl(memory) == ""


def test_the_longest_text_a_bank_takes_is_exported_and_imported_again(tmp_path):
    longest, x = "é" * 100_000, np.eye(2)
    with closing(Memory(dimension=2, **PLAIN)) as memory:
        memory.add_many([record(longest, "a" + longest[1:], [longest], x, x[0])])
        with pytest.raises(ValueError, match="memory 0 must have texts of at most 100,000 characters, got 100,001"):
            memory.add_many([record(longest + "x", "target", (), x[0])])
        with closing(imported(as_jsonl(memory), tmp_path / "m.jsonl", dimension=2)) as again:
            assert_same(memory, again)


maybe = one_of(none(), words)
ids = one_of(none(), words.map(str.strip))
fields = dictionaries(
    text(characters(exclude_categories=["Cs"])),
    one_of(words, floats(allow_nan=False, allow_infinity=False), none()),
    max_size=2,
)
origins = builds(About, maybe, maybe, one_of(none(), numbers), maybe, maybe, ids, fields.map(metadata_text))
ties = lists(tuples(integers(1, 4), one_of(sampled_from([0.0]), floats(1e-6, 1e6))), max_size=3)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some=lists(tuples(words, origins, ties), min_size=4, max_size=4))
def test_origins_and_ties_are_exported_and_imported_as_they_are(some, tmp_path):
    with closing(Memory(dimension=4, **PLAIN)) as memory:
        memory.add_many(
            record(cue, None, (), x, None, about, [Tie(to, weight) for to, weight in drawn if to != number])
            for number, (x, (cue, about, drawn)) in enumerate(zip(np.eye(4), some, strict=True), 1)
        )
        with closing(imported(as_jsonl(memory), tmp_path / "m.jsonl", dimension=4)) as again:
            assert_same(memory, again)
            assert [(r.id, r.about, r.ties) for r in memory] == [(r.id, r.about, r.ties) for r in again]


def test_ties_are_exported_to_the_memories_that_are_there_and_no_others(tmp_path):
    with closing(Memory(dimension=3, **PLAIN)) as memory:
        memory.add_many(record(f"{i}", embedding=x) for i, x in enumerate(np.eye(3)))
        assert not {"id", "links", "title"} & set(json.loads(as_jsonl(memory).splitlines()[0]))
        memory.change(3, ties=[Tie(1), Tie(2, 0.5), Tie(9)])
        memory.forget(1)
        with closing(imported(as_jsonl(memory), tmp_path / "m.jsonl", dimension=3)) as again:
            assert [row.ties for row in again] == [(), (Tie(1, 0.5),)]
