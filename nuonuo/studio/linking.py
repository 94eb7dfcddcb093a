"""The codes of a whole bank, made once in the background when a page first needs them.

With 20,000 memories that takes seconds. Meanwhile the page stands, can be used, and says how far it is.
"""

import threading
from weakref import WeakKeyDictionary

import streamlit as st

from nuonuo import Memory
from nuonuo.bank import Bank

PATIENCE = 0.8  # s that a page waits for a small bank before it shows a progress bar
LOOK = 0.5  # s between two looks at a long one


class Build:
    """One bank's codes in the making."""

    def __init__(self, memory: Memory, whitened: bool) -> None:
        self.fraction = 0.0
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._run, args=(memory, whitened), daemon=True)
        self.thread.start()

    def _run(self, memory: Memory, whitened: bool) -> None:
        try:
            memory.make_codes(whitened, self._tell)
        except Exception as reason:  # whatever it is, the page must say so instead of trying for ever
            self.error = reason

    def _tell(self, done: int, total: int) -> None:
        self.fraction = done / total


@st.cache_resource(show_spinner=False)
def _builds() -> tuple[threading.Lock, WeakKeyDictionary[Bank, Build]]:
    """What is being built on this server, by bank: no two visitors build the same."""
    return threading.Lock(), WeakKeyDictionary()


def ready(memory: Memory, whitened: bool = True) -> bool:
    """Whether the bank's codes are made. If not they are being made, a bar says how far, and the page reruns after."""
    lock, builds = _builds()
    with lock:
        bank = memory.bank if whitened else memory.bank.unwhitened()
        if bank.coded:
            return True
        if bank not in builds or not (builds[bank].thread.is_alive() or builds[bank].error):
            builds[bank] = Build(memory, whitened)
        build = builds[bank]
    build.thread.join(PATIENCE)
    if bank.coded:
        return True
    if build.error:
        st.warning(f"The codes of this bank could not be made: {build.error}")
        return False
    _progress(build, memory.cues)
    return False


@st.fragment(run_every=LOOK)
def _progress(build: Build, cues: int) -> None:
    if not build.thread.is_alive():
        st.rerun()
    st.progress(build.fraction, f"Making the codes of all {cues:,} cues, once for this bank: {build.fraction:.0%}")
