"""What a bank can be asked: any text where it has an encoder, else only texts whose embedding is known.

Known are the stored cues, and the questions of this visitor's set that came with an embedding of this bank's size.
"""

import weakref
from contextlib import nullcontext
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from nuonuo import Memory, Trace
from nuonuo.files.questions import Question
from nuonuo.memory.asking import Asking
from nuonuo.memory.bank import Bank
from nuonuo.studio.shell import sets, state

OFFERED = 1_000  # known texts to pick from
NO_ENCODER = "This bank holds embeddings made elsewhere and has no encoder"


def probe(memory: Memory, text: str) -> str | Tensor | None:
    """What to recall for a text: itself, or its embedding (d,) where there is no encoder; None if none is known."""
    return text if memory.encoder else _embedding(memory, text)


def question(memory: Memory) -> str | Tensor:
    """What to recall for the shared question again; it must have been recalled once."""
    asked = probe(memory, st.session_state.q)
    assert asked is not None
    return asked


def recall(memory: Memory, asking: Asking | None = None, **settings: Any) -> Trace:
    """Recall the shared question again, with its text also where its embedding is asked; it must be known."""
    encoder = memory.encoder
    with nullcontext() if encoder is None or encoder.ready else st.spinner("Loading the language model"):
        return memory.recall(question(memory), asking, st.session_state.q, **settings)


def embed(memory: Memory, texts: list[str]) -> Tensor:
    """Embeddings (n, d) of texts that can be asked."""
    if memory.encoder:
        return memory.encoder.encode(texts)
    found = [x for text in texts if (x := _embedding(memory, text)) is not None]
    return torch.stack(found) if found else memory.bank.X[:0]


def offer(memory: Memory) -> None:
    """Say which texts a bank without an encoder can be asked, and why; one of them can be picked."""
    asked = list(dict.fromkeys(q.query for q in _questions(memory)))
    more = f", or a question of your set that came with an embedding ({len(asked):,} did)" if asked else ""
    st.info(f"{NO_ENCODER}, so it can be asked only a text whose embedding is known: a stored cue{more}.")
    texts = list(dict.fromkeys([*asked, *memory.bank.texts]))
    st.selectbox(
        "Ask a known text" + (f", one of the first {OFFERED:,}" if len(texts) > OFFERED else ""),
        texts[:OFFERED],
        index=None,
        key="known",
        on_change=lambda: state.ask(st.session_state.known or ""),
        placeholder="Type some letters of it",
    )


def _embedding(memory: Memory, text: str) -> Tensor | None:
    """The embedding (d,) of a text: that of a question of the set, else of a stored cue."""
    wanted, bank = _folded(text), memory.bank
    for asked in _questions(memory):
        if _folded(asked.query) == wanted:
            return torch.tensor(asked.embedding).to(bank.X)
    row = _row(bank, wanted)
    return None if row is None else bank.X[row]


def _row(bank: Bank, wanted: str) -> int | None:
    """The row of the stored cue that a text is but for its blanks; asked in every run, so this tab's last is kept."""
    s = st.session_state
    made_of, text, row = s.get("known_row", (lambda: None, "", None))
    if made_of() is not bank or text != wanted:
        row = next((row for row, stored in enumerate(bank.texts) if _folded(stored) == wanted), None)
        s.known_row = (weakref.ref(bank), wanted, row)
    return row


def _questions(memory: Memory) -> list[Question]:
    """The questions of this visitor's set whose own embedding fits the bank."""
    kept = sets.current()
    return [
        asked
        for asked in (kept.questions if kept else ())
        if asked.embedding is not None and len(asked.embedding) == memory.dimension and any(asked.embedding)
    ]


def _folded(text: str) -> str:
    return " ".join(text.split())
