"""Gate: whether measures are as good as was asked, and no worse than a kept baseline, for continuous integration.

A minimum is held against the measured value itself; the interval is said beside it. A baseline keeps where each
question's things were found, so every measure can be compared question by question: it fails where the mean fell and
both the 95% interval of the paired difference and the exact sign test (McNemar, Psychometrika 1947) leave out chance,
or, if strict, at any fall.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nuonuo.debug.measures import Measure, Placed, mean, named, values
from nuonuo.files.tables import check_file, short
from nuonuo.files.writing import write_text
from nuonuo.maths.intervals import SURE, average, sign_test
from nuonuo.maths.intervals import paired as both_right

FORMAT = 1
COMPARED = (
    Measure("recall", 10),
    Measure("MRR"),
    Measure("nDCG", 10),
)  # with a baseline, where no minimum names others
Places = Mapping[str, Placed]  # by question id: of the questions that expect something


@dataclass(frozen=True)
class Minimum:
    """A measure and the least value that passes."""

    measure: Measure
    least: float


@dataclass(frozen=True)
class Verdict:
    """What came of the gate."""

    failures: tuple[str, ...]  # a sentence for each measure that failed
    passed: tuple[str, ...]  # and for each that did not
    notes: tuple[str, ...] = ()  # questions that could not be compared

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.failures


def minimum(text: str) -> Minimum:
    """`recall@10=0.8` as a minimum. Raises ValueError for a measure there is not, or a value beyond 0 to 1."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"a minimum must be MEASURE=VALUE, such as recall@10=0.8, got {text!r}")
    measure = named(name)
    try:
        least = float(value)
    except ValueError:
        least = math.nan
    if not 0 <= least <= 1:
        raise ValueError(f"the minimum of {measure} must be a number from 0 to 1, got {value!r}")
    return Minimum(measure, least)


def judged(places: Places, minima: Sequence[Minimum], baseline: Places | None = None, strict: bool = False) -> Verdict:
    """Hold the measures against minima and a baseline. Raises ValueError if there is nothing to measure or compare."""
    failures, passed, notes = [], [], []
    for one in minima:
        found = mean(list(places.values()), one.measure)
        said = f"{one.measure} is {_number(found)}"
        if found["value"] < one.least:
            failures.append(f"{said}: below the {one.least:g} that was asked.")
        else:
            passed.append(f"{said}: at least {one.least:g}.")
    if baseline is not None:
        shared = [question for question in places if question in baseline]
        if not shared:
            raise ValueError("the baseline shares no question id with this question set: save it anew")
        gone, new = len(baseline) - len(shared), len(places) - len(shared)
        if gone or new:
            notes.append(
                f"Questions compared with the baseline: {len(shared):,}; of the baseline and not asked now: {gone:,}; "
                f"new: {new:,}."
            )
        for measure in dict.fromkeys(one.measure for one in minima) or COMPARED:
            before, after = ([side[question] for question in shared] for side in (baseline, places))
            fell, sentence = _against(values(before, measure), values(after, measure), measure, strict)
            (failures if fell else passed).append(sentence)
    return Verdict(tuple(failures), tuple(passed), tuple(notes))


def _number(found: dict) -> str:
    return f"{found['value']:.3f} (95% interval {found['low']:.3f} to {found['high']:.3f}, {found['n']:,} questions)"


def _against(a: Sequence[float], b: Sequence[float], measure: Measure, strict: bool) -> tuple[bool, str]:
    """Whether a measure fell from A to B, question by question, and that in a sentence."""
    before, after = sum(a) / len(a), sum(b) / len(b)
    worse, better = (sum(x > y for x, y in zip(*pair, strict=True)) for pair in ((a, b), (b, a)))
    if {*a, *b} <= {0.0, 1.0}:
        pair = both_right([x == 1 for x in a], [y == 1 for y in b])
        low, high = pair.low, pair.high
    else:
        change = average([y - x for x, y in zip(a, b, strict=True)], "gain", -1.0, 1.0)
        low, high = change["low"], change["high"]
    p = sign_test(better, worse)
    sure = high < 0 and p < 1 - SURE
    fell = sure or (strict and after < before)
    odds = "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
    numbers = (
        f"from {before:.3f} to {after:.3f} ({worse:,} questions worse, {better:,} better; difference "
        f"{after - before:+.3f}, 95% interval {low:+.3f} to {high:+.3f}; exact sign test {odds})"
    )
    if sure:
        return True, f"{measure} fell significantly against the baseline, {numbers}."
    if after < before:
        chance = "failed because any fall fails" if strict else "which may be chance"
        return fell, f"{measure} fell against the baseline, {chance}, {numbers}."
    return False, f"{measure} did not fall against the baseline, {numbers}."


def save(path: str | Path, places: Places, about: str) -> None:
    """Keep where each question's things were found. about: what was asked, for a person who opens the file."""
    kept = {question: {"ranks": one.ranks, "gains": one.gains} for question, one in places.items()}
    lines = ",\n".join(f"  {json.dumps(question)}: {json.dumps(one)}" for question, one in kept.items())
    head = f'{{\n "format": {FORMAT},\n "about": {json.dumps(about, ensure_ascii=False)},\n "questions": {{\n'
    write_text(path, f"{head}{lines}\n }}\n}}\n")


def read(path: str | Path) -> dict[str, Placed]:
    """What `save` kept. Raises ValueError naming the file if it is something else."""
    path = Path(path)
    check_file(path)
    wrong = f"{path} must be a baseline as --save-baseline writes it"
    try:
        given = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as reason:
        raise ValueError(f"{wrong}, but it is no JSON: {reason}") from reason
    if not isinstance(given, dict) or given.get("format") != FORMAT or not isinstance(given.get("questions"), dict):
        raise ValueError(f"{wrong}, got {short(given)}")
    return {question: _placed(one, f"{wrong}; question {question}") for question, one in given["questions"].items()}


def _placed(one: Any, wrong: str) -> Placed:
    ranks, gains = (one.get("ranks"), one.get("gains")) if isinstance(one, dict) else (None, None)
    ranked = isinstance(ranks, list) and all(rank is None or (type(rank) is int and rank > 0) for rank in ranks)
    graded = isinstance(gains, list) and all(type(gain) in {int, float} and math.isfinite(gain) for gain in gains)
    if not (ranked and graded) or len(gains or ()) not in {0, len(ranks or ())}:
        raise ValueError(f"{wrong} must have ranks from 1 or null, and a gain for each or none, got {short(one)}")
    return Placed(tuple(ranks or ()), tuple(gains or ()))
