"""Whose questions the triage page asks: the bank's own, those of an uploaded file, or a published suite's."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from nuonuo import Memory
from nuonuo.debug.triage import CUTS, RULE
from nuonuo.files.questions import things
from nuonuo.memory.asking import Asking
from nuonuo.studio.shell import banks, faults, panels, sets, state
from nuonuo.studio.shell.words import quoted, typed
from nuonuo.studio.triage import shelf as triage_shelf
from nuonuo.studio.triage.shelf import SUITE, Made

UPLOAD, SUITE_UPLOAD = 20, 50  # MB at most
KINDS = {"set": "Its own", "file": "A file", SUITE: "LoCoMo, LongMemEval"}
LONG = 90  # characters of a cue that an example spells out


@dataclass(frozen=True)
class Subject:
    """What a run is about."""

    key: str  # of the shelf: the bank's name, or SUITE
    memory: Memory
    answerable: int  # questions that say what they expect
    made: Made


def choose() -> Subject | None:
    """The pickers of bank and questions; None if there is nothing to ask yet."""
    triage_shelf.collect()
    left, right = st.columns(2, gap="large")
    with left:
        memory = panels.choose_bank()
    _begin_rule()
    known = sets.current()
    with right:
        source = _source(known is not None)
    if wrong := st.session_state.get("triage_wrong"):
        st.warning(wrong)
    if source == SUITE:
        return _published(memory)
    if source == "file" or known is None:
        _upload(memory, known is None)
        return None
    return _own(memory, known)


def _begin_rule() -> None:
    """What counts as right at first: the first place in a sample, which is small, and the usual five in a bank of one's
    own; not where the address says it.
    """
    s, bank = st.session_state, banks.root()
    if s.get("triage_rule_of") != bank:
        given = "triage_rule_of" not in s and "triage_within" in st.query_params
        s.triage_rule_of = bank
        if not given:
            s.triage_within = 1 if banks.is_sample() else RULE.within


def _source(has_set: bool) -> str:
    """Where the questions come from."""
    s = st.session_state
    options = ["set"] * has_set + ["file", SUITE]
    moved = s.get("triage_bank") != banks.root()  # to a bank with questions: those are asked
    source = s.get("triage_source", "set")
    if source not in options or (moved and source == "file"):
        source = options[0]
    s.triage_bank, s.triage_from = banks.root(), source

    def take() -> None:
        s.triage_source = s.triage_from
        s.pop("triage_wrong", None)

    s.triage_source = st.segmented_control(
        "Questions", options, format_func=KINDS.__getitem__, key="triage_from", required=True, on_change=take
    )
    return s.triage_source


def _own(memory: Memory, known: sets.QuestionSet) -> Subject | None:
    """The bank's questions, in one line."""
    count, meant = len(known.questions), sum(q.answerable for q in known.questions)
    _line(count, meant, typed(known.name), sets.drop if sets.is_own() else None)
    lost = [q for q, some in zip(known.questions, things(known.questions, memory), strict=True) if not all(some)]
    if lost and len(memory):
        which = ", ".join(quoted(q.query, 60) for q in lost[:3]) + (", …" if len(lost) > 3 else "")
        expect = "question expects" if len(lost) == 1 else "questions expect"
        st.caption(f"{len(lost):,} {expect} something that this bank does not hold: {which}.")
    how = _how()
    if not len(memory):
        st.info("This bank is empty: there is nothing to recall. Add memories or import a file on the Memories page.")
        return None
    if memory.encoder is None and (lacking := sum(q.embedding is None for q in known.questions)):
        st.info(
            f"This bank holds embeddings made elsewhere, so each question needs an embedding of {memory.dimension} "
            f"numbers. {lacking:,} of {count:,} have none."
        )
        return None
    made = Made(known.name, known.questions, how, state.rule("triage_within"), triage_shelf.stamp(memory), count)
    return Subject(banks.root(), memory, meant, made)


