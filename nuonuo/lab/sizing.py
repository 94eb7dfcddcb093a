"""Sizing: how many bytes a memory takes, measured at several sizes here and computed from there to 10⁸.

Measured is what a bank that was opened from its file holds, array by array, and what its file and a collection of
Milvus Lite take on the disk. Computed is, at 10⁶ and more, the line through the two largest sizes, for every array has
a row a cue; only the vocabulary grows with a power of N (Heaps' law), fitted to the same two. What a cluster needs
is always computed, as none is at hand: the fields of nuonuo/engines/collection.py in its memory, and on its disk the
fields and the indexes that are made of them; one replica, and nothing for the cluster's own work.
"""

import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

from nuonuo.engines.connection import Connection
from nuonuo.engines.filling import fill
from nuonuo.lab.bounds import SEED, Bounds, within
from nuonuo.lab.speed import texts, vectors
from nuonuo.maths.hebbian import post
from nuonuo.maths.search import Index
from nuonuo.memory import Memory
from nuonuo.memory.bank import Bank
from nuonuo.memory.encoder import Progress
from nuonuo.memory.records import record

FRACTIONS = (100, 10, 1)  # of the largest size: those that are measured
COMPUTED = (10**6, 10**7, 10**8)
VOCABULARY = "vocabulary"
NUMBERS = 4 * 8  # bytes of a row's number, memory, cue and made in Milvus
SPARSE = 8  # bytes of an entry of a sparse vector: dimension and value
STATM = Path("/proc/self/statm")  # of Linux: pages of this process
ALONE = ("disk", "process")  # places whose parts do not add up
Bytes = dict[tuple[str, str], float]  # (where, part): bytes


BOUNDS = {"largest": Bounds(2 * FRACTIONS[0], 200_000), "seed": SEED}


@within(BOUNDS)
def run(
    file: str | Path | None = None, largest: int = 20_000, seed: int = 0, progress: Progress | None = None
) -> list[dict]:
    """Rows memories, where, part, how, bytes_a_memory, gigabytes: each part, then together for each place.

    Every memory has one cue and a random vector of 384 dimensions. file: texts one a line; ten random words each if
    None. largest: memories of the largest size measured. Raises ValueError if it is out of bounds, or file has fewer
    lines. Milvus Lite is left out where it is not installed.
    """
    X = vectors(None, largest, torch.Generator().manual_seed(seed), None, None).numpy()
    cues = texts(file, largest, seed)
    if len(cues) < largest:
        raise ValueError(f"largest must be at most {len(cues)}, the lines of {file}, got {largest}")
    found: dict[int, Bytes] = {}
    for done, fraction in enumerate(FRACTIONS, 1):
        n = largest // fraction
        found[n] = measured(X[:n], cues[:n], seed)
        if progress:
            progress(done, len(FRACTIONS))
    measured_rows = [row for n, parts in found.items() for row in rows(n, parts, "measured")]
    return measured_rows + [row for n in COMPUTED for row in rows(n, computed(found, n), "computed")]


def measured(X: np.ndarray, cues: list[str], seed: int) -> Bytes:
    """Bytes of n memories with embeddings X (n, d) and a text each."""
    d = X.shape[1]
    with tempfile.TemporaryDirectory(prefix="nuonuo-") as folder:
        path = Path(folder) / "bank.nuonuo"
        with closing(Memory(path, dimension=d, seed=seed)) as memory:
            memory.add_many([record(text, f"{text}.", (), x, x) for text, x in zip(cues, X, strict=True)])
        with closing(Memory.open(path)) as memory:
            bank = memory.bank
            parts = in_memory(bank) | in_cluster(bank)
            if find_spec("pymilvus") and find_spec("milvus_lite"):
                parts["disk", "collection of Milvus Lite"] = in_lite(bank, Path(folder) / "index.db")
        parts["disk", "bank's file"] = float(path.stat().st_size)
        if STATM.exists():
            script = f"import sys; from {__name__} import grown; sys.stdout.write(str(grown({str(path)!r})))"
            said = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True).stdout
            parts["process", "resident memory"] = float(said)
    return parts


