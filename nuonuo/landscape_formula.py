"""The equations of the settling page as LaTeX, with the numbers that were executed."""

from nuonuo.digits import Completion
from nuonuo.landscape import BLEND, Landscape
from nuonuo.trace import Trace


def plane(trace: Trace, land: Landscape) -> str:
    """How a state came to its place in the plane."""
    rows, d = land.plane.basis.shape
    return (
        rf"y = B(\xi - c),\quad B \in \mathbb{{R}}^{{{rows} \times {d}}},\quad c = \text{{mean of "
        rf"{len(trace.X)} candidates and {len(trace.xi)} states}},\quad "
        rf"\text{{{land.share:.0%} of the states' variance}}".replace("%", r"\%")
    )


def contours(trace: Trace, land: Landscape) -> str:
    """What the contours are: Eq. 2 at the points of the plane, from the lowest to the highest value drawn."""
    beta, low, high = trace.settings.beta, float(land.energy.min()), float(land.energy.max())
    return (
        rf"E(c + B^\top y),\quad E(\xi) = -\tfrac{{1}}{{{beta:g}}} \ln \sum_{{i=1}}^{{{len(trace.X)}}} "
        rf"e^{{{beta:g}\, x_i^\top \xi}} + \tfrac12 \xi^\top \xi + \tfrac{{1}}{{{beta:g}}} \ln {len(trace.X)} "
        rf"+ \tfrac12 M^2:\quad {low:.3f} \text{{ to }} {high:.3f}"
    )


def steps(trace: Trace) -> str:
    """The energy of every state."""
    return r"E(\xi_t):\quad " + r" \to ".join(f"{e:.4f}" for e in trace.energy.tolist())


def sharing(trace: Trace, land: Landscape) -> str:
    """How many memories share the attention after the last update and at rest, and what counts as a blend."""
    return (
        rf"n = e^{{-\sum_i p_i \ln p_i}}:\quad {land.number:.2f} \text{{ after {len(trace.p)} updates}},\quad "
        rf"{land.rest.number:.2f} \text{{ at rest}}\quad (\text{{a blend from }} {BLEND:g})"
    )


def picture(done: Completion) -> str:
    """One update of the digits, with their β and how many are stored."""
    n, d = done.pictures.X.shape
    return (
        rf"\xi \leftarrow X^\top \operatorname{{softmax}}({done.settling.beta:g}\, X \xi)"
        rf"\qquad X \in \mathbb{{R}}^{{{n} \times {d}}},\ \text{{{len(done.settling.p)} updates}}"
    )
