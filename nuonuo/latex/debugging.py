"""The formulas of triage and comparison as LaTeX, with the numbers that were computed."""

from nuonuo.debug.compare import Difference


def recall(one: Difference) -> str:
    """Recall at a cut: the share of a question's expected memories E among the first, averaged over the questions."""
    k = one.within
    share = rf"\frac{{|E_q \cap \mathrm{{top}}_{{{k}}}(q)|}}{{|E_q|}}"
    values = rf"A:\ {one.recall_a:.4f},\quad B:\ {one.recall_b:.4f}"
    return rf"\mathrm{{recall@}}{k} = \frac{{1}}{{{one.n}}}\sum_q {share} \qquad {values}"


def gain(one: Difference) -> str:
    """The mean difference of a question's recall, and its interval."""
    return rf"\bar d = {one.gain:+.4f},\quad 95\%:\ [{one.low:+.4f},\ {one.high:+.4f}]"


def sign_test(one: Difference) -> str:
    """McNemar's exact test over the questions that changed."""
    m, b = len(one.fixed), len(one.broke)
    tails = rf"P\left(\left|X - {(m + b) / 2:g}\right| \ge {abs(m - b) / 2:g}\right)"
    return rf"p = {tails} = {one.p:.3g},\quad X \sim \mathrm{{Binomial}}\left({m + b}, \tfrac12\right)"
