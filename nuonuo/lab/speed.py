"""Speed: how long a recall and a chain take beside FAISS, in one process, as medians.

All operations take turns and are given as multiples of FAISS's exact search. On a busy machine a median counts the
waiting for a core, which strikes long operations more often than short ones; the fastest time of each then tells more.
Torch and FAISS are each timed with one thread and with all, and the better is taken: with two FAISS took
three times as long for one query where this was written.
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

from nuonuo.association import power
from nuonuo.encoder import Encoder, Progress
from nuonuo.hebbian import Links
from nuonuo.hopfield import Hopfield
from nuonuo.items import Item
from nuonuo.lab.data import read_lines
from nuonuo.memory import Memory

K = 20
HOPS = 6
DIMENSION = 384  # of random vectors
SIGMA = 0.6  # noise on a stored vector that makes it a query
Operation = Callable[[int], object]  # of the repeat's number, so that each repeat asks something else


@dataclass(frozen=True)
class Round:
    """One round, its operations taking turns."""

    threads: int  # torch's
    faiss_threads: int
    ms: dict[str, float]  # medians
    fastest: dict[str, float]  # ms


def run(
    file: str | Path | None = None,
    n: int = 20_000,
    seed: int = 0,
    repeats: int = 60,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> list[dict]:
    """Rows operation, ms, vs_faiss_flat, threads, fastest_ms, fastest_vs_faiss_flat; and links_bytes with its bytes.

    recall: one query embedding to a full Trace. chain6: six hops over n links. hopfield_1000x512: one softmax
    retrieval over 1,000 patterns of 512 dimensions. numpy: X @ q and argpartition. faiss_flat: IndexFlatIP.search,
    k = 20. file: texts one a line, of which the first n are used; random unit vectors if None. progress(done, total)
    while texts are encoded and after each repeat. Raises ValueError if faiss is missing, n < 100, repeats < 1 or file
    has fewer lines.
    """
    try:
        import faiss
    except ImportError as reason:
        raise ValueError("speed compares with FAISS, which is missing: pip install faiss-cpu") from reason
    if n < 100:
        raise ValueError(f"n must be >= 100, got {n}")
    if repeats < 1:
        raise ValueError(f"repeats must be >= 1, got {repeats}")
    generator = torch.Generator().manual_seed(seed)
    X = vectors(file, n, generator, encoder, progress)
    memory = linked(X, seed)
    links = memory.bank.links()
    index = faiss.IndexFlatIP(X.shape[1])
    index.add(X.cpu().numpy())
    every = torch.get_num_threads()
    try:
        rounds = measure(prepare(memory, X, index, generator, repeats), repeats, every, faiss, progress)
    finally:
        torch.set_num_threads(every)
        memory.close()
    return [*rows(rounds), {"operation": "links_bytes", "ms": None, "vs_faiss_flat": None, "bytes": links.nbytes}]


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
    memory.add_many([Item(str(i), str((i + 1) % n), (), X[i], X[(i + 1) % n]) for i in range(n)])
    return memory


def prepare(memory: Memory, X: Tensor, index, generator: torch.Generator, repeats: int) -> dict[str, Operation]:
    """The operations to be timed, each with a query of its own for every repeat."""
    n, d = X.shape
    picked = torch.randint(n, (repeats,), generator=generator)
    noise = torch.randn(repeats, d, generator=generator).to(X)
    queries = normalize(X[picked] + SIGMA / d**0.5 * noise, dim=1).to(memory.device)
    links, keys, on_host = memory.bank.links(), X.cpu().numpy(), queries.cpu().numpy()
    starts = whole_chains(links, repeats, generator)
    network = Hopfield(512, beta=8.0, device=memory.device)
    network.store(normalize(torch.randn(1_000, 512, generator=generator), dim=1))
    states = normalize(torch.randn(repeats, 512, generator=generator), dim=1).to(memory.device)
    return {
        "recall": lambda i: memory.recall(queries[i], k=K),
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


def measure(
    operations: dict[str, Operation], repeats: int, every: int, faiss, progress: Progress | None
) -> list[Round]:
    """Rounds with torch on one thread and on every, FAISS beside it on one; FAISS alone on every; NumPy and FAISS.

    NumPy has a round without us, because its threads wait for more work by spinning and slow down whatever comes next.
    """
    ours = {name: operation for name, operation in operations.items() if name != "numpy"}
    theirs = {name: operations[name] for name in ("numpy", "faiss_flat")}
    alone = {"faiss_flat": operations["faiss_flat"]}
    more = [(every, 1, ours), (1, every, alone)] if every > 1 else []
    plans = [(1, 1, ours), *more, (1, 1, theirs)]
    rounds = []
    for number, (threads, faiss_threads, some) in enumerate(plans):
        took: dict[str, list[float]] = {name: [] for name in some}
        for i in [0, 1, *range(repeats)]:  # the first two warm up
            for name, operation in some.items():
                # They may share one OpenMP, so each is set before each call.
                if name == "faiss_flat":
                    faiss.omp_set_num_threads(faiss_threads)
                else:
                    torch.set_num_threads(threads)
                began = time.perf_counter()
                operation(min(i, repeats - 1))
                took[name].append((time.perf_counter() - began) * 1e3)
            if progress:
                progress(number * repeats + i + 1, len(plans) * repeats)
        medians = {name: statistics.median(times[2:]) for name, times in took.items()}
        rounds.append(Round(threads, faiss_threads, medians, {name: min(times[2:]) for name, times in took.items()}))
    return rounds


def rows(rounds: list[Round]) -> list[dict]:
    """A row for each operation, from the round it did best in beside FAISS; FAISS with its best number of threads.

    The FAISS an operation is held against is the better of the one beside it and the one alone on every thread. The
    fastest times are of any round.
    """
    fastest = {name: min(r.fastest[name] for r in rounds if name in r.ms) for r in rounds for name in r.ms}
    alone = min([r.ms["faiss_flat"] for r in rounds if len(r.ms) == 1], default=float("inf"))
    made = []
    for name in dict.fromkeys(name for r in rounds for name in r.ms):
        if name == "faiss_flat":
            used = min(rounds, key=lambda r: r.ms["faiss_flat"])
            ratio, threads = 1.0, used.faiss_threads
        else:
            ratios = [(r.ms[name] / min(r.ms["faiss_flat"], alone), r) for r in rounds if name in r.ms]
            ratio, used = min(ratios, key=lambda pair: pair[0])
            threads = used.threads
        made.append(
            {
                "operation": name,
                "ms": used.ms[name],
                "vs_faiss_flat": ratio,
                "threads": threads,
                "fastest_ms": fastest[name],
                "fastest_vs_faiss_flat": fastest[name] / fastest["faiss_flat"],
            }
        )
    return made
