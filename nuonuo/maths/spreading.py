"""Spreading: candidates found by meaning and words send their attention once over the links between memories.

    s = z(similarity) + w·BM25              z: standardised over the stored cues
    a = exp(β(s − max s)) of the n best, else 0
    S = s + γ·Pᵀa,  P = D^(−1/2) L          L: link weights memory → memory, D: its row sums

Spreading activation (Collins & Loftus, Psychological Review 1975) as one attention step with a relation matrix: the
softmax of s/β without its common denominator, projected by P in place of stored values. The square root of D lies
between sharing a memory's attention out among its links and giving each of them all of it. BM25 keeps its own scale,
the information that the shared words carry in nats: standardised, one common word in a query that shares no other would
outweigh its meaning (`lab ablation`).
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Float64, Int, Int8
from torch import Tensor

EXACT, SUMMED = 1024, 8192  # rows whose products are summed up in double precision, and in single as blocks of more
SAME = 1e-5  # a standard deviation of cosines below which they differ by rounding only


@dataclass(frozen=True)
class Standard:
    """Mean and standard deviation that scores are standardised by."""

    mean: float
    sd: float

    def __call__(self, score: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch n"]:
        """z of scores: (...) -> (...); 0 where all are the same."""
        return (score - self.mean) * self.scale

    @property
    def scale(self) -> float:
        """1/sd, 0 if there is no spread but that of rounding."""
        return 1 / self.sd if self.sd > SAME else 0.0


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums over n rows of dimension d that give mean and deviation of rows @ q without the rows.

    In double precision and on the CPU, so that what comes and goes leaves no trace of rounding.
    """

    n: int
    total: Float64[Tensor, " d"]  # Σ x
    products: Float64[Tensor, "d d"]  # Σ x xᵀ
    device: torch.device  # of the rows

    @staticmethod
    def of(rows: Float[Tensor, "n d"]) -> "Moments":
        """Of rows (n, d)."""
        d = rows.shape[1]
        none = torch.zeros(d, dtype=torch.float64), torch.zeros(d, d, dtype=torch.float64)
        return Moments(0, *none, rows.device).changed(rows[:0], rows)

    def changed(self, gone: Float[Tensor, "g d"], came: Float[Tensor, "c d"]) -> "Moments":
        """Without some of the rows (g, d) and with others (c, d)."""
        (less, lost), (more, new) = _sums(gone), _sums(came)
        n = self.n + len(came) - len(gone)
        return Moments(n, self.total + more - less, self.products + new - lost, self.device)

    @cached_property
    def mean(self) -> Float[Tensor, " d"]:
        """Of the rows, (d,)."""
        return (self.total / max(self.n, 1)).float().to(self.device)

    @cached_property
    def covariance(self) -> Float[Tensor, "d d"] | Float64[Tensor, "d d"]:
        """Of the rows, (d, d); of few, which may be all but equal, in double precision where the device has it."""
        mean = self.total / max(self.n, 1)
        exact = self.products / max(self.n, 1) - mean.outer(mean)
        return (exact if self.n <= EXACT and self.device.type != "mps" else exact.float()).to(self.device)

    def standards(self, queries: Float[Tensor, "m d"]) -> tuple[Float[Tensor, " m"], Float[Tensor, " m"]]:
        """Mean and standard deviation of the products of all rows with each query (m, d): (m,), (m,)."""
        exact = queries.to(self.covariance)
        variance = ((exact @ self.covariance) * exact).sum(1)
        return queries @ self.mean, variance.clamp(min=0).sqrt().to(queries)


def _sums(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Σ x and Σ x xᵀ of rows (n, d), in double precision; of many, each block's in single."""
    if len(rows) <= EXACT:
        few = rows.cpu().double()
        return few.sum(0), few.mT @ few
    blocks = rows.split(SUMMED)
    total = torch.stack([block.sum(0).cpu().double() for block in blocks]).sum(0)
    products = sum(((block.mT @ block).cpu().double() for block in blocks), torch.zeros(rows.shape[1], 1).double())
    return total, products


def attention(s: Float[Tensor, " n"], beta: float) -> Float[Tensor, " n"]:
    """exp(β(s − max s)): what each of the n best memories sends, 1 for the first."""
    return torch.exp(beta * (s - s.max()))


@dataclass(frozen=True)
class Graph:
    """Links between N memories in order of their sources (CSR): those of memory i are start[i] to start[i + 1]."""

    start: Int[Tensor, " N_plus_1"]
    source: Int[Tensor, " m"]
    to: Int[Tensor, " m"]
    weight: Float[Tensor, " m"]  # of P
    relation: Int8[Tensor, " m"]

    @staticmethod
    def of(source: Tensor, to: Tensor, weight: Tensor, relation: Tensor, memories: int) -> "Graph":
        """The graph of links source -> to, (m,) positions sorted by source, with weights (m,) of L, all above 0."""
        out = weight.new_zeros(memories).index_add_(0, source, weight)
        count = torch.bincount(source, minlength=memories)
        start = torch.cat([count.new_zeros(1), count.cumsum(0)])
        return Graph(start, source, to, weight / out[source].sqrt(), relation)

    def __len__(self) -> int:
        return len(self.to)

    def of_senders(self, senders: Int[Tensor, " n"]) -> tuple[Int[Tensor, " e"], Int[Tensor, " e"]]:
        """The links of some memories (n,): which of them each is of, and its place among all links: (e,), (e,)."""
        begin = self.start[senders]
        count = self.start[senders + 1] - begin
        which = torch.arange(len(senders), device=senders.device).repeat_interleave(count)
        before = count.cumsum(0) - count
        return which, torch.arange(len(which), device=senders.device) + (begin - before)[which]

    def spread(self, a: Float[Tensor, "b N"]) -> Float[Tensor, "b N"]:
        """Pᵀa of attention over all memories, one row a query: (b, N) -> (b, N)."""
        sent = a.mT[self.source] * self.weight[:, None]  # (m, b)
        return torch.zeros_like(a.mT).index_add_(0, self.to, sent).mT

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors held."""
        held = (self.start, self.source, self.to, self.weight, self.relation)
        return sum(t.numel() * t.element_size() for t in held)
