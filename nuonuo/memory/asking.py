"""Asking: how a query is asked. Every number that shapes a recall and is no part of the bank, with its default.

The weights of words and links were chosen once on LoCoMo's and 2WikiMultihopQA's development halves (`lab ablation`).
"""

from dataclasses import dataclass, field, replace

from nuonuo.maths.association import POWER, Separation, check_beta, separation_named
from nuonuo.memory.joining import Relation
from nuonuo.memory.noise import Noise


@dataclass(frozen=True)
class Asking:
    """How a query is asked; the seed is the noise's.

    Raises ValueError if k, steps or senders is below 1, hops below 0, beta or spread not above 0, words or links below
    0, or the separation or a relation unknown.
    """

    k: int = 20  # candidates
    beta: float = 32.0  # inverse temperature of settling
    steps: int = 3  # update steps of settling
    noise: Noise = field(default_factory=Noise)
    whitened: bool = True  # whether the keys are the whitened embeddings, or the embeddings themselves
    hops: int = 0  # along the links, from the settled state
    separation: str = POWER  # of the hops, as `association.separation_named` reads it
    words: float = 0.5  # w: weight of BM25 beside the standardised similarity; 0 asks by meaning alone
    links: float = 12.0  # γ: weight of what links bring; 0 sends nothing over them
    spread: float = 0.15  # inverse temperature of the attention that is sent
    senders: int = 3  # memories that send it: the best by meaning and words
    relations: tuple[Relation, ...] = tuple(Relation)  # kinds of links that carry it

    def __post_init__(self) -> None:
        for name, least in (("k", 1), ("steps", 1), ("senders", 1), ("hops", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be >= {least}, got {getattr(self, name)}")
        check_beta(self.beta)
        check_beta(self.spread, "spread")
        for name in ("words", "links"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be a finite number >= 0, got {getattr(self, name)}")
        unknown = set(self.relations) - set(Relation)
        if unknown:
            raise ValueError(f"relations must be among {', '.join(Relation)}, got {', '.join(sorted(unknown))}")
        object.__setattr__(self, "relations", tuple(one for one in Relation if one in self.relations))
        object.__setattr__(self, "separation", str(separation_named(str(self.separation))))  # "power" is "power 3"

    @property
    def phi(self) -> Separation:
        """The separation itself."""
        return separation_named(self.separation)

    @property
    def noisy(self) -> bool:
        """Whether the query is damaged at all."""
        return self.noise != Noise(seed=self.noise.seed)

    @property
    def alone(self) -> "Asking":
        """The same by meaning alone, without words and links."""
        return replace(self, words=0.0, links=0.0)

    @property
    def quiet(self) -> "Asking":
        """The same without noise."""
        return replace(self, noise=Noise(seed=self.noise.seed))
