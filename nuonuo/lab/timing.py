"""Timing: operations that take turns in one process, beside FAISS, with one thread and with all.

A turn's time is the median of its calls; an operation's is that of its least disturbed turn, because other programs on
a machine only ever add time, and most to what lives in the cache; the median of its turns stands beside it.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from nuonuo.memory.encoder import Progress

CALLS, WARM = 10, 2  # of a turn: timed, and before them untimed
MANY = 2  # calls of a turn, one of them untimed, where each is of many queries
BATCH = "batch"  # how the names of those begin and end
FLAT, FLAT_BATCH = "faiss_flat", "faiss_flat_batch"  # what the others are held against
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


def measure(operations: dict[str, Operation], turns: int, every: int, faiss, progress: Progress | None) -> list[Timed]:
    """Each operation with one thread and with every, all taking turns.

    NumPy comes after them, because its threads wait for more work by spinning and slow down whatever comes next.
    """
    plans = [(name, threads) for name in operations if name != "numpy" for threads in sorted({1, every})]
    made = []
    for some in (plans, [(name, every) for name in operations if name == "numpy"]):
        took: dict[tuple[str, int], list[float]] = {plan: [] for plan in some}
        for turn in range(turns):
            for name, threads in some:
                # They may share one OpenMP, so the number is set before each turn.
                (faiss.omp_set_num_threads if name.startswith(FLAT) else torch.set_num_threads)(threads)
                took[name, threads].append(one_turn(operations[name], turn * CALLS, BATCH in name))
            if progress:
                progress(turn + 1 + (turns if some is not plans else 0), 2 * turns)
        made += [Timed(name, threads, tuple(times)) for (name, threads), times in took.items()]
    return made


def one_turn(operation: Operation, first: int, many: bool = False) -> float:
    """ms of the median call, with queries of its own from `first` on. many: whether each call asks many queries."""
    calls, warm = (MANY, 1) if many else (CALLS, WARM)
    took = []
    for i in [first] * warm + list(range(first, first + calls)):
        began = time.perf_counter()
        operation(i)
        if torch.cuda.is_available():
            torch.cuda.synchronize()  # it has only been told what to do
        took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took[warm:])


def rows(timed: list[Timed]) -> list[dict]:
    """A row for each operation, with the number of threads it did best with, beside FAISS with its best."""
    best = {name: min((t for t in timed if t.operation == name), key=lambda t: t.least) for name in names(timed)}
    made = []
    for name, t in best.items():
        faiss = best[FLAT_BATCH if BATCH in name else FLAT]
        made.append(
            {
                "operation": name,
                "ms": t.least,
                "vs_faiss_flat": t.least / faiss.least,
                "threads": t.threads,
                "median_ms": statistics.median(t.turns),
                "median_vs_faiss_flat": statistics.median(t.turns) / statistics.median(faiss.turns),
            }
        )
    return made


def names(timed: list[Timed]) -> list[str]:
    """The operations, in the order they were given."""
    return list(dict.fromkeys(t.operation for t in timed))
