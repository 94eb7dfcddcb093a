"""The equations of a recall as LaTeX, with the numbers that were executed."""

from nuonuo.trace import Trace


def update(trace: Trace) -> str:
    """ξ ← Xᵀ softmax(β Xξ) with this recall's β, T and c (Ramsauer et al., Eq. 3)."""
    beta, steps, count = trace.settings.beta, len(trace.p), len(trace.candidates)
    return (
        rf"\xi \leftarrow X^\top \operatorname{{softmax}}({beta:g}\, X \xi)"
        rf"\qquad X \in \mathbb{{R}}^{{{count} \times {len(trace.key)}}},\ \text{{{steps} updates}}"
    )


def winner_weight(trace: Trace) -> str:
    """The answer's first-step weight, its logits filled in."""
    beta = trace.settings.beta
    shown = trace.candidates[:3]
    terms = " + ".join(rf"e^{{{beta:g} \cdot {c.similarity:.3f}}}" for c in shown)
    rest = r" + \cdots" if len(trace.candidates) > 3 else ""
    top = trace.answer
    return rf"p_1 = \frac{{e^{{{beta:g} \cdot {top.similarity:.3f}}}}}{{{terms}{rest}}} = {top.weight:.3f}"


def whitened_key(trace: Trace) -> str:
    """How an embedding became a key: exponent and ridge as fitted."""
    bank = trace.bank
    if not bank["exponent"]:
        return r"k = \frac{x}{\lVert x \rVert}"
    half = bank["exponent"] / 2
    return (
        rf"k = \frac{{A(x - \hat\mu)}}{{\lVert A(x - \hat\mu) \rVert}}, \quad "
        rf"A = \bigl((1-{bank['shrinkage']:.2f})\,\Sigma + ({bank['shrinkage']:.2f}+{bank['ridge']:g})\,"
        rf"\bar\lambda I\bigr)^{{-{half:g}}}, \quad \Sigma \text{{ of {bank['fitted_on']} cues}}"
    )


def energy(trace: Trace) -> str:
    """The energy at the first and last state (Ramsauer et al., Eq. 2)."""
    first, last, beta = float(trace.energy[0]), float(trace.energy[-1]), trace.settings.beta
    return (
        rf"E(\xi) = -\tfrac{{1}}{{{beta:g}}} \ln \sum_i e^{{{beta:g}\, x_i^\top \xi}} + \tfrac12 \xi^\top \xi"
        rf" + \tfrac{{1}}{{{beta:g}}} \ln {len(trace.candidates)} + \tfrac12 M^2:"
        rf"\quad {first:.3f} \to {last:.3f}"
    )
