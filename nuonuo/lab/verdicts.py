"""What an experiment's numbers say, in words computed from its rows: who is best and whether it differs significantly.

For some experiments a question of their own: how far a chain holds, how a time grows, whether the gap orders encoders.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from nuonuo.explain.hops.chains import HELD
from nuonuo.lab.against import against, amount, listed, of, place, spoken
from nuonuo.lab.curves import Curve, apart, by_panel, curves
from nuonuo.lab.experiments import Experiment

NAMED = 3  # systems at most that a sentence names
ABSOLUTE = "right"  # the field of encoders' rows: mean similarity of true pairs
Rows = Sequence[dict]


@dataclass(frozen=True)
class Verdict:
    """The answer in one sentence, and what else the numbers say."""

    headline: str
    rest: tuple[str, ...] = ()  # a sentence for each chart, and others


def verdict(e: Experiment, shown: Sequence[Curve], rows: Rows = ()) -> Verdict:
    """What the shown curves of an experiment say, and what else their rows hold."""
    filled = [replace(curve, system=spoken(curve.system)) for curve in shown if curve.points]
    if not filled:
        return Verdict("There are no numbers to judge yet.")
    names = {curve.system for curve in filled}
    mine = [row | {"system": name} for row in rows if (name := spoken(str(row.get("system")))) in names]
    special: dict[str, Callable[[Experiment, Sequence[Curve], Rows], Verdict]] = {
        "chains": carried,
        "latency": growth,
        "encoders": ordered,
    }
    found = special.get(e.name, race)(e, filled, mine)
    bare = all(point.low is None for curve in filled for point in curve.points)
    warning = ("These rows carry no intervals, so small differences may be chance.",) if bare else ()
    return Verdict(found.headline, found.rest + warning)


def race(e: Experiment, shown: Sequence[Curve], rows: Rows = ()) -> Verdict:
    """Nearest neighbour against all others; on each chart who is best, where the lead changes, who falls behind."""
    panels = tuple(_panel(e, panel, some) for panel, some in by_panel(shown).items())
    return Verdict(_plainly(e, shown), (*panels, *_crowding(e, rows)))


def _crowding(e: Experiment, rows: Rows) -> list[str]:
    """How close stored patterns lie where most are stored, if the rows say so: what sets kinds of patterns apart."""
    most: dict[str, dict] = {}
    for row in rows:
        if "nearest" in row and row[e.x] >= most.get(str(row.get(e.split or "")), row)[e.x]:
            most[str(row.get(e.split or ""))] = row
    if not most:
        return []
    told = ", ".join(f"{row['nearest']:.2f} {kind} ({place(row[e.x])})" for kind, row in most.items())
    return [f"Median cosine of a stored pattern to its nearest other, which is what decides: {told}."]


def carried(e: Experiment, shown: Sequence[Curve], rows: Rows = ()) -> Verdict:
    """How far each way of linking carries a chain: the hops before the cosine falls below that of a whole code."""
    panel, some = list(by_panel(shown).items())[-1]
    names, over = [c.system for c in some if held(c) == len(c.points)], f" over {panel}" if panel else ""
    if len(names) == len(some) > 1:
        headline = f"All {len(some)} hold to the last hop{over}."
    elif names:
        others = len(some) - len(names)
        lost = f"; {'the other does' if others == 1 else f'{others} others do'} not" if others else ""
        headline = f"{capital(listed(names, NAMED))} hold{'s' * (len(names) == 1)} to the last hop{over}{lost}."
    else:
        best = max(some, key=lambda c: (held(c), c.points[-1].y))
        furthest = f"the furthest is {best.system} with {held(best)} of {len(best.points)}"
        headline = f"None holds to the last hop{over}; {furthest}."
    said = []
    for panel, some in by_panel(shown).items():
        far = sorted(some, key=lambda c: (-held(c), -c.points[-1].y))
        told = [f"{c.system} {held(c)} of {len(c.points)} ({amount(c.points[-1].y)} at the last)" for c in far]
        said.append(_said(panel, f"hops held: {'; '.join(told)}"))
    return Verdict(headline, (*said, _plainly(e, shown), f"A hop holds at a cosine of {HELD:g} or more."))


def held(curve: Curve) -> int:
    """How many hops, from the first, stay whole."""
    return next((i for i, point in enumerate(curve.points) if point.y < HELD), len(curve.points))


def growth(e: Experiment, shown: Sequence[Curve], rows: Rows = ()) -> Verdict:
    """Who is fastest where most is stored, and how every time grows."""
    fits = [(curve, fit) for curve in shown if (fit := exponent(curve)) is not None]
    panels = tuple(_panel(e, panel, some) for panel, some in by_panel(shown).items())
    if not fits:
        return Verdict("One size is too few to fit how a time grows.", panels)
    slowest, fastest = (pick(fits, key=lambda each: each[1]) for pick in (min, max))
    sizes = [point.x for curve, _ in fits for point in curve.points]
    between = f"from {place(min(sizes))} to {place(max(sizes))}"
    headline = f"Time grows as N to the power {_signed(slowest[1])} ({of(slowest[0])})"
    headline += f" up to {_signed(fastest[1])} ({of(fastest[0])}), {between}." if len(fits) > 1 else f", {between}."
    told = ", ".join(f"{_signed(fit)} {of(curve)}" for curve, fit in sorted(fits, key=lambda each: each[1]))
    return Verdict(headline, (*panels, f"Exponents of N, fitted to the logarithms: {told}.", *_sizes(e, rows)))


def _sizes(e: Experiment, rows: Rows) -> list[str]:
    """How much each holds in memory where most is stored, if the rows say so."""
    most = max((row[e.x] for row in rows), default=0)
    held = {row["system"]: row["bytes"] for row in rows if row[e.x] == most and row.get("bytes")}
    told = ", ".join(f"{size / 2**20:.1f} MiB {system}" for system, size in sorted(held.items(), key=lambda x: x[1]))
    return [f"In memory at {place(most)}: {told}."] if held else []


def exponent(curve: Curve) -> float | None:
    """The slope of log value against log x by least squares; None for fewer than two sizes."""
    points = [(math.log(p.x), math.log(p.y)) for p in curve.points if p.x > 0 and p.y > 0]
    if len(points) < 2:
        return None
    mean_x, mean_y = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def ordered(e: Experiment, shown: Sequence[Curve], rows: Rows = ()) -> Verdict:
    """Whether x orders the systems as the value does, over all pairs on a chart."""
    said = []
    for panel, some in by_panel(shown).items():
        ends = [(curve.system, curve.points[-1]) for curve in some]
        wrong = [f"{a} and {b}" for a, b, right in orderings(some) if not right]
        best, widest = max(ends, key=lambda end: end[1].y), max(ends, key=lambda end: end[1].x)
        told = f"{best[0]} has the highest recall ({amount(best[1].y)}, gap {_signed(best[1].x)})"
        ties = [name for name, point in ends if name != best[0] and not apart(point, best[1])]
        told += f", not significantly different from {listed(ties, NAMED)}" if ties else ""
        told += f"; the widest gap is that of {widest[0]} ({_signed(widest[1].x)})" if widest[0] != best[0] else ""
        said.append(_said(panel, told + (f"; the gap misorders {listed(wrong, NAMED)}" if wrong else "")))
    agree, count = _agree(shown)
    if ABSOLUTE in (rows[0] if rows else ()):
        right, of_all = _agree(curves(rows, ABSOLUTE, e.value, e.split))
        said.append(
            f"Absolute similarity of the true pairs puts {right} of these {of_all} pairs in order, the gap {agree}."
        )
    if not count:
        return Verdict("With these encoders nothing can be said of the gap: no two differ significantly.", tuple(said))
    if agree == count:
        return Verdict(
            f"The gap orders the encoders as recall does: all {count} pairs that differ significantly agree.",
            tuple(said),
        )
    return Verdict(
        f"The gap does not explain it all: {agree} of {count} pairs that differ significantly come in its order.",
        tuple(said),
    )


def orderings(some: Sequence[Curve]) -> list[tuple[str, str, bool]]:
    """Of all pairs on one chart that differ in x, and significantly in value: whether x orders them as it does."""
    ends = [(curve.system, curve.points[-1]) for curve in some]
    pairs = [(a, b) for a, b in combinations(ends, 2) if a[1].x != b[1].x and apart(a[1], b[1])]
    return [(a[0], b[0], (a[1].x > b[1].x) == (a[1].y > b[1].y)) for a, b in pairs]


def _agree(shown: Sequence[Curve]) -> tuple[int, int]:
    """How many pairs x puts in order, and of how many."""
    every = [right for some in by_panel(shown).values() for _, _, right in orderings(some)]
    return sum(every), len(every)


def leads(e: Experiment, some: Sequence[Curve]) -> list[tuple[float, str]]:
    """Who leads one chart from which x on. A leader is overtaken when a better one differs significantly."""
    found: list[tuple[float, str]] = []
    leader: Curve | None = None
    for x in sorted({point.x for curve in some for point in curve.points}):
        best, _ = ranked(e, some, x)[0]
        now = leader.at(x) if leader else None
        if leader is None or (now and apart(now, best.at(x) or now)):
            leader = best
            found.append((x, best.system))
    return found


def ranked(e: Experiment, some: Sequence[Curve], x: float) -> list[tuple[Curve, float]]:
    """The curves that have a point at x, best first, with their values."""
    there = [(curve, point.y) for curve in some if (point := curve.at(x))]
    return sorted(there, key=lambda each: -each[1] if e.higher_is_better else each[1])


def _panel(e: Experiment, panel: str, some: Sequence[Curve]) -> str:
    """One chart: who is best at its far end, where the lead changed, who falls behind nearest neighbour."""
    end = max(point.x for curve in some for point in curve.points)
    (best, value), *others = ranked(e, some, end)
    top = best.at(end)
    ties = [curve.system for curve, _ in others if top and (p := curve.at(end)) and not apart(p, top)]
    first = "is best" if others and not ties else f"has the {'highest' if e.higher_is_better else 'lowest'} value"
    said = f"at {place(end)} {best.system} {first} ({amount(value)}{_unit(e)})"
    if others:
        said += f", {'not ' if ties else ''}significantly different from {listed(ties or ['all others'], NAMED)}"
    passed = [f"to {system} at {place(x)}" for x, system in leads(e, some)[1:]]
    said += f"; the lead passes {listed(passed)}" if passed else ""
    return _said(panel, said + _behind(e, some))


def _behind(e: Experiment, some: Sequence[Curve]) -> str:
    """Who is significantly worse than nearest neighbour, where and by how much."""
    places: dict[str, list[str]] = {}
    for one in sorted(against(e, some), key=lambda one: -one.most(False)):
        if one.told(False):
            told = f"{one.curve.system} (by up to {amount(one.most(False))}{_unit(e)})"
            places.setdefault(one.where(False), []).append(told)
    told = "; ".join(f"{where}: {listed(names, NAMED)}" for where, names in places.items())
    return f"; significantly worse than nearest neighbour {told}" if told else ""


def _plainly(e: Experiment, shown: Sequence[Curve]) -> str:
    """Nearest neighbour against all others, in one sentence."""
    every = against(e, shown)
    if not every:
        there = any(curve.plain for curve in shown)
        return f"{'Only nearest neighbour is shown' if there else 'Nearest neighbour was not measured here'}."
    gains: dict[str, float] = {}
    for one in every:
        if one.told(True):
            gains[one.curve.system] = max(gains.get(one.curve.system, 0), one.most(True))
    names, behind = {one.curve.system for one in every}, {one.curve.system for one in every if one.told(False)}
    of_them = f"{len(behind)} of the {len(names)} others somewhere" if behind else "none of them"
    lost = f"it is significantly better than {of_them}"
    if not gains:
        return f"No system is significantly better than plain nearest neighbour; {lost}."
    best = sorted(gains, key=lambda system: -gains[system])
    told = listed([f"{system} (by up to {amount(gains[system])}{_unit(e)})" for system in best], NAMED)
    told = f"{capital(told)} {'is' if len(best) == 1 else 'are'}"
    return f"{told} significantly better than plain nearest neighbour somewhere; {lost}."


def _signed(value: float) -> str:
    """Two digits after the point, with a true minus."""
    return f"{value:.2f}".replace("-", "−")


def _unit(e: Experiment) -> str:
    return " ms" if e.value == "ms" else ""


def _said(panel: str, text: str) -> str:
    """A sentence about a chart, beginning with its name."""
    return capital(f"{panel}: {text}." if panel else f"{text}.")


def capital(text: str) -> str:
    """The text with a capital; σ stays σ."""
    return text[0].upper() + text[1:] if text[0].isascii() else text
