"""From 1982 to attention: the error of ±1 networks against what they store, with the known capacity beside it.

Hopfield, PNAS 79, 1982; Krotov & Hopfield, arXiv:1606.01164; Demircigil et al., arXiv:1702.01929; Ramsauer et al.,
arXiv:2008.02217. Rows of `part` "measured" have the share of wrong units at rest; of "breakdown" the number of patterns
at which it rises above 5%. With `exponential`: how many of 1,000 patterns of 64 units are fixed points.
"""

from collections.abc import Callable

import torch

from nuonuo.explain.toys import capacity as measuring
from nuonuo.explain.toys.capacity import Point, known, random_patterns, transition
from nuonuo.explain.toys.classical import Interaction, network, recall
from nuonuo.explain.toys.classical import interaction as function
from nuonuo.lab.bounds import SEED, Bounds, within
from nuonuo.maths.intervals import share
from nuonuo.memory.encoder import Progress
from nuonuo.systems.lineup import NEAREST

AROUND = (0.4, 0.6, 0.75, 0.85, 0.95, 1.05, 1.15, 1.3, 1.6)  # of the known capacity
WIDE = (2, 4, 8, 12, 16, 24, 32, 64, 128, 256, 512, 1_024, 2_048)  # where capacities differ by powers of ten
MOST = 20_000  # patterns
UNITS, STORED = 64, 1_000  # of the exponential network that holds them all
SMALL: dict = {"units": 20, "trials": 1, "starts": 4}
PAGE: dict = {
    "units": 64,
    "interaction": ("power2", "power3", "power4", "exponential", "lse"),
    "patterns": WIDE,
    "trials": 5,
    "starts": 32,
    "damage": 0.1,
}
BOUNDS = {
    "units": Bounds(2, 2_048),
    "beta": Bounds(0.001, 1_000),
    "patterns": Bounds(1, MOST),
    "trials": Bounds(1, 20),
    "starts": Bounds(1, 256),
    "damage": Bounds(0, 1),
    "seed": SEED,
}


@within(BOUNDS)
def run(
    units: int = 1_000,
    interaction: tuple[str, ...] = ("power2",),
    beta: float | None = None,
    patterns: tuple[int, ...] = (),
    trials: int = 4,
    starts: int = 64,
    damage: float = 0.0,
    exponential: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
    keep: Callable[[list[dict]], object] | None = None,
) -> list[dict]:
    """Rows part, system, interaction, units, patterns, load, error, low, high, exact, known, …

    units: N. interaction: power2 to power30, exponential, lse; several with commas between. beta: of lse, 1/√N if None,
    as in attention. patterns: how many are stored, in turn; around the known capacity if none are given. trials: each
    with patterns of its own. starts: patterns asked for in each, at most. damage: share of units turned in a start.
    exponential: instead, whether the exponential network holds 1,000 patterns of 64 units.
    Raises ValueError for a number out of range.
    """
    if exponential:
        return [holds(seed, amount) for amount in (0.0, damage or 0.05)]
    hows = [function(one, units**-0.5 if beta is None else beta) for one in interaction]
    jobs = sorted((P, turn) for turn, how in enumerate(hows) for P in patterns or around(how, units))
    rows: list[dict] = []
    measured: dict[Interaction, list[Point]] = {how: [] for how in hows}
    for done, (P, turn) in enumerate(jobs, 1):
        point = measuring.capacity(hows[turn], units, [P], trials, seed, damage, starts=starts)[0]
        if not any(row["patterns"] == P and row["system"] == NEAREST for row in rows):
            rows.append(_nearest(point, damage))
        measured[hows[turn]].append(point)
        rows.append(_row(point, damage))
        if keep:
            keep(rows)
        if progress:
            progress(done, len(jobs))
    return rows + [_breakdown(how, units, points) for how, points in measured.items()]


def around(how: Interaction, units: int) -> tuple[int, ...]:
    """Numbers of patterns below and above the known capacity, or widely spaced where that is too many or unknown."""
    at = known(how, units)
    if at is None or at * max(AROUND) > MOST:
        return WIDE
    return tuple(sorted({max(1, round(part * at)) for part in AROUND}))


def _row(point: Point, damage: float) -> dict:
    return {
        "part": "measured",
        "system": point.interaction.label,
        "interaction": point.interaction.name,
        **{"units": point.units, "patterns": point.patterns, "load": point.load, "damage": damage},
        **{"error": point.error, "low": point.low, "high": point.high},
        **{"exact": point.exact, "exact_low": point.exact_low, "exact_high": point.exact_high},
        **{"sweeps": point.sweeps, "known": known(point.interaction, point.units)},
        **{"trials": point.trials, "n": point.starts},
    }


def _nearest(point: Point, damage: float) -> dict:
    """Plain nearest neighbour (Hamming), asked with the same starts."""
    return {
        "part": "measured",
        "system": NEAREST,
        **{"units": point.units, "patterns": point.patterns, "load": point.load, "damage": damage},
        **{"error": point.nearest, "low": point.nearest_low, "high": point.nearest_high},
        **{"trials": point.trials, "n": point.starts},
    }


def _breakdown(how: Interaction, units: int, points: list[Point]) -> dict:
    """Where retrieval broke down; patterns and load are None if it never did."""
    at = transition(points)
    return {
        "part": "breakdown",
        "system": how.label,
        "interaction": how.name,
        **{"units": units, "patterns": at, "load": None if at is None else at / units, "known": known(how, units)},
    }


def holds(seed: int, damage: float, units: int = UNITS, stored: int = STORED) -> dict:
    """How many of the stored patterns the exponential network brings back whole from this damage; all are asked for.

    At damage 0: how many are fixed points.
    """
    generator = torch.Generator().manual_seed(seed)
    net = network(random_patterns(stored, units, generator), function("exponential"))
    shown = measuring.flipped(net.patterns, damage, generator)
    back = (recall(net, shown, generator).rest == net.patterns).all(-1)
    found = net.nearest(shown) == torch.arange(stored)
    return {
        "part": "fixed points" if damage == 0 else "retrieved",
        "system": net.interaction.label,
        **{"units": units, "patterns": stored, "damage": damage, "whole": int(back.sum())},
        **share(back.double().tolist(), "share"),
        "nearest": int(found.sum()),
    }
