"""Winner-take-all codes as LaTeX, with the numbers that were executed."""

from nuonuo.explain.codes.crowding import Curve, Usage
from nuonuo.explain.codes.raster import Cut, Raster
from nuonuo.latex.equation import Equation
from nuonuo.memory.trace import Trace

FLY = "Dasgupta, Stevens & Navlakha 2017 (Science 358:793)"


def code(trace: Trace, raster: Raster) -> Equation:
    """How a key becomes a code (Dasgupta, Stevens & Navlakha 2017), with the executed d, D, k and seed."""
    k, D = raster.winners, raster.units
    return Equation(
        rf"c(x) = \operatorname{{top}}_{{{k}}}(x^\top P), \qquad "
        rf"P \in \mathbb{{R}}^{{{len(trace.key)} \times {D}}},\quad "
        rf"P_{{ij}} \sim \mathcal{{N}}(0, 1)\ \text{{of seed {trace.bank.seed}}}",
        f"{FLY}, the fly's hash of their Fig. 1 (not numbered); their $P$ is sparse and binary, ours Gaussian",
        rf"$x$: a key, the query's or a memory's. $P$: the projection, drawn at random once. $x^\top P$: a score for "
        rf"each of the D = {D:,} units. $\operatorname{{top}}_{{{k}}}$: the k = {k} units that score highest; they "
        r"fire, and $c(x)$, the code, is the set of them.",
    )


def cut(cut: Cut) -> Equation:
    """The last winner's score and the first loser's."""
    k = cut.winners
    last, loser = float(cut.score[k - 1]), float(cut.score[k])
    return Equation(
        rf"s_{{({k})}} - s_{{({k + 1})}} = {last:.4f} - {loser:.4f} = {cut.margin:.4f}",
        "Ours: the margin of the cut",
        rf"$s_{{(j)}}$: the $j$-th largest score of the query's key; unit {k} is the last that fires.",
    )


def overlap(raster: Raster) -> Equation:
    """The cosine of two binary codes: the query's and the first-ranked memory's."""
    k, shared = raster.winners, raster.answer.shared
    return Equation(
        rf"\cos(c_q, c_a) = \frac{{|c_q \cap c_a|}}{{k}} = \frac{{{shared}}}{{{k}}} = {shared / k:.3f}",
        "Ours: the cosine of two 0/1 vectors with k ones each",
        r"$c_q$: the query's code. $c_a$: the code of the memory ranked first. $|c_q \cap c_a|$: the units they share.",
    )


def chance(raster: Raster) -> Equation:
    """Units that two unrelated codes share on average."""
    k, D = raster.winners, raster.units
    return Equation(
        rf"\frac{{k^2}}{{D}} = \frac{{{k}^2}}{{{D}}} = {k * k / D:.3g}",
        "Ours: the mean of the hypergeometric distribution",
        "The units that two codes of k out of D units, drawn independently, share on average.",
    )


def law(curve: Curve) -> Equation:
    """Expected share of units in common at cosine ρ, with the executed cut t."""
    k, D = curve.winners, curve.units
    return Equation(
        r"\mathbb{E}\,\frac{|c_1 \cap c_2|}{k} = \frac{P(u > t,\ v > t)}{P(u > t)}, \quad "
        r"\operatorname{corr}(u, v) = \rho, \quad "
        rf"t = \Phi^{{-1}}\!\Bigl(1 - \frac{{{k}}}{{{D}}}\Bigr) = {curve.threshold:.3f}",
        f"Ours, for the Gaussian projection above; that similar inputs share more units is {FLY}",
        r"$\mathbb{E}$: the mean over projections. $c_1$, $c_2$: two codes. $u$, $v$: their scores at one unit, normal "
        r"numbers with the cosine ρ of the two keys as their correlation. $t$: the score that k of D units exceed; "
        r"$\Phi^{-1}$: the normal quantile. $P(\cdot)$: a probability.",
    )


def even(usage: Usage) -> Equation:
    """Codes that use a unit if all units are used alike."""
    n, k, D = usage.codes, usage.winners, usage.units
    return Equation(
        rf"\frac{{n\,k}}{{D}} = \frac{{{n} \cdot {k}}}{{{D}}} = {n * k / D:.3g}",
        "Ours: a count",
        "The codes that each unit would serve if all D units served equally many. n: codes drawn; k: units of a code.",
    )
