"""The attention of queries over all stored memories, and how many of them share it at each β.

Ramsauer et al., arXiv:2008.02217: p = softmax(β Xξ) of Eq. 3 is the attention of a transformer (Eq. 10). This is one
attention step, not a state at rest: `outcome` says where the state goes. A memory has one or more cues; it is seen
through the one that matches best, as in a recall, so N counts memories.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.maths.association import check_beta, softmax
from nuonuo.maths.theory import beta_for_weight, effective_number
from nuonuo.memory.bank import Bank
from nuonuo.memory.outcome import Kind, edges, kind

SHARE = 0.9  # weight at which a memory counts as picked
TERMS = 3  # products of a similarity that are shown with their numbers
LOWEST, HIGHEST = 0.05, 200.0  # β of the curve; 1/√384 is 0.051
POINTS = 41  # of the curve
FINITE = 1e30  # stands for an infinite β: softmax of it is what is left in the limit
FAINT = -80.0  # a logit so far below the best adds nothing, and numbers below float32's range are slow

TIE = 1e-6  # difference of similarities that is rounding: two equal float32 keys may get products an ulp or two apart


@dataclass(frozen=True)
class Seen:
    """n queries over N memories of size d."""

    Q: Tensor  # (n, d) the queries' keys
    row: Tensor  # (n, N) each memory's best cue row for each query
    similarity: Tensor  # (n, N)
    p: Tensor  # (n, N) softmax over all N
    beta: float


@dataclass(frozen=True)
class Attended:
    """A memory with its attention over all N: meaning alone, without the words and links that rank candidates."""

    id: int
    cue: str  # the stored cue that matched best
    target: str
    title: str | None
    similarity: float  # of the keys
    cosine: float  # of the plain embeddings
    weight: float  # p


@dataclass(frozen=True)
class Place:
    """One memory in one query's attention."""

    memory: Attended
    rank: int  # 1 has the largest weight
    terms: tuple[tuple[float, float], ...]  # the (q_j, k_j) with the largest products


@dataclass(frozen=True)
class View:
    """What one query attends to: the best memories, those asked for, and all others together."""

    shown: tuple[Place, ...]  # by rank
    chosen: Place
    others: int
    rest: float  # weight of the others
    N: int
    d: int
    beta: float

    @property
    def answer(self) -> Attended:
        """The memory with the largest weight."""
        return self.shown[0].memory

    def place(self, memory: int | None) -> Place | None:
        """The memory with this id, if it is shown."""
        return next((place for place in self.shown if place.memory.id == memory), None)


@dataclass(frozen=True)
class Mark:
    """A β with a reason to be tried, and how many memories share the attention there."""

    beta: float
    number: float


@dataclass(frozen=True)
class Dial:
    """How many memories share one query's attention, now and at every β."""

    N: int
    d: int
    now: Mark
    betas: tuple[float, ...]
    numbers: tuple[float, ...]  # at each of betas: exp of the entropy of p, 1 to N
    gap: float  # similarity of the best minus that of the second; infinite with one memory
    scale: Mark  # β = 1/√d, as in a transformer
    log_n: Mark  # β = ln N, a rule of thumb
    needed: Mark  # the β at which theory promises the best memory SHARE; infinite if two tie
    reached: Mark  # the β that already gives it

    @property
    def kind(self) -> Kind:
        """Whether one memory has the attention, some share it, or more than half of all."""
        return kind(self.now.number, self.N)

    @property
    def edges(self) -> tuple[float, float]:
        """The numbers of memories at which one becomes some and some become most."""
        return edges(self.N)


@dataclass(frozen=True)
class Grid:
    """The attention of several queries over the memories that any of them attends to most."""

    questions: tuple[str, ...]
    ids: tuple[int, ...]
    cues: tuple[str, ...]  # of those memories, first stored cue
    p: Tensor  # (n, m)
    rest: tuple[float, ...]  # (n,) weight of all other memories
    numbers: tuple[float, ...]  # (n,) effective number of memories
    N: int


def attend(bank: Bank, Q: Tensor, beta: float) -> Seen:
    """Attention of queries' keys Q (n, d) over every memory of a bank (Eq. 3's softmax).

    Raises ValueError if the bank is empty, Q has another size or beta <= 0.
    """
    check_beta(beta)
    if not bank.ids:
        raise ValueError("nothing is stored: add memories before attending to them")
    if Q.ndim != 2 or Q.shape[1] != bank.d:
        raise ValueError(f"queries must have shape (n, {bank.d}), got {tuple(Q.shape)}")
    score = Q @ bank.keys.mT  # (n, rows)
    N = len(bank.ids)
    row = torch.arange(N, device=Q.device).expand(len(Q), N)
    if score.shape[1] > N:
        owner = bank.owner.expand(len(Q), -1)
        best = score.new_full((len(Q), N), -torch.inf).scatter_reduce(1, owner, score, "amax")
        mine = score == best.gather(1, owner)  # (n, rows); of equal cues the first
        rows = torch.where(mine, torch.arange(score.shape[1], device=Q.device), score.shape[1])
        row = torch.full_like(row, score.shape[1]).scatter_reduce(1, owner, rows, "amin")
        score = best
    return Seen(Q, row, score, softmax(beta)(score), beta)


