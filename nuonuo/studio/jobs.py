"""Background jobs: a function in a process of its own, which can be stopped and holds up no page.

The process is `python -m nuonuo.studio.jobs`: not a fork, which threads do not survive, nor multiprocessing's spawn,
which would run the open page again as its main module. Call and result travel as pickles through pipes. A job has half
of the cores and a low priority, and jobs take turns, so that pages stay quick for everyone.
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

TURN = threading.Lock()  # one job at a time


class Job:
    """One call in the background; its attributes say how far it is.

    state: "waiting" for its turn, "running", "done", "failed" or "cancelled". fraction: 0 to 1. message: what it is
    doing. kept: what it last handed over, which outlives a cancel; None if nothing. result: once done. error: once
    failed, in one sentence.
    """

    def __init__(self, call: bytes, delay: float = 0.0) -> None:
        self.state = "waiting"
        self.fraction = 0.0
        self.message = "waiting for another job to finish"
        self.kept: Any = None
        self.result: Any = None
        self.error: str | None = None
        self._process: subprocess.Popen | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, args=(call, delay), daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether something is still to come."""
        return self.state in {"waiting", "running"}

    def cancel(self) -> None:
        """Stop it now, wherever it is; nothing happens to a job that has ended."""
        with self._lock:
            if self.running:
                self.state, self.message = "cancelled", "cancelled"
                if self._process:
                    self._process.kill()

    def wait(self, seconds: float | None = None) -> None:
        """Return when it has ended, or after some seconds."""
        self._thread.join(seconds)

    def _run(self, call: bytes, delay: float) -> None:
        if delay:  # even a sleep of 0 lets a later job go first
            time.sleep(delay)
        while not TURN.acquire(timeout=0.2):
            if not self.running:
                return
        try:
            with self._lock:
                if not self.running:
                    return
                self._process = begin()
                self.state, self.message = "running", "starting"
            self._follow(self._process, call)
        finally:
            TURN.release()

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
        process.stdout.close()
        code = process.wait()
        with contextlib.suppress(OSError):  # a killed process has left some of the call unread
            process.stdin.close()
        self._take("error", f"the job's process ended early, with code {code}")

    def _take(self, kind: str, value: Any) -> None:
        with self._lock:
            if self.state != "running":
                return
            if kind == "progress":
                self.fraction, self.message = value
            elif kind == "kept":
                self.kept = value
            elif kind == "result":
                self.result, self.fraction, self.state = value, 1.0, "done"
            else:
                self.error, self.state = value, "failed"


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
    low = ["nice", "-n", "10"] if shutil.which("nice") else []
    half = str(max(1, (os.cpu_count() or 1) // 2))
    cores = {"OMP_NUM_THREADS": half, "NUMBA_NUM_THREADS": half}
    return subprocess.Popen(
        [*low, sys.executable, "-m", "nuonuo.studio.jobs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | cores,
    )


def serve(calls: BinaryIO, out: BinaryIO) -> None:
    """Read one call, make it, write what it says and its result."""

    def tell(kind: str, value: Any) -> None:
        out.write(pickle.dumps((kind, value)))
        out.flush()

    try:
        fn, args = pickle.load(calls)
        threading.Thread(target=end_with_parent, args=(calls.fileno(),), daemon=True).start()
        tell("result", fn(*args, Report(tell)))
    except Exception as reason:
        traceback.print_exc()
        tell("error", str(reason) or type(reason).__name__)


def end_with_parent(calls: int) -> None:
    """End this process when the one that waits for it has gone and so closed the pipe of calls."""
    os.read(calls, 1)
    os._exit(1)


if __name__ == "__main__":
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the function prints goes to the log
    serve(sys.stdin.buffer, channel)
    os._exit(0)  # the next job waits; taking a large program down takes seconds
