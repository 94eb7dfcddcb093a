"""Where a label finds room among points, and numbers with the noun they count."""

import itertools
import re

SIDES = {"middle right": (1, 0), "middle left": (-1, 0), "top center": (0, 1), "bottom center": (0, -1)}
EDGE, ROOM, HALF = 3, 8, 7  # cells: off the upper and lower rim, least width of a row, half a label
APART = 3  # rows between two labels, at least


_HEADING = re.compile(r"(^|“)([^“”\n]{0,79}[^\s.!?:;,“”])\s*\n\s*")  # a title above its text, also inside quotes


def one_line(text: str) -> str:
    """A text on one line; a title on a line of its own goes before it with a colon, unless it begins with it anyway."""
    return " ".join(_HEADING.sub(_headed, text.strip()).split())


def _headed(found: re.Match) -> str:
    """The title before its text; what opened the quotation if the text repeats the title."""
    quote, title = found.groups()
    return quote if found.string.startswith(title, found.end()) else f"{quote}{title}: "


def counted(n: int, one: str, many: str | None = None) -> str:
    """1 memory, 2 memories: a number with its noun. many: the plural, where it is not `one` with an s."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def sides(points: list) -> list[str]:
    """On which side of each point (x, y) its label is furthest from the other points and labels."""
    if not points:
        return []
    xs, ys = zip(*points, strict=True)
    reach = 0.06 * max(max(xs) - min(xs), max(ys) - min(ys), 0.1)
    taken, chosen = list(points), []
    for x, y in points:
        spots = {side: (x + reach * dx, y + reach * dy) for side, (dx, dy) in SIDES.items()}
        room = {
            side: min((abs(sx - ox) + abs(sy - oy) for ox, oy in taken if (ox, oy) != (x, y)), default=1.0)
            for side, (sx, sy) in spots.items()
        }
        chosen.append(max(room, key=lambda side: room[side]))
        taken.append(spots[chosen[-1]])
    return chosen


def spots(ground: list[list[int]], points: list) -> dict[int, tuple[float, float]]:
    """The (column, row) for a label in each area of a map that has room for one, off the points and other labels.

    ground: rows of area numbers. points: (column, row) places to keep off.
    """
    runs: dict[int, list[tuple[int, float, int]]] = {}  # of each area: row, middle, width
    for row in range(EDGE, len(ground) - EDGE):
        column = 0
        for area, group in itertools.groupby(ground[row]):
            width = len(list(group))
            if width >= ROOM:
                middle = min(max(column + width / 2 - 0.5, HALF), len(ground[row]) - 1 - HALF)
                runs.setdefault(area, []).append((row, middle, width))
            column += width
    chosen: dict[int, tuple[float, float]] = {}
    for area in sorted(runs, key=lambda area: -len(runs[area])):
        best = max(runs[area], key=lambda run: _room(run, points, chosen))
        if _room(best, points, chosen)[0] >= APART:
            chosen[area] = best[1], best[0]
    return chosen


def _room(run: tuple[int, float, int], points: list, labels: dict) -> tuple[float, float, int]:
    """How free a spot is, up to four rows from a label, then two from a point, then how wide its area is there."""
    row, middle, width = run
    label = min((abs(row - r) for c, r in labels.values() if abs(c - middle) < 2 * HALF), default=4.0)
    point = min((abs(row - r) for c, r in points if abs(c - middle) < HALF), default=2.0)
    return min(label, 4.0), min(point, 2.0), width
