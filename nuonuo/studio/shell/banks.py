"""Banks as pages see them: samples to play with, and files of one's own.

A sample is read once for all visitors and never changed: the first change makes a scratch bank of it, a file that only
the page's address names and that `keep` turns into an own bank. Own banks are files in the banks folder, shared by all
tabs and by the command line.
"""

import json
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from itertools import count
from pathlib import Path

import streamlit as st
import torch
from streamlit.errors import StreamlitAPIException

from nuonuo import Encoder, Memory
from nuonuo.files.explorer import explorer_file
from nuonuo.files.memories import read_items
from nuonuo.memory.encoder import DEFAULT, Progress
from nuonuo.memory.opening import read_meta
from nuonuo.memory.records import Record
from nuonuo.studio.shell import faults, scratch
from nuonuo.studio.shell import own as own_files
from nuonuo.studio.shell.own import folder, home
from nuonuo.studio.shell.words import shorter

SAMPLES = explorer_file("assets") / "banks"
OWN = "own:"

# A page is hundreds of small operations, and other visitors want the other cores. Two threads that wait for each other
# made a landscape of 22 ms take 600 on two busy cores.
torch.set_num_threads(1)


def scratch_folder() -> Path:
    """Where changed samples live; those that nobody opened for too long are deleted once, when the server starts."""
    path = home() / "scratch"
    _tidy(path)
    return path


@st.cache_resource(show_spinner=False)
def _tidy(path: Path) -> None:
    scratch.expire(path)


@st.cache_data
def samples() -> dict[str, dict]:
    """The sample banks by name: title, about, opening question and others."""
    return {each["name"]: each for each in json.loads((SAMPLES / "banks.json").read_text("utf-8"))}


def own() -> list[str]:
    """Names of the banks in the folder that can be used."""
    return sorted(name for name, why in faults.found().items() if not why)


def choices() -> dict[str, str]:
    """Every bank's name for the URL, and its title; of changed samples only those that this visitor has been at."""
    titles = {name: about["title"] for name, about in samples().items()}
    for address in _visited():
        one, number = scratch.read(address), count(2)
        if one and one.sample in titles and scratch.find(scratch_folder(), one):
            title = f"{titles[one.sample]}, changed"
            while title in titles.values():
                title = f"{titles[one.sample]}, changed ({next(number)})"
            titles[address] = title
    return titles | {OWN + name: name for name in own()}


def _visited() -> list[str]:
    """The changed samples that this visitor has made or come to by a link."""
    s = st.session_state
    known = s.setdefault("scratches", [])
    known += [name for name in (shown(), s.get("bank_b", "")) if scratch.read(name) and name not in known]
    return known


def shown() -> str:
    """The chosen bank's name for the URL, or that of the changed sample which the next run will show."""
    return st.session_state.get("changed_to") or st.session_state.bank


def root() -> str:
    """The chosen bank's name; of a changed sample, the sample's."""
    one = scratch.read(shown())
    return one.sample if one else shown()


def is_sample() -> bool:
    """Whether the chosen bank is a sample, as it came or changed."""
    return not shown().startswith(OWN)


@st.cache_resource(show_spinner="Loading the language model")
def encoder() -> Encoder:
    """The one default encoder of this server."""
    return Encoder()


@st.cache_resource(show_spinner="Loading the language model and the sample")
def _sample(name: str) -> Memory:
    memory = Memory(encoder=encoder(), name=name)
    memory.add_many(read_items(SAMPLES / f"{name}.jsonl", {"metadata": False}))
    return memory


@st.cache_resource(show_spinner=False, max_entries=16, on_release=scratch.give_back)
def _own(path: str, made: int, name: str) -> Memory:
    """A bank's file, opened once for all tabs; `made` tells a new file of the same name from an old one."""
    return _opened(path, name)


@st.cache_resource(show_spinner=False, max_entries=24, ttl="15m", on_release=scratch.give_back)
def _scratch(path: str, made: int, name: str) -> Memory:
    """The same of a changed sample, of which every visitor makes one: held only as long as somebody is likely at it."""
    return _opened(path, name)


def _opened(path: str, name: str) -> Memory:
    memory = Memory.open(path, encoder() if read_meta(path)["encoder"] == DEFAULT else None)
    memory.name = name  # a token must not get into files that are taken away
    return memory


