"""What all pages share: bank, query, expected memory and settings, held in the session and in the URL.

Streamlit forgets a widget's value when its page is left, so `begin` sets every value again on each run; `share` writes
them to the URL, seed and schema version always among them.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from nuonuo import Memory, Noise
from nuonuo.debug.rule import Need, Rule
from nuonuo.files.explorer import explorer_file
from nuonuo.maths.association import SEPARATIONS
from nuonuo.memory.asking import Asking
from nuonuo.memory.joining import Relation
from nuonuo.studio.shell.fields import FIELDS, Field
from nuonuo.studio.shell.words import shorter

VERSION = "1"
P = ParamSpec("P")
PAGES = explorer_file("pages")
CONTENT = {"bank", "q", "want", "lines", "lab", "lesson"}  # what is asked, and of what
FRAME = {"step", "auto", "pace", "present", "show"}  # how it is shown; all other values are settings


def defaults() -> dict[str, object]:
    """The settings of all pages as a visitor first meets them."""
    return {name: field.default for name, field in FIELDS.items() if name not in CONTENT | FRAME}


def begin() -> None:
    """Restore the shared values: from the session, else the URL, else the defaults. Call first in each run.

    The URL is read when a session begins, and when the browser has gone back or forth.
    """
    s = st.session_state
    s.setdefault("notices", [])
    s.setdefault("opened", (None, None))  # question and expected memory that a bank opened on
    run, kept = get_script_run_ctx(), s.get("kept", {})
    from_url = "began" not in s or (run is not None and run.is_history_navigation)
    if from_url:
        s.chosen = any(name in st.query_params for name in CONTENT)
    for name, field in FIELDS.items():
        if from_url:
            s[name] = _from_url(name, field)
        elif name in s:
            s[name] = s[name]  # keeps it when its widget is not on this page
        else:
            s[name] = kept.get(name, field.default)  # a run of a fragment drops what has no widget on this page
    if changed := s.pop("changed_to", None):  # a sample changed during the last run, after its picker was drawn
        s.bank = s.bank if from_url else changed
    if made := s.pop("go_to_bank", None):  # a bank made so
        s.update(defaults() | {"bank": made, "q": None, "want": None} | s.pop("go_with", {}))
    s.kept = {name: s[name] for name in FIELDS}
    s.began, s.ids_unseen = True, from_url


def check_ids(memory: Memory) -> None:
    """Let go of ids that the URL gave and this bank lacks, and say so; before a widget of theirs is drawn."""
    s = st.session_state
    for name in ("want", "pick") if s.pop("ids_unseen", False) else ():
        if s[name] and s[name] not in memory:
            s.notices.append(f"The link's {name} names no memory of this bank, got {s[name]}: the default is used.")
            s[name] = None


def _from_url(name: str, field: Field) -> object:
    """A value of the URL; the default where it has none, or a wrong one, which is said."""
    if name not in st.query_params:
        return field.default
    try:
        return field.read(st.query_params[name])
    except ValueError:
        got = repr(shorter(st.query_params[name]))
        st.session_state.notices.append(f"The link's {name} must be {field.rule}, got {got}: the default is used.")
        return field.default


def enter_by_app() -> None:
    """Run the page again through app.py if it runs alone.

    A server just started takes a folder named pages for the old way of listing pages, and gives a deep link's page
    without app.py. `st.navigation` puts an end to that.
    """
    if "began" not in st.session_state:
        files = sorted(PAGES.glob("*.py"))  # without a default the first would lose its own address
        st.navigation([st.Page(file, default=file.stem == "home") for file in files], position="hidden")
        st.rerun()


def share() -> None:
    """Write what differs from the defaults to the URL, and bank, query, β and seed always. Call last in each run."""
    always = {"bank", "q", "beta", "seed"}
    wanted = {"v": VERSION}
    for name, field in FIELDS.items():
        value = st.session_state[name]
        if value is not None and (name in always or value != field.default):
            wanted[name] = written(value)
    if dict(st.query_params) != wanted:
        st.query_params.from_dict(wanted)


def written(value: object) -> str:
    """A value as a URL has it."""
    if isinstance(value, list):
        return ",".join(value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def asking(hops: int = 0) -> Asking:
    """How the shared settings ask, followed by some hops."""
    s = st.session_state
    noise = Noise(sigma=s.sigma, drop=s.drop, seed=s.seed)
    ranked = {"words": s.words, "links": s.links, "spread": s.spread, "relations": tuple(map(Relation, s.relations))}
    return Asking(int(s.k), s.beta, int(s.steps), noise, s.whiten, hops, str(SEPARATIONS[s.sep]), **ranked)


def rule(key: str = "within") -> Rule:
    """When a recall counts as right. key: whose number of ranks counts, of one question or of many."""
    return Rule(int(st.session_state[key]), Need(st.session_state.need))


def told(callback: Callable[P, None]) -> Callable[P, None]:
    """A callback that says in a sentence why nothing was changed, where it would fail."""

    @wraps(callback)
    def run(*given: P.args, **named: P.kwargs) -> None:
        try:
            callback(*given, **named)
        except (ValueError, OSError) as reason:
            st.session_state.notices.append(f"Nothing was changed: {reason}.")

    return run


def reset() -> None:
    """Put all settings to their defaults; for callbacks."""
    st.session_state.update(defaults())


def take_bank() -> None:
    """Let a bank that was just chosen open on its own question, with the settings as they first were."""
    st.session_state.update(defaults() | {"q": None, "want": None, "chosen": True})


def open_on(bank: str) -> None:
    """Show a sample unless the visitor came to a bank or question, chose one or asked; before the picker is drawn."""
    s = st.session_state
    if not s.chosen and s.bank == FIELDS["bank"].default and (s.q, s.want) in {(None, None), s.opened}:
        s.update(bank=bank, q=None, want=None, pick=None)
    s.chosen = True


def ask(query: str, want: int | None = None, **settings: object) -> None:
    """Pose a question to the bank, with settings if any; for callbacks."""
    st.session_state.update({"q": query, "want": want, **settings})
