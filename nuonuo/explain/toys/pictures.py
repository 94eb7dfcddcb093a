"""Pictures of 28 × 28 pixels, drawn here from shapes, and ways to damage them: ink is +1, paper −1.

Unlike random patterns they resemble each other, most of all in their paper, which is what the network of 1982 cannot
bear. A drawing by hand is kept as the pixels it turned, 784 bits as hexadecimal digits, row by row from the top.
"""

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import torch
from torch import Tensor

from nuonuo.explain.toys.capacity import flipped

SIDE = 28
PIXELS = SIDE * SIDE
DIGITS = PIXELS // 4  # hexadecimal, of a drawing
Shape = Tensor  # (SIDE, SIDE) bool
Y, X = torch.meshgrid(*2 * [torch.arange(SIDE).double() + 0.5], indexing="ij")  # centres of pixels, y downwards


def disc(x: float, y: float, r: float) -> Shape:
    """A filled circle."""
    return (X - x) ** 2 + (Y - y) ** 2 <= r * r


def ring(x: float, y: float, r: float, width: float) -> Shape:
    """A circle drawn with a pen of this width."""
    return disc(x, y, r) & ~disc(x, y, r - width)


def box(left: float, top: float, right: float, bottom: float) -> Shape:
    """A filled rectangle."""
    return (left <= X) & (right >= X) & (top <= Y) & (bottom >= Y)


def stroke(width: float, *points: tuple[float, float]) -> Shape:
    """A line through points, with round ends."""
    found = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    for (a, b), (c, d) in pairwise(points):
        along = (((X - a) * (c - a) + (Y - b) * (d - b)) / ((c - a) ** 2 + (d - b) ** 2)).clamp(0, 1)
        found |= (X - a - along * (c - a)) ** 2 + (Y - b - along * (d - b)) ** 2 <= (width / 2) ** 2
    return found


def polygon(*points: tuple[float, float]) -> Shape:
    """A filled polygon: inside is where a ray to the right crosses its edges an odd number of times."""
    found = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    for (a, b), (c, d) in zip(points, points[1:] + points[:1], strict=True):
        if b != d:
            found ^= ((b > Y) != (d > Y)) & ((c - a) * (Y - b) / (d - b) + a > X)
    return found


DRAWN: dict[str, Callable[[], Shape]] = {
    "house": lambda: (
        polygon((14, 2), (27, 14), (1, 14))
        | (box(4, 14, 24, 26) & ~box(11, 18, 17, 26) & ~box(6, 16, 9, 19) & ~box(19, 16, 22, 19))
    ),
    "ring": lambda: ring(14, 14, 13, 6),
    "cross": lambda: stroke(6, (4, 4), (24, 24)) | stroke(6, (24, 4), (4, 24)),
    "stripes": lambda: box(0, 2, 28, 6) | box(0, 11, 28, 15) | box(0, 20, 28, 24),
    "letter H": lambda: box(3, 2, 10, 26) | box(18, 2, 25, 26) | box(3, 11, 25, 17),
    "heart": lambda: disc(8.5, 9.5, 6.5) | disc(19.5, 9.5, 6.5) | polygon((2.5, 12), (25.5, 12), (14, 26)),
    "tree": lambda: polygon((14, 1), (23, 11), (5, 11)) | polygon((14, 7), (26, 20), (2, 20)) | box(11, 20, 17, 27),
    "digit 4": lambda: box(17, 2, 23, 27) | box(3, 15, 27, 20) | stroke(5, (18, 3), (5, 16)),
    "arrow": lambda: box(1, 10, 15, 18) | polygon((14, 2), (27, 14), (14, 26)),
    "letter A": lambda: stroke(5, (4, 25), (14, 3), (24, 25)) | box(8, 15, 20, 19),
    "moon": lambda: disc(13, 14, 12.5) & ~disc(19, 11, 10),
    "star": lambda: polygon(
        *((14, 1), (17.5, 10.5), (27.5, 10.5), (19.5, 16.5), (22.5, 26.5)),
        *((14, 20.5), (5.5, 26.5), (8.5, 16.5), (0.5, 10.5), (10.5, 10.5)),
    ),
    "face": lambda: (
        disc(14, 14, 13) & ~disc(9.5, 10, 2.4) & ~disc(18.5, 10, 2.4) & ~(ring(14, 14, 8.5, 3) & box(0, 16, 28, 28))
    ),
    "boat": lambda: (
        polygon((1, 18), (27, 18), (22, 26), (6, 26)) | polygon((15, 1), (15, 16), (26, 16)) | box(12, 1, 14, 18)
    ),
    "key": lambda: ring(8, 14, 7.5, 4) | box(14, 12, 27, 16) | box(19, 16, 22, 21) | box(24, 16, 27, 21),
    "letter T": lambda: box(2, 2, 26, 9) | box(10, 9, 18, 27),
    "fish": lambda: (
        ((((X - 11) / 10.5) ** 2 + ((Y - 14) / 7.5) ** 2 <= 1) | polygon((18, 14), (27, 6), (27, 22)))
        & ~disc(6.5, 12, 1.6)
    ),
    "digit 7": lambda: box(3, 2, 25, 8) | stroke(6, (22, 6), (11, 25)),
    "chess": lambda: ((X / 7).floor() + (Y / 7).floor()) % 2 == 0,
    "cup": lambda: (box(3, 6, 19, 25) | ring(19, 14, 7, 3)) & ~box(6, 3, 16, 9),
}
NAMES = tuple(DRAWN)


@cache
def pictures() -> Tensor:
    """All pictures as patterns (n, 784) of ±1, in the order of NAMES."""
    return torch.stack([make().flatten() for make in DRAWN.values()]).double() * 2 - 1


def bits(drawing: str) -> Tensor:
    """The pixels (784,) bool that a drawing turned; none for "". Raises ValueError for another text."""
    if drawing and (len(drawing) != DIGITS or set(drawing) - set("0123456789abcdef")):
        raise ValueError(f"a drawing must be {DIGITS} hexadecimal digits, or none, got {drawing[:20]!r}")
    number = int(drawing or "0", 16)
    return torch.tensor([number >> (PIXELS - 1 - i) & 1 for i in range(PIXELS)], dtype=torch.bool)


def spelled(turned: Tensor) -> str:
    """A drawing of the pixels (784,) bool that it turned; the inverse of `bits`."""
    number = int("".join("1" if one else "0" for one in turned.tolist()), 2)
    return f"{number:0{DIGITS}x}" if number else ""


def damaged(picture: Tensor, share: float, half: bool, drawing: str, seed: int) -> Tensor:
    """A picture (784,) with its lower half hidden (as paper) if asked, a share of its pixels turned, then drawn on.

    seed: draws which pixels are turned. Raises ValueError for a share outside 0 to 1 or a text that is no drawing.
    """
    shown = picture.clone()
    if half:
        shown[PIXELS // 2 :] = -1.0
    shown = flipped(shown[None], share, torch.Generator().manual_seed(seed))[0]
    return torch.where(bits(drawing), -shown, shown)