def grown(path: str) -> int:
    """By how many bytes a process grows that opens the bank at a path and searches it; of Linux, in a new process."""
    with closing(Memory(dimension=2)) as first:  # whatever else is loaded by then
        first.add("one", embedding=np.array([1.0, 0.0]))
        first.recall(np.array([1.0, 0.0]))
    before = _resident()
    with closing(Memory.open(path)) as memory:
        in_memory(memory.bank)
        memory.recall(memory.bank.X[0], text=memory.bank.texts[0])
        return _resident() - before


def _resident() -> int:
    return int(STATM.read_text("utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def in_memory(bank: Bank) -> Bytes:
    """What a process holds of a bank once it has been searched in all three ways."""
    codes, words = bank.make_codes(), bank.reading.words
    postings, _ = post(codes[0], bank.settings.units), words.postings
    stored = sum(row.cue_embeddings.nbytes + row.embedding.nbytes for row in bank.rows.values())
    coded = Index.of(bank.keys, coded=True).codes
    said = [text for row in bank.rows.values() for text in (*row.cues, row.target)]
    vocabulary = sys.getsizeof(words.vocabulary) + sum(
        sys.getsizeof(w) + sys.getsizeof(10**6) for w in words.vocabulary
    )
    parts = {
        "keys": bank.keys.nbytes,
        "8-bit codes of the keys": 0 if coded is None else coded.written.nbytes,
        "embeddings": bank.X.nbytes + bank.T.nbytes + stored,
        "WTA codes": sum(one.nbytes for one in codes),
        "postings of the WTA codes": sum(one.nbytes for one in (postings.rows, postings.start, postings.count)),
        "BM25 counts and postings": words.nbytes,
        VOCABULARY: vocabulary,
        "texts": sum(map(sys.getsizeof, said)),
    }
    return {("memory", part): float(size) for part, size in parts.items()}


def in_cluster(bank: Bank) -> Bytes:
    """What the fields of a bank's cues take in a cluster, computed from their number."""
    n, words = len(bank.owner), bank.reading.words
    code, text = n * bank.settings.winners * SPARSE, sum(len(one.encode("utf-8")) for one in bank.texts)
    indexed = {"keys": n * bank.d * 4, "WTA codes": code, "BM25": len(words.words) * SPARSE}
    in_all = indexed | {"texts and numbers": text + n * NUMBERS}
    sizes = {("cluster's memory", part): float(size) for part, size in in_all.items()}
    return sizes | {("cluster's disk", part): float(size * (1 + (part in indexed))) for part, size in in_all.items()}


def in_lite(bank: Bank, path: Path) -> float:
    """What a collection of Milvus Lite takes on the disk."""
    with closing(Connection(str(path))) as connection:
        fill(bank, "sizing", connection, "sizing")
    return float(sum(file.stat().st_size for file in path.rglob("*") if file.is_file()))


def computed(found: Mapping[int, Bytes], n: int) -> Bytes:
    """Bytes of n memories from those of the sizes measured, two at least."""
    *_, less, most = sorted(found)
    parts = {key: size + (size - found[less][key]) / (most - less) * (n - most) for key, size in found[most].items()}
    key = "memory", VOCABULARY
    power = math.log(found[most][key] / found[less][key]) / math.log(most / less)
    return parts | {key: found[most][key] * (n / most) ** power}


def rows(n: int, parts: Bytes, how: str) -> list[dict]:
    """A row for each part of n memories, and one for all that are in one place; of a cluster all are computed."""
    made = []
    for where in dict.fromkeys(place for place, _ in parts):
        own = {part: size for (place, part), size in parts.items() if place == where}
        every = own if where in ALONE else own | {"together": sum(own.values())}
        said = "computed" if where.startswith("cluster") else how
        made += [
            {
                "memories": n,
                "where": where,
                "part": part,
                "how": said,
                "bytes_a_memory": size / n,
                "gigabytes": size / 1e9,
            }
            for part, size in every.items()
        ]
    return made
