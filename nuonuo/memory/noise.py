"""Query noise: seeded damage to a text, to its embedding, or to its code."""

from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.maths.codes import flip


@dataclass(frozen=True)
class Noise:
    """What is done to a query, and the seed that does it.

    sigma: Gaussian noise per component of the embedding, in units of 1/√d (1 is as long as the embedding itself).
    drop, swap: share of the text's words left out, or exchanged with a neighbour, 0 to 1. flip: winners of the code
    moved to random units. Raises ValueError if one is out of range.
    """

    sigma: float = 0.0
    drop: float = 0.0
    swap: float = 0.0
    flip: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.sigma < float("inf"):
            raise ValueError(f"sigma must be a finite number >= 0, got {self.sigma}")
        for name in ("drop", "swap"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1, got {getattr(self, name)}")
        if self.flip < 0:
            raise ValueError(f"flip must be >= 0, got {self.flip}")

    def on_text(self, text: str) -> str:
        """The text with words dropped (one always stays) and neighbours swapped."""
        words = text.split()
        if len(words) < 2 or not (self.drop or self.swap):
            return text
        generator = self._generator()
        kept = (torch.rand(len(words), generator=generator) >= self.drop).tolist()
        if not any(kept):
            kept[int(torch.randint(len(words), (1,), generator=generator))] = True
        words = [word for word, keep in zip(words, kept, strict=True) if keep]
        for i in range(len(words) - 1):
            if torch.rand(1, generator=generator) < self.swap:
                words[i], words[i + 1] = words[i + 1], words[i]
        return " ".join(words)

    def on_embedding(self, x: Tensor) -> Tensor:
        """x (d,) plus Gaussian noise of standard deviation σ/√d, back at unit length."""
        if not self.sigma:
            return x
        noise = torch.randn(x.shape[-1], generator=self._generator()).to(x)
        noisy = x + self.sigma / x.shape[-1] ** 0.5 * noise
        return noisy / torch.linalg.vector_norm(noisy)

    def on_code(self, code: Tensor, units: int) -> Tensor:
        """The code (k,) with `flip` winners moved. Raises ValueError if it has fewer."""
        return flip(code, self.flip, units, self._generator()) if self.flip else code

    def _generator(self) -> torch.Generator:
        return torch.Generator().manual_seed(self.seed)
