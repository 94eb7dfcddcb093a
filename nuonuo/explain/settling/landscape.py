"""The landscape around one recall: energy in a plane of its candidates, and where any start comes to rest.

Ramsauer et al., arXiv:2008.02217: energy Eq. 2, update Eq. 3, and their three kinds of rest, as `outcome` tells them
apart. The plane is ours: two of d dimensions, so a projection. Starts come to rest in all d dimensions, each over the
candidates of its own recall. Where the query's own state rests is the Trace's outcome, not computed again here.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.maths.association import softmax
from nuonuo.maths.hopfield import STILL, energy, rest
from nuonuo.maths.theory import effective_number
from nuonuo.memory.outcome import NEAR, Kind, kind
from nuonuo.memory.trace import Trace

COLUMNS, ROWS = 40, 30  # of the grid over the plane
MARGIN = 0.22  # of the grid's half width, beyond the outermost point


@dataclass(frozen=True)
class Plane:
    """A plane in d dimensions: all points centre + yB."""

    centre: Tensor  # (d,) c
    basis: Tensor  # (2, d) B, orthonormal rows

    def of(self, x: Tensor) -> Tensor:
        """Where points (..., d) lie in the plane: (..., 2)."""
        return (x - self.centre) @ self.basis.mT

    def lift(self, y: Tensor) -> Tensor:
        """The points of the plane (..., 2) in d dimensions: (..., d)."""
        return self.centre + y @ self.basis

    def share(self, x: Tensor) -> float:
        """How much of the variance of points (n, d) lies along the plane, 0 to 1; 1 if they do not vary."""
        spread = x - x.mean(0)
        total = float(spread.square().sum())
        return float((spread @ self.basis.mT).square().sum()) / total if total > 0 else 1.0


@dataclass(frozen=True)
class End:
    """One place where starts come to rest."""

    p: Tensor  # (c,) attention there
    at: Tensor  # (2,) in the plane
    number: float  # memories that share the attention: 1 is one memory alone
    kind: Kind
    candidate: int | None  # position of the one memory at a fixed point; None if several share


@dataclass(frozen=True)
class Landscape:
    """What surrounds one recall's T+1 states and c candidates."""

    plane: Plane
    candidates: Tensor  # (c, 2)
    states: Tensor  # (T+1, 2)
    p: Tensor  # (T+1, c) how each state attends: the Trace's rows, and one more look by the last state
    x: Tensor  # (COLUMNS,) of the grid
    y: Tensor  # (ROWS,)
    energy: Tensor  # (ROWS, COLUMNS) Eq. 2 at the points of the plane itself
    ends: tuple[End, ...]
    fate: Tensor  # (ROWS, COLUMNS) which end a start there comes to
    own: Tensor  # (c+1,) which end each candidate, and last the query, comes to
    share: float  # of the states' variance that the plane holds
    share_candidates: float

    @property
    def places(self) -> int:
        """Different ends of the starts at each candidate and at the query."""
        return len(self.own.unique())

    @property
    def number(self) -> float:
        """Memories that share the attention of the recall's last update step."""
        return float(effective_number(self.p[-2]))

    @property
    def rest(self) -> End:
        """Where the query comes to rest, however many update steps that takes."""
        return self.ends[int(self.own[-1])]


def plane(trace: Trace) -> Plane:
    """The plane that holds most variance of the candidates' keys and all states (PCA).

    Turned within itself so that the answer lies to the right and the runner-up not below it, whatever β is.
    """
    points = torch.cat([trace.X, trace.xi])
    centre = points.mean(0)
    B = torch.linalg.svd((points - centre).cpu().double(), full_matrices=False).Vh[:2].to(points)  # (2, d)
    along = B @ (trace.X[0] - centre)
    if along.norm() > STILL:
        a, b = (along / along.norm()).tolist()
        B = B.new_tensor([[a, b], [-b, a]]) @ B
    if len(trace.X) > 1 and B[1] @ (trace.X[1] - centre) < 0:
        B = B * B.new_tensor([[1.0], [-1.0]])
    return Plane(centre, B)


def meet(p: Tensor, G: Tensor) -> Tensor:
    """Which ends Xᵀp are one place: (R,) numbers from 0 in order of appearance.

    p: (R, c). G: XXᵀ, (c, c). Ends are compared in the c dimensions that the patterns span, as p√G.
    """
    values, vectors = torch.linalg.eigh(G.cpu().double())
    ends = p @ (vectors * values.clamp(min=0).sqrt()).to(p)  # (R, c), as far apart as the Xᵀp
    place = torch.full((len(ends),), -1, device=ends.device)
    count = 0
    while len(left := (place < 0).nonzero()[:, 0]):
        here = torch.linalg.vector_norm(ends[left] - ends[left[0]], dim=-1) < NEAR
        place[left[here]] = count
        count += 1
    return place


def landscape(trace: Trace) -> Landscape:
    """The energy around a recall and the fate of every start on a grid of its plane.

    Energy and starts at a point y of the plane are those of c + yB: the other d − 2 directions are held at the mean of
    candidates and states.
    """
    X, beta, flat = trace.X, trace.asking.beta, plane(trace)
    candidates, states = flat.of(X), flat.of(trace.xi)
    x, y = grid(torch.cat([candidates, states]))
    lifted = flat.lift(torch.cartesian_prod(y, x).flip(-1))  # (ROWS·COLUMNS, d)
    similarity = lifted @ X.mT
    largest = torch.linalg.vector_norm(X, dim=1).max()
    G = X @ X.mT
    candidates_rest, grid_rest = rest(torch.cat([G, similarity]), G, beta).split([len(X), len(similarity)])
    p = torch.cat([trace.outcome.rest.p[None], candidates_rest, grid_rest])  # (1+c+ROWS·COLUMNS, c), the query first
    place = meet(p, G)
    first = [int((place == number).nonzero()[0, 0]) for number in range(int(place.max()) + 1)]
    own = place[: len(X) + 1].roll(-1)
    return Landscape(
        plane=flat,
        candidates=candidates,
        states=states,
        p=torch.cat([trace.p, softmax(beta)(trace.xi[-1:] @ X.mT)]),
        x=x,
        y=y,
        energy=energy(similarity, lifted, beta, largest).view(ROWS, COLUMNS),
        ends=tuple(end(p[i], flat.of(p[i] @ X)) for i in first),
        fate=place[len(X) + 1 :].view(ROWS, COLUMNS),
        own=own,
        share=flat.share(trace.xi),
        share_candidates=flat.share(X),
    )


def grid(points: Tensor) -> tuple[Tensor, Tensor]:
    """Coordinates of a 4:3 grid around points (n, 2): (COLUMNS,) and (ROWS,)."""
    low, high = points.amin(0), points.amax(0)
    middle, half = ((low + high) / 2).tolist(), ((high - low) / 2).tolist()
    reach = max(half[0], half[1] * COLUMNS / ROWS, 0.1) * (1 + MARGIN)
    x = torch.linspace(middle[0] - reach, middle[0] + reach, COLUMNS)
    tall = reach * ROWS / COLUMNS
    return x.to(points), torch.linspace(middle[1] - tall, middle[1] + tall, ROWS).to(points)


def end(p: Tensor, at: Tensor) -> End:
    """The End with attention p (c,) at a place (2,) of the plane."""
    number = float(effective_number(p))
    what = kind(number, len(p))
    return End(p, at, number, what, int(p.argmax()) if what is Kind.ONE else None)
