"""Winner-take-all codes as LaTeX, with the numbers that were executed."""

from nuonuo.coding import Cut, Raster
from nuonuo.crowding import Curve, Usage
from nuonuo.trace import Trace


def code(trace: Trace, raster: Raster) -> str:
    """How a key becomes a code (Dasgupta, Stevens & Navlakha 2017), with the executed d, D, k and seed."""
    return (
        rf"c(x) = \operatorname{{top}}_{{{raster.winners}}}(x^\top P), \qquad "
        rf"P \in \mathbb{{R}}^{{{len(trace.key)} \times {raster.units}}},\quad "
        rf"P_{{ij}} \sim \mathcal{{N}}(0, 1)\ \text{{of seed {trace.bank['seed']}}}"
    )


def cut(cut: Cut) -> str:
    """The last winner's score and the first loser's."""
    k = cut.winners
    last, loser = float(cut.score[k - 1]), float(cut.score[k])
    return rf"s_{{({k})}} - s_{{({k + 1})}} = {last:.4f} - {loser:.4f} = {cut.margin:.4f}"


def overlap(raster: Raster) -> str:
    """The cosine of two binary codes: the question's and the answer's."""
    k, shared = raster.winners, raster.answer.shared
    return rf"\cos(c_q, c_a) = \frac{{|c_q \cap c_a|}}{{k}} = \frac{{{shared}}}{{{k}}} = {shared / k:.3f}"


def chance(raster: Raster) -> str:
    """Units that two unrelated codes share on average."""
    k, D = raster.winners, raster.units
    return rf"\frac{{k^2}}{{D}} = \frac{{{k}^2}}{{{D}}} = {k * k / D:.3g}"


def law(curve: Curve) -> str:
    """Expected share of units in common at cosine ρ, with the executed cut t."""
    k, D = curve.winners, curve.units
    return (
        r"\mathbb{E}\,\frac{|c_1 \cap c_2|}{k} = \frac{P(u > t,\ v > t)}{P(u > t)}, \quad "
        r"\operatorname{corr}(u, v) = \rho, \quad "
        rf"t = \Phi^{{-1}}\!\Bigl(1 - \frac{{{k}}}{{{D}}}\Bigr) = {curve.threshold:.3f}"
    )


def even(usage: Usage) -> str:
    """Codes that use a unit if all units are used alike."""
    n, k, D = usage.codes, usage.winners, usage.units
    return rf"\frac{{n\,k}}{{D}} = \frac{{{n} \cdot {k}}}{{{D}}} = {n * k / D:.3g}"
