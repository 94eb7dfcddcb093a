"""Speed: how long a recall and a chain take beside FAISS, in one process.

Operations take turns of ten calls. A turn's time is the median of its calls; an operation's is that of its least
disturbed turn, because other programs on a machine only ever add time, and most to what lives in the cache; the median
of its turns stands beside it. Torch and FAISS are each timed with one thread and with all, and the better is taken:
with two FAISS took three times as long for one query where this was written.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from nuonuo.lab.bounds import SEED, Bounds, within
from nuonuo.lab.material import read_lines
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
CALLS, WARM = 10, 2  # of a turn: timed, and before them untimed
SIGMA = 0.6  # noise on a stored vector that makes it a query
Operation = Callable[[int], object]  # of the repeat's number, so that each repeat asks something else


@dataclass(frozen=True)
class Timed:
    """One operation with one number of threads."""

    operation: str
    threads: int
    turns: tuple[float, ...]  # ms, the median call of each turn

    @property
    def least(self) -> float:
        """ms of the least disturbed turn."""
        return min(self.turns)


BOUNDS = {"n": Bounds(100, 200_000), "turns": Bounds(1, 100), "seed": SEED}


@within(BOUNDS)
def run(
    file: str | Path | None = None,
    n: int = 20_000,
    seed: int = 0,
    turns: int = 12,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> list[dict]:
    """Rows operation, ms, vs_faiss_flat, threads, median_ms, median_vs_faiss_flat; and links_bytes with its bytes.

    recall: one query embedding to a full Trace, by meaning alone. associative: by meaning, words and links, with the
    query's text and 3n links. chain6: six hops over n links. hopfield_1000x512: one softmax
    retrieval over 1,000 patterns of 512 dimensions. numpy: X @ q and argpartition. faiss_flat: IndexFlatIP.search,
    k = 20. file: texts one a line, of which the first n are used; random unit vectors if None. progress(done, total)
    while texts are encoded and after each turn. Raises ValueError if faiss is missing, a number is out of its bounds or
    file has fewer lines.
    """
    try:
        import faiss
    except ImportError as reason:
        raise ValueError("speed compares with FAISS, which is missing: pip install faiss-cpu") from reason
    generator = torch.Generator().manual_seed(seed)
    X = vectors(file, n, generator, encoder, progress)
    memory, tied = linked(X, seed), associated(X, texts(file, n, seed), seed)
    links = memory.bank.links()
    index = faiss.IndexFlatIP(X.shape[1])
    index.add(X.cpu().numpy())
    every = torch.get_num_threads()
    try:
        operations = prepare(memory, tied, X, index, generator, turns * CALLS)
        timed = measure(operations, turns, every, faiss, progress)
    finally:
        torch.set_num_threads(every)
        memory.close()
        tied.close()
    return [*rows(timed), {"operation": "links_bytes", "ms": None, "vs_faiss_flat": None, "bytes": links.nbytes}]


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


def linked(X: Tensor, seed: int) -> Memory:
    """A memory of each vector, linked to the next and the last to the first."""
    n, d = X.shape
    memory = Memory(None, dimension=d, seed=seed)
    memory.add_many([record(str(i), str((i + 1) % n), (), X[i], X[(i + 1) % n]) for i in range(n)])
    return memory


def texts(file: str | Path | None, n: int, seed: int) -> list[str]:
    """n texts: a file's lines, or ten words each, as often as words are in a language (Zipf)."""
    if file is not None:
        return read_lines(file)[:n]
    words = np.minimum(np.random.default_rng(seed).zipf(1.3, (n, 10)), VOCABULARY)
    return [" ".join(f"word{number}" for number in row) for row in words.tolist()]


def associated(X: Tensor, cues: list[str], seed: int) -> Memory:
    """A memory of each vector and text, linked by hand to three others."""
    n, d = X.shape
    to = np.random.default_rng(seed).integers(1, n, (n, TIES))  # steps to another, so that none is tied to itself
    ties = (1 + (np.arange(n)[:, None] + to) % n).tolist()
    memory = Memory(None, dimension=d, seed=seed)
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
    states = normalize(torch.randn(repeats, 512, generator=generator), dim=1).to(memory.device)
    return {
        "recall": lambda i: memory.recall(queries[i], Asking(k=K).alone),
        "associative": lambda i: tied.recall(queries[i], k=K, text=said[own[i]]),
        "chain6": lambda i: links.chain(starts[i], HOPS, power(3), threshold=0, floor=0),
        "hopfield_1000x512": lambda i: network.retrieve(states[i]),
        "numpy": lambda i: np.argpartition(keys @ on_host[i], -K),
        "faiss_flat": lambda i: index.search(on_host[i : i + 1], K),
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


def measure(operations: dict[str, Operation], turns: int, every: int, faiss, progress: Progress | None) -> list[Timed]:
    """Each operation with one thread and with every, all taking turns.

    NumPy comes after them, because its threads wait for more work by spinning and slow down whatever comes next.
    """
    plans = [(name, threads) for name in operations if name != "numpy" for threads in sorted({1, every})]
    made = []
    for some in (plans, [("numpy", every)]):
        took: dict[tuple[str, int], list[float]] = {plan: [] for plan in some}
        for turn in range(turns):
            for name, threads in some:
                # They may share one OpenMP, so the number is set before each turn.
                (faiss.omp_set_num_threads if name == "faiss_flat" else torch.set_num_threads)(threads)
                took[name, threads].append(one_turn(operations[name], turn * CALLS))
            if progress:
                progress(turn + 1 + (turns if some is not plans else 0), 2 * turns)
        made += [Timed(name, threads, tuple(times)) for (name, threads), times in took.items()]
    return made


def one_turn(operation: Operation, first: int) -> float:
    """ms of the median call, with queries of its own from `first` on."""
    took = []
    for i in [first] * WARM + list(range(first, first + CALLS)):
        began = time.perf_counter()
        operation(i)
        took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took[WARM:])


def rows(timed: list[Timed]) -> list[dict]:
    """A row for each operation, with the number of threads it did best with, beside FAISS with its best."""
    best = {name: min((t for t in timed if t.operation == name), key=lambda t: t.least) for name in names(timed)}
    faiss = best["faiss_flat"]
    return [
        {
            "operation": name,
            "ms": t.least,
            "vs_faiss_flat": t.least / faiss.least,
            "threads": t.threads,
            "median_ms": statistics.median(t.turns),
            "median_vs_faiss_flat": statistics.median(t.turns) / statistics.median(faiss.turns),
        }
        for name, t in best.items()
    ]


def names(timed: list[Timed]) -> list[str]:
    """The operations, in the order they were given."""
    return list(dict.fromkeys(t.operation for t in timed))
