"""What makes embeddings and is no sentence-transformers model of ours: a function, or another library's object."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from nuonuo.memory.vectors import unit_rows

Call = Callable[[list[str]], Any]  # texts to embeddings: an array (n, d), a tensor or a list of vectors
METHODS = ("embed_documents", "get_text_embedding_batch", "encode")  # LangChain, LlamaIndex, sentence-transformers
WANTED = (
    "an Encoder, a model's name or folder, openai:MODEL@URL, or a function from a list of texts to their embeddings"
)


def call_of(given: Any) -> tuple[Call, str]:
    """The function that encodes, and its name. Raises ValueError if there is none."""
    for method in METHODS:
        if callable(found := getattr(given, method, None)) and not isinstance(given, type):
            named = getattr(given, "model_name", None) or getattr(given, "model", None)
            return found, named if isinstance(named, str) and named.strip() else type(given).__name__
    if not callable(given) or isinstance(given, type):
        raise ValueError(f"encoder must be {WANTED}, got a {_kind(given)}")
    return given, f"{getattr(given, '__module__', '')}.{getattr(given, '__qualname__', type(given).__name__)}"


def rows_of(call: Call, texts: Sequence[str], name: str, dimension: int | None) -> np.ndarray:
    """Unit embeddings (n, d) float32 that a function makes of texts; dimension: the d that they must have.

    Raises ValueError naming the encoder if it makes anything else.
    """
    made = call(list(texts))
    if isinstance(made, torch.Tensor):
        made = made.detach().float().cpu().numpy()
    try:
        rows = np.asarray(made, dtype=np.float32)
    except (ValueError, TypeError) as reason:
        raise ValueError(
            f"encoder {name} must make an array with a row of numbers for each of {len(texts)} texts, "
            f"got a {_kind(made)}"
        ) from reason
    if rows.ndim != 2 or len(rows) != len(texts) or not rows.shape[1]:
        raise ValueError(f"encoder {name} must make embeddings of shape ({len(texts)}, d), got {rows.shape}")
    return unit_rows(rows, len(texts), dimension or rows.shape[1], f"what encoder {name} makes").numpy()


def _kind(value: Any) -> str:
    return value.__name__ if isinstance(value, type) else type(value).__name__
