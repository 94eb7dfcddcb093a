"""The equations of the spiking page as LaTeX, with the numbers that were executed."""

import torch

from nuonuo.explain.spiking.encoder import Comparison
from nuonuo.explain.spiking.lif import Run
from nuonuo.explain.spiking.sampler import FIRING, LEAK, WARM, Votes, distance, expected_distance


def fire(done: Comparison) -> str:
    """The two neurons of the encoder, with g and λ as executed."""
    gain, d = done.trains[0].gain, done.x.shape[1]
    return (
        rf"I = {gain:g}\,[\operatorname{{relu}}(x), \operatorname{{relu}}(-x)] \in \mathbb{{R}}^{{{2 * d}}},\quad "
        rf"v \leftarrow \lambda v + I,\quad s = [v \ge 1],\quad v \leftarrow v - s,\quad v_0 = \tfrac12,\quad "
        rf"\lambda \in \{{1, {done.leak:g}\}}"
    )


def decode(done: Comparison) -> str:
    """The way back, and the first embedding's cosine in each code."""
    gain, T = done.trains[0].gain, len(done.trains[0].spikes)
    own = [float(torch.cosine_similarity(done.first(code), done.x[0], dim=0)) for code in range(3)]
    return (
        rf"\hat x = \frac{{n_\text{{on}} - n_\text{{off}}}}{{{gain:g} \cdot {T}}}:\quad \cos(\hat x, x) = "
        rf"{own[0]:.3f},\ {own[1]:.3f},\ {own[2]:.3f}"
    )


def bound(done: Comparison) -> str:
    """What integrate-and-fire promises while no cell is asked for two spikes in a step, and the worst component."""
    gain, T = done.trains[0].gain, len(done.trains[0].spikes)
    worst = float((done.first(0) - done.x[0]).abs().max())
    return (
        rf"|\hat x_i - x_i| \le \frac{{1}}{{2 g T}} = \frac{{1}}{{2 \cdot {gain:g} \cdot {T}}} = "
        rf"{1 / (2 * gain * T):.4f}\qquad \max_i |\hat x_i - x_i| = {worst:.4f}"
    )


def silent(done: Comparison) -> str:
    """The smallest component that a leaky cell can fire for in the long run."""
    gain = done.trains[0].gain
    least = (1 - done.leak) / gain
    quiet = float((done.x[0].abs() < least).float().mean())
    return (
        rf"v \to \frac{{g|x_i|}}{{1 - \lambda}} \ge 1 \iff |x_i| \ge "
        rf"\frac{{1 - {done.leak:g}}}{{{gain:g}}} = {least:.4f}"
        rf"\qquad (\text{{{quiet:.0%} of the components are smaller}})".replace("%", r"\%")
    )


def network(ran: Run, gain: float, leak: float, clamp: float, held: int) -> str:
    """The LIF network with its numbers."""
    N, d = ran.M.shape
    return (
        rf"W = M^\top M,\ M \in \mathbb{{R}}^{{{N} \times {d}}};\quad v \leftarrow {leak:g}\,v + {gain:g}\,W s + "
        rf"{clamp:g}\,q\,[t \le {held}],\quad s = \operatorname{{sign}}(v)\,[|v| \ge 1],\quad v \leftarrow v(1 - |s|)"
    )


def collapse(ran: Run, eigenvalues: list[float]) -> str:
    """Why it collapses: the top eigenvalue beside the next, and what comes out."""
    first, second = eigenvalues[0], eigenvalues[1] if len(eigenvalues) > 1 else 0.0
    Q, T = len(ran.q), len(ran.spikes)
    return (
        rf"\hat m = \operatorname*{{argmax}}_i \langle \textstyle\sum_t s_t, m_i \rangle:\quad {int(ran.right[-1])} "
        rf"\text{{ of }} {Q} \text{{ after }} {T} \text{{ steps}};\qquad "
        rf"\text{{eigenvalues of }} W: {first:.2f},\ {second:.2f},\ \dots"
    )


def vote(votes: Votes) -> str:
    """The stochastic winner-take-all with its β and η."""
    return (
        rf"v_i \leftarrow {LEAK:g}\, v_i + {1 - LEAK:g} \cdot {votes.beta:g}\; m_i^\top q,\quad "
        rf"h_i = e^{{v_i - I}},\quad t_i \sim \operatorname{{Exp}}(h_i),\quad "
        rf"\text{{the earliest }} t_i < 1 \text{{ fires}},\quad "
        rf"I \leftarrow I + {votes.constant:g}\,(n - {FIRING:.3f})"
    )


def race(votes: Votes) -> str:
    """Why the rates are softmax, and where the inhibition comes to rest."""
    p, last = float(votes.p[0].max()), float(votes.inhibition[-1, 0])
    lse = float(votes.rest[0])
    return (
        rf"P(i \text{{ first}}) = \frac{{h_i}}{{\sum_j h_j}} = \operatorname{{softmax}}({votes.beta:g} X q)_i,\quad "
        rf"\max_i p_i = "
        rf"{p:.3f};\qquad I \to \ln \textstyle\sum_j e^{{v_j}} = {lse:.2f},\quad I_{{{len(votes.winner)}}} = {last:.2f}"
    )


def apart(votes: Votes, spikes: int) -> str:
    """Total variation of the first so many spikes, and its expectation for independent samples (de Moivre)."""
    tv = float(distance(votes.rate(spikes), votes.p)[0])
    expected = float(expected_distance(votes.p, spikes)[0])
    return (
        rf"\mathrm{{TV}} = \tfrac12 \sum_i |r_i - p_i| = {tv:.3f}\ \text{{with }} T = {spikes} \text{{ spikes}}\ "
        rf"(\text{{from step }} {WARM + 1});\qquad "
        rf"\mathbb{{E}}\,\mathrm{{TV}} = \frac{{1}}{{T}} \sum_i (m_i + 1) \binom{{T}}{{m_i + 1}}\, p_i^{{m_i + 1}} "
        rf"(1 - p_i)^{{T - m_i}} = {expected:.3f},\quad m_i = \lfloor T p_i \rfloor"
    )