def current() -> Memory:
    """The chosen bank; an unknown one or one that cannot be used is noticed and replaced by the default, an expired
    one by its sample.
    """
    name = shown()
    why = faults.found().get(name.removeprefix(OWN)) if name.startswith(OWN) else None
    if name in choices():
        try:
            return named(name)
        except (ValueError, OSError) as reason:
            if name in samples():
                raise
            faults.note(file_of(name), reason)
            why = str(reason)
    s, one = st.session_state, scratch.read(name)
    if why:
        said = f"{shorter(samples()[one.sample]['title'])}, changed" if one else name.removeprefix(OWN)
        s.notices.append(faults.told(shorter(said), why))
        _show_instead(one.sample if one else "facts", q=None, want=None)
    elif one and one.sample in samples():
        s.notices.append(
            f"The changes in this link are gone: they are kept for {scratch.KEPT.days} days after they were last "
            "opened. The sample is shown as it came."
        )
        _show_instead(one.sample)
    else:
        s.notices.append(f"There is no bank named {shorter(name)!r} here; the sample is shown instead.")
        _show_instead("facts", q=None, want=None)
    return current()


def _show_instead(name: str, **more: object) -> None:
    try:
        st.session_state.update({"bank": name} | more)
    except StreamlitAPIException:  # its picker is drawn: from the next run
        st.session_state.changed_to = name


def named(name: str) -> Memory:
    """One of the banks that there are to choose from."""
    one = scratch.read(name)
    if one is None and not name.startswith(OWN):
        return _sample(name)
    path, own_name = file_of(name), name.removeprefix(OWN)
    memory = (_scratch if one else _own)(str(path), path.stat().st_ino, one.sample if one else own_name)
    memory.refresh()
    return memory


def file_of(name: str) -> Path:
    """The file of an own bank or a changed sample."""
    one = scratch.read(name)
    return one.file(scratch_folder()) if one else folder() / f"{name.removeprefix(OWN)}.nuonuo"


def changeable() -> Memory:
    """The chosen bank to change: a file itself; of a sample, a scratch bank that is shown from now on."""
    name = shown()
    if name in samples():
        name = scratch.make(scratch_folder(), name, _sample(name)).address
        _show_instead(name)
    return named(name)


def is_changed() -> bool:
    """Whether the chosen bank is a changed sample."""
    return scratch.read(shown()) is not None


def kept_until() -> datetime | None:
    """When the changes to the chosen sample expire unless they are opened before; None if it is no changed sample."""
    one = scratch.read(shown())
    file = one and scratch.find(scratch_folder(), one)
    return scratch.until(file) if file else None


def reset() -> None:
    """Go back to the sample as it came; for callbacks."""
    s, name = st.session_state, root()
    s.bank, s.pick = name, None
    if s.want and s.want not in named(name):
        s.want = None


def create(
    name: str, items: Sequence[Record] = (), dimension: int | None = None, progress: Progress | None = None
) -> str:
    """A new own bank with these memories; its name for the URL.

    dimension: of ready-made embeddings, of which the bank is then made, without an encoder; None takes the default
    encoder. Raises ValueError, and makes no file, if the name is taken or cannot be a file's, or if an item is wrong.
    """
    return _made(name, None if dimension else encoder(), dimension, items, progress)


def keep(name: str, memory: Memory) -> str:
    """A new own bank with another's memories, ids and settings. Raises ValueError as `create` does."""
    with own_files.building(name) as made:
        memory.copy(made).close()
    return OWN + own_files.named(name)


def _made(
    name: str, model: Encoder | None, dimension: int | None, items: Sequence[Record], progress: Progress | None = None
) -> str:
    with own_files.building(name) as made, closing(Memory(made, model, dimension=dimension)) as bank:
        bank.add_many(items, progress)
    return OWN + own_files.named(name)


def opening(memory: Memory) -> tuple[str, int | None]:
    """The question a bank opens on, and the memory it means."""
    about = samples().get(root())
    if about is None:
        return "", None
    return about["opening"]["query"], find(memory, about["opening"]["wanted"])


def find(memory: Memory, cue: str) -> int | None:
    """The id of the memory with this cue."""
    return next((row.id for row in memory if row.cues[0] == cue), None)
