"""Background jobs: a function in a process of its own, which can be stopped and holds up no page.

The process is `python -m nuonuo.studio.shell.jobs`: not a fork, which threads do not survive, nor multiprocessing's
spawn, which would run the open page again as its main module. Call and result travel as pickles through pipes. Jobs
have half of the cores, a low priority and half of the memory, and take turns (`turns.py`), so that pages stay quick for
everyone. A job ends with the tab that started it.
"""

import contextlib
import os
import pickle
import shutil
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from nuonuo.memory.remaining import Remaining
from nuonuo.studio.shell.own import nameless
from nuonuo.studio.shell.turns import Turns

CORES = os.cpu_count() or 1
AT_ONCE = max(1, CORES // 8)  # each has four cores or more, where there are so many; together they have half of them
TURNS = Turns(AT_ONCE)
GRACE = 2.5  # seconds a tab may be gone, as when a phone changes its network, before its jobs end
LOOK = 0.5  # seconds between two looks whether the tab is there


class Job:
    """One call in the background; its attributes say how far it is.

    state: "waiting" for its turn, "running", "done", "failed" or "cancelled". fraction: 0 to 1. message: what it is
    doing. kept: what it last handed over, which outlives a cancel; None if nothing. result: once done. error: once
    failed, in one sentence. owner: the id of the session, which is a browser tab, that started it, or None.
    background: whether it starts by itself and lets everything that a person started go first.
    """

    def __init__(self, call: bytes, delay: float = 0.0) -> None:
        context = get_script_run_ctx(suppress_warning=True)
        self.owner = context.session_id if context and Runtime.exists() else None
        self.background = delay > 0
        self.state = "waiting"
        self.fraction = 0.0
        self._said = "starting"
        self._left = Remaining()
        self.kept: Any = None
        self.result: Any = None
        self.error: str | None = None
        self._process: subprocess.Popen | None = None
        self._lock = threading.Lock()
        refused = None if self.background else TURNS.join(self)
        if refused:
            self._end(refused)
        self._thread = threading.Thread(target=self._run, args=(call, delay), daemon=True)
        self._thread.start()
        if self.owner:
            threading.Thread(target=self._end_with_tab, daemon=True).start()

    @property
    def running(self) -> bool:
        """Whether something is still to come."""
        return self.state in {"waiting", "running"}

    @property
    def message(self) -> str:
        """What it is doing and how long that will still take, or how many jobs go first."""
        if self.state != "waiting":
            return self._left.after(self._said) if self.state == "running" else self._said
        before = TURNS.before(self)
        return f"waiting, {before} {'job goes' if before == 1 else 'jobs go'} first" if before else "starting"

    def cancel(self) -> None:
        """Stop it now, wherever it is; nothing happens to a job that has ended."""
        with self._lock:
            if self.running:
                self.state, self._said = "cancelled", "cancelled"
                if self._process:
                    self._process.kill()

    def wait(self, seconds: float | None = None) -> None:
        """Return when it has ended, or after some seconds."""
        self._thread.join(seconds)

    def _run(self, call: bytes, delay: float) -> None:
        if self.background:  # it stands in the queue only once it would begin
            time.sleep(delay)
            refused = TURNS.join(self)
            if refused:
                self._end(refused)
        try:
            while not TURNS.take(self, 0.2):
                if not self.running:
                    return
            with self._lock:
                if not self.running:
                    return
                self.state = "running"
                try:
                    self._process = begin()
                except OSError as reason:
                    what = f"{reason.strerror}: {reason.filename!r}" if reason.filename else str(reason)
                    self.error, self.state = f"the job's process cannot be started: {what}", "failed"
                    return
            self._follow(self._process, call)
        finally:
            TURNS.leave(self)

    def _end(self, error: str) -> None:
        with self._lock:
            if self.running:
                self.error, self.state = nameless(error), "failed"

    def _end_with_tab(self) -> None:
        """Cancel it once its tab has been gone for a while."""
        gone = 0.0
        while self.running and gone < GRACE:
            time.sleep(LOOK)
            here = not Runtime.exists() or Runtime.instance().is_active_session(str(self.owner))
            gone = 0.0 if here else gone + LOOK
        self.cancel()

    def _follow(self, process: subprocess.Popen, call: bytes) -> None:
        """Send the call and take in what comes back until the process ends."""
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(call)
            process.stdin.flush()
            while True:
                self._take(*pickle.load(process.stdout))
        except (EOFError, OSError, pickle.UnpicklingError):  # it has ended, or was killed in the middle of a word
            pass
        except Exception as reason:  # a result's class may raise anything
            self._end(f"what the job's process said cannot be read: {reason or type(reason).__name__}")
            process.kill()
        process.stdout.close()
        code = process.wait()
        with contextlib.suppress(OSError):  # a killed process has left some of the call unread
            process.stdin.close()
        self._end(f"the job's process ended early, with code {code}")

    def _take(self, kind: str, value: Any) -> None:
        with self._lock:
            if self.state != "running":
                return
            if kind == "progress":
                self.fraction, self._said = value
                self._left(self.fraction, 1.0)
            elif kind == "kept":
                self.kept = value
            elif kind == "result":
                self.result, self.fraction, self.state = value, 1.0, "done"
            else:
                self.error, self.state = nameless(value), "failed"


class Report:
    """What a job's function is given to say how far it is: report(fraction, message), and report.keep(value)."""

    def __init__(self, tell: Callable[[str, Any], None]) -> None:
        self._tell = tell

    def __call__(self, fraction: float, message: str) -> None:
        """Say how far it is, 0 to 1, and what it is doing."""
        self._tell("progress", (fraction, message))

    def keep(self, value: Any) -> None:
        """Hand over what there is so far, in place of what was handed over before."""
        self._tell("kept", value)


def start(fn: Callable[..., Any], *args: Any, delay: float = 0.0) -> Job:
    """Call fn(*args, progress) in the background. fn: of a module, not of the page; args and result: picklable.

    delay: seconds to wait first, so that the page which starts it is drawn before.
    progress is a Report: fn may call it, and its `keep`, at any time.
    """
    return Job(pickle.dumps((fn, args)), delay)


def begin() -> subprocess.Popen:
    """A process that waits for a call; of low priority from its start, for a page is drawn while it loads."""
    low = ["nice", "-n", "5"] if shutil.which("nice") else []
    share = str(max(1, CORES // 2 // AT_ONCE))
    cores = {"OMP_NUM_THREADS": share, "NUMBA_NUM_THREADS": share}
    return subprocess.Popen(
        [*low, sys.executable, "-m", "nuonuo.studio.shell.jobs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | cores,
    )


def serve(calls: BinaryIO, out: BinaryIO) -> None:
    """Read one call, make it, write what it says and its result."""

    def tell(kind: str, value: Any) -> None:
        out.write(pickle.dumps((kind, value)))
        out.flush()

    most = limit_memory()
    try:
        fn, args = pickle.load(calls)
        threading.Thread(target=end_with_parent, args=(calls.fileno(),), daemon=True).start()
        tell("result", fn(*args, Report(tell)))
    except Exception as reason:
        traceback.print_exc()
        # PyTorch says of an allocation that failed only in its text, as a RuntimeError
        full = isinstance(reason, MemoryError) or "can't allocate memory" in str(reason)
        told = f"it needs more memory than a job may have, which is {most / 2**30:.1f} GB" if full else str(reason)
        tell("error", told or type(reason).__name__)


def limit_memory() -> float:
    """Keep this process to its share of half of the machine's memory; how much that is, in bytes. Linux only."""
    if not sys.platform.startswith("linux"):
        return float("inf")
    import resource

    most = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2 // AT_ONCE
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    return most


def end_with_parent(calls: int) -> None:
    """End this process when the one that waits for it has gone and so closed the pipe of calls."""
    os.read(calls, 1)
    os._exit(1)


if __name__ == "__main__":
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the function prints goes to the log
    serve(sys.stdin.buffer, channel)
    os._exit(0)  # the next job waits; taking a large program down takes seconds
