"""Attention and the Hopfield update as LaTeX, with the numbers that were executed."""

import math

from nuonuo.explain.attention.heads import Heads
from nuonuo.explain.attention.proof import Proof
from nuonuo.explain.attention.separation import Separated
from nuonuo.explain.attention.view import SHARE, Dial, Place, View
from nuonuo.latex.equation import RAMSAUER, Equation


def two_names(view: View) -> Equation:
    """One equation under two names (Ramsauer et al., Eq. 10), with the executed β, N and d."""
    return Equation(
        r"\underbrace{\operatorname{softmax}\bigl(\tfrac{1}{\sqrt d}\,Q K^\top\bigr)\,V}_{\text{attention}}"
        r"\;\widehat{=}\;\underbrace{\operatorname{softmax}("
        rf"{view.beta:.4g}\,\xi X^\top)\,X}}_{{\text{{one Hopfield update step}}}}"
        rf"\qquad X \in \mathbb{{R}}^{{{view.N} \times {view.d}}}",
        f"{RAMSAUER}, Eq. 10 (left) and Eq. 3 transposed (right)",
        rf"$Q$, $K$, $V$: queries, keys and values, one a row; $d$: the numbers in a key. ξ: the query's key as a row; "
        rf"$X$: the keys of all {view.N:,} memories as rows $x_i$; {view.beta:.4g} is β. Here $K = V = X$.",
    )


def similarity(place: Place, d: int) -> Equation:
    """q·k of one memory, its largest terms filled in."""
    terms = " + ".join(rf"{factor(q)} \cdot {factor(k)}" for q, k in place.terms)
    rest = rf" + \underbrace{{\cdots}}_{{{d - len(place.terms)}\text{{ more}}}}" if d > len(place.terms) else ""
    r = place.rank
    return Equation(
        rf"s_{{{r}}} = \xi^\top x_{{{r}}} = {terms}{rest} = {place.memory.similarity:.3f}",
        f"{RAMSAUER}, an entry of $X\\xi$ in Eq. 3",
        rf"$s_{{{r}}}$: the similarity of this memory, number {r} by attention. ξ: the query's key; $x_{{{r}}}$: the "
        "memory's. The largest products are written out.",
    )


def factor(x: float) -> str:
    """A number as a factor: negative ones in brackets."""
    return f"{x:.3f}" if x >= 0 else f"({x:.3f})"


def weight(view: View) -> Equation:
    """p of the chosen memory, its logits filled in."""
    place, beta = view.chosen, view.beta
    terms = " + ".join(rf"e^{{{beta:.4g} \cdot {each.memory.similarity:.3f}}}" for each in view.shown[:2])
    rest = rf" + \underbrace{{\cdots}}_{{{view.N - 2}\text{{ more}}}}" if view.N > 2 else ""
    above = rf"e^{{{beta:.4g} \cdot {place.memory.similarity:.3f}}}"
    return Equation(
        rf"p_{{{place.rank}}} = \frac{{{above}}}{{{terms}{rest}}} = {place.memory.weight:.3g}",
        f"{RAMSAUER}, the softmax of Eq. 3",
        rf"$p_{{{place.rank}}}$: the attention of this memory over all {view.N:,} memories. After β = {beta:.4g} stand "
        "the similarities.",
    )


def number(dial: Dial) -> Equation:
    """The effective number of memories: exp of the entropy."""
    return Equation(
        rf"n = e^{{H(p)}} = \exp\Bigl(-\sum_{{i=1}}^{{{dial.N}}} p_i \ln p_i\Bigr) = {dial.now.number:.4g}"
        rf"\qquad (\beta = {dial.now.beta:.4g})",
        "Hill 1973 (Ecology 54:427), the diversity number of order 1",
        rf"$n$: how many memories share the attention. $H$: Shannon's entropy. $p_i$: attention of memory $i$ of "
        rf"{dial.N:,}.",
    )


