"""Writing a file whole: what was there is replaced once the new text is on the disk, and stays if that fails."""

import os
import secrets
from pathlib import Path


def write_text(path: str | Path, text: str) -> None:
    """Make UTF-8 text, its line ends as they are, the content of a file. A pipe or device is written to directly.

    Raises OSError or UnicodeEncodeError, and leaves the file as it was, if it cannot be written.
    """
    data = text.encode("utf-8")
    if Path(path).exists() and not Path(path).is_file():
        with Path(path).open("wb") as out:
            out.write(data)
        return
    whole = Path(path).resolve()  # the file itself where the path is a link to it
    part = whole.with_name(f".{whole.name[:40]}.{secrets.token_hex(4)}.part")  # at most 180 bytes
    try:
        with part.open("xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        if whole.exists():
            part.chmod(whole.stat().st_mode & 0o777)
        part.replace(whole)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
