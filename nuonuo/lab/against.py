"""Each system beside plain nearest neighbour, and a run beside an earlier one.

Two values differ significantly when the 95% interval of their difference, made of both their intervals, leaves out 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nuonuo.lab.curves import Curve, Point, apart
from nuonuo.lab.experiments import Experiment

NAMED = 3  # changes at most that a sentence names


@dataclass(frozen=True)
class Against:
    """One system beside nearest neighbour on one chart; a positive gain is better than it."""

    curve: Curve
    shared: tuple[tuple[Point, Point], ...]  # its points and nearest neighbour's at the same x
    higher: bool  # whether a higher value is better

    def gain(self, pair: tuple[Point, Point]) -> float:
        """By how much it does better there."""
        return (pair[0].y - pair[1].y) * (1 if self.higher else -1)

    def told(self, better: bool) -> list[tuple[Point, Point]]:
        """Where they differ significantly, in its favour or not."""
        return [pair for pair in self.shared if apart(*pair) and (self.gain(pair) > 0) == better]

    def most(self, better: bool) -> float:
        """By how much it is ahead where it is furthest ahead, or behind where it is furthest behind; 0 if nowhere."""
        return max((abs(self.gain(pair)) for pair in self.told(better)), default=0.0)

    def where(self, better: bool) -> str:
        """In words, where they differ significantly."""
        told = [pair[0].x for pair in self.told(better)]
        every = [pair[0].x for pair in self.shared]
        if told == every and len(every) > 1:
            return "everywhere"
        if len(told) > 1 and told == every[-len(told) :]:
            return f"from {place(told[0])} on"
        return f"at {listed([place(x) for x in told])}"


def against(e: Experiment, shown: Sequence[Curve]) -> list[Against]:
    """Every other system beside nearest neighbour, on each chart that shows both."""
    plain = {curve.panel: curve for curve in shown if curve.plain}
    made = []
    for curve in shown:
        if not curve.plain and curve.panel in plain:
            pairs = tuple((p, q) for p in curve.points if (q := plain[curve.panel].at(p.x)))
            made.append(Against(curve, pairs, e.higher_is_better))
    return [one for one in made if one.shared]


def table(e: Experiment, shown: Sequence[Curve]) -> list[dict]:
    """For each chart and system, where it falls below nearest neighbour significantly, where it rises above."""
    return [
        {
            "chart": one.curve.panel,
            "system": one.curve.system,
            "worse": one.where(False) if one.told(False) else "nowhere",
            "worse by at most": one.most(False) or None,
            "better": one.where(True) if one.told(True) else "nowhere",
            "better by at most": one.most(True) or None,
            "compared at": len(one.shared),
        }
        for one in against(e, shown)
    ]


def changed(before: Sequence[Curve], after: Sequence[Curve]) -> str:
    """One sentence on what differs significantly from one run to another."""
    old = {(curve.panel, curve.system): curve for curve in before}
    pairs = []
    for curve in after:
        earlier = old.get((curve.panel, curve.system))
        pairs += [(curve, q, p) for p in curve.points if earlier and (q := earlier.at(p.x))]
    if not pairs:
        return "The pinned run and this one share no point, so nothing can be compared."
    moved = sorted((each for each in pairs if apart(*each[1:])), key=lambda each: -abs(each[1].y - each[2].y))
    shared = f"{len(pairs):,} shared point{'s' * (len(pairs) > 1)}"
    if not moved:
        return f"Against the pinned run nothing changed significantly, at {shared}."
    told = [f"{of(c)} at {place(p.x)}: {amount(q.y)} → {amount(p.y)}" for c, q, p in moved[:NAMED]]
    more = f"; and {len(moved) - NAMED:,} more" if len(moved) > NAMED else ""
    return f"Against the pinned run {len(moved):,} of {shared} changed significantly: {'; '.join(told)}{more}."


def of(curve: Curve) -> str:
    """A curve's name: its system, and its chart if there are several."""
    return f"{spoken(curve.system)} ({curve.panel})" if curve.panel else spoken(curve.system)


def spoken(system: str) -> str:
    """A system's name without the comma that would break up a list."""
    return system.replace(", ", " ")


def listed(names: Sequence[str], most: int | None = None) -> str:
    """One, one and another, one, two and another; of more than `most` the last are counted."""
    if most and len(names) > most + 1:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def amount(value: float) -> str:
    """A measured value as short as it may be."""
    if 0.001 <= abs(value) < 0.1:
        return f"{value:.2g}"
    return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"


def place(x: float) -> str:
    """A value of the x axis."""
    return f"{x:,.0f}" if x == int(x) else f"{x:.3g}"
