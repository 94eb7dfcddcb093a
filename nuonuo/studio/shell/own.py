"""Files of own banks: their folder, a name that is free, and a whole file given that name all at once."""

import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

NAME = re.compile(r"[\w][\w .-]*")
LONGEST = 60  # letters of a name
BYTES = 240  # of a file's name, 255 less what is added while it is written
TAKEN = "There is already a bank named {!r}: choose another name."


def home() -> Path:
    """Where all that is kept lives: NUONUO_HOME, or this user's data folder."""
    return Path(os.environ.get("NUONUO_HOME") or platformdirs.user_data_dir("nuonuo", appauthor=False))


def folder() -> Path:
    """Where own banks live. Raises ValueError if it cannot be made."""
    return made(home() / "banks")


def unwritable() -> str:
    """Why nothing can be kept in `home`, as a sentence; empty if it can."""
    try:
        with tempfile.TemporaryFile(dir=folder()) as file:
            file.write(b"1")
    except ValueError as reason:
        return str(reason)
    except OSError as reason:
        return f"NUONUO_HOME must be a folder that can be written, and {home()} is none: {reason.strerror or reason}"
    return ""


def made(path: Path, mode: int = 0o777) -> Path:
    """A folder in `home`, made if there is none. Raises ValueError if it cannot be."""
    try:
        path.mkdir(mode, parents=True, exist_ok=True)
    except OSError as reason:
        why = reason.strerror or reason
        raise ValueError(f"NUONUO_HOME must be a folder that can be written, and {home()} is none: {why}") from reason
    return path


def nameless(text: str) -> str:
    """A message without this server's folders, which are not for its visitors: a bank by its name alone.

    A changed sample is called by the sample's name, for what follows it in its file's name is the visitor's secret.
    """
    place = str(home())
    if place not in text:
        return text
    inside = re.escape(f"{place}{os.sep}")
    text = re.sub(rf"{inside}scratch/([a-z]+)\.[\w-]{{22}}\.nuonuo", r"\1, changed", text)
    text = re.sub(rf"{inside}(?:banks|scratch|deleted)/([^/\n]+?)\.nuonuo", r"\1", text)
    return re.sub(rf"{re.escape(place)}(?:/(?:banks|scratch|deleted)\b)?", "the server's folder", text)


def named(name: str) -> str:
    """A typed name as files have it."""
    return unicodedata.normalize("NFC", name.strip())


def is_name(name: str) -> bool:
    """Whether a text can name a bank: 1 to 60 letters with their accents, digits, blanks, dots and dashes."""
    marks = "".join("" if unicodedata.category(c)[0] == "M" else c for c in name[1:])
    return len(name) <= LONGEST and NAME.fullmatch(name[:1] + marks) is not None


def free(folder: Path, name: str) -> Path:
    """The file of a bank still to be made; two spellings of one accent are one name.

    Raises ValueError if the name is taken or cannot be a file's.
    """
    name = named(name)
    if not is_name(name):
        raise ValueError(
            f"A bank's name takes 1 to 60 letters, digits, blanks, dots and dashes; {name!r} does not fit."
        )
    path = folder / f"{name}.nuonuo"
    if path.exists() or path.is_symlink():
        raise ValueError(TAKEN.format(name))
    return path


def beside(path: Path, end: str) -> Path:
    """A file that belongs to a bank's, named as it is; by a hash of its name where that would be too long."""
    name = f"{path.stem}{end}"
    if len(os.fsencode(name)) > BYTES:
        name = f"{hashlib.sha256(os.fsencode(path.stem)).hexdigest()[:32]}{end}"
    return path.with_name(name)


@contextmanager
def building(name: str) -> Iterator[Path]:
    """Where to make an own bank that has its name once it is whole; until then no tab can choose it.

    Raises ValueError if the name is taken or cannot be a file's, or if no file can be made.
    """
    path = free(folder(), name)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as aside:
            made = Path(aside) / "bank.nuonuo"
            yield made
            publish(made, path)
    except OSError as reason:
        raise ValueError(f"no bank can be made in {path.parent}: {reason.strerror or reason}") from reason


def publish(made: Path, path: Path) -> None:
    """Give a whole, closed file on the same disk its name.

    Raises ValueError if there is one of that name: of two visitors who take it together, the first has it; or if a part
    of it is still in its log, as when a disk was full while it was closed.
    """
    if made.with_name(f"{made.name}-wal").exists():
        raise ValueError(f"no bank can be made in {path.parent}: its disk is full")
    try:
        os.link(made, path)  # unlike a rename it overwrites nothing
    except FileExistsError as reason:
        raise ValueError(TAKEN.format(path.stem)) from reason
