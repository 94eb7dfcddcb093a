"""Many queries at once: checked and encoded together, then looked up together."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from nuonuo.memory.asking import Asking
from nuonuo.memory.encoder import Progress
from nuonuo.memory.recall import ask, recall
from nuonuo.memory.records import Vector
from nuonuo.memory.trace import Trace

if TYPE_CHECKING:
    from nuonuo.memory.memory import Memory


def recall_many(
    memory: "Memory", queries: Sequence[str | Vector] | Vector, asking: Asking, progress: Progress | None = None
) -> list[Trace]:
    """The Trace of each query, a text or an embedding (d,), in their order; progress(done, total) per query.

    Each is what `recall` gives. Raises ValueError naming the query, from 0, before any is asked, if one is blank, of
    another dimension or not finite, or if it is a text and the bank has no encoder.
    """
    if isinstance(queries, str):
        raise ValueError(f"queries must be a list of texts or embeddings, got the text {queries!r}")
    asked = list(queries)
    texts = [one for one in asked if isinstance(one, str)]
    if memory.encoder is not None and all(text.strip() for text in texts):
        memory.encoder.encode([asking.noise.on_text(text) for text in texts])  # remembered until each is asked
    memory.refresh()
    bank, name = memory.bank, memory.name  # one state for all
    checked = []
    for number, one in enumerate(asked):
        if not isinstance(one, str | np.ndarray | Tensor | list | tuple):
            raise ValueError(f"query {number} must be a text or an embedding, got a {type(one).__name__}")
        try:
            checked.append(ask(one, asking.noise, memory.encoder, memory.dimension, memory.device, name))  # type: ignore[arg-type]
        except ValueError as reason:
            raise ValueError(f"query {number}: {reason}") from reason
    traces = []
    for trace in recall(bank, name, checked, asking) if checked else ():
        traces.append(trace)
        if progress:
            progress(len(traces), len(checked))
    return traces
