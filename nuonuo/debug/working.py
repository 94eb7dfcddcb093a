"""Working: a triage as a background job, which reports how far it is and hands over what is done."""

import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from nuonuo.debug.rule import Rule
from nuonuo.debug.triage import Checked, Keep, of_parts, triage
from nuonuo.files.questions import Question
from nuonuo.files.suites import read_suite
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.encoder import Progress


def work(bank: Path, questions: Sequence[Question], how: Asking, rule: Rule, report: Any) -> list[Checked]:
    """`triage` of a bank's file as a background job; report(fraction, message), and report.keep of what is done."""
    with closing(Memory.open(bank)) as memory:
        return triage(memory, questions, how, True, *told(report), rule)


def work_suite(file: Path, how: Asking, total: int, rule: Rule, report: Any) -> list[Checked]:
    """`of_parts` of a published file as a background job. total: its questions."""
    return of_parts(read_suite(file), None, True, *told(report), total, how, rule)


def told(report: Any) -> tuple[Progress, Keep]:
    """Progress and keep as a job reports them: what is done is handed over once a second."""
    last = [time.monotonic()]

    def progress(done: int, total: int) -> None:
        report(done / total, f"{done:,} of {total:,} questions" if total > done else f"{done:,} questions")

    def keep(done: list[Checked]) -> None:
        if time.monotonic() - last[0] > 1:
            last[0] = time.monotonic()
            report.keep(list(done))

    return progress, keep
