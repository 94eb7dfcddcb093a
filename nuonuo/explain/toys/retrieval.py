"""One damaged picture and what a network of ±1 units makes of it, and the same damage to all stored pictures."""

from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.explain.toys import pictures
from nuonuo.explain.toys.classical import Interaction, Network, network, recall
from nuonuo.explain.toys.rests import Rest, name


@dataclass(frozen=True)
class Damage:
    """What is done to a picture before it is shown."""

    share: float = 0.0  # of its pixels turned
    half: bool = False  # whether its lower half is hidden
    drawing: str = ""  # of pixels turned by hand (pictures.bits); done to the one picture only
    seed: int = 0  # that draws which pixels are turned

    @property
    def words(self) -> str:
        """It in words; "undamaged" if nothing is done."""
        drawn = int(pictures.bits(self.drawing).sum())
        parts = ["its lower half hidden"] * self.half + [f"{self.share:.0%} of its pixels turned"] * bool(self.share)
        parts += [f"{drawn} pixel{'s' * (drawn != 1)} drawn by hand"] * bool(drawn)
        return " and ".join(parts) or "undamaged"


@dataclass(frozen=True)
class Retrieval:
    """One stored picture, damaged, shown and come to rest; and how many of all come back."""

    net: Network
    original: int  # row of the stored pictures
    damage: Damage
    shown: Tensor  # (784,)
    states: Tensor  # (T+1, 784) int8 after each sweep; the last is at rest
    energy: Tensor  # (T+1,)
    rest: Rest
    nearest: int  # the stored picture with the fewest pixels different from what is shown
    back: tuple[bool, ...]  # of each stored picture: whether it came back exactly from the same damage, not drawn on
    found: tuple[bool, ...]  # the same of nearest neighbour

    @property
    def wrong(self) -> int:
        """Pixels at rest that differ from the stored picture."""
        return int((self.states[-1] != self.net.patterns[self.original]).sum())

    @property
    def sweeps(self) -> int:
        """Sweeps that turned a pixel."""
        return len(self.states) - 1


def retrieve(how: Interaction, stored: int, original: int, damage: Damage) -> Retrieval:
    """Store the first pictures, damage the one of row `original` and let it come to rest.

    Raises ValueError unless 1 <= stored <= all there are and 0 <= original < stored, or for wrong damage.
    """
    every = pictures.pictures()
    if not 1 <= stored <= len(every):
        raise ValueError(f"stored must lie between 1 and {len(every)}, got {stored}")
    if not 0 <= original < stored:
        raise ValueError(f"original must lie between 0 and {stored - 1}, got {original}")
    net = network(every[:stored], how)
    generator = torch.Generator().manual_seed(damage.seed)
    shown = pictures.damaged(net.patterns[original], damage.share, damage.half, damage.drawing, damage.seed)
    alike = torch.stack([pictures.damaged(each, damage.share, damage.half, "", damage.seed) for each in net.patterns])
    found = recall(net, torch.cat([shown[None], alike]), generator)
    T = int(found.sweeps[0])
    return Retrieval(
        *(net, original, damage, shown, found.states[: T + 1, 0], found.energy[: T + 1, 0]),
        rest=name(net, found.rest[0]),
        nearest=int(net.nearest(shown[None])[0]),
        back=tuple((found.rest[1:] == net.patterns).all(-1).tolist()),
        found=tuple((net.nearest(alike) == torch.arange(stored)).tolist()),
    )


def mixture_drawing(original: int, of: tuple[int, int, int], damage: Damage) -> str:
    """The drawing that makes a damaged picture a mixture of three: where most of them have ink."""
    every = pictures.pictures()
    mixed = every[list(of)].sum(0).sign()
    shown = pictures.damaged(every[original], damage.share, damage.half, "", damage.seed)
    return pictures.spelled(shown != mixed)
