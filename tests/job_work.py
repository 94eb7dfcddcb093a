"""Functions for background jobs: the job's process finds them here by name."""

import os
import time


def add(a, b, progress):
    """Print, report, and give the sum."""
    print("this belongs in the log")
    progress(0.5, "half way")
    return a + b


def fail(progress):
    """Raise."""
    raise ValueError("seven is not a colour")


def vanish(progress):
    """End the process from within."""
    os._exit(3)


def linger(progress):
    """Report and go on for a minute."""
    for n in range(600):
        progress(n / 600, f"step {n}")
        time.sleep(0.1)


def hand_over(progress):
    """Hand over one row, then two, and go on for a minute."""
    progress.keep(["one"])
    progress.keep(["one", "two"])
    linger(progress)
