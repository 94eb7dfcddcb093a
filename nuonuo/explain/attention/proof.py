"""A Hopfield update is attention, and Hebb's W is linear attention: computed both ways, and compared.

Ramsauer et al., arXiv:2008.02217, Eq. 10 (softmax); Katharopoulos et al., arXiv:2006.16236 (linear attention as a
matrix of outer products). The functions compared are both what runs and what a page shows.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, scaled_dot_product_attention

from nuonuo.maths.association import associate, identity, softmax

PATTERNS = 1_000  # at most this many take part: nn.MultiheadAttention multiplies each by two matrices
ROUNDINGS = 3  # how many roundings of the numbers summed two orders of summation may differ by


def hopfield_update(Q: Tensor, K: Tensor, V: Tensor, beta: float) -> Tensor:
    """One update of each row of Q (n, d) over patterns K (N, d), read out as V (N, m)."""
    return associate(Q, K, V, softmax(beta)).output


def torch_function(Q: Tensor, K: Tensor, V: Tensor, beta: float) -> Tensor:
    """PyTorch's attention, told to scale by β instead of 1/√d."""
    return scaled_dot_product_attention(Q[None], K[None], V[None], scale=beta)[0]


def torch_layer(Q: Tensor, K: Tensor, V: Tensor, beta: float) -> Tensor:
    """A transformer's attention layer whose weights are identities; it divides by √d, so Q brings β√d along."""
    d = Q.shape[1]
    one = torch.eye(d).to(Q)
    layer = nn.utils.skip_init(
        nn.MultiheadAttention, d, 1, bias=False, batch_first=True, dtype=Q.dtype, device=Q.device
    )
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.cat([one, one, one]))
        layer.out_proj.weight.copy_(one)
        return layer(beta * d**0.5 * Q[None], K[None], V[None], need_weights=False)[0][0]


def linear_attention(Q: Tensor, K: Tensor, V: Tensor) -> Tensor:
    """The same update without the softmax: similarities are the weights."""
    return associate(Q, K, V, identity()).output


def hebbs_matrix(Q: Tensor, K: Tensor, V: Tensor) -> Tensor:
    """What fires together wires together: W = Σ_i v_i k_iᵀ, and the result is Wq."""
    W = V.mT @ K  # (m, d)
    return Q @ W.mT


@dataclass(frozen=True)
class Check:
    """One thing computed in two ways."""

    ours: str
    theirs: str
    delta: float  # largest difference of any number of the two results
    tolerance: float
    sources: tuple[str, str]  # of the two functions that ran

    @property
    def passed(self) -> bool:
        """Whether no number differs by more than the tolerance."""
        return self.delta <= self.tolerance


@dataclass(frozen=True)
class Readout:
    """The stored pattern that a result lies nearest to."""

    cue: str
    cosine: float


@dataclass(frozen=True)
class Proof:
    """The checks, over n queries and N patterns, and what each separation makes of the first query."""

    checks: tuple[Check, ...]
    n: int
    N: int
    d: int
    beta: float
    linear: Readout
    softmax: Readout


def prove(Q: Tensor, K: Tensor, beta: float, cues: Sequence[str]) -> Proof:
    """Compare one update over V = K with PyTorch's attention, and linear attention with Hebb's W.

    Q: (n, d) queries. K: (N, d) patterns. cues: their N texts. The tolerance is ROUNDINGS roundings: of a sum
    of N numbers, where they grow like √N, and of the weights, whose error grows with β or, without softmax, with all
    similarities together.
    Raises ValueError if there is no query or no pattern, or not one text for each pattern.
    """
    if not len(Q) or not len(K):
        raise ValueError(f"a proof needs questions and patterns, got {len(Q)} and {len(K)}")
    if len(cues) != len(K):
        raise ValueError(f"there must be one cue for each of {len(K)} patterns, got {len(cues)}")
    rounding = ROUNDINGS * torch.finfo(Q.dtype).eps
    largest = float(torch.linalg.vector_norm(K, dim=1).max())
    reach = float(torch.linalg.vector_norm(Q, dim=1).max()) * largest
    summed = float((Q @ K.mT).abs().sum(1).max())
    soft, linear = hopfield_update(Q, K, K, beta), linear_attention(Q, K, K)
    root = len(K) ** 0.5
    bend, line = rounding * (beta * reach + root) * largest, rounding * root * (reach + summed) * largest
    checks = (
        Check("Hopfield update", "PyTorch's attention", apart(soft, torch_function(Q, K, K, beta)), bend,
              sources(hopfield_update, torch_function)),
        Check("Hopfield update", "a transformer's layer", apart(soft, torch_layer(Q, K, K, beta)), bend,
              sources(hopfield_update, torch_layer)),
        Check("Linear attention", "Hebb's matrix W", apart(linear, hebbs_matrix(Q, K, K)), line,
              sources(linear_attention, hebbs_matrix)),
    )  # fmt: skip
    return Proof(checks, len(Q), len(K), Q.shape[1], beta, nearest(linear[0], K, cues), nearest(soft[0], K, cues))


def apart(a: Tensor, b: Tensor) -> float:
    """The largest difference of any number in two results."""
    return float((a - b).abs().max())


def sources(f: Callable, g: Callable) -> tuple[str, str]:
    """The code of two functions, as it runs."""
    return inspect.getsource(f), inspect.getsource(g)


def nearest(result: Tensor, K: Tensor, cues: Sequence[str]) -> Readout:
    """The pattern of K (N, d) with the largest cosine to a result (d,)."""
    cosine = normalize(K, dim=1) @ normalize(result, dim=0)
    best = int(cosine.argmax())
    return Readout(cues[best], float(cosine[best]))
