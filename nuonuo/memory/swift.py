"""Many texts through a sentence-transformers model on its quickest way to the same embeddings.

Tokenised once, in batches by tokens (batches.py), with matrix products by oneDNN: PyTorch gives those of float32 to
Intel's MKL, which takes two and a half times as long on other makers' processors, and they are four fifths of encoding.
Both multiply in float32, so that embeddings differ in their last digits only, as they do from batch to batch anyway.
On a CPU each core takes a part of a batch from its tokens to its embeddings: cores that share each product wait for one
another a hundred times a batch, which beside other programs takes longer than one core alone.
"""

import platform
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor, nn
from torch.nn.functional import linear, normalize

TOKENS = 2_048  # of a core's part of a batch, which is done in some tenths of a second
TOKENS_GPU = 16_384  # as many as 64 texts of 256 have
SAME = 1e-4  # between embeddings of one text, at most, in any number
# blanks around, capitals, letters of other scripts, one that no model reads as one piece, and one that few read whole
PROBES = ["  Blanks, CAPITALS \n and Ünïcode: 東京 👩‍🔬 ", "short", "x" * 99, "a b c d e " * 120]


@dataclass(frozen=True)
class Tokens:
    """A text, and the numbers of its tokens, as many as the model reads; None if nobody has asked for them."""

    text: str
    ids: Sequence[int] | None = None


class Swift:
    """A sentence-transformers model by its tokens. Make it by `of`.

    workers: threads that share a batch; as many as PyTorch has on a CPU, if left out. budget: tokens of a batch.
    """

    def __init__(self, model: Any, workers: int | None = None) -> None:
        self._model, self._tokenizer = model, model.tokenizer
        on_cpu = model.device.type == "cpu"
        self.workers = workers or (torch.get_num_threads() if on_cpu else 1)
        self.budget = TOKENS * self.workers if on_cpu else TOKENS_GPU

    @staticmethod
    def of(model: Any) -> "Swift | None":
        """That of a model; None if its own `encode` does anything else, such as to put a prompt before each text."""
        tokenizer = getattr(model, "tokenizer", None)
        if not getattr(tokenizer, "is_fast", False) or getattr(tokenizer, "padding_side", "") != "right":
            return None
        made, plain = Swift(model), model.encode(PROBES, normalize_embeddings=True, show_progress_bar=False)
        try:
            rows = made.embed(made.read(PROBES))
        except Exception:  # models of other kinds want other things than tokens, and say so in their own ways
            return None
        return made if rows.shape == plain.shape and np.abs(rows - plain).max() <= SAME else None

    def read(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of texts; 2,000 short ones take a hundredth of a second."""
        without = {"return_attention_mask": False, "return_token_type_ids": False}
        found = self._tokenizer(list(texts), truncation=True, verbose=False, **without)["input_ids"]
        return [Tokens(text, ids) for text, ids in zip(texts, found, strict=True)]

    def embed(self, batch: Sequence[Tokens]) -> np.ndarray:
        """Unit embeddings (n, d) of a batch, float32; it is shared out in the order given."""
        each = -(-len(batch) // self.workers)
        parts = [batch[start : start + each] for start in range(0, len(batch), each)]
        return np.concatenate(list(self._pool.map(self._part, parts))) if len(parts) > 1 else self._part(batch)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.workers, "encoding", _alone)

    def _part(self, batch: Sequence[Tokens]) -> np.ndarray:
        every = [one.ids or () for one in batch]
        ids = torch.full((len(every), max(map(len, every))), self._tokenizer.pad_token_id or 0)  # (n, T)
        mask = torch.zeros_like(ids)
        for row, some in enumerate(every):
            ids[row, : len(some)] = torch.tensor(some)
            mask[row, : len(some)] = 1
        given = {"input_ids": ids.to(self._model.device), "attention_mask": mask.to(self._model.device)}
        with torch.inference_mode():
            made = self._model(given)["sentence_embedding"]
            return normalize(made.float(), dim=1).cpu().numpy()


def _alone() -> None:
    """Keep this thread, and no other, to one core."""
    torch.get_num_threads()  # PyTorch chooses a thread's number when it is first asked, which must be before
    threadpool_limits(1, user_api="openmp")


def by_onednn(model: nn.Module) -> nn.Module:
    """The model with its linear layers by oneDNN, on x86 processors, where this PyTorch has it; weights stay theirs."""
    if platform.machine() in {"x86_64", "AMD64"} and torch.backends.mkldnn.is_available():
        for layer in model.modules():
            if type(layer) is nn.Linear:
                layer.forward = partial(_linear, layer)  # type: ignore[method-assign]
    return model


def _linear(layer: nn.Linear, x: Tensor) -> Tensor:
    """x @ W.T + b. oneDNN's has no gradient and is for float32 on the CPU; anything else is done as ever."""
    plain = x.device.type == layer.weight.device.type == "cpu" and x.dtype == layer.weight.dtype == torch.float32
    if torch.is_grad_enabled() or not plain or not x.numel():
        return linear(x, layer.weight, layer.bias)
    return torch.ops.mkldnn._linear_pointwise(x, layer.weight, layer.bias, "none", [], "")
