"""What a triage's numbers say: its verdict sentence, where another method is ahead, the numbers of its formulas."""

import re
from collections import Counter
from collections.abc import Sequence

from scipy.stats import t

from nuonuo.debug import triage
from nuonuo.debug.diagnosis import RIGHT
from nuonuo.debug.triage import COSINE, NONE_MEANT, NUONUO, Checked
from nuonuo.lab.intervals import SURE
from nuonuo.studio.triage_shelf import Made
from nuonuo.studio.words import typed

NAMED = 3  # changes that mend, at most
AMOUNT = re.compile(r" from [\d.,]+ to [\d.,]*\d")  # of a setting that is raised


def headline(checked: Sequence[Checked]) -> str:
    """The verdict sentence: Markdown."""
    meant = [one for one in checked if one.expected]
    if not meant:
        return "No question says what it expects, so none can be right or wrong."
    right = sum(one.verdict == RIGHT for one in meant)
    one = "question is" if len(meant) == 1 else "questions are"
    told = f"{right:,} of {len(meant):,} {one} answered right"
    if len(meant) < len(checked):
        nothing = len(checked) - len(meant)
        told += f", and {nothing:,} expect{'s' * (nothing == 1)} nothing"
    misses = [row for row in triage.verdicts(checked) if row["verdict"] not in {RIGHT, NONE_MEANT}]
    if not misses:
        return f"{told}."
    most, others = misses[0], len(meant) - right
    if len(misses) == 1:
        return f"{told}. The cause of {'the miss' if others == 1 else f'all {others:,} misses'}: {most['verdict']}."
    named = f"{most['verdict']} ({most['questions']:,} of {others:,})"
    return f"{told}. The most frequent cause of a miss: {named}."


def changed(then: Made, now: Made) -> str:
    """What is not as it was when a result was made: a sentence, or nothing."""
    kinds = {"questions": then.asked != now.asked, "bank": then.bank != now.bank, "settings": then.how != now.how}
    names = [name for name, differs in kinds.items() if differs]
    if not names:
        return ""
    verb = "has" if names == ["bank"] else "have"
    return f"The {' and the '.join(names)} {verb} changed since this was run."


def beside(rows: Sequence[dict]) -> list[str]:
    """Where another method or NuoNuo is ahead, and whether the intervals tell them apart: Markdown, one a method."""
    mine = {row["measure"]: row for row in rows if row["method"] == NUONUO}
    told = []
    for method in dict.fromkeys(row["method"] for row in rows if row["method"] != NUONUO):
        pairs = [(row, mine[row["measure"]]) for row in rows if row["method"] == method]
        name = "plain nearest neighbour" if method == COSINE else method
        ahead = [(a, b) for a, b in pairs if round(a["value"], 2) > round(b["value"], 2)]
        sure = [(a, b) for a, b in ahead if a["low"] > b["high"]]
        below = [(b, a) for a, b in pairs if a["high"] < b["low"]]
        capital = name[:1].upper() + name[1:]
        parts = []
        if sure:
            parts.append(f"**{capital} beats NuoNuo** beyond the intervals at {_listed(sure)}.")
        elif ahead:
            parts.append(f"**{capital} is ahead of NuoNuo** at {_listed(ahead)}, within the intervals: maybe chance.")
        if below:
            where = "every measure" if len(below) == len(pairs) else _listed(below)
            parts.append(f"NuoNuo beats {name} beyond the intervals at {where}.")
        told.append(" ".join(parts) or f"The intervals do not tell NuoNuo and {name} apart.")
    return told


def _listed(pairs: Sequence[tuple[dict, dict]]) -> str:
    told = [f"{a['measure']} ({a['value']:.2f} against {b['value']:.2f})" for a, b in pairs]
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)


def menders(checked: Sequence[Checked]) -> str:
    """Which kinds of changes mend most of the misses: Markdown; nothing if none does."""
    counted = Counter(AMOUNT.sub("", one.fix) for one in checked if one.fix)
    if not counted:
        return ""
    named = [f"“{typed(fix)}” ({count:,})" for fix, count in counted.most_common(NAMED)]
    others = len(counted) - len(named)
    more = f", and {others:,} {'other' if others == 1 else 'others'}" if others else ""
    return f"What mends them, each by itself: {', '.join(named)}{more}."


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
