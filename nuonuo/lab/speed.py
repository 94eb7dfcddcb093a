"""Speed: how long a recall and a chain take beside FAISS, in one process (nuonuo/lab/timing.py).

Torch and FAISS are each timed with one thread and with all, and the better is taken: with two FAISS took three times as
long for one query where this was written.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from nuonuo.lab import results
from nuonuo.lab.bounds import SEED, Bounds, within
from nuonuo.lab.material import read_lines
from nuonuo.lab.timing import CALLS, FLAT, FLAT_BATCH, Operation, measure, rows
from nuonuo.maths.association import power
from nuonuo.maths.hebbian import Links
from nuonuo.maths.hopfield import Hopfield
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.memory.records import Tie, record

K = 20
HOPS = 6
TIES = 3  # links of each memory, where they are searched for
VOCABULARY = 20_000  # words of random texts
DIMENSION = 384  # of random vectors
SIGMA = 0.6  # noise on a stored vector that makes it a query
MANY = 256  # queries of a batch
SLOWER = 1.3  # times the committed ratio: what `check` lets pass, for machines are noisy
COLUMNS = ("operation", "ms", "vs_faiss_flat")


BOUNDS = {"n": Bounds(100, 200_000), "turns": Bounds(1, 100), "seed": SEED}


@within(BOUNDS)
def run(
    file: str | Path | None = None,
    n: int = 20_000,
    seed: int = 0,
    turns: int = 12,
    check: bool = False,
    device: str = "auto",
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> list[dict]:
    """Rows operation, ms, vs_faiss_flat, threads, median_ms, median_vs_faiss_flat, search; links_bytes with its bytes.

    recall: one query embedding to a full Trace, by meaning alone. associative: by meaning, words and links, with the
    query's text and 3n links. chain6: six hops over n links. hopfield_1000x512: one softmax
    retrieval over 1,000 patterns of 512 dimensions. batch256: `recall_many` of 256 embeddings, beside
    faiss_flat_batch, the same in one search. numpy: X @ q and argpartition. faiss_flat: IndexFlatIP.search, k = 20.

    file: texts one a line, of which the first n are used; random unit vectors if None. check: hold the ratios against
    the committed ones (assets/results/speed.json), of a CPU of the same kind. device: of the bank, as "cuda"; FAISS
    stays on the CPU. progress(done, total) while texts are encoded and after each turn. Raises ValueError if faiss is
    missing, a number is out of its bounds, file has fewer lines, or a ratio is more than 1.3 times the committed one.
    """
    generator = torch.Generator().manual_seed(seed)
    flat = faiss_module()
    X = vectors(file, n, generator, encoder, progress)
    memory, tied = linked(X, seed, device), associated(X, texts(file, n, seed), seed, device)
    links, search = memory.bank.links(), kind(memory.bank.index.codes is not None)
    index, every = flat.IndexFlatIP(X.shape[1]), torch.get_num_threads()
    index.add(X.cpu().numpy())
    try:
        operations = prepare(memory, tied, X, index, generator, turns * CALLS)
        timed = measure(operations, turns, every, flat, progress)
    finally:
        torch.set_num_threads(every)
        memory.close()
        tied.close()
    made = [row | {"search": search} for row in rows(timed)]
    if check:
        compare(made, results.shipped("speed"), search)
    return [*made, dict(zip(COLUMNS, ("links_bytes", None, None), strict=True)) | {"bytes": links.nbytes}]


def faiss_module() -> Any:
    """FAISS. Raises ValueError if it is not installed."""
    try:
        return import_module("faiss")
    except ImportError as reason:
        raise ValueError("speed compares with FAISS, which is missing: pip install faiss-cpu") from reason


def kind(coded: bool) -> str:
    """How a bank is searched here, by which ratios can be compared."""
    return "8-bit codes" if coded else "full scan"


def compare(made: list[dict], committed: results.Result | None, search: str) -> None:
    """Raises ValueError naming each operation that takes more than SLOWER times its committed ratio to FAISS.

    committed: rows with `search` as `kind` gives it; only those of this kind of search are compared.
    """
    known = (
        {row["operation"]: row["vs_faiss_flat"] for row in committed.rows if row.get("search") == search}
        if committed
        else {}
    )
    if not known:
        raise ValueError(f"there is nothing to check against: assets/results/speed.json has no rows of a {search}")
    slower = [
        f"{row['operation']} takes {row['vs_faiss_flat']:.2f} times FAISS, {known[row['operation']]:.2f} is committed"
        for row in made
        if row["operation"] in known and row["vs_faiss_flat"] > SLOWER * known[row["operation"]]
    ]
    if slower:
        raise ValueError(f"slower than committed: {'; '.join(slower)}")


def vectors(
    file: str | Path | None, n: int, generator: torch.Generator, encoder: Encoder | None, progress: Progress | None
) -> Tensor:
    """n unit vectors: a file's lines encoded, or random."""
    if file is None:
        return normalize(torch.randn(n, DIMENSION, generator=generator), dim=1)
    lines = read_lines(file)
    if len(lines) < n:
        raise ValueError(f"n must be at most {len(lines)}, the lines of {file}, got {n}")
    return (encoder or Encoder()).encode(lines[:n], progress)


