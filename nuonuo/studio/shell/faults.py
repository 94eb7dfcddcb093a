"""Banks' files that cannot be used: no picker lists them, each is named in a sentence, none is ever written."""

import os
from pathlib import Path

import streamlit as st

from nuonuo.memory.opening import Busy, read_meta
from nuonuo.studio.shell import own
from nuonuo.studio.shell.words import typed

REPAIR = "The file is left as it is; the command nuonuo repair FILE NEW copies what can be read into a new one."
PASSING = ("in use by another program", "its disk is full")  # nothing is wrong with the file itself
Stamp = tuple[int, int, int]  # number, size and time of a file


def found() -> dict[str, str]:
    """Names of the own banks in their folder, and why each cannot be used, empty if it can.

    None if there can be no folder, which is said.
    """
    try:
        return {file.stem: fault(file) for file in own.folder().glob("*.nuonuo")}
    except (ValueError, OSError) as reason:
        said = f"There can be no banks of your own: {reason}."
        if said not in st.session_state.notices:
            st.session_state.notices.append(said)
        return {}


@st.cache_resource(show_spinner=False)
def _known() -> dict[str, tuple[Stamp | None, str]]:
    """What was found of each path, at which stamp of its file; an empty text if nothing is wrong."""
    return {}


def fault(path: Path) -> str:
    """Why a file cannot be used, empty if nothing is known against it. It is looked at anew when it has changed."""
    stamp, (seen, why) = _stamp(path), _known().get(str(path), (None, ""))
    if stamp is not None and seen == stamp:
        return why
    try:
        read_meta(path)
    except Busy:  # that passes
        return ""
    except (ValueError, OSError) as reason:
        why = _of(path, reason)
    else:
        why = ""
    _known()[str(path)] = stamp, why
    return why


def note(path: Path, reason: Exception) -> None:
    """Set a file aside that could not be opened, until it changes; one that is only in use is not."""
    if not isinstance(reason, Busy):
        _known()[str(path)] = _stamp(path), _of(path, reason)


def _of(path: Path, reason: Exception) -> str:
    """What is wrong with a file whose name was said just before."""
    return str(reason).replace(f"bank {path}", "it").rstrip(".")


def told(name: str, why: str) -> str:
    """What is wrong with a bank, for a person."""
    then = "" if any(one in why for one in PASSING) else f" {REPAIR}"
    return f"The bank {name!r} cannot be used: {why}.{then} The sample is shown instead."


def said(reason: object) -> str:
    """Why something failed, as Markdown for a page: as it is said, without this server's folders."""
    return typed(own.nameless(str(reason)))


def _stamp(path: Path) -> Stamp | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
