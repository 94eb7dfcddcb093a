"""Modern Hopfield retrieval over all embeddings, and plain nearest neighbour, which is its first step's ranking."""

import torch
from torch import Tensor

from nuonuo.maths.hopfield import check_state, settle
from nuonuo.systems.protocol import Answer


class Pairs:
    """Embeddings of cues and targets."""

    def __init__(self, d: int) -> None:
        self.cues = self.targets = torch.empty(0, d)  # (N, d)

    def learn(self, cue: Tensor, target: Tensor) -> None:
        """Store associations of embeddings: (d,), (d,) or (n, d), (n, d)."""
        cue, target = torch.atleast_2d(cue), torch.atleast_2d(target)
        if len(cue) != len(target):
            raise ValueError(f"cue and target must be as many, got {len(cue)} and {len(target)}")
        if cue.shape[1] != self.cues.shape[1]:
            raise ValueError(f"embeddings must have {self.cues.shape[1]} columns, got {cue.shape[1]}")
        self.cues, self.targets = torch.cat([self.cues, cue]), torch.cat([self.targets, target])


class Nearest:
    """The memory whose cue is nearest to the query, by cosine."""

    def __init__(self, d: int) -> None:
        self.store = Pairs(d)
        self.learn = self.store.learn

    def recall(self, query: Tensor) -> Answer:
        """One look at every cue."""
        check_state(query, self.store.cues)
        similarity = self.store.cues @ query
        return Answer(similarity, self.store.targets[similarity.argmax()], 1)


class ModernHopfield:
    """ξ ← Xᵀ softmax(β X ξ), `steps` times; the memory with the largest last weight is the answer."""

    def __init__(self, d: int, beta: float = 8.0, steps: int = 3) -> None:
        self.store, self.beta, self.steps = Pairs(d), beta, steps
        self.learn = self.store.learn

    def recall(self, query: Tensor) -> Answer:
        """Settle over all cues."""
        p = settle(query, self.store.cues, self.beta, self.steps).p[-1]
        return Answer(p, p @ self.store.targets, self.steps)
