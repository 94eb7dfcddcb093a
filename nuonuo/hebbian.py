"""Hebbian links between codes, and chains of hops over them.

Hebb's W = Σ_i target_i cue_iᵀ (Willshaw, Buneman & Longuet-Higgins, Nature 1969, with counts instead of bits) is never
built: W·code = Σ_i overlap(code, cue_i) · target_i needs only the links that share a unit with the code, found through
postings (unit → links that use it). The separation of the overlaps is then free to choose: the identity is exactly W, a
power a dense associative memory, softmax is attention over links.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.association import Separation
from nuonuo.codes import wta

NEAR = 8  # stored targets looked at first to find the runner-up


@dataclass(frozen=True)
class Postings:
    """Which rows use each unit: rows of unit u are rows[start[u] : start[u] + count[u]]."""

    rows: Tensor  # (n·k,) int32
    start: Tensor  # (D,) int64
    count: Tensor  # (D,) int64


@dataclass(frozen=True)
class Hop:
    """One application of the links to a code."""

    code: Tensor  # (k,) what came out
    link: int  # the link whose target the result is nearest to
    cosine: float  # of the result to that stored target
    runner_up: int | None  # the nearest link with another target
    runner_up_cosine: float
    confidence: float  # cosine of the code that went in to the best stored cue


@dataclass(frozen=True)
class Chain:
    """Hops in order, and why they ended."""

    hops: tuple[Hop, ...]
    stop: str


class Links:
    """Links target ← cue between winner-take-all codes of D units.

    cues, targets: (L, k) int32 winners. Raises ValueError if their shapes differ or a unit is not below D.
    """

    def __init__(self, cues: Tensor, targets: Tensor, units: int) -> None:
        if cues.ndim != 2 or cues.shape != targets.shape:
            raise ValueError(
                f"cues and targets must share a shape (L, k), got {tuple(cues.shape)}, {tuple(targets.shape)}"
            )
        if len(cues) and not 0 <= min(cues.min(), targets.min()) <= max(cues.max(), targets.max()) < units:
            raise ValueError(f"code units must lie between 0 and {units - 1}")
        self.units = units
        self.cues, self.targets = cues.int(), targets.int()
        self._by_cue, self._by_target = post(self.cues, units), post(self.targets, units)
        self._usage = self._by_target.count.to(torch.float32)  # how many targets use each unit
        self._busiest = float(self._usage.max())
        self._zeros = torch.zeros(units, device=cues.device)

    def __len__(self) -> int:
        return len(self.cues)

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors held."""
        held = [self.cues, self.targets, self._usage, self._zeros]
        for postings in (self._by_cue, self._by_target):
            held += [postings.rows, postings.start, postings.count]
        return sum(t.numel() * t.element_size() for t in held)

    @property
    def usage(self) -> Tensor:
        """How many cues use each unit: (D,)."""
        return self._by_cue.count

    def cue_overlap(self, code: Tensor) -> Tensor:
        """Cosine of a code (k,) to every stored cue: (L,)."""
        return matches(self._by_cue, code, len(self)) / self.cues.shape[1]

    def target_overlap(self, code: Tensor) -> Tensor:
        """Cosine of a code (k,) to every stored target: (L,)."""
        return matches(self._by_target, code, len(self)) / self.cues.shape[1]

    def scores(self, weights: Tensor) -> Tensor:
        """Σ_i w_i · target_i over all links: (L,) -> (D,). With w the overlap counts this is W·code."""
        base = weights.min()
        some = (weights > base).nonzero()[:, 0]
        return self._add(some, weights[some] - base) + base * self._usage

    def winners(self, weights: Tensor) -> Tensor:
        """The winners of `scores(weights)`, (k,), without projecting links too weak to change them.

        Exact: where one link outweighs all others together, its target's units outscore every other unit. Else every
        link is projected.
        """
        base, top, total = torch.stack([*weights.aminmax(), weights.sum()]).tolist()
        lead, rest = top - base, total - top - base * (len(self) - 1)  # above the base that every link has,
        uneven = abs(base) * self._busiest  # which adds to each unit as often as the unit is used
        if lead > rest + uneven + 1e-5 * (abs(total) + abs(base) * len(self)):  # the total is rounded
            return self.targets[weights.argmax()].sort().values
        return wta(self.scores(weights), self.cues.shape[1])

    @torch.inference_mode()  # a hop is some seventy small operations, each a third faster without gradient bookkeeping
    def hop(self, code: Tensor, separation: Separation) -> Hop:
        """Send a code (k,) over the links once, and find the stored target it lands on."""
        shared = matches(self._by_cue, code, len(self))
        similarity = shared / self.cues.shape[1]
        result = self.winners(separation(shared if separation.counts else similarity))
        landed = self.target_overlap(result)
        for near in (min(NEAR, len(self)), len(self)):  # all of them only if the nearest share one target
            best = landed.topk(near)
            targets = self.targets[best.indices].tolist()  # (near, k)
            rival = next((i for i, target in enumerate(targets) if target != targets[0]), None)  # not of one target
            if rival is not None:
                break
        links, cosines = best.indices.tolist(), best.values.tolist()
        runner_up, rival_cosine = (None, 0.0) if rival is None else (links[rival], cosines[rival])
        return Hop(result, links[0], cosines[0], runner_up, rival_cosine, similarity.max().item())

    @torch.inference_mode()
    def chain(
        self, code: Tensor, hops: int, separation: Separation, threshold: float = 0.3, floor: float = 0.1
    ) -> Chain:
        """Hop until `hops` are done or there is a reason to stop.

        It stops before a hop whose code resembles no stored cue (cosine below `floor`: the end of the chain) or none
        well enough (below `threshold`), and after a hop that lands on a target already visited (a loop).
        Raises ValueError if hops < 1, nothing is linked, or the thresholds are not 0 <= floor <= threshold <= 1.
        """
        if hops < 1:
            raise ValueError(f"hops must be >= 1, got {hops}")
        if not len(self):
            raise ValueError("nothing is linked: add memories before hopping")
        if not 0 <= floor <= threshold <= 1:
            raise ValueError(f"floor and threshold must satisfy 0 <= floor <= threshold <= 1, got {floor}, {threshold}")
        done: list[Hop] = []
        visited: set[tuple[int, ...]] = set()
        for number in range(1, hops + 1):
            hop = self.hop(code, separation)
            if hop.confidence < floor:
                return Chain(tuple(done), f"end of chain: no stored cue resembles hop {number}'s input")
            if hop.confidence < threshold:
                reason = f"confidence {hop.confidence:.2f} at hop {number} is below the threshold {threshold:g}"
                return Chain(tuple(done), reason)
            done.append(hop)
            target = tuple(self.targets[hop.link].tolist())
            if target in visited:
                return Chain(tuple(done), f"loop: hop {number} came back to a memory already recalled")
            visited.add(target)
            code = hop.code
        return Chain(tuple(done), f"all {hops} hops done")

    def _add(self, links: Tensor, weights: Tensor) -> Tensor:
        """Add each link's weight to its target's units: (m,), (m,) -> (D,)."""
        units = self.targets[links]  # (m, k)
        spread = weights.to(torch.float32)[:, None].expand_as(units)
        return self._zeros.index_add(0, units.reshape(-1), spread.reshape(-1))


def post(codes: Tensor, units: int) -> Postings:
    """Postings of codes (n, k) over D units."""
    flat = codes.reshape(-1)
    count = torch.bincount(flat, minlength=units)
    order = flat.argsort(stable=True)
    return Postings((order // max(codes.shape[1], 1)).int(), count.cumsum(0) - count, count)


def matches(postings: Postings, code: Tensor, n: int) -> Tensor:
    """How many units of a code (k,) each of n rows uses: (n,) float32."""
    code = code.long()
    count, start = postings.count[code], postings.start[code]
    end = count.cumsum(0)
    # Entries start, start + 1, … of each unit in turn: steps of 1, and a jump where a unit's entries begin. As a
    # running sum this stays on one thread; repeat_interleave waits for all of them, however short the list.
    first = start - end + count
    step = torch.ones(int(end[-1]) + 1, dtype=torch.long, device=code.device)
    entry = step.index_add_(0, end - count, first.diff(prepend=first.new_ones(1))).cumsum(0)[:-1]
    rows = postings.rows.index_select(0, entry)
    return torch.zeros(n, device=code.device).index_add_(0, rows, torch.ones(len(rows), device=code.device))
