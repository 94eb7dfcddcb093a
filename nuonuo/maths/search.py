"""Stage one: the k memories whose best cue is most similar to a query, by exact search.

On a CPU with VNNI a search takes as long as its bytes take to arrive from memory. There rows are first scored by codes
of 8 bits, a quarter of the bytes; those that the rounding leaves in the running are scored in full. Nothing is lost:
for a unit row x and a query q, rounded to x̂ and q̂, |x·q − x̂·q̂| <= ‖x − x̂‖ ‖q‖ + (1 + ‖x − x̂‖) ‖q − q̂‖ (Cauchy &
Schwarz).
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int, Int8
from torch import Tensor, cpu
from torch.nn.functional import pad

from nuonuo.maths.log import Log

ROW_LEVELS, QUERY_LEVELS = 127, 63  # of 8 bits; 255 · 63 · 2 fits the 16 in which CPUs without VNNI add up two products
RESIDENT = 8 << 20  # bytes of codes that are likely to stay in a cache from one recall to the next
PART = 4096  # rows whose codes stay in it from one query to the next where all are more than that
FEW = 3  # queries that are quicker one by one than as one matrix
BLOCK = 128  # numbers of which the largest is taken first where the largest few of many are wanted
SLACK = 1e-5  # for float32, in lengths of the query


@dataclass(frozen=True)
class Index:
    """Unit rows of dimension d that can be searched; it never changes."""

    log: Log  # of the rows
    codes: Log | None  # None where a full scan is as fast
    step: float  # what a level is worth: x̂ = step · codes
    error: float  # largest ‖x − x̂‖

    @staticmethod
    def of(rows: Float[Tensor, "n d"], coded: bool | None = None) -> "Index":
        """The index of unit rows (n, d). coded: whether by codes; None: where they are quicker."""
        least, most = rows.aminmax() if rows.numel() else (rows.new_zeros(()), rows.new_ones(()))
        step = (max(-float(least), float(most)) or 1.0) / ROW_LEVELS
        coded = rows.device.type == "cpu" and multiplies_bytes() if coded is None else coded
        if not coded:
            return Index(Log.of(rows), None, step, 0.0)
        codes, error = rounded(rows, step)
        return Index(Log.of(rows), Log.of(codes), step, error)

    @property
    def rows(self) -> Float[Tensor, "n d"]:
        """All rows: (n, d); copied where some have been replaced."""
        return self.log.all

    def add(self, rows: Float[Tensor, "m d"]) -> "Index":
        """With more unit rows (m, d), rounded to the levels of those that are there."""
        return self.put(len(self.log), len(self.log), rows)

    def put(self, first: int, after: int, rows: Float[Tensor, "m d"]) -> "Index":
        """With unit rows (m, d) in place of those from `first` to before `after`."""
        log = self.log.put(first, after, rows)
        if self.codes is None:
            return replace(self, log=log)
        codes, error = rounded(rows, self.step)
        return Index(log, self.codes.put(first, after, codes), self.step, max(self.error, error))

    def keep(self, kept: slice | Tensor) -> "Index":
        """Of some of its rows."""
        return replace(self, log=self.log.keep(kept), codes=None if self.codes is None else self.codes.keep(kept))

    def rough(self, queries: Float[Tensor, "m d"], rows: Int[Tensor, " s"] | None = None) -> list[tuple[Tensor, float]]:
        """For each query (m, d): its similarities to the rows, (n,) or those asked for, and how far they may be off."""
        norms, place = torch.linalg.vector_norm(queries, dim=1), self.log.place if rows is None else None
        some = self.codes or self.log
        held = some.written if rows is None else some[rows]
        if self.codes is None:
            scores = (held @ queries.mT).mT.contiguous()  # half the time of queries @ held.mT
            scores = scores if place is None else scores[:, place]
            return [(score, SLACK * norm) for score, norm in zip(scores, norms.tolist(), strict=True)]
        step = torch.linalg.vector_norm(queries, torch.inf, dim=1, keepdim=True).clamp_(min=1e-30) / QUERY_LEVELS
        code = (queries / step).round_()
        lost = torch.linalg.vector_norm(queries - code * step, dim=1)
        dots = products(held, code.to(torch.int8))
        dots = dots if place is None else [dot[place] for dot in dots]
        return [
            (dot.float().mul_(self.step * worth), (self.error + SLACK) * norm + (1 + self.error) * off)
            for dot, worth, norm, off in zip(dots, step[:, 0].tolist(), norms.tolist(), lost.tolist(), strict=True)
        ]

    def refine(
        self,
        query: Float[Tensor, " d"],
        score: Float[Tensor, " n"],
        off: float,
        owner: Int[Tensor, " n"] | None,
        memories: int,
        k: int,
    ) -> Int[Tensor, " found"]:
        """The cue rows of the k memories most similar to a query (d,), best first: (k,), or all memories if fewer.

        score: (n,) rough similarities, `off` at most. owner: (n,) memory position of each row; None if row i is
        memory i.
        """
        k = min(k, memories)
        by_memory = score if owner is None else of_memories(score, owner, memories)
        near = (score >= floor(by_memory, k) - 2 * off).nonzero()[:, 0]  # (m,) few
        exact = dots(self.log[near], query)
        if owner is None:
            return near[first(exact, k)]
        members, position = owner[near].unique(return_inverse=True)
        return near[best(exact, position, len(members), k)]


def rounded(rows: Float[Tensor, "m d"], step: float) -> tuple[Int8[Tensor, "m d"], float]:
    """The codes of rows (m, d), and the length of what the worst has lost."""
    made, error = torch.empty_like(rows, dtype=torch.int8), 0.0
    for code, row in zip(made.split(PART), rows.split(PART), strict=True):
        level = (row / step).round_().clamp_(-ROW_LEVELS, ROW_LEVELS)
        code.copy_(level)
        if len(row):
            error = max(error, float(torch.linalg.vector_norm(row - level * step, dim=1).max()))
    return made, error


def multiplies_bytes() -> bool:
    """Whether this CPU sums up products of bytes in one instruction (VNNI); without, codes take longer than floats."""
    supported = getattr(cpu, "_is_vnni_supported", None)
    return bool(supported and supported())


def products(codes: Tensor, queries: Tensor) -> list[Tensor]:
    """Dot products of codes (n, d) with each of the queries (m, d), all int8: m of (n,) int32, exact.

    Of few queries and more codes than a cache holds, a sum over each part's bytes goes first: it brings them into the
    cache twice as fast as the matrix product does.
    """
    if len(queries) > FEW:
        return list(torch._int_mm(queries, codes.mT))
    columns = [query[:, None] for query in queries]
    if codes.numel() <= RESIDENT:
        return [torch._int_mm(codes, column)[:, 0] for column in columns]
    made = []
    for part in codes.split(PART):
        part.flatten()[: part.numel() // 8 * 8].view(torch.int64).sum()
        made.append([torch._int_mm(part, column) for column in columns])
    return [torch.cat(dots)[:, 0] for dots in zip(*made, strict=True)]


def dots(rows: Float[Tensor, "n d"], query: Float[Tensor, " d"]) -> Float[Tensor, " n"]:
    """Products of rows (n, d) with a query (d,): (n,), equal for equal rows.

    A matrix product sums a row up in another order at another place, so that copies would differ in their last digit.
    """
    return torch.linalg.vecdot(rows, query)


def floor(x: Float[Tensor, " n"], k: int) -> Float[Tensor, ""]:
    """What the k-th largest of x (n,) is at least, (): the k-th largest of its blocks' largest, if it has enough."""
    blocks = len(x) // BLOCK
    some = x[: blocks * BLOCK].view(-1, BLOCK).amax(1) if blocks > k else x
    return some.topk(k).values[-1]


