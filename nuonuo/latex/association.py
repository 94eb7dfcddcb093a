"""The ranking by meaning, words and links as LaTeX, with the numbers that were executed."""

import math

from nuonuo.latex.equation import RAMSAUER, Equation
from nuonuo.memory.trace import Candidate, Sender, Trace

COLLINS = "Collins & Loftus 1975, Psychological Review 82:407, spreading activation"
LENGTH = 3  # senders whose numbers are written out


def linked(trace: Trace) -> Candidate | None:
    """The candidate to which links bring most; None if they bring nothing."""
    found = [c for c in trace.candidates if c.senders and c.association > 0]
    return max(found, key=lambda c: c.association, default=None)


def direct(trace: Trace, c: Candidate) -> Equation:
    """s of a candidate: its standardised similarity and the words it shares with the query."""
    z, w = trace.terms.similarity, trace.asking.words
    return Equation(
        rf"s = \frac{{{c.similarity:.4f} - {_in_sum(z.mean, 4)}}}{{{z.sd:.4f}}} + {w:g} \cdot {c.bm25:.3f} "
        rf"= {c.meaning + c.words:.2f}",
        "Ours: the similarity standardised over all stored cues, and beside it BM25 of Robertson et al. 1994 (Okapi at "
        "TREC-3), its Eq. 1 in Lucene's variant",
        rf"$s$: the score of this memory by meaning and words. In the fraction its similarity $x^\top \xi$ to the "
        rf"query, less the mean over all stored cues, over their standard deviation. {w:g} is $w$, the weight of the "
        rf"words; {c.bm25:.3f} is BM25, the information in nats that the shared words carry.",
    )


def sent(trace: Trace, sender: Sender) -> Equation:
    """The attention a memory sends over its links."""
    beta, first = trace.asking.spread, trace.answer.meaning + trace.answer.words
    known = next((c.meaning + c.words for c in trace.candidates if c.id == sender.id), None)
    s = first + math.log(sender.attention) / beta if known is None else known  # the same, where it is no candidate
    return Equation(
        rf"a = e^{{\beta (s - \max s)}} = e^{{{beta:g}\,({s:.3f} - {_in_sum(first, 3)})}} = {sender.attention:.3f}",
        f"{RAMSAUER}, the softmax of Eq. 3 without its denominator, so that the first sends 1",
        r"$a$: the attention that the memory with this score sends. $s$: its score by meaning and words; $\max s$: "
        rf"the largest. {beta:g} is β, the inverse temperature of what is sent. Only the {trace.asking.senders} best "
        r"by $s$ send.",
    )


def total(trace: Trace, c: Candidate) -> Equation:
    """S of a candidate: what its own score and the links of others add up to."""
    gamma, shown = trace.asking.links, c.senders[:LENGTH]
    terms = " + ".join(rf"{one.attention:.3f} \cdot {one.weight:.3f}" for one in shown) or "0"
    if len(c.senders) > LENGTH:
        terms += r" + \cdots"
    return Equation(
        rf"S = s + \gamma \sum_i a_i P_i = {c.meaning + c.words:.2f} + {gamma:g}\,({terms}) = {c.total:.2f}",
        f"Ours, after {COLLINS}, as one attention step; the memory first by $s$ stays first",
        rf"$S$: what this memory is ranked by. {gamma:g} is γ, the weight of what links bring. $a_i$: the attention of "
        r"each memory $i$ that is linked to it; $P_i$: the weight of that link, over the root of the weights of all "
        r"links that leave $i$.",
    )


def ranking(trace: Trace, c: Candidate) -> tuple[Equation, ...]:
    """The equations of one candidate, in the order they are executed."""
    return (direct(trace, c), *((sent(trace, c.senders[0]), total(trace, c)) if c.senders else ()))


def relation_attention(trace: Trace) -> Equation:
    """The hop as attention with a matrix of relations in place of values."""
    asking = trace.asking
    return Equation(
        rf"S = s + {asking.links:g}\, P^\top e^{{{asking.spread:g}(s - \max s)}}, \qquad "
        r"P = D^{-1/2} L, \qquad \xi^{\text{new}} = X^\top \operatorname{softmax}(\beta X \xi)",
        f"{COLLINS}; beside it {RAMSAUER}, Eq. 3",
        rf"$s$: the scores of all memories by meaning and words; $S$: what they are ranked by. $e^{{…}}$: the "
        rf"attention of the {asking.senders} best, a softmax without its denominator. $P$: in place of the patterns "
        r"$X$ that an update reads out, the links between memories, so attention goes from one to the other. $L$: "
        rf"the weights of the links, {trace.terms.links:,} in this bank; $D$: the sums of its rows. $\xi$: the state; "
        rf"β = {asking.spread:g} above, {asking.beta:g} in the update.",
    )


def _in_sum(x: float, digits: int) -> str:
    """A number that something is taken from or that is taken from something: in brackets if it is below 0."""
    return f"{x:.{digits}f}" if x >= 0 else f"({x:.{digits}f})"
