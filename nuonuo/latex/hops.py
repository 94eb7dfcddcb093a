"""A hop over Hebbian links as LaTeX, with the numbers that were executed."""

from nuonuo.latex.equation import Equation
from nuonuo.memory.trace import Trace


def hop(trace: Trace) -> Equation:
    """One hop: φ of the overlaps with all stored cues, summed over the targets, and the k best units."""
    k, D, links = trace.bank.winners, trace.bank.units, trace.bank.cues
    return Equation(
        rf"c^{{\text{{new}}}} = \operatorname{{top}}_{{{k}}}\Bigl(\sum_{{i=1}}^{{{links}}} \varphi(s_i)\, t_i\Bigr), "
        rf"\qquad s_i = \tfrac{{1}}{{{k}}}\,|c \cap c_i|, \qquad \varphi(s_i) = {trace.asking.phi.formula}, \qquad "
        rf"c, c_i, t_i \in \{{0, 1\}}^{{{D}}}",
        "Ours, after the dense associative memory of Krotov & Hopfield 2016, arXiv:1606.01164, Eq. 3: there the "
        "patterns lead back to themselves and a sign replaces the top k",
        rf"$c$: the code that goes in; $c^{{\text{{new}}}}$: the one that comes out. $c_i$ and $t_i$: the codes of cue "
        rf"and target of link $i$ of {links:,}. $s_i$: the overlap, the share of its units that $c$ has in common "
        rf"with cue $i$. φ: the separation. $\operatorname{{top}}_{{{k}}}$: the {k} units of {D:,} with the largest "
        "sums.",
    )


def hebb(trace: Trace) -> Equation:
    """With φ(s) = s the hop is Hebb's matrix, never built."""
    k, D = trace.bank.winners, trace.bank.units
    return Equation(
        rf"\varphi(s) = s: \quad \sum_i s_i\, t_i = \tfrac{{1}}{{{k}}}\Bigl(\sum_i t_i c_i^\top\Bigr) c"
        rf" = \tfrac{{1}}{{{k}}}\, W c, \qquad W \in \mathbb{{N}}^{{{D} \times {D}}}",
        "Hopfield 1982 (PNAS 79:2554), Eq. 2, with 0/1 codes and targets that differ from their cues",
        "φ(s) = s: no separation. $W$: Hebb's matrix, the sum of the outer products of each link's target and cue code "
        r"$t_i c_i^\top$. $c$: the code that goes in; $s_i$: its overlap with cue $i$.",
    )


def first(trace: Trace) -> Equation:
    """The first hop's confidence, cosine and margin."""
    done = trace.hops[0]
    return Equation(
        rf"\max_i s_i = {done.confidence:.2f}, \qquad \cos(c^{{\text{{new}}}}, t_1) = {done.cosine:.2f}, \qquad "
        rf"\cos(c^{{\text{{new}}}}, t_1) - \cos(c^{{\text{{new}}}}, t_2) = {done.cosine:.2f} - "
        rf"{done.runner_up_cosine:.2f} = {done.margin:.2f}",
        "Ours: the confidence, cosine and margin of the table",
        r"$s_i$: overlap of the code that goes in with cue $i$. $c^{\text{new}}$: the code that comes out. $t_1$, "
        r"$t_2$: the stored target codes nearest and second nearest to it.",
    )
