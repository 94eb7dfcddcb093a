"""Which models a bank's file may name: one from elsewhere must not choose what is fetched and run.

Allowed are the bundled model, those in NUONUO_MODELS (names or folders, apart by commas), and those with which a new
bank was made on this installation. What is handed over as an encoder is no file's choice and needs no permission.
"""

import contextlib
import os
from pathlib import Path
from typing import Any

from nuonuo.memory.encoder import DEFAULT, Encoder, as_encoder, cache_file

FILE = "models.txt"  # beside the cache of embeddings, a name a line


def encoder_for(path: str | Path, name: str | None, given: Any, device: str) -> Encoder | None:
    """The encoder to open a bank with: what is handed over, or the model that its file names; None if it names none.

    Raises ValueError if nobody here has allowed that model.
    """
    if given is None and name is None:
        return None
    found = as_encoder(given or name, device)
    named = (one.strip() for one in os.environ.get("NUONUO_MODELS", "").split(","))
    if given is None and found.name not in {DEFAULT, *named, *_kept()}:
        raise ValueError(
            f"bank {path} was made with the model {found.name!r}, which is not loaded because a file says so: name it "
            "in NUONUO_MODELS to allow it, or hand it over, as in Memory.open(path, encoder)"
        )
    return found


def allow(path: str | Path | None, encoder: Encoder | None) -> None:
    """Note with which model a new bank is made. Where nothing can be written, NUONUO_MODELS has to name it."""
    if path is None or Path(path).exists() or encoder is None or encoder.name in {DEFAULT, *_kept()}:
        return
    with contextlib.suppress(OSError):
        cache_file().parent.mkdir(parents=True, exist_ok=True)
        with cache_file().with_name(FILE).open("a", encoding="utf-8") as file:
            file.write(f"{encoder.name}\n")


def _kept() -> list[str]:
    try:
        return cache_file().with_name(FILE).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
