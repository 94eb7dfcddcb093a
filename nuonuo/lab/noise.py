"""Noise: how much damage to a question does each system forgive?

Every memory of the household bank is asked for by its own stored cue, damaged: Gaussian noise of σ/√d a component on
its embedding, words left out of its text, or winners of its code moved to silent units (systems over codes only; plain
nearest neighbour is then that among codes). The last chart is σ again, for single memories: how wide the basin of the
hardest, the middle and the easiest is.
"""

from collections.abc import Callable
from statistics import fmean

import torch
from torch import Tensor

from nuonuo.lab.backgrounds import taught
from nuonuo.lab.bounds import SEED, Bounds, within
from nuonuo.lab.material import sample, templated
from nuonuo.maths.codes import flip
from nuonuo.maths.intervals import share
from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.memory.noise import Noise
from nuonuo.systems.coded import Coder
from nuonuo.systems.lineup import NEAREST, lineup
from nuonuo.systems.protocol import System

FLIPPED = "flipped winners"
AMOUNTS = {
    "σ": (0.0, 0.5, 1.0, 1.5, 2.0, 3.0),
    "dropped words": (0.0, 0.2, 0.4, 0.6),
    FLIPPED: (0, 15, 30, 40),
}
SINGLE = "σ, single memories"
WATCHED = (NEAREST, "NuoNuo (default)")  # of which single memories are shown
SMALL: dict = {"memories": 4, "backgrounds": 0, "draws": 1}
PAGE: dict = {"memories": 30, "backgrounds": 200, "draws": 2}
Ask = Callable[[System, int, float, int], int]  # of a system, a memory, an amount and a draw: the memory recalled
BOUNDS = {
    "memories": Bounds(1, 143),  # that the bank has
    "backgrounds": Bounds(0, 20_000),
    "draws": Bounds(1, 20),
    "seed": SEED,
}


@within(BOUNDS)
def run(
    memories: int = 143,
    backgrounds: int = 1_000,
    draws: int = 5,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
    keep: Callable[[list[dict]], object] | None = None,
) -> list[dict]:
    """Rows damage, amount, system, recall, low, high, n.

    memories: how many are asked for, among all of the bank and templated `backgrounds`. draws: of the damage to each
    question, from `seed` on. Raises ValueError if a number is out of range.
    """
    pairs = sample("facts")
    encoder, stored = encoder or Encoder(), [*pairs, *templated(backgrounds)]
    cues, targets = encoder.encode([p.cue for p in stored]), encoder.encode([p.target for p in stored])
    asked = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(seed))[:memories].tolist()
    coder, texts = Coder(encoder.dimension, seed), [p.cue for p in pairs]
    ways = {"σ": by_sigma(cues, seed), "dropped words": by_words(texts, encoder, seed)}
    rows: list[dict] = []
    systems = lineup(coder)
    for done, (name, make) in enumerate(systems.items(), 1):
        system = taught(make, cues, targets)
        kinds = ways | ({FLIPPED: by_winners(coder(cues), coder.units, seed)} if hasattr(system, "from_code") else {})
        for damage, ask in kinds.items():
            shares = {a: tally(system, ask, asked, a, draws) for a in AMOUNTS[damage]}
            named = NEAREST if (damage, name) == (FLIPPED, "nearest code") else name
            rows += [{"damage": damage, "amount": a, "system": named, **share(each)} for a, each in shares.items()]
            if damage == "σ" and name in WATCHED:
                rows += basins(name, shares, draws)
        if progress:
            progress(done, len(systems))
        if keep:
            keep(rows)
    return rows


def tally(system: System, ask: Ask, asked: list[int], amount: float, draws: int) -> list[float]:
    """For each memory asked for, the share of draws that recalled it."""
    return [fmean(float(ask(system, i, amount, draw) == i) for draw in range(draws)) for i in asked]


def basins(name: str, shares: dict[float, list[float]], draws: int) -> list[dict]:
    """Rows of three memories by how much σ they bear: the hardest, the middle and the easiest."""
    borne = [fmean(column) for column in zip(*shares.values(), strict=True)]
    order = sorted(range(len(borne)), key=lambda i: borne[i])
    chosen = {"hardest": order[0], "middle": order[len(order) // 2], "easiest": order[-1]}
    return [
        {"damage": SINGLE, "amount": a, "system": f"{name}, {which}", **share([each[i]] * draws)}
        for which, i in chosen.items()
        for a, each in shares.items()
    ]


def by_sigma(cues: Tensor, seed: int) -> Ask:
    """Damage to the embedding."""
    return lambda system, i, amount, draw: (
        system.recall(Noise(sigma=amount, seed=seed + draw * len(cues) + i).on_embedding(cues[i])).memory
    )


def by_words(texts: list[str], encoder: Encoder, seed: int) -> Ask:
    """Damage to the text."""

    def ask(system: System, i: int, amount: float, draw: int) -> int:
        noise = Noise(drop=amount, seed=seed + draw * len(texts) + i)
        return system.recall(encoder.encode([noise.on_text(texts[i])])[0]).memory

    return ask


def by_winners(codes: Tensor, units: int, seed: int) -> Ask:
    """Damage to the code."""

    def ask(system, i: int, amount: float, draw: int) -> int:
        generator = torch.Generator().manual_seed(seed + draw * len(codes) + i)
        return system.from_code(flip(codes[i], int(amount), units, generator)).memory

    return ask
