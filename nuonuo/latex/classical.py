"""The equations of ±1 networks as LaTeX, with the numbers that were executed."""

from nuonuo.explain.toys.capacity import known
from nuonuo.explain.toys.classical import Interaction, interaction
from nuonuo.explain.toys.retrieval import Retrieval
from nuonuo.latex.equation import RAMSAUER, Equation

HOPFIELD = "Hopfield 1982, PNAS 79:2554"
KROTOV = "Krotov & Hopfield 2016, arXiv:1606.01164"
DEMIRCIGIL = "Demircigil et al. 2017, arXiv:1702.01929"


def source(how: Interaction) -> str:
    """The paper of an interaction function."""
    if how.power:
        return f"{HOPFIELD}; in this form {KROTOV}, Eq. 1" if how.power == 2 else f"{KROTOV}, Eq. 1"
    return DEMIRCIGIL if how.name == "exponential" else f"{RAMSAUER}, Eq. 2; of ±1 states, where ½ξᵀξ is constant"


def _sum(how: Interaction, patterns: int) -> str:
    each = r"\xi^\mu \cdot \sigma"
    total = rf"\sum_{{\mu=1}}^{{{patterns}}}"
    if how.power:
        return rf"-{total} ({each})^{{{how.power}}}"
    if how.name == "exponential":
        return rf"-{total} e^{{{each}}}"
    return rf"-\tfrac{{1}}{{{how.beta:g}}} \ln {total} e^{{{how.beta:g}\, {each}}}"


def energy(done: Retrieval) -> Equation:
    """E of the shown picture and of every state after a sweep."""
    how, (P, N) = done.net.interaction, done.net.patterns.shape
    way = r" \to ".join(f"{value:.6g}" for value in done.energy.tolist())
    value = r"-\ln(-E)" if how.name == "exponential" else "E"
    return Equation(
        rf"E(\sigma) = {_sum(how, P)},\quad \sigma, \xi^\mu \in \{{-1, 1\}}^{{{N}}}\qquad {value}:\ {way}",
        source(how),
        rf"σ: the state of {N} units. $\xi^\mu$: stored picture μ of {P}. The numbers: of what is shown, then after "
        f"each of {done.sweeps} sweeps, in which every unit has one turn; no turn raises it.",
    )


def update(done: Retrieval) -> Equation:
    """The turn of one unit: the sign of an energy difference; of eˣ and log-sum-exp this is attention."""
    how = done.net.interaction
    h = r"h_\mu = \sum_{j \ne i} \xi^\mu_j \sigma_j"
    if how.power is None:
        return Equation(
            rf"\sigma_i \leftarrow \operatorname{{sign}} \sum_\mu \xi^\mu_i \, "
            rf"\operatorname{{softmax}}({how.beta:g}\, h)_\mu,\qquad {h}",
            f"Ours, from {source(how)}: $F(h_\\mu + 1) - F(h_\\mu - 1) \\propto e^{{\\beta h_\\mu}}$",
            r"$h_\mu$: overlap of the other units with picture μ. The softmax is attention over the stored pictures: "
            f"one unit's turn is the sign of an attention output, as in {RAMSAUER}, Eq. 3, which moves all units at "
            "once and takes no sign.",
        )
    hebb = (
        r" = \operatorname{sign} \sum_{j \ne i} W_{ij} \sigma_j,\quad W = \sum_\mu \xi^\mu \xi^{\mu\top}"
        if how.power == 2
        else ""
    )
    n = how.power
    return Equation(
        rf"\sigma_i \leftarrow \operatorname{{sign}} \sum_\mu \xi^\mu_i \left[(h_\mu + 1)^{{{n}}} - "
        rf"(h_\mu - 1)^{{{n}}}\right]{hebb},\qquad {h}",
        f"{KROTOV}, Eq. 3" + (f"; Hebb's rule and threshold units: {HOPFIELD}" if n == 2 else ""),
        r"$\xi^\mu_i$: unit $i$ of picture μ. $h_\mu$: overlap of the other units with picture μ. At 0 the unit stays."
        + (" $W$: Hebb's matrix, whose diagonal is left out." if n == 2 else ""),
    )


def capacities(N: int) -> tuple[Equation, ...]:
    """The three known capacities at N units."""
    two, three = known(interaction("power2"), N), known(interaction("power3"), N)
    return (
        Equation(
            rf"P = 0.138\, N = {two:.1f}\quad (N = {N})",
            "Amit, Gutfreund & Sompolinsky 1985, Phys. Rev. Lett. 55:1530",
            "Above it the network of 1982 breaks down; below, a few units (1.6% at the limit) are wrong. For N → ∞.",
        ),
        Equation(
            rf"P = \frac{{N^{{n-1}}}}{{2\,(2n-3)!!\,\ln N}},\qquad n = 3,\ N = {N}:\ P = {three:.0f}",
            f"{KROTOV}, Eq. 6",
            "$n$: the power. Up to it no unit is wrong, with a probability that goes to 1. $(2n-3)!!$: the product of "
            "the odd numbers up to $2n - 3$.",
        ),
        Equation(
            rf"P = 2^{{N/2}} = 2^{{{N / 2:g}}}",
            f"{DEMIRCIGIL}; with real-valued states also exponential: {RAMSAUER}, Theorem 3",
            f"$N$ = {N} units; of the exponential network.",
        ),
    )
