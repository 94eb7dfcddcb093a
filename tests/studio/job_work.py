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


class Stranger:
    """A result that can be written and not read."""

    def __reduce__(self):
        """Written as a call that fails."""
        return int, ("no number",)


def give_what_only_the_job_knows(progress):
    """Give a result that cannot be read."""
    return Stranger()


def fill_memory(progress):
    """Ask for more memory than any machine has, as NumPy, then as PyTorch does it."""
    import numpy as np

    return np.ones(2**46, np.uint8)


def fill_memory_by_torch(progress):
    """The same, of PyTorch."""
    import torch

    return torch.ones(2**46, dtype=torch.uint8)


def say_limit(progress):
    """How much memory this process may have, in bytes."""
    import resource

    return resource.getrlimit(resource.RLIMIT_DATA)[0]
