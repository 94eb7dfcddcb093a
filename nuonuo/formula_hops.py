"""A hop over Hebbian links as LaTeX, with the numbers that were executed."""

from nuonuo.association import Separation
from nuonuo.trace import Trace


def hop(trace: Trace, separation: Separation) -> str:
    """One hop: φ of the overlaps with all stored cues, summed over the targets, and the k best units."""
    k, D, links = trace.bank["winners"], trace.bank["units"], trace.bank["cues"]
    return (
        rf"c \leftarrow \operatorname{{top}}_{{{k}}}\Bigl(\sum_{{i=1}}^{{{links}}} \varphi(s_i)\, t_i\Bigr), \qquad "
        rf"s_i = \tfrac{{1}}{{{k}}}\,|c \cap c_i|, \qquad \varphi(s_i) = {separation.formula}, \qquad "
        rf"c, c_i, t_i \in \{{0, 1\}}^{{{D}}}"
    )


def hebb(trace: Trace) -> str:
    """With φ(s) = s the hop is Hebb's matrix, never built."""
    k, D = trace.bank["winners"], trace.bank["units"]
    return (
        rf"\varphi(s) = s: \quad \sum_i s_i\, t_i = \tfrac{{1}}{{{k}}}\Bigl(\sum_i t_i c_i^\top\Bigr) c"
        rf" = \tfrac{{1}}{{{k}}}\, W c, \qquad W \in \mathbb{{N}}^{{{D} \times {D}}}"
    )


def first(trace: Trace) -> str:
    """The first hop's confidence, cosine and margin."""
    done = trace.hops[0]
    return (
        rf"\max_i s_i = {done.confidence:.2f}, \qquad \cos(c, t_1) = {done.cosine:.2f}, \qquad "
        rf"\cos(c, t_1) - \cos(c, t_2) = {done.cosine:.2f} - {done.runner_up_cosine:.2f} = {done.margin:.2f}"
    )
