"""Rule: when a recall counts as right. One record, chosen once by the person who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

SEVERAL = 5  # ranks that count at least where several things are expected together


class Need(StrEnum):
    """How much of what is expected must come."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True)
class Rule:
    """All, or any, of what is expected must be among the first `within`.

    Where several things must all come, the first five count at least, and as many as there are things: not all of them
    can be first. Raises ValueError if within is below 1.
    """

    within: int = 1
    need: Need = Need.ALL

    def __post_init__(self) -> None:
        if self.within < 1:
            raise ValueError(f"within must be >= 1, got {self.within}")
        object.__setattr__(self, "need", Need(self.need))

    def ranks(self, count: int) -> int:
        """The rank up to which a thing counts as recalled where `count` things are expected."""
        return self.within if count == 1 or self.need is Need.ANY else max(self.within, SEVERAL, count)

    def wanted(self, count: int) -> int:
        """How many of `count` things must be recalled."""
        return min(count, 1) if self.need is Need.ANY else count

    def met(self, found: Sequence[int], count: int) -> bool:
        """Whether a question is answered. found: the ranks of its things that are stored. count: of all its things."""
        within = self.ranks(count)
        return count > 0 and sum(rank <= within for rank in found) >= self.wanted(count)

    def __str__(self) -> str:
        """In words: "all that is expected is among the first 5"."""
        first = "first" if self.within == 1 else f"among the first {self.within}"
        return f"any of what is expected is {first}" if self.need is Need.ANY else f"all that is expected is {first}"


FIRST = Rule()
