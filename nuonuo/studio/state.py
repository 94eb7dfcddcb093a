"""What all pages share: bank, query, wanted memory and settings, held in the session and in the URL.

Streamlit forgets a widget's value when its page is left, so `begin` sets every value again on each run; `share` writes
them to the URL, seed and schema version always among them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from nuonuo.debug.compare import KEYS
from nuonuo.lab.experiments import EXPERIMENTS

VERSION = "1"
PAGES = Path(__file__).parents[2] / "pages"


@dataclass(frozen=True)
class Field:
    """One shared value: its default, and how to read it from a URL."""

    default: object
    read: Callable[[str], object]
    rule: str


def number(low: float, high: float, kind: type = float) -> Callable[[str], float]:
    """A reader of numbers from low to high."""

    def read(text: str) -> float:
        value = kind(text)
        if not math.isfinite(value) or not low <= value <= high:
            raise ValueError(text)
        return value

    return read


def one_of(*values: object) -> Callable[[str], object]:
    """A reader of one of some values, as `str` writes them."""
    named = {str(value): value for value in values}

    def read(text: str) -> object:
        if text not in named:
            raise ValueError(text)
        return named[text]

    return read


FIELDS: dict[str, Field] = {
    "bank": Field("facts", str, "the name of a bank"),
    "q": Field(None, lambda text: text[:2000], "a text"),  # None: the bank's opening question
    "want": Field(None, number(0, 2**53, int), "a memory's id, or 0"),  # 0: what is meant is not stored
    "pick": Field(None, number(1, 2**53, int), "a memory's id"),  # the memory looked at, on every page
    "beta": Field(32.0, number(0.05, 200), "a number from 0.05 to 200"),
    "k": Field(20, number(1, 100, int), "a whole number from 1 to 100"),
    "steps": Field(3, number(1, 20, int), "a whole number from 1 to 20"),
    "sigma": Field(0.0, number(0, 3), "a number from 0 to 3"),
    "drop": Field(0.0, number(0, 1), "a number from 0 to 1"),
    "seed": Field(0, number(0, 2**31 - 1, int), "a whole number from 0"),
    "lines": Field(None, lambda text: text[:2000], "a text"),  # more questions, one a line
    "draws": Field(12, number(1, 40, int), "a whole number from 1 to 40"),  # noisy askings shown at once
    "digit": Field(1, number(1, 1797, int), "a whole number from 1 to 1797"),  # which stored picture is damaged
    "digits": Field(50, number(2, 1797, int), "a whole number from 2 to 1797"),  # pictures stored
    "digit_beta": Field(24.0, number(1, 256), "a number from 1 to 256"),
    "covered": Field(4, number(0, 7, int), "a whole number from 0 to 7"),  # rows of the picture
    "pixel": Field(0.0, number(0, 3), "a number from 0 to 3"),  # noise σ of the picture
    "winners": Field(50, number(5, 250, int), "a whole number from 5 to 250"),  # k of the codes looked at
    "units": Field(16_384, one_of(1_024, 2_048, 4_096, 8_192, 16_384, 32_768), "1024, 2048, … or 32768"),  # and their D
    "sep": Field("power", one_of("linear", "power", "softmax"), "linear, power or softmax"),  # separation of hops
    "whiten": Field(True, one_of(True, False), "True or False"),  # whether hops go over whitened codes
    "hops": Field(6, number(1, 12, int), "a whole number from 1 to 12"),
    "debug_hops": Field(0, number(0, 6, int), "a whole number from 0 to 6"),  # of the recall that is debugged
    "head": Field(2, number(0, 71, int), "a whole number from 0 to 71"),  # of the encoder's attention heads
    "map_color": Field("attention", one_of("attention", "cluster", "code overlap", "hop"), "one the map page offers"),
    "map_dims": Field("2-D", one_of("2-D", "3-D"), "2-D or 3-D"),
    "map_by": Field("UMAP", one_of("UMAP", "PCA"), "UMAP or PCA"),
    "spike_steps": Field(16, number(1, 64, int), "a whole number from 1 to 64"),  # T of an embedding as spikes
    "spike_gain": Field(4.0, number(0.5, 16), "a number from 0.5 to 16"),
    "spike_leak": Field(0.9, number(0.5, 1), "a number from 0.5 to 1"),
    "lif_steps": Field(200, number(5, 200, int), "a whole number from 5 to 200"),  # of the network that fails
    "lif_gain": Field(1.0, number(0, 4), "a number from 0 to 4"),
    "lif_leak": Field(0.9, number(0.5, 1), "a number from 0.5 to 1"),
    "lif_clamp": Field(10.0, number(0, 50), "a number from 0 to 50"),
    "lif_pairs": Field("documented", one_of("documented", "this bank"), "documented or this bank"),
    "lif_others": Field("near-duplicates", one_of("near-duplicates", "random", "this bank"), "one the page offers"),
    "lif_count": Field(0, one_of(0, 10, 100), "0, 10 or 100"),  # of them, where one number is looked at
    "inhibition": Field(0.2, number(0.05, 1), "a number from 0.05 to 1"),  # η of the spiking memory that works
    "lab": Field("backgrounds", one_of(*(e.name for e in EXPERIMENTS)), "the name of an experiment"),
    "systems": Field(None, lambda text: text[:2000], "names of systems"),  # of the lab; None: those shown at first
    "keys_a": Field("plain cosine", one_of(*KEYS), "keys that the page offers"),  # of the two sides compared
    "keys_b": Field("whitened 0.5", one_of(*KEYS), "keys that the page offers"),
    "bank_b": Field("", str, "the name of a bank"),  # "": the same as A's
    "sigma_a": Field(0.0, number(0, 3), "a number from 0 to 3"),
    "sigma_b": Field(0.0, number(0, 3), "a number from 0 to 3"),
    "within": Field(1, one_of(1, 5, 10, 20), "1, 5, 10 or 20"),  # an expected memory counts among the first so many
    "map_seed": Field(None, number(0, 2**31 - 1, int), "a whole number from 0"),  # None: of the map kept, else 0
}


def begin() -> None:
    """Restore the shared values: from the session, else the URL, else the defaults. Call first in each run."""
    st.session_state.setdefault("notices", [])
    fresh, kept = "began" not in st.session_state, st.session_state.get("kept", {})
    for name, field in FIELDS.items():
        if name in st.session_state:
            st.session_state[name] = st.session_state[name]  # keeps it when its widget is not on this page
            continue
        value = kept.get(name, field.default)  # a run of a fragment drops what has no widget on this page
        if fresh and name in st.query_params:
            try:
                value = field.read(st.query_params[name])
            except ValueError:
                st.session_state.notices.append(
                    f"The link's {name} must be {field.rule}, got {st.query_params[name]!r}: the default is used."
                )
        st.session_state[name] = value
    if made := st.session_state.pop("go_to_bank", None):  # a bank made during the last run, after its picker was drawn
        st.session_state.update({"bank": made, "q": None, "want": None} | st.session_state.pop("go_with", {}))
    st.session_state.kept = {name: st.session_state[name] for name in FIELDS}
    st.session_state.began = True


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
            wanted[name] = f"{value:g}" if isinstance(value, float) else str(value)
    if dict(st.query_params) != wanted:
        st.query_params.from_dict(wanted)


def ask(query: str, want: int | None = None, **settings: object) -> None:
    """Pose a question to the bank, with settings if any; for callbacks."""
    st.session_state.update({"q": query, "want": want, **settings})
