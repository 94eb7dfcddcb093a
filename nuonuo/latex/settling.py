"""The equations of the settling page as LaTeX, with the numbers that were executed."""

from nuonuo.explain.settling.digits import Completion
from nuonuo.explain.settling.landscape import Landscape
from nuonuo.latex.equation import RAMSAUER, ROWS, Equation
from nuonuo.memory.outcome import edges
from nuonuo.memory.trace import Trace


def plane(trace: Trace, land: Landscape) -> Equation:
    """How a state came to its place in the plane."""
    rows, d = land.plane.basis.shape
    return Equation(
        rf"y = B(\xi - m),\quad B \in \mathbb{{R}}^{{{rows} \times {d}}},\quad m = \text{{mean of "
        rf"{len(trace.X)} candidates and {len(trace.xi)} states}},\quad "
        rf"\text{{{land.share:.0%} of the states' variance}}".replace("%", r"\%"),
        "Principal component analysis (Pearson 1901, Phil. Mag. 2:559); which points it is made of is ours",
        rf"$y$: the place in the plane of a state ξ. $B$: two orthonormal rows, the directions in which candidates and "
        rf"states vary most. $d$ = {d}: numbers in a state.",
    )


def contours(trace: Trace, land: Landscape) -> Equation:
    """What the contours are: Eq. 2 at the points of the plane, from the lowest to the highest value drawn."""
    beta, low, high = trace.asking.beta, float(land.energy.min()), float(land.energy.max())
    c = len(trace.X)
    return Equation(
        rf"E(m + B^\top y),\quad E(\xi) = -\tfrac{{1}}{{{beta:g}}} \ln \sum_{{i=1}}^{{{c}}} "
        rf"e^{{{beta:g}\, x_i^\top \xi}} + \tfrac12 \xi^\top \xi + \tfrac{{1}}{{{beta:g}}} \ln {c} "
        rf"+ \tfrac12 M^2:\quad {low:.3f} \text{{ to }} {high:.3f}",
        f"{RAMSAUER}, Eq. 2; {ROWS}",
        rf"$m$, $B$, $y$: as above. {beta:g} is β; $x_i$: the key of candidate $i$ of {c}; ξ: a state; $M$ = 1: the "
        "largest length of a key.",
    )


def steps(trace: Trace) -> Equation:
    """The energy of every state."""
    return Equation(
        r"E(\xi_t):\quad " + r" \to ".join(f"{e:.4f}" for e in trace.energy.tolist()),
        f"{RAMSAUER}, Eq. 2, which Eq. 3 never raises (their Theorem 1)",
        r"$E$: the energy, written out below the plane. $\xi_t$: the state after $t$ update steps.",
    )


def sharing(trace: Trace, land: Landscape) -> Equation:
    """How many memories share the attention after the last update step and at rest, and the limits of the kinds."""
    steps, (low, high) = len(trace.p), edges(len(trace.candidates))
    return Equation(
        rf"n = e^{{-\sum_i p_i \ln p_i}}:\quad {land.number:.2f} \text{{ after {steps} update "
        rf"step{'s' * (steps != 1)}}},\quad {trace.outcome.rest.number:.2f} \text{{ at rest}}",
        "Hill 1973 (Ecology 54:427), the diversity number of order 1; the limits below are ours",
        rf"$n$: how many candidates share the attention. $p_i$: attention of candidate $i$. At rest, $n$ below {low:g} "
        rf"is a fixed point, above {high:g} (more than half of the candidates) the average of all, and between them a "
        rf"metastable state ({RAMSAUER}, three kinds of fixed points).",
    )


def picture(done: Completion) -> Equation:
    """One update of the digits, with their β and how many are stored."""
    n, d = done.pictures.X.shape
    return Equation(
        rf"\xi^{{\text{{new}}}} = X^\top \operatorname{{softmax}}({done.settling.beta:g}\, X \xi)"
        rf"\qquad X \in \mathbb{{R}}^{{{n} \times {d}}},\ \text{{{len(done.settling.p)} update steps}}",
        f"{RAMSAUER}, Eq. 3; {ROWS}",
        rf"ξ: the state, at first the damaged picture. $X$: one row for each of the {n:,} stored pictures. "
        rf"{done.settling.beta:g} is β.",
    )
