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

STRONG = 64  # links projected before the bound is tried
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

        Exact: the strongest links are projected alone, and if their last winner leads their first loser by more than
        all other links could add to a unit, no other link matters; else every link is projected.
        """
        k = self.cues.shape[1]
        if len(self) <= STRONG:
            return wta(self.scores(weights), k)
        base = weights.min()
        strong = weights.topk(STRONG)
        score = self._add(strong.indices, strong.values - base)
        top = score.topk(k + 1)
        total = weights.sum() - base * len(self)
        rest = total - (strong.values - base).sum() + base.abs() * self._usage.max()
        if top.values[k - 1] - top.values[k] > rest + 1e-5 * (total + base.abs() * len(self)):  # sums are rounded
            return top.indices[:k].sort().values.int()
        return wta(self.scores(weights), k)

    def hop(self, code: Tensor, separation: Separation) -> Hop:
        """Send a code (k,) over the links once, and find the stored target it lands on."""
        shared = matches(self._by_cue, code, len(self))
        similarity = shared / self.cues.shape[1]
        result = self.winners(separation(shared if separation.counts else similarity))
        landed = self.target_overlap(result)
        for near in (min(NEAR, len(self)), len(self)):  # all of them only if the nearest share one target
            best = landed.topk(near)
            targets = self.targets[best.indices]  # (near, k)
            rivals = (targets != targets[0]).any(1).nonzero()[:1, 0].tolist()  # links that share a target are none
            if rivals:
                break
        links, cosines = best.indices.tolist(), best.values.tolist()
        runner_up, rival_cosine = (links[rivals[0]], cosines[rivals[0]]) if rivals else (None, 0.0)
        return Hop(result, links[0], cosines[0], runner_up, rival_cosine, similarity.max().item())

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
        for number in range(1, hops + 1):
            hop = self.hop(code, separation)
            if hop.confidence < floor:
                return Chain(tuple(done), f"end of chain: no stored cue resembles hop {number}'s input")
            if hop.confidence < threshold:
                reason = f"confidence {hop.confidence:.2f} at hop {number} is below the threshold {threshold:g}"
                return Chain(tuple(done), reason)
            done.append(hop)
            if any(torch.equal(self.targets[hop.link], self.targets[h.link]) for h in done[:-1]):
                return Chain(tuple(done), f"loop: hop {number} came back to a memory already recalled")
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
    before = count.cumsum(0) - count
    entry = torch.repeat_interleave(start - before, count)
    rows = postings.rows[entry + torch.arange(len(entry), device=entry.device)]
    return torch.zeros(n, device=code.device).index_add_(0, rows, torch.ones(len(rows), device=code.device))