def view(bank: Bank, seen: Seen, probe: Tensor, most: int = 6, also: Sequence[int | None] = ()) -> View:
    """The first query's best memories, and those whose ids are in `also`; the first of these found is chosen.

    probe: (d,) the query's plain embedding.
    """
    similarity, p, row = seen.similarity[0], seen.p[0], seen.row[0]
    top = similarity.topk(min(most, len(p))).indices.tolist()
    asked = [bank.ids.index(i) for i in also if i in bank.rows]
    places = {}
    for i in dict.fromkeys([*top, *asked]):
        r = int(row[i])
        stored = bank.rows[bank.ids[i]]
        measured = float(similarity[i]), float(bank.X[r] @ probe), float(p[i])
        memory = Attended(stored.id, bank.texts[r], stored.target, stored.about.title, *measured)
        rank = top.index(i) + 1 if i in top else int((similarity > similarity[i]).sum()) + 1
        places[i] = Place(memory, rank, largest_terms(seen.Q[0], bank.keys[r]))
    shown = tuple(sorted(places.values(), key=lambda place: place.rank))
    rest = max(0.0, 1.0 - sum(place.memory.weight for place in shown))
    chosen = places[asked[0] if asked else top[0]]
    return View(shown, chosen, len(p) - len(shown), rest, len(p), seen.Q.shape[1], seen.beta)


def largest_terms(q: Tensor, k: Tensor) -> tuple[tuple[float, float], ...]:
    """The TERMS pairs (q_j, k_j) whose products add most to q·k. q, k: (d,)."""
    j = (q * k).topk(min(TERMS, len(q))).indices
    return tuple(zip(q[j].tolist(), k[j].tolist(), strict=True))


def dial(similarity: Tensor, d: int, beta: float) -> Dial:
    """Where β puts a query with these similarities (N,) to keys of size d."""
    check_beta(beta)
    N = len(similarity)
    best = similarity.topk(min(2, N)).values.tolist()
    gap = best[0] - best[1] if N > 1 else math.inf
    gap = 0.0 if gap < TIE else gap
    needed = beta_for_weight(gap, N, SHARE)
    reached = smallest_beta(similarity, needed)
    betas = torch.logspace(math.log10(LOWEST), math.log10(HIGHEST), POINTS, dtype=torch.float64).tolist()
    own = [beta, d**-0.5, math.log(N), needed, reached]
    numbers = spread(similarity, [*own, *betas])
    marks = [Mark(b, number) for b, number in zip(own, numbers, strict=False)]
    return Dial(N, d, marks[0], tuple(betas), tuple(numbers[len(own) :]), gap, *marks[1:])


def spread(similarity: Tensor, betas: Sequence[float]) -> list[float]:
    """How many memories share the attention at each β; at β = ∞ only those that tie for the best. similarity: (N,)."""
    b = similarity.new_tensor([min(each, FINITE) for each in betas])
    lead = similarity - similarity.max()
    return effective_number(torch.softmax((b[:, None] * lead).clamp(min=FAINT), -1)).tolist()


def smallest_beta(similarity: Tensor, most: float) -> float:
    """The smallest β at which the best of these similarities (N,) has weight SHARE, to a part in 10⁹.

    most: a β that suffices. Infinite if `most` is; 0 if no β is needed.
    """
    if math.isinf(most) or most == 0:
        return most
    lead = (similarity - similarity.max()).double()
    low, high = 0.0, most
    for _ in range(30):  # p of the best grows with β, so halving finds it
        middle = (low + high) / 2
        enough = float(1 / (middle * lead).clamp(min=FAINT).exp().sum()) >= SHARE
        low, high = (low, middle) if enough else (middle, high)
    return high


def grid(bank: Bank, seen: Seen, questions: Sequence[str], each: int = 2, most: int = 8) -> Grid:
    """Q×K: every query's attention to the `each` best memories of all queries, `most` in all.

    questions: their texts, in the order of seen.Q. Raises ValueError if their numbers differ.
    """
    if len(questions) != len(seen.Q):
        raise ValueError(f"there must be one text for each of {len(seen.Q)} queries, got {len(questions)}")
    best = seen.similarity.topk(min(each, seen.p.shape[1])).indices  # (n, each)
    order = dict.fromkeys([*best[:, 0].tolist(), *best.flatten().tolist()])  # each query's best comes first
    columns = list(order)[:most]
    p = seen.p[:, columns]
    ids = tuple(bank.ids[i] for i in columns)
    return Grid(
        questions=tuple(questions),
        ids=ids,
        cues=tuple(bank.rows[i].cues[0] for i in ids),
        p=p,
        rest=tuple((1 - p.sum(1)).clamp(min=0).tolist()),
        numbers=tuple(effective_number(seen.p).tolist()),
        N=seen.p.shape[1],
    )
