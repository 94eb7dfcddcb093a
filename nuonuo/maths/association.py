"""The one equation: recall(q) = Pᵀ · φ(S(K, q)).

Similarity S of a query to stored keys K, separation φ of those similarities, projection P of the weights. The identity
gives Hebb's linear memory (Hopfield, PNAS 1982), a power the dense associative memory (Krotov & Hopfield,
arXiv:1606.01164), softmax modern Hopfield retrieval, which is attention (Ramsauer et al., arXiv:2008.02217), and the
winner alone nearest neighbour.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Shaped
from torch import Tensor


@dataclass(frozen=True)
class Separation:
    """One φ with its parameter: what is applied is what `formula` says."""

    name: str
    formula: str  # LaTeX, with the executed parameter in it
    apply: Callable[[Tensor], Tensor]  # similarities (..., N) -> weights (..., N)
    parameter: float | None = None
    counts: bool = False  # whole overlap counts may stand for cosines: same result up to scale, and exact sums

    def __call__(self, similarity: Shaped[Tensor, "*batch N"]) -> Float[Tensor, "*batch N"]:
        """Weights of the stored patterns: (..., N) -> (..., N)."""
        return self.apply(similarity)

    def __str__(self) -> str:
        return self.name if self.parameter is None else f"{self.name} {self.parameter:g}"


def check_beta(beta: float, name: str = "beta") -> None:
    """Raises ValueError, by its name, unless an inverse temperature is a finite number above 0."""
    if not 0 < beta < float("inf"):
        raise ValueError(f"{name} must be a finite number > 0, got {beta}")


def identity() -> Separation:
    """φ(s) = s: Hebb's W, also known as linear attention."""
    return Separation("linear", r"s_i", lambda s: s, counts=True)


def power(n: float) -> Separation:
    """φ(s) = max(s, 0)ⁿ: a dense associative memory of order n + 1. n: > 0."""
    if not n > 0:
        raise ValueError(f"n must be > 0, got {n}")
    return Separation("power", rf"\max(s_i, 0)^{{{n:g}}}", lambda s: s.clamp(min=0) ** n, n)


def softmax(beta: float) -> Separation:
    """φ(s) = softmax(βs): modern Hopfield retrieval, attention. beta: inverse temperature, > 0."""
    check_beta(beta)
    formula = rf"\frac{{e^{{{beta:g}\,s_i}}}}{{\sum_j e^{{{beta:g}\,s_j}}}}"
    return Separation("softmax", formula, lambda s: torch.softmax(beta * s, dim=-1), beta)


def winner() -> Separation:
    """φ(s) = 1 for the largest similarity, 0 elsewhere: plain nearest neighbour."""
    formula = r"[\,i = \arg\max_j s_j\,]"
    return Separation("winner", formula, lambda s: torch.zeros_like(s).scatter_(-1, s.argmax(-1, keepdim=True), 1))


SEPARATIONS: dict[str, Separation] = {"linear": identity(), "power": power(3), "softmax": softmax(8)}  # to choose from
POWER = str(SEPARATIONS["power"])  # of hops, where nothing else is said


def separation_named(text: str) -> Separation:
    """The separation that `str` of it names, such as "power 3"; without a number, the one of SEPARATIONS.

    Raises ValueError for a name that is none.
    """
    name, _, number = text.partition(" ")
    made = {"power": power, "softmax": softmax}
    try:
        if number and name in made:
            return made[name](float(number))
        return winner() if text == "winner" else SEPARATIONS[text]
    except (KeyError, ValueError) as reason:
        raise ValueError(
            f"separation must be one of {', '.join(SEPARATIONS)}, or power or softmax with a number, got {text!r}"
        ) from reason


@dataclass(frozen=True)
class Association:
    """One recall: every intermediate of Pᵀ φ(S(K, q))."""

    similarity: Float[Tensor, "*batch N"]
    weights: Float[Tensor, "*batch N"]
    output: Float[Tensor, "*batch m"]


def associate(
    query: Float[Tensor, "*batch d"],
    K: Float[Tensor, "*heads N d"],
    P: Float[Tensor, "*heads N m"],
    separation: Separation,
) -> Association:
    """Pᵀ φ(K q) with the dot product as similarity. query: (..., d). K: (N, d). P: (N, m)."""
    similarity = query @ K.mT
    weights = separation(similarity)
    return Association(similarity, weights, weights @ P)
