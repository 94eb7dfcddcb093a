"""Hebbian links between codes, and chains of hops over them.

Hebb's W = Σ_i target_i cue_iᵀ (Willshaw, Buneman & Longuet-Higgins, Nature 1969, with counts instead of bits) is never
built: W·code = Σ_i overlap(code, cue_i) · target_i needs only the links that share a unit with the code, found through
postings (unit → links that use it). The separation of the overlaps is then free to choose: the identity is exactly W, a
power a dense associative memory, softmax is attention over links.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from nuonuo.maths.association import Separation
from nuonuo.maths.codes import wta
from nuonuo.maths.search import top

NEAR = 8  # stored targets looked at first to find the runner-up


@dataclass(frozen=True)
class Postings:
    """Which rows use each unit: rows of unit u are rows[start[u] : start[u] + count[u]]."""

    rows: Int[Tensor, " entries"]  # n·k of them, int32
    start: Int[Tensor, " D"]  # int64
    count: Int[Tensor, " D"]  # int64


@dataclass(frozen=True)
class Hop:
    """One application of the links to a code."""

    code: Int[Tensor, " k"]  # what came out
    link: int  # the link whose target the result is nearest to
    cosine: float  # of the result to that stored target
    runner_up: int | None  # the nearest link with another target
    runner_up_cosine: float
    confidence: float  # cosine of the code that went in to the best stored cue


@dataclass(frozen=True)
class Sent:
    """A code that went over the links, before it is held against the stored targets."""

    code: Int[Tensor, " k"]  # what came out
    whole: bool  # whether one link outweighed all others, so that the code is its target
    confidence: float


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
        self.cues, self.targets = cues.int(), targets.int().sort(dim=1).values
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

    def cue_overlap(self, code: Int[Tensor, " k"]) -> Float[Tensor, " L"]:
        """Cosine of a code (k,) to every stored cue: (L,)."""
        return matches(self._by_cue, code[None], len(self))[0] / self.cues.shape[1]

    def target_overlap(self, codes: Int[Tensor, "h k"]) -> Float[Tensor, "h L"]:
        """Cosine of each code (h, k) to every stored target: (h, L)."""
        return matches(self._by_target, codes, len(self)) / self.cues.shape[1]

    def scores(self, weights: Float[Tensor, " L"]) -> Float[Tensor, " D"]:
        """Σ_i w_i · target_i over all links: (L,) -> (D,). With w the overlap counts this is W·code."""
        base = weights.min()
        some = (weights > base).nonzero()[:, 0]
        return self._add(some, weights[some] - base) + base * self._usage

    def winners(self, weights: Float[Tensor, " L"]) -> Int[Tensor, " k"]:
        """The winners of `scores(weights)`, (k,), without projecting links too weak to change them."""
        return self._winners(weights)[0]

    def _winners(self, weights: Tensor) -> tuple[Tensor, bool]:
        """`winners`, and whether one link outweighs all others together.

        Exact: its target's units then outscore every other unit. Else every link is projected.
        """
        base, top, total = torch.stack([*weights.aminmax(), weights.sum()]).tolist()
        lead, rest = top - base, total - top - base * (len(self) - 1)  # above the base that every link has,
        uneven = abs(base) * self._busiest  # which adds to each unit as often as the unit is used
        if lead > rest + uneven + 1e-5 * (abs(total) + abs(base) * len(self)):  # the total is rounded
            return self.targets[weights.argmax()], True
        return wta(self.scores(weights), self.cues.shape[1]), False

    @torch.inference_mode()  # a hop is some seventy small operations, each a third faster without gradient bookkeeping
    def hop(self, code: Tensor, separation: Separation) -> Hop:
        """Send a code (k,) over the links once, and find the stored target it lands on."""
        return self._land([self._send(code, separation)])[0]

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
        done: list[Sent] = []
        visited: set[tuple[int, ...]] = set()
        stop = f"all {hops} hops done"
        for number in range(1, hops + 1):
            sent = self._send(code, separation)
            if sent.confidence < floor:
                stop = f"end of chain: no stored cue resembles hop {number}'s input"
                break
            if sent.confidence < threshold:
                stop = f"confidence {sent.confidence:.2f} at hop {number} is below the threshold {threshold:g}"
                break
            done.append(sent)
            code = sent.code
            target = tuple((code if sent.whole else self.targets[self._land([sent])[0].link]).tolist())
            if target in visited:
                stop = f"loop: hop {number} came back to a memory already recalled"
                break
            visited.add(target)
        return Chain(self._land(done), stop)

    def _send(self, code: Tensor, separation: Separation) -> Sent:
        """One application of the links to a code (k,)."""
        shared = matches(self._by_cue, code[None], len(self))[0]
        similarity = shared / self.cues.shape[1]
        result, whole = self._winners(separation(shared if separation.counts else similarity))
        return Sent(result, whole, similarity.max().item())

    def _land(self, sent: list[Sent]) -> tuple[Hop, ...]:
        """What came out held against the stored targets: all hops of a chain at once, which is quicker."""
        if not sent:
            return ()
        landed = self.target_overlap(torch.stack([one.code for one in sent]))
        cosines, links = top(landed, min(NEAR, len(self)))  # (h, near), (h, near)
        every = zip(sent, landed, links.tolist(), cosines.tolist(), self.targets[links].tolist(), strict=True)
        return tuple(self._landed(*one) for one in every)

    def _landed(
        self, sent: Sent, landed: Tensor, links: list[int], cosines: list[float], targets: list[list[int]]
    ) -> Hop:
        """A hop from its cosines to all targets, (L,), and the nearest few of them."""
        rival = next((i for i, target in enumerate(targets) if target != targets[0]), None)  # not of one target
        if rival is None and len(links) < len(self):
            best = landed.topk(len(self))
            return self._landed(
                sent, landed, best.indices.tolist(), best.values.tolist(), self.targets[best.indices].tolist()
            )
        runner_up, rival_cosine = (None, 0.0) if rival is None else (links[rival], cosines[rival])
        return Hop(sent.code, links[0], cosines[0], runner_up, rival_cosine, sent.confidence)

    def _add(self, links: Tensor, weights: Tensor) -> Tensor:
        """Add each link's weight to its target's units: (m,), (m,) -> (D,)."""
        units = self.targets[links]  # (m, k)
        spread = weights.to(torch.float32)[:, None].expand_as(units)
        return self._zeros.index_add(0, units.reshape(-1), spread.reshape(-1))


def post(codes: Int[Tensor, "n k"], units: int) -> Postings:
    """Postings of codes (n, k) over D units."""
    flat = codes.reshape(-1)
    count = torch.bincount(flat, minlength=units)
    order = flat.argsort(stable=True)
    return Postings((order // max(codes.shape[1], 1)).int(), count.cumsum(0) - count, count)


def matches(postings: Postings, codes: Int[Tensor, "h k"], n: int) -> Float[Tensor, "h {n}"]:
    """How many units of each code (h, k) each of n rows uses: (h, n) float32."""
    units = codes.reshape(-1)
    count, start = postings.count[units], postings.start[units]
    end = count.cumsum(0)
    # Entries start, start + 1, … of each unit in turn: steps of 1, and a jump where a unit's entries begin. As a
    # running sum this stays on one thread; repeat_interleave waits for all of them, however short the list.
    first = start - end + count
    total = int(end[-1])
    step = torch.ones(total + 1, dtype=torch.long, device=codes.device)
    entry = step.index_add_(0, end - count, first.diff(prepend=first.new_ones(1))).cumsum(0)[:-1]
    rows = postings.rows.index_select(0, entry)
    if len(codes) > 1:  # the second code's rows come after the first's
        each = count.view(codes.shape).sum(1)
        rows += (n * torch.arange(len(codes), device=codes.device)).int().repeat_interleave(each, output_size=total)
    shared = torch.zeros(len(codes) * n, device=codes.device)
    return shared.index_add_(0, rows, torch.ones(total, device=codes.device)).view(len(codes), n)