def top(x: Float[Tensor, "h n"], k: int) -> tuple[Float[Tensor, "h {k}"], Int[Tensor, "h {k}"]]:
    """Values and positions of the k largest of each row: (h, n) -> (h, k), (h, k).

    As torch.topk, but that copies whole rows: here only the k blocks with the largest numbers.
    """
    h, n = x.shape
    if n < BLOCK * k:
        whole = x.topk(k)
        return whole.values, whole.indices
    blocks = pad(x, (0, -n % BLOCK), value=-torch.inf).view(h, -1, BLOCK)
    which = blocks.amax(2).topk(k).indices  # (h, k)
    found = blocks.gather(1, which[:, :, None].expand(h, k, BLOCK)).view(h, -1).topk(k)
    return found.values, which.gather(1, found.indices // BLOCK) * BLOCK + found.indices % BLOCK


def first(x: Float[Tensor, " n"], k: int) -> Int[Tensor, " {k}"]:
    """Positions of the k largest of x (n,), of equals the first: (k,). topk takes any of equals."""
    return x.sort(descending=True, stable=True).indices[:k]


def best(score: Float[Tensor, " n"], owner: Int[Tensor, " n"], memories: int, k: int) -> Int[Tensor, " {k}"]:
    """The rows of the top k memories, a memory scoring as its best row and the first of equals: (k,).

    score: (n,). owner: (n,) memory position of each row. memories: how many there are. k: 1 to memories.
    """
    by_memory = of_memories(score, owner, memories)
    return best_rows(score, owner, by_memory)[first(by_memory, k)]


def best_rows(
    score: Float[Tensor, " n"], owner: Int[Tensor, " n"], by_memory: Float[Tensor, " N"]
) -> Int[Tensor, " N"]:
    """The row that gives each memory its score, of equals the first. by_memory: `of_memories(score, owner, N)`."""
    rows = (score == by_memory[owner]).nonzero()[:, 0]
    return owner.new_full((len(by_memory),), len(owner)).scatter_reduce_(0, owner[rows], rows, "amin")


def of_memories(
    score: Float[Tensor, "*batch n"], owner: Int[Tensor, " n"], memories: int
) -> Float[Tensor, "*batch {memories}"]:
    """Each memory's best score: (..., n) -> (..., memories)."""
    empty = score.new_full((*score.shape[:-1], memories), -torch.inf)
    return empty.scatter_reduce_(-1, owner.expand_as(score), score, "amax")
