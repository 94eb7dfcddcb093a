"""The codes of a whole bank, made once in the background when a page first needs them.

With 20,000 memories that takes seconds. A page waits for them at its end, with a bar: it stands and can be used, and
what a visitor does meanwhile starts the page again, but not the work.
"""

import threading
from weakref import WeakKeyDictionary

import streamlit as st

from nuonuo import Memory
from nuonuo.memory.remaining import Remaining
from nuonuo.studio.shell import faults, state

PATIENCE = 0.3  # s before a bar is shown
LOOK = 0.25  # s between two looks


class Build:
    """One bank's codes in the making, until the bank as it is then has them."""

    def __init__(self, memory: Memory, whitened: bool) -> None:
        self.fraction = 0.0
        self.left = Remaining()
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._run, args=(memory, whitened), daemon=True)
        self.thread.start()

    def _run(self, memory: Memory, whitened: bool) -> None:
        try:
            while not memory.make_codes(whitened, self._tell):
                pass  # the memories have changed meanwhile
        except Exception as reason:  # whatever it is, the page must say so instead of trying for ever
            self.error = reason

    @property
    def done(self) -> bool:
        """Whether it has ended without an error; one that failed is not tried again while the bank is open."""
        return not self.thread.is_alive() and self.error is None

    def _tell(self, done: int, total: int) -> None:
        self.fraction = done / total
        self.left(done, total)


@st.cache_resource(show_spinner=False)
def _builds() -> tuple[threading.Lock, WeakKeyDictionary[Memory, dict[bool, Build]]]:
    """What was built last on this server, by bank and whether its keys are whitened: no two visitors build the same."""
    return threading.Lock(), WeakKeyDictionary()


def ready(memory: Memory, whitened: bool = True) -> bool:
    """Wait for the bank's codes with a bar; False, and a sentence, if they cannot be made.

    Call it after all that can be drawn without them.
    """
    lock, builds = _builds()
    with lock:
        bank = memory.bank
        if (bank if whitened else bank.unwhitened()).coded:
            return True
        mine = builds.setdefault(memory, {})
        if whitened not in mine or mine[whitened].done:
            mine[whitened] = Build(memory, whitened)
        build = mine[whitened]
    build.thread.join(PATIENCE)
    place = st.empty()
    if build.thread.is_alive():
        state.share()
    while build.thread.is_alive():
        said = f"Making the codes of all {memory.cues:,} cues, once: {build.fraction:.0%}"
        place.progress(build.fraction, build.left.after(said))
        build.thread.join(LOOK)
    place.empty()
    if build.error:
        st.warning(f"The codes of this bank could not be made: {faults.said(build.error)}")
    return build.error is None
