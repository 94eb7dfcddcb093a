"""Exporter: a bank's memories as JSONL that imports as the same memories."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nuonuo.files.origins import FIELDS
from nuonuo.memory import Memory
from nuonuo.memory.records import Record

ORIGIN = (*FIELDS, "position")
SAME = 1e-3  # |x − y| of unit vectors that count as one; 1 − cos is half its square, 5e-7


def as_jsonl(memory: Memory) -> str:
    """One object a line: cue, target and further cues, and the embeddings that encoding these texts would not give.

    With where it comes from, as far as that is known; and where any memory has ties, keys and links to those stored.

    Those are all of a bank without an encoder, and those that were given ready-made to a bank with one: its texts are
    encoded again to tell, which its encoder's cache makes quick.
    """
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _rows(memory))


def _rows(memory: Memory) -> Iterator[dict[str, Any]]:
    rows = list(memory)
    texts = list(dict.fromkeys(text for row in rows for text in (*row.cues, row.target)))
    place = {text: number for number, text in enumerate(texts)}
    encoded = memory.encoder.encode(texts).cpu().numpy() if memory.encoder else None  # (texts, d)

    def given(embeddings: np.ndarray, of: tuple[str, ...]) -> bool:
        """Whether embeddings (n, d) are others than the encoder makes of their texts."""
        if encoded is None:
            return True
        apart = np.linalg.norm(embeddings - encoded[[place[text] for text in of]], axis=1)  # (n,)
        return bool(apart.max() > SAME)

    keys = _keys(rows)
    for row in rows:
        written: dict[str, Any] = {"id": row.about.own_id} if row.about.own_id else {}
        written |= {"key": keys[row.id]} if row.id in keys else {}
        written |= {"cue": row.cues[0], "target": row.target, "cues": list(row.cues[1:])}
        if given(row.cue_embeddings, row.cues):
            written["embedding"] = _numbers(row.cue_embeddings)
        if given(row.embedding[None], (row.target,)):
            written["target_embedding"] = _numbers(row.embedding)
        written |= {name: getattr(row.about, name) for name in ORIGIN if getattr(row.about, name) is not None}
        written |= {"metadata": row.about.fields} if row.about.metadata else {}
        links = [
            {"to": keys[tie.to], "weight": tie.weight} for tie in row.ties if tie.to in memory and tie.to != row.id
        ]
        yield written | ({"links": links} if links else {})


def _keys(rows: Sequence[Record]) -> dict[int, str]:
    """What the links of a file call each memory, where there are any: its number, which is no id of its own."""
    return {row.id: str(row.id) for row in rows} if any(row.ties for row in rows) else {}


def _numbers(vectors: np.ndarray) -> list:
    """float32 numbers as the shortest decimals that are read as the same: half as long as those of float64."""
    return vectors.astype(np.float32).astype("U16").astype(np.float64).tolist()
