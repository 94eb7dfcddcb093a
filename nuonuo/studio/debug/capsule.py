"""A case to take away: capsule and test as files; and a capsule opened as a bank of one's own."""

import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import streamlit as st

from nuonuo.debug.capsule import MOST, Capsule, make
from nuonuo.debug.capsule_pytest import as_pytest
from nuonuo.debug.capsule_schema import BYTES
from nuonuo.debug.replaying import Replay, replay
from nuonuo.files.questions import Question
from nuonuo.studio.debug.panel import Looked
from nuonuo.studio.shell import banks, faults, own, panels, sets
from nuonuo.studio.shell.fixing import as_state, beyond
from nuonuo.studio.shell.words import typed


@dataclass(frozen=True)
class Opened:
    """A capsule that became a bank, and what replaying it showed."""

    bank: str
    file: str
    same: bool
    sentence: str
    unset: tuple[str, ...]  # settings of it that this page cannot have


def take(case: Looked) -> None:
    """The case as files that are made when they are asked for, and the command that replays it."""
    if not case.said:
        st.caption("Say which memory is expected: then this recall can be taken away as a file that repeats it.")
        return
    if case.asking.hops and len(case.memory) > MOST:
        st.caption(f"A case with hops holds the whole bank, so it can be taken away from up to {MOST:,} memories.")
        return
    question, name = case.question, _plain(case.memory.name).replace(" ", "-") or "bank"
    file = f"capsule-{name}.json"

    def capsule() -> Capsule:
        return make(case.memory, question, case.asking, case.found.rule)

    st.markdown(
        "A capsule is one file with the question, the settings, the seed, the trace and as much of the bank as the "
        "verdict rests on. The test asks the same and fails until the recall is right."
    )
    with st.container(horizontal=True):
        panels.take_away("Capsule", lambda: capsule().to_json(), file, "application/json")
        test = f"test_{re.sub(r'[^a-z0-9]+', '_', file.removesuffix('.json').lower())}.py"
        panels.take_away("Test for pytest", lambda: as_pytest(capsule(), file), test, "text/x-python")
    st.code(f"python -m nuonuo replay {file}", language="bash")


def open_form() -> None:
    """A capsule's file, opened as a bank of one's own with its question and settings."""
    s = st.session_state
    with st.expander("Open a capsule"):
        file = st.file_uploader(
            "It becomes a bank of its own, asked its own question with its own settings.",
            type=["json"],
            key=f"capsule-{s.get('capsules', 0)}",
            max_upload_size=BYTES // 10**6,
        )
        if file is None:
            return
        try:
            with st.spinner("Opening and replaying it"):
                open_capsule(file.name, file.getvalue())
        except ValueError as reason:
            st.warning(faults.said(f"{file.name} is no capsule that can be opened here: {reason}"))
            return
    s.capsules = s.get("capsules", 0) + 1  # another key empties the uploader
    st.rerun()


def open_capsule(file: str, data: bytes) -> None:
    """Make a bank of a capsule, beside it a set with its question, and have the next run show both.

    Raises ValueError, and leaves nothing behind, if it is no capsule or its encoder is not the app's.
    """
    try:
        capsule = Capsule.from_json(data.decode("utf-8"))
    except UnicodeDecodeError as reason:
        raise ValueError("it must be text in UTF-8") from reason
    encoder = banks.encoder() if capsule.meta.encoder is not None else None
    replayed = replay(capsule, encoder=encoder)
    with TemporaryDirectory(dir=banks.folder()) as aside:  # until it is whole no tab can choose it
        made = Path(aside) / "capsule.nuonuo"
        capsule.open(made, encoder).close()
        name = _publish(made, f"capsule {_plain(capsule.bank)}".strip())
    ids = tuple(i for i in capsule.expected if i != -1)
    if ids or capsule.texts:
        asked = Question("capsule", capsule.query, ids, capsule.texts, capsule.embedding)
        sets.keep(name, (asked,), banks.OWN + name)
    want = ids[0] if len(ids) == 1 else None if ids or capsule.texts else 0
    _go_to(banks.OWN + name, file, capsule, want, replayed)


def _go_to(bank: str, file: str, capsule: Capsule, want: int | None, replayed: Replay) -> None:
    s = st.session_state
    values: dict[str, Any] = {"q": capsule.query, "want": want, "pick": None} | as_state(capsule.asking)
    unset = [name for name in beyond(as_state(capsule.asking))]
    noise = capsule.asking.noise
    s.go_to_bank, s.go_with = bank, {name: value for name, value in values.items() if name not in unset}
    lost = [f"{state_name} = {values[state_name]:g}" for state_name in unset if state_name != "sep"]
    lost += [f"separation {capsule.asking.separation}"] if "sep" in unset else []
    lost += [f"noise {name} = {value:g}" for name, value in (("swap", noise.swap), ("flip", noise.flip)) if value]
    s.debug_opened = Opened(bank, file, replayed.same, replayed.sentence, tuple(lost))


def opened() -> None:
    """What replaying the opened capsule showed, while its bank is the one chosen."""
    s = st.session_state
    one: Opened | None = s.get("debug_opened")
    if one is None or one.bank != s.bank:
        return
    said = f"Opened {typed(one.file)} as the bank {typed(one.bank.removeprefix(banks.OWN))}. {typed(one.sentence)}"
    if one.unset:
        said += f" This page cannot be set to {typed(', '.join(one.unset))}, so what it shows differs."
    (st.info if one.same else st.warning)(said)


def _plain(name: str) -> str:
    """A bank's name with only what a file's name takes, 40 characters of it."""
    return " ".join(re.sub(r"[^\w .-]+", " ", name).split())[:40].strip(" .-")


def _publish(made: Path, wished: str) -> str:
    """Let the file be an own bank of this name, with a number after it if there is one already; the name."""
    for number in count(1):
        name = wished if number == 1 else f"{wished} {number}"
        try:
            own.publish(made, banks.folder() / f"{name}.nuonuo")
            return name
        except ValueError:  # taken, perhaps this very moment by another visitor
            continue
    raise AssertionError
