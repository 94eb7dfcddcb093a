"""Batches by tokens: texts of alike length together, so that hardly anything is padding, and a budget of tokens each.

Batches of all lengths take turns, so that at any time the share of the texts that are done is about that of the work:
what remains can be told from either.
"""

from collections.abc import Sequence

PADDING = 0.05  # share of a batch that may be padding
SMALL = 256  # tokens up to which a batch may have more of it: a batch of its own would cost more
GOLDEN = (5**0.5 - 1) / 2


def batches(sizes: Sequence[int], budget: int) -> list[list[int]]:
    """Places of texts in batches, in the order to take them. sizes: tokens of each text.

    A batch is as long as its longest text times their number: at most budget, but for a text that is longer alone.
    """
    made: list[list[int]] = []
    held = 0  # tokens of the last batch, without padding
    for place in sorted(range(len(sizes)), key=sizes.__getitem__):
        size = sizes[place]
        padded = size * (len(made[-1]) + 1) if made else 0
        wasted = padded - held - size
        if made and padded <= budget and (wasted <= PADDING * padded or padded <= SMALL):
            made[-1].append(place)
            held += size
        else:
            made.append([place])
            held = size
    return [made[i] for i in spread(len(made))]


def spread(n: int) -> list[int]:
    """0 to n - 1 so that every stretch from the start is spread evenly over them: by the golden ratio's multiples."""
    return sorted(range(n), key=lambda i: i * GOLDEN % 1)
