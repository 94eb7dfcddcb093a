"""What every compared system can do: learn associations, recall from a query.

All take embeddings and answer with how strongly each stored memory came back, so that one experiment can run them all.
"""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


@dataclass(frozen=True)
class Answer:
    """What one recall brought back, over N memories in the order they were learnt."""

    scores: Tensor  # (N,) how strongly each came back; the largest is the answer
    output: Tensor  # what came out, before it was read: winners (k,) of a code, or a state (d,)
    steps: int  # updates until then

    @property
    def memory(self) -> int:
        """The memory recalled: its place in the order of learning."""
        return int(self.scores.argmax())


class System(Protocol):
    """A memory that associates cues with targets."""

    def learn(self, cue: Tensor, target: Tensor) -> None:
        """Store associations of embeddings: (d,), (d,) for one or (n, d), (n, d) for several."""

    def recall(self, query: Tensor) -> Answer:
        """Recall from one embedding (d,). Raises ValueError if nothing has been learnt or d differs."""
