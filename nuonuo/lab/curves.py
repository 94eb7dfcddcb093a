"""Curves of an experiment: its flat rows as one curve for each system on each chart, every point with its interval."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nuonuo.systems.lineup import KINDS, NEAREST


@dataclass(frozen=True)
class Point:
    """One measured value; without an interval low and high are None."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None

    @property
    def least(self) -> float:
        """The lower end of the interval."""
        return self.y if self.low is None else self.low

    @property
    def most(self) -> float:
        """The upper end of the interval."""
        return self.y if self.high is None else self.high


@dataclass(frozen=True)
class Curve:
    """What one system does on one chart."""

    system: str
    panel: str  # the chart; "" if there is only one
    points: tuple[Point, ...]  # by x

    @property
    def plain(self) -> bool:
        """Whether this is the baseline, plain nearest neighbour."""
        return is_nearest(self.system)

    @property
    def kin(self) -> bool:
        """Whether it is of nearest neighbour's family, as one of its memories is."""
        return family(self.system) == NEAREST

    def at(self, x: float) -> Point | None:
        """The point at x, if any."""
        return next((point for point in self.points if point.x == x), None)


@dataclass(frozen=True)
class Chart:
    """Everything a figure of an experiment shows."""

    x_label: str
    value_label: str
    systems: tuple[str, ...]  # all that were measured, shown or not: the order that gives each its colour
    curves: tuple[Curve, ...]
    pinned: tuple[Curve, ...] = ()  # of an earlier run
    log_x: bool = False
    log_value: bool = False
    marks: tuple[tuple[str, float], ...] = ()  # a place on a chart's axis
    mark_label: str = ""

    @property
    def panels(self) -> tuple[str, ...]:
        """Names of the small charts, in order."""
        return tuple(dict.fromkeys(curve.panel for curve in (*self.curves, *self.pinned))) or ("",)

    @property
    def families(self) -> dict[str, str]:
        """The family of each system besides nearest neighbour's own."""
        return {name: family(name) for name in self.systems if family(name) != NEAREST}


def is_nearest(system: str) -> bool:
    """Whether a system is plain nearest neighbour."""
    return system == NEAREST


def family(system: str) -> str:
    """What a system's name has before its comma, as systems that differ in a parameter have in common."""
    return system.split(",")[0]


def systems(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Every system of the rows, nearest neighbour first and the others as they come."""
    found = dict.fromkeys(str(row["system"]) for row in rows if "system" in row)
    return tuple(sorted(found, key=lambda name: not is_nearest(name)))


def curves(
    rows: Iterable[Mapping[str, Any]], x: str, value: str, split: str | None, chosen: Collection[str] | None = None
) -> tuple[Curve, ...]:
    """The rows as curves; x, value, split: their fields. chosen: systems besides nearest neighbour; all if None.

    Rows without a number in x or value are left out. Of two rows for one point the later holds.
    """
    found: dict[tuple[str, str], dict[float, Point]] = {}
    for row in rows:
        system, at, y = str(row.get("system")), row.get(x), row.get(value)
        if at is None or y is None or not (chosen is None or system in chosen or is_nearest(system)):
            continue
        points = found.setdefault((_named(row, split), system), {})
        points[at] = Point(at, y, row.get("low"), row.get("high"))
    made = [
        Curve(system, panel, tuple(points[at] for at in sorted(points))) for (panel, system), points in found.items()
    ]
    return tuple(sorted(made, key=lambda curve: not curve.plain))


def marks(
    rows: Iterable[Mapping[str, Any]], x: str, mark: str | None, split: str | None
) -> tuple[tuple[str, float], ...]:
    """The place that a field names on each chart's axis, where it lies within ten times the values of x there."""
    found: dict[str, tuple[float, list[float]]] = {}
    for row in rows:
        if mark and row.get(mark) is not None and row.get(x) is not None:
            found.setdefault(_named(row, split), (row[mark], []))[1].append(row[x])
    return tuple((panel, at) for panel, (at, xs) in found.items() if min(xs) / 10 <= at <= max(xs) * 10)


def kind(system: str) -> str:
    """What kind of memory a system is; its family where that is of no kind."""
    name = family(system)
    return next((kind for kind, families in KINDS.items() if name in families), name)


def leaders(made: Iterable[Curve], higher: bool = True) -> tuple[str, ...]:
    """Of each kind of systems besides nearest neighbour the one whose mean value is best.

    What is part of a system that is there itself, as "NuoNuo, hardest memory" is, stays beside it. higher: whether a
    higher value is better.
    """
    values: dict[str, list[float]] = {}
    for curve in made:
        values.setdefault(curve.system, []).extend(point.y for point in curve.points)
    means = {system: sum(some) / len(some) * (1 if higher else -1) for system, some in values.items()}
    best: dict[str, str] = {}
    for system in means:
        name = system if family(system) in means and family(system) != system else kind(system)
        if not is_nearest(system) and (name not in best or means[system] > means[best[name]]):
            best[name] = system
    return tuple(best.values())


def by_panel(shown: Iterable[Curve]) -> dict[str, list[Curve]]:
    """The curves of each chart."""
    found: dict[str, list[Curve]] = {}
    for curve in shown:
        found.setdefault(curve.panel, []).append(curve)
    return found


def apart(one: Point, other: Point) -> bool:
    """Whether two points differ significantly: the 95% interval of their difference leaves out 0."""
    low, high = difference(one, other)
    return low > 0 or high < 0


def difference(one: Point, other: Point) -> tuple[float, float]:
    """The 95% interval of one − other from the intervals of both, by square and add (Newcombe, Statist. Med. 17, 1998).

    For independent samples; where the same items were asked, as in most experiments, it is wider than a paired one.
    """
    gap = one.y - other.y
    low = gap - math.hypot(one.y - one.least, other.most - other.y)
    return low, gap + math.hypot(one.most - one.y, other.y - other.least)


def _named(row: Mapping[str, Any], split: str | None) -> str:
    """The chart that a row belongs to: a text as it is, a number with the name of its field."""
    if split is None or row.get(split) is None:
        return ""
    value = row[split]
    return value if isinstance(value, str) else f"{value:,} {split}"
