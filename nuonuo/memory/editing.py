"""Editing: a stored memory with other texts, another origin or other ties; what stays keeps its embeddings."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nuonuo.memory.encoder import Encoder
from nuonuo.memory.records import About, Record, Tie, Vector, check_about, check_texts, record
from nuonuo.memory.vectors import unit_rows


def edited(
    old: Record,
    encoder: Encoder | None,
    cue: str | None = None,
    target: str | None = None,
    cues: Sequence[str] | None = None,
    about: About | None = None,
    ties: Sequence[Tie] | None = None,
) -> Record:
    """A memory with another cue, target, paraphrases, origin or ties; what is None stays.

    Raises ValueError for a text, an origin or a tie that cannot be stored, or a new text where there is no encoder.
    """
    first, rest = old.cues[0] if cue is None else cue, old.cues[1:] if cues is None else cues
    new = revise(old, record(first, old.target if target is None else target, rest), encoder)
    new = replace(new, about=about or old.about, ties=old.ties if ties is None else tuple(ties))
    check_about(new.about, new.ties, f"memory {old.id}")
    return new


def with_cue(old: Record, encoder: Encoder | None, text: str, embedding: Vector | None = None) -> Record:
    """A memory that another text brings back too. embedding: (d,); None: it is encoded.

    Raises ValueError for a text or an embedding that cannot be stored.
    """
    check_texts((text,), f"memory {old.id}")
    if embedding is None:
        return edited(old, encoder, cues=[*old.cues[1:], text])
    x = unit_rows(embedding, 1, len(old.embedding), "embedding").cpu().numpy()  # (1, d)
    return replace(old, cues=(*old.cues, text), cue_vectors=np.concatenate([old.cue_embeddings, x]))


def revise(old: Record, new: Record, encoder: Encoder | None) -> Record:
    """A memory with the texts of another, and all else its own.

    Texts that it had keep their embeddings, ready-made or not; new ones are encoded. Raises ValueError for a text that
    is blank or too long, or a new one where there is no encoder.
    """
    check_texts((*new.cues, new.target), f"memory {old.id}")
    known = {old.target: old.embedding} | dict(zip(old.cues, old.cue_embeddings, strict=True))
    x = np.stack([_embedding(text, known, encoder) for text in new.cues])
    y = old.embedding if new.target == old.target else _embedding(new.target, known, encoder)
    return replace(old, cues=new.cues, target=new.target, cue_vectors=x, target_vector=y)


def _embedding(text: str, known: dict[str, np.ndarray], encoder: Encoder | None) -> np.ndarray:
    if text in known:
        return known[text]
    if encoder is None:
        raise ValueError(f"text {text!r} needs an embedding: this bank has no encoder")
    return encoder.encode([text])[0].cpu().numpy()
