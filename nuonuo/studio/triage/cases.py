"""The cases of a triage: filtered, one picked and opened in the debugger, all of them taken away."""

import json
import re
import shlex
from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from nuonuo import Memory
from nuonuo.debug.diagnosis import RIGHT
from nuonuo.debug.ranking import ranks
from nuonuo.debug.store_fixes import WIDER
from nuonuo.debug.triage import NOTHING_EXPECTED, Checked
from nuonuo.files.questions import Question
from nuonuo.files.suites import Part, read_suite
from nuonuo.lab.results import table
from nuonuo.memory.asking import Asking
from nuonuo.studio.shell import banks, faults, fixing, login, panels, sets, state
from nuonuo.studio.shell.words import quoted, typed
from nuonuo.studio.triage import shelf as triage_shelf
from nuonuo.studio.triage.asked import Subject
from nuonuo.studio.triage.shelf import SUITE, Made, Outcome

SHOWN = 1_000  # rows of the table at once
ALL, MISSES = "all", "all misses"
COLUMNS = {  # of the table: title and width, px
    "query": ("question", 290),
    "rank": ("rank", 56),
    "verdict": ("verdict", 126),
    "why": ("why", 265),
    "fix": ("what fixes it", 175),
    "rank_after": ("rank after", 84),
}


def chosen(rows: Sequence[dict]) -> str | None:
    """The verdict that is filtered for, if it is one of these rows."""
    wanted = st.session_state.get("triage_verdict")
    return wanted if wanted in {row["verdict"] for row in rows} else None


def choose_by_click(pick: dict) -> None:
    """Filter for the verdict of a clicked bar; a second click lets it go."""
    s, data = st.session_state, pick["points"][0].get("customdata")
    if data:
        s.triage_verdict = None if s.get("triage_verdict") == data[0] else data[0]


def cases(outcome: Outcome, subject: Subject) -> None:
    """The filter, the table of the cases that it leaves, and the picked one."""
    st.subheader("The questions")
    some, told = _filtered(outcome)
    if not some:
        st.info("No question is left by this filter.")
        return
    if len(some) > SHOWN:
        st.caption(f"The first {SHOWN:,} of {len(some):,} are shown; the filter reaches the rest.")
    shown = some[:SHOWN]
    rows = [one.row for one in shown]
    event = st.dataframe(
        {title: [row[name] for row in rows] for name, (title, _) in COLUMNS.items()},
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"triage-cases-{st.session_state.get('triage_runs')}-{told}",
        column_config={title: st.column_config.Column(width=width) for title, width in COLUMNS.values()},
        placeholder="–",
        height=min(420, 40 + 35 * len(shown)),
    )
    picked = event["selection"]["rows"]
    if picked and picked[0] < len(shown):
        _case(shown[picked[0]], subject, outcome.made)
    else:
        st.caption("Pick a row, by the box at its left, to see the case whole and to open it in the debugger.")


def _filtered(outcome: Outcome) -> tuple[list[Checked], str]:
    """The cases that verdict and word leave, and the filter as a text."""
    s, checked = st.session_state, outcome.checked
    counted = {row["verdict"]: row["questions"] for row in outcome.verdicts}
    missed = [one for one in checked if one.verdict not in {RIGHT, NOTHING_EXPECTED}]
    options = {ALL: len(checked)} | ({MISSES: len(missed)} if missed else {}) | counted
    if s.get("triage_verdict") not in options:
        s.triage_verdict = MISSES if missed else ALL
    left, right = st.columns([3, 1], vertical_alignment="top")
    wanted = left.pills(
        "Show",
        list(options),
        format_func=lambda name: f"{name} {options[name]:,}",
        key="triage_verdict",
        required=True,
        wrap=True,
    )
    word = right.text_input("With the word", placeholder="In question or cause", key="triage_word").strip()
    some = missed if wanted == MISSES else [one for one in checked if wanted in {ALL, one.verdict}]
    folded = word.casefold()
    return [one for one in some if folded in f"{one.question.query} {one.sentence}".casefold()], f"{wanted}-{word}"


def _case(one: Checked, subject: Subject, made: Made) -> None:
    """One case in words, and the way into the debugger."""
    rank = f", at rank {one.rank:,}" if one.rank else ""
    st.markdown(f"{quoted(one.question.query, 400)}: **{one.verdict}**{rank}. {typed(one.sentence)}")
    if one.fix:
        held = f" {str(one.fix.held)[:1].upper()}{str(one.fix.held)[1:]}." if one.fix.held else ""
        st.markdown(
            f"{'Fixed' if one.fix.whole else 'Not fixed, but helped'} by this, run on a copy: {typed(one.fix.words)}. "
            f"Rank after it: {one.fix.rank:,}.{held}".replace(" -", " −")
        )
    elif one.verdict not in {RIGHT, NOTHING_EXPECTED}:
        st.markdown("No change tried here fixes it whole; the debugger tries more.")
    for i, place, cause in one.missed[1:]:
        st.markdown(f"Also missing: memory {i} at rank {place:,}, {cause}.")
    if subject.key == SUITE:
        st.caption(f"Its memories become a bank of your own, {quoted(one.bank)}, with its questions beside it.")
    label = "Open in the debugger"
    if st.button(label, type="primary", on_click=_open, args=(one, subject, made), key="triage_open"):
        if wrong := st.session_state.pop("triage_unopened", None):
            st.warning(wrong)
        else:
            st.switch_page("pages/debug.py")


