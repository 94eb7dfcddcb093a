"""The equations of the toy plane as LaTeX, with the numbers that were executed."""

from nuonuo.explain.toys.plane import Toy
from nuonuo.latex.equation import RAMSAUER, ROWS, Equation
from nuonuo.memory.outcome import edges


def update(found: Toy) -> Equation:
    """The first update of the query."""
    beta, X = found.settling.beta, found.X.tolist()
    p, (query, first) = found.settling.p[0].tolist(), found.settling.xi[:2].tolist()
    rows = r" \\ ".join(f"{x:.2f} & {y:.2f}" for x, y in X)
    weights = ",\\ ".join(f"{v:.3f}" for v in p)
    return Equation(
        rf"\xi' = X^\top \mathrm{{softmax}}({beta:g}\, X \xi) = X^\top ({weights})^\top = "
        rf"({first[0]:.3f},\ {first[1]:.3f}),\quad X = \begin{{pmatrix}} {rows} \end{{pmatrix}},\quad "
        rf"\xi = ({query[0]:.2f},\ {query[1]:.2f})",
        f"{RAMSAUER}, Eq. 3; {ROWS}",
        rf"ξ: the query, a state of two numbers. $X$: {len(X)} patterns. {beta:g} is β. ξ′: after one update.",
    )


def energy(found: Toy) -> Equation:
    """The energy of the query and where it rests, and how many patterns share the attention there."""
    beta, E, low_high = found.settling.beta, found.settling.energy.tolist(), edges(len(found.X))
    return Equation(
        rf"E(\xi) = -\tfrac{{1}}{{{beta:g}}} \ln \sum_{{i=1}}^{{{len(found.X)}}} e^{{{beta:g}\, x_i^\top \xi}} + "
        rf"\tfrac12 \xi^\top \xi + \tfrac{{1}}{{{beta:g}}} \ln {len(found.X)} + \tfrac12 M^2:\quad "
        rf"{E[0]:.4f} \to {E[-1]:.4f},\qquad n = e^{{-\sum_i p_i \ln p_i}} = {found.number:.2f}",
        f"{RAMSAUER}, Eq. 2 and Theorem 1; $n$: Hill 1973 (Ecology 54:427), its limits are ours",
        rf"$E$: energy of a state. $x_i$: pattern $i$. $M$: length of the longest pattern. $n$: patterns that share "
        rf"the attention at rest; below {low_high[0]:g} one pattern, above {low_high[1]:g} more than half of them.",
    )
