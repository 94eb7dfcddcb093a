"""Where tensors live: one choice, made once, followed by everything else."""

import torch


def pick_device(name: str = "auto") -> torch.device:
    """The device called `name`; "auto" takes CUDA, then MPS, then the CPU.

    Raises ValueError if the named device is not on this machine.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as reason:
        raise ValueError(f"device must be one of this machine's (auto, cpu, cuda, mps), got {name!r}") from reason
    return device
