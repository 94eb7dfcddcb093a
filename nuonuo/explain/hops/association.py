"""Association by codes: the links of a recall as Hebb's rule stores them, beside the exact product that ranks.

    exact     r_j = (Pᵀa)_j = Σ_l a_source(l) P_l [to(l) = j]
    by codes  y = Σ_l P_l Σ_i a_i φ(overlap(c_source(l), c_i)) c_to(l),   r_j = overlap(y, c_j)

Every link l is stored as c_to ← c_source between the winner-take-all codes of its two memories, so with the identity as
φ, y = W Σ_i a_i c_i with Hebb's W = Σ_l P_l c_to(l) c_source(l)ᵀ / k (nuonuo/maths/hebbian.py). The senders i send
their codes, each as strong as its attention a_i; y is read out by its overlap with each memory's code. Both are the
same where codes share no unit; what codes share is crosstalk, of which φ keeps out the more the sharper it is.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from nuonuo.explain.hops.scores import all_scored
from nuonuo.maths import spreading
from nuonuo.maths.association import Separation
from nuonuo.maths.hebbian import Links
from nuonuo.maths.spreading import Graph
from nuonuo.memory.asking import Asking
from nuonuo.memory.bank import Bank
from nuonuo.memory.candidates import words_of
from nuonuo.memory.trace import Trace


@dataclass(frozen=True)
class Store:
    """The links of a bank between codes of D units: m links, N memories."""

    codes: Int[Tensor, "N k"]  # of each memory: that of its first cue
    links: Links  # target code ← source code, in the order of the graph
    graph: Graph  # with the weights P


@dataclass(frozen=True)
class Brought:
    """What a recall's links brought to the n memories that any link leads to."""

    ids: tuple[int, ...]  # in order of storing
    exact: Float[Tensor, " n"]  # γ·Pᵀa
    by_codes: Float[Tensor, " n"]  # γ·r, read out of the codes
    separation: str  # φ

    @property
    def correlation(self) -> float | None:
        """Pearson's, of the two; None if either is the same for all."""
        return correlation(self.exact, self.by_codes)


def by_codes(bank: Bank, trace: Trace, separation: Separation | None = None) -> Brought:
    """What the codes bring to each linked memory, beside the exact association of a recall.

    bank: the one the recall ran in. separation: φ of the overlaps; that of the trace's hops if None. Raises ValueError
    if no link of the trace's relations is there.
    """
    how, phi = trace.asking, separation or trace.asking.phi
    bank = bank if how.whitened else bank.unwhitened()
    stored = store(bank, how)
    a = attention(bank, trace.key.to(bank.device), trace.noisy_query, how)
    linked = stored.graph.to.unique()
    exact = stored.graph.spread(a[None])[0]
    ids = tuple(bank.ids[i] for i in linked.tolist())
    return Brought(ids, how.links * exact[linked], how.links * received(stored, a, phi)[linked], str(phi))


def store(bank: Bank, how: Asking) -> Store:
    """The links of a bank as codes. Raises ValueError if it has none of the relations asked for."""
    graph = bank.reading.graph(how.relations)
    if not len(graph):
        raise ValueError(
            f"the bank must have a link that the recall may use, of {', '.join(how.relations) or 'no kind'}"
        )
    cues = bank.make_codes()[0]
    first = torch.searchsorted(bank.owner, torch.arange(len(bank.ids), device=bank.device))
    codes = cues[first]
    return Store(codes, Links(codes[graph.source], codes[graph.to], bank.settings.units), graph)


@torch.inference_mode()
def attention(bank: Bank, key: Tensor, text: str | None, how: Asking) -> Float[Tensor, " N"]:
    """a of all memories for a key (d,) and its text: (N,), 0 for those that send nothing."""
    mean, sd = bank.moments.standards(key[None])
    z = spreading.Standard(float(mean), float(sd))
    some = all_scored(bank, key, z, how.words * words_of(bank, text))
    return torch.where(some.best(how.senders), spreading.attention(some.s, how.spread), 0.0)


@torch.inference_mode()
def received(stored: Store, a: Float[Tensor, " N"], phi: Separation) -> Float[Tensor, " N"]:
    """r of all memories, read out of the codes, for the attention a (N,) that they send.

    φ is of the overlap as a cosine. Softmax shares a sender out among the links that are alike, as no exact sum does.
    """
    weights = torch.zeros(len(stored.links), device=a.device)
    for sender in a.nonzero()[:, 0].tolist():
        weights += a[sender] * phi(stored.links.cue_overlap(stored.codes[sender]))
    y = stored.links.scores(weights * stored.graph.weight)  # (D,)
    return y[stored.codes].sum(1) / stored.codes.shape[1]


def correlation(x: Float[Tensor, " n"], y: Float[Tensor, " n"]) -> float | None:
    """Pearson's correlation of two measurements of n things; None if either does not vary."""
    x, y = x.double() - x.double().mean(), y.double() - y.double().mean()
    length = float(x.norm() * y.norm())
    return float(x @ y) / length if length > 1e-12 else None
