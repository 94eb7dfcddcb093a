"""What a triage's numbers say: its verdict sentence, where another method is ahead, the numbers of its formulas."""

import re
from collections import Counter
from collections.abc import Sequence

from scipy.stats import t

from nuonuo.debug import triage
from nuonuo.debug.diagnosis import RIGHT
from nuonuo.debug.paired import Paired
from nuonuo.debug.triage import COSINE, NOTHING_EXPECTED, NUONUO, Checked
from nuonuo.maths.intervals import SURE
from nuonuo.studio.shell.words import typed
from nuonuo.studio.triage.shelf import Made

NAMED = 3  # changes that fix, at most
AMOUNT = re.compile(r" from [\d.,]+ to [\d.,]*\d")  # of a setting that is raised


def headline(checked: Sequence[Checked]) -> str:
    """The verdict sentence: Markdown."""
    answerable = [one for one in checked if one.expected]
    if not answerable:
        return "No question says what it expects, so none can be right or wrong."
    right = sum(one.verdict == RIGHT for one in answerable)
    one = "question is" if len(answerable) == 1 else "questions are"
    told = f"{right:,} of {len(answerable):,} {one} answered right"
    if len(answerable) < len(checked):
        nothing = len(checked) - len(answerable)
        told += f", and {nothing:,} expect{'s' * (nothing == 1)} nothing"
    misses = [row for row in triage.verdicts(checked) if row["verdict"] not in {RIGHT, NOTHING_EXPECTED}]
    if not misses:
        return f"{told}."
    most, others = misses[0], len(answerable) - right
    if len(misses) == 1:
        return f"{told}. The cause of {'the miss' if others == 1 else f'all {others:,} misses'}: {most['verdict']}."
    named = f"{most['verdict']} ({most['questions']:,} of {others:,})"
    return f"{told}. The most frequent cause of a miss: {named}."


def changed(then: Made, now: Made) -> str:
    """What is not as it was when a result was made: a sentence, or nothing."""
    kinds = {
        "questions": then.asked != now.asked,
        "bank": then.bank != now.bank,
        "settings": then.how != now.how,
        "rule": then.rule != now.rule,
    }
    names = [name for name, differs in kinds.items() if differs]
    if not names:
        return ""
    verb = "has" if names == ["bank"] else "have"
    return f"The {' and the '.join(names)} {verb} changed since this was run."


def beside(rows: Sequence[Paired]) -> list[str]:
    """Where another method or NuoNuo is ahead, each difference with its interval: Markdown, one a method."""
    told = []
    for method in dict.fromkeys(row.method for row in rows):
        mine = [row for row in rows if row.method == method]
        name = "plain nearest neighbour" if method == COSINE else method
        behind, ahead = [row for row in mine if row.high < 0], [row for row in mine if row.low > 0]
        open_ = [row for row in mine if not row.sure]
        parts = [f"**{name[:1].upper()}{name[1:]} is ahead of NuoNuo** at {_listed(behind)}."] if behind else []
        parts += [f"NuoNuo is ahead of {name} at {_listed(ahead)}."] if ahead else []
        if open_:
            parts.append(f"NuoNuo and {name} are not significantly different at {_listed(open_)}.")
        told.append(" ".join(parts))
    return told


def _listed(rows: Sequence[Paired]) -> str:
    told = [
        f"{row.measure} ({row.nuonuo:.2f} and {row.other:.2f}, difference {row.gain:+.3f} "
        f"[{row.low:+.3f}, {row.high:+.3f}])"
        for row in rows
    ]
    text = " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)
    return text.replace("-0.", "−0.")


def fixers(checked: Sequence[Checked]) -> str:
    """Which kinds of changes fix most of the misses: Markdown; nothing if none does."""
    counted = Counter(AMOUNT.sub("", one.fix.words) for one in checked if one.fix and one.fix.whole)
    if not counted:
        return ""
    named = [f"“{typed(fix)}” ({count:,})" for fix, count in counted.most_common(NAMED)]
    others = len(counted) - len(named)
    more = f", and {others:,} {'other' if others == 1 else 'others'}" if others else ""
    return f"What fixes them, each by itself: {', '.join(named)}{more}."


def number(rows: Sequence[dict], measure: str, name: str) -> str:
    """NuoNuo's value of a measure, to stand behind its formula: LaTeX."""
    mine = _mine(rows, measure)
    return rf"{name} = {mine['value']:.3f} \;(n = {mine['n']})" if mine else ""


def interval(rows: Sequence[dict]) -> str:
    """The interval of recall@1, to stand behind its formula: LaTeX."""
    mine = _mine(rows, "recall@1")
    if not mine or mine["n"] < 2:
        return ""
    factor = float(t.ppf((1 + SURE) / 2, mine["n"] - 1))
    return rf"t = {factor:.3f}, \quad \mathrm{{recall@}}1 \in [{mine['low']:.3f},\, {mine['high']:.3f}]"


def _mine(rows: Sequence[dict], measure: str) -> dict | None:
    return next((row for row in rows if (row["method"], row["measure"]) == (NUONUO, measure)), None)
