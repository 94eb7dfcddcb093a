"""Two-stage NuoNuo: as the prototype had it, and as the engine does it now.

The prototype settles over the 20 nearest cues and takes what the settled state attends to most. The engine whitens
first and answers by first-step attention: settling completes a pattern, it does not rank (FINDINGS).
"""

import torch
from torch import Tensor

from nuonuo.maths.hopfield import check_state, settle
from nuonuo.memory import Memory
from nuonuo.memory.records import record
from nuonuo.systems.modern import Pairs
from nuonuo.systems.protocol import Answer

K, STEPS = 20, 3


class TwoStage:
    """The K nearest cues → softmax settling over them → the largest last weight."""

    def __init__(self, d: int, beta: float = 16.0) -> None:
        self.store, self.beta = Pairs(d), beta
        self.learn = self.store.learn

    def recall(self, query: Tensor) -> Answer:
        """Settle over the candidates."""
        X = self.store.cues
        check_state(query, X)
        near = (X @ query).topk(min(K, len(X))).indices
        settled = settle(query, X[near], self.beta, STEPS)
        return Answer(torch.zeros(len(X)).index_copy_(0, near, settled.p[-1]), settled.xi[-1], STEPS)


class NuoNuo:
    """The engine with its default settings: whitened keys, the answer by first-step attention over 20 candidates."""

    def __init__(self, d: int, seed: int = 0) -> None:
        self.memory = Memory(None, dimension=d, seed=seed)
        self.ids: dict[int, int] = {}  # of a memory -> its place

    def learn(self, cue: Tensor, target: Tensor) -> None:
        """Store associations of embeddings: (d,), (d,) or (n, d), (n, d)."""
        cue, target = torch.atleast_2d(cue), torch.atleast_2d(target)
        if len(cue) != len(target):
            raise ValueError(f"cue and target must be as many, got {len(cue)} and {len(target)}")
        first = len(self.ids)
        items = [
            record(str(first + i), str(first + i), (), *pair) for i, pair in enumerate(zip(cue, target, strict=True))
        ]
        self.ids |= {memory: first + i for i, memory in enumerate(self.memory.add_many(items))}

    def recall(self, query: Tensor) -> Answer:
        """One recall."""
        if not self.ids:
            raise ValueError("nothing has been learnt: learn an association before recalling")
        trace = self.memory.recall(query)
        scores = torch.zeros(len(self.ids))
        for candidate in trace.candidates:
            scores[self.ids[candidate.id]] = candidate.weight
        return Answer(scores, trace.xi[-1], 1)