def linked(X: Tensor, seed: int, device: str = "auto") -> Memory:
    """A memory of each vector, linked to the next and the last to the first."""
    n, d = X.shape
    memory = Memory(None, dimension=d, seed=seed, device=device)
    memory.add_many([record(str(i), str((i + 1) % n), (), X[i], X[(i + 1) % n]) for i in range(n)])
    return memory


def texts(file: str | Path | None, n: int, seed: int) -> list[str]:
    """n texts: a file's lines, or ten words each, as often as words are in a language (Zipf)."""
    if file is not None:
        return read_lines(file)[:n]
    words = np.minimum(np.random.default_rng(seed).zipf(1.3, (n, 10)), VOCABULARY)
    return [" ".join(f"word{number}" for number in row) for row in words.tolist()]


def associated(X: Tensor, cues: list[str], seed: int, device: str = "auto") -> Memory:
    """A memory of each vector and text, linked by hand to three others."""
    n, d = X.shape
    to = np.random.default_rng(seed).integers(1, n, (n, TIES))  # steps to another, so that none is tied to itself
    ties = (1 + (np.arange(n)[:, None] + to) % n).tolist()
    memory = Memory(None, dimension=d, seed=seed, device=device)
    memory.add_many(
        [record(cues[i], cues[i], (), X[i], X[i], ties=[Tie(one, 1.0) for one in set(ties[i])]) for i in range(n)]
    )
    return memory


def prepare(
    memory: Memory, tied: Memory, X: Tensor, index, generator: torch.Generator, repeats: int
) -> dict[str, Operation]:
    """The operations to be timed, each with a query of its own for every one of its calls."""
    n, d = X.shape
    picked = torch.randint(n, (repeats,), generator=generator)
    noise = torch.randn(repeats, d, generator=generator).to(X)
    queries = normalize(X[picked] + SIGMA / d**0.5 * noise, dim=1).to(memory.device)
    links, keys, on_host = memory.bank.links(), X.cpu().numpy(), queries.cpu().numpy()
    starts = whole_chains(links, repeats, generator)
    network = Hopfield(512, beta=8.0, device=memory.device)
    network.store(normalize(torch.randn(1_000, 512, generator=generator), dim=1))
    said, own = [row.cues[0] for row in tied], picked.tolist()

    def many(i: int) -> np.ndarray:
        return np.arange(i, i + MANY) % len(queries)

    states = normalize(torch.randn(repeats, 512, generator=generator), dim=1).to(memory.device)
    return {
        "recall": lambda i: memory.recall(queries[i], Asking(k=K).alone),
        "associative": lambda i: tied.recall(queries[i], k=K, text=said[own[i]]),
        "chain6": lambda i: links.chain(starts[i], HOPS, power(3), threshold=0, floor=0),
        "hopfield_1000x512": lambda i: network.retrieve(states[i]),
        "batch256": lambda i: memory.recall_many(list(queries[many(i)]), Asking(k=K).alone),
        "numpy": lambda i: np.argpartition(keys @ on_host[i], -K),
        FLAT: lambda i: index.search(on_host[i : i + 1], K),
        FLAT_BATCH: lambda i: index.search(on_host[many(i)], K),
    }


def whole_chains(links: Links, count: int, generator: torch.Generator) -> Tensor:
    """Codes of stored cues from which all six hops run: (count, k). A few near-duplicates lead back in a loop."""
    starts: list[Tensor] = []
    for i in torch.randperm(len(links), generator=generator).tolist():
        if len(starts) == count:
            break
        if len(links.chain(links.cues[i], HOPS, power(3), threshold=0, floor=0).hops) == HOPS:
            starts.append(links.cues[i])
    if not starts:
        raise ValueError(f"no chain of {HOPS} hops runs to its end over these texts: all come back in loops")
    return torch.stack([starts[i % len(starts)] for i in range(count)])
