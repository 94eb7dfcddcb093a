"""Attention and the Hopfield update as LaTeX, with the numbers that were executed."""

import math

from nuonuo.attention import SHARE, Dial, Place, View
from nuonuo.attention_proof import Proof
from nuonuo.heads import Heads


def two_names(view: View) -> str:
    """One equation under two names (Ramsauer et al., Eq. 10), with the executed β, N and d."""
    return (
        r"\underbrace{\operatorname{softmax}\bigl(\tfrac{1}{\sqrt d}\,Q K^\top\bigr)\,V}_{\text{attention}}"
        r"\;\widehat{=}\;\underbrace{\operatorname{softmax}("
        rf"{view.beta:.4g}\,\xi X^\top)\,X}}_{{\text{{one Hopfield update}}}}"
        rf"\qquad X \in \mathbb{{R}}^{{{view.N} \times {view.d}}}"
    )


def similarity(place: Place, d: int) -> str:
    """q·k of one memory, its largest terms filled in."""
    terms = " + ".join(rf"{factor(q)} \cdot {factor(k)}" for q, k in place.terms)
    rest = rf" + \underbrace{{\cdots}}_{{{d - len(place.terms)}\text{{ more}}}}" if d > len(place.terms) else ""
    return rf"s_{{{place.rank}}} = q^\top k_{{{place.rank}}} = {terms}{rest} = {place.memory.similarity:.3f}"


def factor(x: float) -> str:
    """A number as a factor: negative ones in brackets."""
    return f"{x:.3f}" if x >= 0 else f"({x:.3f})"


def weight(view: View) -> str:
    """p of the chosen memory, its logits filled in."""
    place, beta = view.chosen, view.beta
    terms = " + ".join(rf"e^{{{beta:.4g} \cdot {each.memory.similarity:.3f}}}" for each in view.shown[:2])
    rest = rf" + \underbrace{{\cdots}}_{{{view.N - 2}\text{{ more}}}}" if view.N > 2 else ""
    above = rf"e^{{{beta:.4g} \cdot {place.memory.similarity:.3f}}}"
    return rf"p_{{{place.rank}}} = \frac{{{above}}}{{{terms}{rest}}} = {place.memory.weight:.3g}"


def number(dial: Dial) -> str:
    """The effective number of memories: exp of the entropy."""
    return (
        rf"e^{{H(p)}} = \exp\Bigl(-\sum_{{i=1}}^{{{dial.N}}} p_i \ln p_i\Bigr) = {dial.now.number:.4g}"
        rf"\qquad (\beta = {dial.now.beta:.4g})"
    )


def needed(dial: Dial) -> str:
    """The β that the gap to the runner-up calls for (theory.beta_for_weight)."""
    value = r"\infty" if math.isinf(dial.needed.beta) else f"{dial.needed.beta:.4g}"
    return (
        rf"\beta \ge \frac{{1}}{{\Delta}} \ln \frac{{(N-1)\,p}}{{1-p}}"
        rf" = \frac{{1}}{{{dial.gap:.4f}}} \ln \frac{{{dial.N - 1} \cdot {SHARE:g}}}{{{1 - SHARE:.2g}}} = {value}"
    )


def hebb(proof: Proof) -> str:
    """Linear attention as a matrix of outer products."""
    return (
        rf"\sum_{{i=1}}^{{{proof.N}}} (q^\top k_i)\, v_i"
        rf" = \Bigl(\sum_{{i=1}}^{{{proof.N}}} v_i k_i^\top\Bigr) q = W q,"
        rf"\qquad W \in \mathbb{{R}}^{{{proof.d} \times {proof.d}}}"
    )


def head(heads: Heads) -> str:
    """What a head computes, with its executed β and sizes."""
    L = len(heads.tokens)
    return (
        rf"\operatorname{{softmax}}({heads.beta:.4f}\, Q K^\top)\, V,"
        rf"\qquad Q, K, V \in \mathbb{{R}}^{{{L} \times {heads.size}}},"
        rf"\quad {heads.beta:.4f} = \tfrac{{1}}{{\sqrt{{{heads.size}}}}}"
    )