def _published(memory: Memory) -> Subject | None:
    """A published file, which brings its own memories."""
    suite = triage_shelf.suite()
    if suite is None:
        st.file_uploader(
            "A LoCoMo or LongMemEval .json file, as published",
            ["json"],
            key="triage_suite_file",
            on_change=_take_suite,
            max_upload_size=SUITE_UPLOAD,
        )
        st.caption(
            "Such a file brings its own memories: a bank for each of its conversations or questions, made for the run. "
            "The bank chosen above plays no part. A larger file goes to the command line: "
            "`python -m nuonuo triage FILE.json`."
        )
        return None
    banks = "1 bank of its own" if suite.parts == 1 else f"{suite.parts:,} banks of its own"
    name = f"{typed(suite.name)}, which brings {banks}; the bank chosen above plays no part"
    _line(suite.questions, suite.answerable, name, triage_shelf.drop_suite)
    made = Made(suite.name, suite.path, _how(), state.rule("triage_within"), 0, suite.questions)
    return Subject(SUITE, memory, suite.answerable, made)


def _line(count: int, meant: int, name: str, drop: Callable[[], None] | None) -> None:
    """How many questions there are, how many say what they expect, and the way to be rid of them."""
    one = "1 question" if count == 1 else f"{count:,} questions"
    if meant == count:
        say = "which says what it expects" if count == 1 else "all say what they expect"
    else:
        say = f"{meant or 'none'} of which say{'s' * (meant < 2)} what {'they' if meant > 1 else 'it'} expect"
        say += "s" * (meant < 2)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{one}**, {say}: {name}.")
        if drop:
            st.button("Remove these questions", on_click=drop, key="triage_drop")
        if drop is sets.drop and sets.can_put_back():
            st.button("Undo: the questions before", on_click=sets.put_back, key="triage_put_back")


def _upload(memory: Memory, is_needed: bool) -> None:
    """The place for a question set, and what one looks like."""
    if is_needed:
        st.markdown("This bank has no questions yet. Give it a set: one question a row, and what it should bring back.")
    st.file_uploader(
        f"Rows with {sets.COLUMNS}",
        sets.TYPES,
        key="triage_file",
        on_change=_take,
        max_upload_size=UPLOAD,
    )
    st.caption("Such a set, as JSONL:")
    st.code(_example(memory), language="json", wrap_lines=True)
    lasts = "as long as this tab" if banks.is_sample() else "with this bank"
    st.caption(
        "`expected` is the text of a memory's cue or target, `expected_id` its id; either may be a list. A question "
        f"with neither has no answer in the bank. The set is kept {lasts}."
    )


def _example(memory: Memory) -> str:
    """Two lines of a set, the first about a memory of this bank."""
    stored = next(iter(memory), None)
    meant: dict[str, object] = {"expected": stored.cues[0] if stored else "The cue of a memory"}
    if stored and len(stored.cues[0]) > LONG:
        meant = {"expected_id": stored.id}
    lines = [{"query": "The same in other words"} | meant, {"query": "Something that is not stored"}]
    rows = [json.dumps(line, ensure_ascii=False) for line in lines]
    if memory.encoder is None:
        rows = [f'{row[:-1]}, "embedding": [{memory.dimension} numbers]}}' for row in rows]
    return "\n".join(rows)


def _take() -> None:
    _taken("triage_file", lambda file: sets.replace(file.name, sets.read_upload(file, banks.current())), "set")


def _take_suite() -> None:
    _taken("triage_suite_file", triage_shelf.take_suite, SUITE)


def _taken(key: str, keep: Callable[[Any], None], source: str) -> None:
    """Keep an uploaded file, or say what is wrong with it."""
    s = st.session_state
    s.pop("triage_wrong", None)
    if s[key] is None:
        return
    try:
        keep(s[key])
        s.triage_source, s.triage_within = source, RULE.within
    except ValueError as reason:
        s.triage_wrong = faults.said(f"Nothing was kept: {reason}".rstrip(".") + ".")


def _how() -> Asking:
    """The shared settings; at least as many candidates as the longest recall counts."""
    how = state.asking()
    return replace(how, k=max(how.k, *CUTS))
