"""The two spiking memories as systems: one that votes by spikes, and the LIF network that collapses.

Each recall is a fresh network: what one fires does not reach the next.
"""

import torch
from torch import Tensor

from nuonuo.explain.spiking import lif, sampler
from nuonuo.maths.hopfield import check_state
from nuonuo.systems.modern import Pairs
from nuonuo.systems.protocol import Answer


class SpikingWTA:
    """Stochastic winner-take-all: a memory's score is its share of the spikes, the output their mean target.

    beta: inverse temperature, > 0. spikes: until the votes are counted, >= 1. seed: of each recall's chances.
    """

    def __init__(self, d: int, beta: float = 32.0, spikes: int = 64, seed: int = 0) -> None:
        self.store, self.beta, self.spikes, self.seed = Pairs(d), beta, spikes, seed
        self.learn = self.store.learn

    def recall(self, query: Tensor) -> Answer:
        """Let all memories vote."""
        X = self.store.cues
        check_state(query, X)
        votes = sampler.sample(query[None], X, self.beta, self.spikes, torch.Generator().manual_seed(self.seed))
        share = votes.rate(self.spikes)[0]
        return Answer(share, share @ self.store.targets, len(votes.winner))


class LIFHopfield:
    """Hebb's W over leaky neurons: a memory's score is how well its cue matches the spikes of all steps.

    The output is the target of the memory with the highest score. Gain, leak and clamp as in `lif.run`.
    """

    def __init__(
        self, d: int, steps: int = 20, gain: float = lif.GAIN, leak: float = lif.LEAK, clamp: float = lif.CLAMP
    ) -> None:
        self.store, self.steps, self.gain, self.leak, self.clamp = Pairs(d), steps, gain, leak, clamp
        self.learn = self.store.learn

    def recall(self, query: Tensor) -> Answer:
        """Run the network from silence."""
        X = self.store.cues
        check_state(query, X)
        ran = lif.run(X, query[None], self.steps, self.gain, self.leak, self.clamp)
        scores = X @ ran.output[-1, 0]
        return Answer(scores, self.store.targets[scores.argmax()], self.steps)
