"""Specifies nuonuo/files/frames.py and nuonuo/memory/arrow.py: pandas and Arrow in and out."""

from contextlib import closing

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from nuonuo import About, Memory

TEXTS = ["Vienna lies on the Danube", "Tea is hot", "Whales are mammals"]
RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(3, 8)).astype(np.float32)


def test_a_frame_is_read_as_a_file_of_its_columns_is(encoder):
    frame = pd.DataFrame({"doc_id": ["a", "b", "c"], "text": TEXTS, "title": [None, "Tea", np.nan], "lang": ["en"] * 3})
    with closing(Memory.from_frame(frame, encoder=encoder)) as memory:
        rows = list(memory)
        assert [row.about.own_id for row in rows] == ["a", "b", "c"]
        assert [row.about.title for row in rows] == [None, "Tea", None]
        assert rows[0].about.fields["lang"] == "en"
        assert memory.recall("Which river?").answer.target == TEXTS[0]


@pytest.mark.parametrize("kind", ["pandas", "arrow", "dicts"])
def test_columns_are_named_and_vectors_of_another_size_get_no_encoder(kind):
    columns = {"body": TEXTS, "emb": list(X), "n": [1, 2, 3]}
    frame = pd.DataFrame(columns)
    if kind == "arrow":
        frame = pa.table(columns)
    elif kind == "dicts":
        frame = frame.to_dict("records")
    with closing(Memory.from_frame(frame, text="body", vector="emb")) as memory:
        assert (memory.encoder, memory.dimension) == (None, 8)
        assert memory.recall(X[1], whitened=False).answer.target == TEXTS[1]
        assert [row.about.fields for row in memory] == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_a_frame_is_added_to_a_bank_that_there_is_and_nothing_of_a_wrong_one(tmp_path):
    path = tmp_path / "b.nuonuo"
    Memory.from_frame(pd.DataFrame({"text": TEXTS, "vector": list(X)}), path).close()
    Memory.from_frame(pd.DataFrame({"text": ["Ice"], "vector": [X[0]]}), path).close()
    with pytest.raises(ValueError, match=r"must have shape \(8,\), got \(4,\)"):
        Memory.from_frame(pd.DataFrame({"text": ["Snow"], "vector": [X[0][:4]]}), path)
    with closing(Memory.open(path)) as memory:
        assert [row.target for row in memory] == [*TEXTS, "Ice"]


@pytest.mark.parametrize(
    ("frame", "named", "said"),
    [
        (pd.DataFrame({"text": ["a", None]}), {}, r"^the frame, row 1: cue must be a text that is not blank, got "),
        (
            pd.DataFrame({"text": ["a"]}),
            {"text": "body"},
            "^the frame: there is no column .body. for text: there are text",
        ),
        (
            pd.DataFrame({"text": ["a"]}),
            {"txt": "text"},
            r"^the frame: a column can be text, .* or metadata, got 'txt'$",
        ),
        (pd.DataFrame({"text": []}), {}, r"^the frame is empty: it must have a row for each memory$"),
        ({"text": ["a"]}, {}, r"^frame must be a pandas DataFrame, an Arrow or Polars table, .* got a dict$"),
        (pd.DataFrame({"n": [1]}), {}, r"^the frame, row 0: cue must be a text"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path, frame, named, said):
    with pytest.raises(ValueError, match=said):
        Memory.from_frame(frame, tmp_path / "b.nuonuo", **named)
    assert not (tmp_path / "b.nuonuo").exists()


@pytest.mark.parametrize("pandas", [False, True])
def test_to_arrow_and_back_keeps_texts_vectors_and_origin(pandas):
    with closing(Memory(dimension=8)) as memory:
        about = About("T", "s", 2.0, "f.md", "2024-01-01", "own", '{"a": 1}')
        memory.add("one", "two", ("three",), about, embedding=X[:2], target_embedding=X[2])
        memory.add("four", embedding=X[1])
        table = memory.to_arrow()
        assert table.num_rows == 2
        assert table.schema.field("embedding").type == pa.list_(pa.float32(), 8)
        frame = table.to_pandas() if pandas else table
        with closing(Memory.from_frame(frame)) as twin:
            for ours, theirs in zip(memory, twin, strict=True):
                assert (theirs.cues, theirs.target) == (ours.cues, ours.target)
                assert theirs.about == ours.about
                np.testing.assert_allclose(theirs.cue_embeddings, ours.cue_embeddings, atol=1e-6)
                np.testing.assert_allclose(theirs.embedding, ours.embedding, atol=1e-6)
    with closing(Memory(dimension=8)) as empty:
        assert empty.to_arrow().num_rows == 0
