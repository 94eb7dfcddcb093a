"""One attention head step by step: from what its layer reads to what the head hands on, with every weight of its own.

Ramsauer et al., arXiv:2008.02217, Eq. 10, for one head: Q = R W_Q, K = Y W_K, V = Y W_V, output = softmax(β Q Kᵀ) V.
In self-attention R = Y, the states of all tokens. The projections of BERT add a bias. Beside it stands what a Hopfield
network would go on to do and a transformer does not: the update within the space of the keys, and a second one.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.explain.attention.heads import Heads
from nuonuo.maths.association import associate, softmax
from nuonuo.memory.encoder import Encoder


@dataclass(frozen=True)
class Projection:
    """One learned map into a head: x ↦ x W + b."""

    W: Tensor  # (d, size)
    b: Tensor  # (size,)


@dataclass(frozen=True)
class Walk:
    """One head over L tokens, for the token at `token`."""

    tokens: tuple[str, ...]
    layer: int  # from 0
    head: int  # from 0
    token: int
    beta: float  # 1/√size
    projections: dict[str, Projection]  # by "Q", "K", "V"
    R: Tensor  # (L, d) what the layer reads; Y too
    Q: Tensor  # (L, size)
    K: Tensor  # (L, size)
    V: Tensor  # (L, size)
    scores: Tensor  # (L, L) β Q Kᵀ
    p: Tensor  # (L, L)
    output: Tensor  # (L, size) p V
    delta: float  # largest difference of Q, K, V or output from what the model computed
    again: Tensor  # (L, L) p of a second update, of the states p K: a transformer does not do this

    @property
    def moved(self) -> Tensor:
        """The share of each token's weight that the second update moves elsewhere, 0 to 1: (L,)."""
        return (self.again - self.p).abs().sum(-1) / 2


def walk(encoder: Encoder, heads: Heads, head: int, token: int) -> Walk:
    """Recompute head number `head`, counted from 0 layer by layer, from the states that its layer read.

    Raises ValueError if there is no such head or token.
    """
    layers, count = heads.patterns.shape
    for name, value, size in (("head", head, layers * count), ("token", token, len(heads.tokens))):
        if not 0 <= value < size:
            raise ValueError(f"{name} must be 0 to {size - 1}, got {value}")
    layer, number = divmod(head, count)
    R, seen = heads.seen.R[layer], heads.seen
    projections = weights(encoder, layer, slice(number * heads.size, (number + 1) * heads.size))
    Q, K, V = (R @ each.W + each.b for each in projections.values())  # each (L, size)
    update = associate(Q, K, V, softmax(heads.beta))
    theirs = [part[layer, number] for part in (seen.Q, seen.K, seen.V, seen.output)]
    ours = [Q, K, V, update.output]
    return Walk(
        tokens=heads.tokens,
        layer=layer,
        head=number,
        token=token,
        beta=heads.beta,
        projections=projections,
        R=R,
        Q=Q,
        K=K,
        V=V,
        scores=heads.beta * update.similarity,
        p=update.weights,
        output=update.output,
        delta=max(float((a - b).abs().max()) for a, b in zip(ours, theirs, strict=True)),
        again=softmax(heads.beta)((update.weights @ K) @ K.mT),
    )


def weights(encoder: Encoder, layer: int, rows: slice) -> dict[str, Projection]:
    """W_Q, W_K and W_V of one head, copied out of the model: its rows of the layer's three maps."""
    with encoder.held() as model, torch.no_grad():
        own = model[0].auto_model.encoder.layer[layer].attention.self
        maps = {"Q": own.query, "K": own.key, "V": own.value}
        return {name: Projection(m.weight[rows].T.clone(), m.bias[rows].clone()) for name, m in maps.items()}