def needed(dial: Dial) -> Equation:
    """The β that the gap to the runner-up calls for (theory.beta_for_weight)."""
    value = r"\infty" if math.isinf(dial.needed.beta) else f"{dial.needed.beta:.4g}"
    return Equation(
        rf"\beta \ge \frac{{1}}{{\Delta}} \ln \frac{{(N-1)\,p}}{{1-p}}"
        rf" = \frac{{1}}{{{dial.gap:.4f}}} \ln \frac{{{dial.N - 1} \cdot {SHARE:g}}}{{{1 - SHARE:.2g}}} = {value}",
        "Ours: the softmax solved for β, with all N − 1 others as similar as the second",
        rf"$p$ = {SHARE:g}: the attention that the first is to have. Δ: its similarity less that of the second, as the "
        rf"separation of {RAMSAUER}, Definition 1, is of a pattern. $N$ = {dial.N:,}: memories.",
    )


def hebb(proof: Proof) -> Equation:
    """Linear attention as a matrix of outer products."""
    return Equation(
        rf"\sum_{{i=1}}^{{{proof.N}}} (q^\top k_i)\, v_i"
        rf" = \Bigl(\sum_{{i=1}}^{{{proof.N}}} v_i k_i^\top\Bigr) q = W q,"
        rf"\qquad W \in \mathbb{{R}}^{{{proof.d} \times {proof.d}}}",
        "Katharopoulos et al. 2020, arXiv:2006.16236, Eq. 5, with the identity as feature map and no denominator",
        rf"$q$: the query's key. $k_i$, $v_i$: key and value of pattern $i$ of {proof.N:,}, here the same. $W$: Hebb's "
        "matrix, the sum of outer products.",
    )


def head(heads: Heads) -> Equation:
    """What a head computes, with its executed β and sizes."""
    L = len(heads.tokens)
    return Equation(
        rf"\operatorname{{softmax}}({heads.beta:.4f}\, Q K^\top)\, V,"
        rf"\qquad Q, K, V \in \mathbb{{R}}^{{{L} \times {heads.size}}},"
        rf"\quad {heads.beta:.4f} = \tfrac{{1}}{{\sqrt{{{heads.size}}}}}",
        f"{RAMSAUER}, Eq. 10",
        rf"$Q$, $K$, $V$: queries, keys and values, three learned projections of the {L} tokens, one a row. "
        rf"{heads.beta:.4f} is β. One update step of the states $Q$ over the patterns $K$ would give "
        r"$\operatorname{softmax}(\beta Q K^\top) K$; the head reads the same weights out through $V$.",
    )


def separation(found: Separated) -> Equation:
    """Δ_i of the memory ranked first, and what Eq. 5 asks for at the executed β."""
    sign = r"\ge" if found.stored else r"<"
    return Equation(
        rf"\Delta_1 = x_1^\top x_1 - \max_{{j \ne 1}} x_1^\top x_j = {found.gap:.3f} \;{sign}\; {found.asked:.3f}"
        r" = \frac{2}{\beta N} + \frac{1}{\beta} \ln\bigl(2(N-1)N\beta M^2\bigr)",
        f"{RAMSAUER}, Eq. 4 and 5; proved in nuonuo/maths/theory.py",
        rf"$x_1$: the key of the memory ranked first; $x_j$: the others of the $N$ = {found.N} candidates. "
        rf"$M$ = {found.M:.3f}: the largest length of a key. β = {found.beta:.4g}.",
    )


def retrieval_error(found: Separated) -> Equation:
    """The bound of one update with the executed numbers, beside the measured error."""
    now, r = found.now, found.distance
    return Equation(
        rf"\lVert f(\xi) - x_1 \rVert = {float(now.once[0]):.3g} \;\le\; \min\bigl(2M,\; 2(N-1)M\,"
        rf"e^{{-{found.beta:.4g}\,({found.gap:.3f} - 2 \cdot {r:.3f} \cdot {found.M:.3f})}}\bigr)"
        rf" = {float(now.bound[0]):.3g}",
        f"{RAMSAUER}, Theorem 5, with $2M$, the largest distance there is, as its limit (ours); proved in "
        "nuonuo/maths/theory.py",
        rf"$f(\xi)$: the state after one update of the query ξ. {r:.3f} is $\lVert \xi - x_1 \rVert$, its distance "
        rf"from the memory's key $x_1$; {found.gap:.3f} is $\Delta_1$; $N$ = {found.N}, $M$ = {found.M:.3f}.",
    )
