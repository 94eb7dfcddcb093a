"""The equations of a recall as LaTeX, with the numbers that were executed."""

from nuonuo.latex.equation import RAMSAUER, ROWS, Equation
from nuonuo.memory.trace import Trace


def update(trace: Trace) -> Equation:
    """ξ ← Xᵀ softmax(β Xξ) with this recall's β, T and c (Ramsauer et al., Eq. 3)."""
    beta, steps, count = trace.asking.beta, len(trace.p), len(trace.candidates)
    many = f"{steps} update step{'s' * (steps != 1)}"
    return Equation(
        rf"\xi^{{\text{{new}}}} = X^\top \operatorname{{softmax}}({beta:g}\, X \xi)"
        rf"\qquad X \in \mathbb{{R}}^{{{count} \times {len(trace.key)}}},\ \text{{{many}}}",
        f"{RAMSAUER}, Eq. 3; {ROWS}",
        rf"$\xi$: the state, at update step 0 the query's key; $\xi^{{\text{{new}}}}$: the next one. "
        rf"$X$: one row $x_i$ for each candidate's key. {beta:g} is β, the inverse temperature. "
        r"softmax turns the numbers $z_i$ of a list into the weights $e^{z_i} / \sum_j e^{z_j}$, "
        r"here the attention $p_i$.",
    )


def winner_weight(trace: Trace) -> Equation:
    """The first-ranked memory's weight at update step 0, its logits filled in."""
    beta = trace.asking.beta
    shown = trace.candidates[:3]
    terms = " + ".join(rf"e^{{{beta:g} \cdot {c.similarity:.3f}}}" for c in shown)
    rest = r" + \cdots" if len(trace.candidates) > 3 else ""
    top = trace.answer
    return Equation(
        rf"p_1 = \frac{{e^{{{beta:g} \cdot {top.similarity:.3f}}}}}{{{terms}{rest}}} = {top.weight:.3f}",
        f"{RAMSAUER}, the softmax of Eq. 3",
        rf"$p_1$: attention of the memory ranked first, at update step 0. After β = {beta:g} stands each candidate's "
        r"similarity $x_i^\top \xi$, by rank.",
    )


def whitened_key(trace: Trace) -> Equation:
    """How an embedding became a key: exponent and ridge as fitted."""
    bank, x = trace.bank, r"$k$: the key. $x$: the embedding of a text, of length 1"
    if not bank.exponent or bank.fitted_on < 2:
        moved = bank.centre and bank.fitted_on > 1
        top = r"x - \hat\mu" if moved else "x"
        mean = rf"; $\hat\mu$: {1 - bank.shrinkage:.2f} times the mean of {bank.fitted_on} stored cues" if moved else ""
        return Equation(
            rf"k = \frac{{{top}}}{{\lVert {top} \rVert}}",
            "Cosine similarity, without whitening; the notation is ours",
            rf"{x}{mean}. $\lVert \cdot \rVert$: the length of a vector.",
        )
    half, rho = bank.exponent / 2, bank.shrinkage
    return Equation(
        rf"k = \frac{{A(x - \hat\mu)}}{{\lVert A(x - \hat\mu) \rVert}}, \quad "
        rf"A = \bigl((1-{rho:.2f})\,\Sigma + ({rho:.2f}+{bank.ridge:g})\,"
        rf"\bar\lambda I\bigr)^{{-{half:g}}}, \quad \Sigma \text{{ of {bank.fitted_on} cues}}",
        "Ours: partial ZCA whitening, with the covariance shrunk as in Ledoit & Wolf 2004 (J. Multivariate Analysis "
        "88, Theorem 2.1), but by a fixed ρ",
        rf"{x}. $\hat\mu$: {f'1 − ρ = {1 - rho:.2f} times' if bank.centre else '0, not'} the mean of the stored cues' "
        rf"embeddings. $\Sigma$: their covariance, $\bar\lambda$ its mean eigenvalue, $I$ the identity. "
        rf"ρ = $(d/(n+d))^2$ = {rho:.2f}: the shrinkage, with $d$ = {len(trace.key)} numbers in an embedding and "
        rf"$n$ = {bank.fitted_on} cues; {bank.ridge:g}: a ridge. $A$: the power −{half:g} of the matrix in brackets "
        rf"(−½ would whiten fully). $\lVert \cdot \rVert$: the length of a vector.",
    )


def energy(trace: Trace) -> Equation:
    """The energy at the first and last state (Ramsauer et al., Eq. 2)."""
    first, last, beta = float(trace.energy[0]), float(trace.energy[-1]), trace.asking.beta
    c = len(trace.candidates)
    return Equation(
        rf"E(\xi) = -\tfrac{{1}}{{{beta:g}}} \ln \sum_{{i=1}}^{{{c}}} e^{{{beta:g}\, x_i^\top \xi}} "
        rf"+ \tfrac12 \xi^\top \xi + \tfrac{{1}}{{{beta:g}}} \ln {c} + \tfrac12 M^2:"
        rf"\quad {first:.3f} \to {last:.3f}",
        f"{RAMSAUER}, Eq. 2; {ROWS}",
        rf"$E$: the energy, here at update step 0 and after the last. {beta:g} is β; $x_i$: the key of candidate $i$ "
        rf"of {c}; $\xi$: the state; $M$ = 1: the largest length of a key.",
    )