def _open(one: Checked, subject: Subject, made: Made) -> None:
    """Pose the case's question to its bank, asked as the run asked it, with the fix that the run found."""
    s, memory, how = st.session_state, subject.memory, made.how
    noise = how.noise
    try:
        if subject.key == SUITE:
            s.bank = _bank_of(one.bank)
            memory = banks.current()
        expected = best(memory, one.question, how)
    except (ValueError, StopIteration) as reason:
        s.triage_unopened = faults.said(f"It cannot be opened: {reason}".rstrip(".") + ".")
        return
    rule = {"within": made.rule.within, "need": str(made.rule.need)}
    asked: dict[str, Any] = rule | {"k": how.k, "beta": how.beta, "steps": how.steps, "whiten": how.whitened}
    asked |= {"words": how.words, "links": how.links, "relations": list(how.relations)}
    damage = {"sigma": noise.sigma, "drop": noise.drop, "seed": noise.seed}
    state.ask(one.question.query, expected, **asked, **damage, pick=None, debug_hops=0)
    if one.fix and one.fix.kind != WIDER and (subject.key == SUITE or subject.made.bank == made.bank):
        fixing.keep(memory, one.question, how, one.fix)


def best(memory: Memory, question: Question, how: Asking) -> int | None:
    """The expected memory that comes best; 0 if none is stored, None if none is expected."""
    if not question.answerable:
        return None
    stored = sorted(i for i in question.meant(memory) if i in memory)
    if len(stored) < 2:
        return stored[0] if stored else 0
    found = ranks(memory, [question] * len(stored), [(i,) for i in stored], how)
    return min(zip(found, stored, strict=True))[1]


def _bank_of(name: str) -> str:
    """The bank of one's own that holds a part of the published file, made now if there is none."""
    suite = triage_shelf.suite()
    if suite is None:
        raise ValueError("the published file is no longer here")
    part = next(part for part in read_suite(suite.path) if part.name == name)
    title = re.sub(r"[^\w .-]", "-", name).strip(" .-")[:50] or "part"
    free = title
    for number in range(2, 100):
        if free not in banks.own():
            break
        if _holds(banks.named(banks.OWN + free), part):
            return banks.OWN + free
        free = f"{title} {number}"
    bar = st.progress(0.0, f"Making the bank {quoted(free)}")
    made = banks.create(free, part.items, None, lambda done, all: bar.progress(done / max(1, all)))
    bar.empty()
    sets.keep(suite.name, part.questions, made)
    return made


def _holds(memory: Memory, part: Part) -> bool:
    """Whether a bank holds a part's memories under the ids that its questions expect."""
    return all(
        number in memory and memory.get(number).target == item.target for number, item in enumerate(part.items, 1)
    )


def take_away(outcome: Outcome, subject: Subject) -> None:
    """The cases as files, and the command line that makes them."""
    rows = [one.row for one in outcome.checked]
    with st.container(horizontal=True):
        panels.take_away("Cases as JSON", partial(_json, rows), "nuonuo-triage.json", "application/json")
        panels.take_away("Cases as CSV", partial(table, rows), "nuonuo-triage.csv", "text/csv")
        if isinstance(outcome.made.asked, tuple):
            asked = partial(_jsonl, outcome.made.asked)
            panels.take_away("Questions as JSONL", asked, "nuonuo-questions.jsonl", "application/jsonl")
    unchanged = "the sample as it came and " if subject.key != SUITE and banks.is_changed() else ""
    st.caption(f"The same on the command line, with {unchanged}its default settings:")
    st.code(command(subject), language="shell", wrap_lines=True)


def command(subject: Subject) -> str:
    """The command line that does what a run does."""
    s = st.session_state
    suite, path = triage_shelf.suite(), None if banks.is_sample() else subject.memory.path
    if subject.key == SUITE and suite:
        given = [suite.name]
    elif path:
        files = (path, sets.beside(s.bank))
        given = [file.name if login.shared() else str(file) for file in files]
    else:
        given = [f"{banks.SAMPLES}/{banks.root()}.jsonl", "nuonuo-questions.jsonl"]
    return " ".join(["python -m nuonuo triage", *map(shlex.quote, given), "--json", "nuonuo-triage.json"])


def _json(rows: Sequence[dict]) -> str:
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"


def _jsonl(questions: Sequence[Question]) -> str:
    return "".join(json.dumps(question.row, ensure_ascii=False) + "\n" for question in questions)
