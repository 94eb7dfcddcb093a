"""Files of text as UTF-8, line by line, unpacked where gzip packed them; and which encoding another one looks like."""

import codecs
import contextlib
import gzip
import zlib
from pathlib import Path

from nuonuo.files.limits import LINES, check_rows, check_unpacked
from nuonuo.memory.records import LONGEST

WIDEST = 50_000_000  # bytes of a line, which may hold a thousand embeddings of 3,072 numbers
BOM = "\ufeff"
GZIP = b"\x1f\x8b"
FOREIGN = 0.2  # share of bytes beyond ASCII from which a text is in no Western European language


def check_file(path: Path) -> None:
    """Raises ValueError unless there is a file."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder: name a file with one memory a line")
    if not path.is_file():
        raise ValueError(f"there is no file {path}")


def suffix_of(path: Path) -> str:
    """The suffix that says what a file holds, in lower case; that of what is packed for .gz."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix == ".gz" else suffix


def head(path: Path, size: int = 4096, packed: bool = False) -> bytes:
    """The first bytes of a file, unpacked unless they are wanted as packed. Raises ValueError if it cannot be read."""
    try:
        with path.open("rb") as file:
            first = file.read(size)
        if first.startswith(GZIP) and not packed:
            with gzip.open(path) as file:
                first = file.read(size)
    except (OSError, EOFError, zlib.error) as reason:
        raise ValueError(f"{path} cannot be read: {reason}") from reason
    return first


def text_bytes(path: Path) -> bytes:
    """What a file of text holds, as UTF-8 if its byte order mark says that it is UTF-16; gzip is unpacked."""
    try:
        _check_text(path, path.stat().st_size)
        data = path.read_bytes()
        if data.startswith(GZIP):
            with gzip.open(path) as packed:
                data = packed.read()
    except OSError as reason:
        raise ValueError(f"{path} cannot be read: {reason.strerror or reason}") from reason
    except (EOFError, zlib.error) as reason:
        raise ValueError(f"{path} cannot be unpacked: {reason}") from reason
    return as_utf8(data, str(path))


def _check_text(path: Path, size: int) -> None:
    """Raises ValueError if a file of so many bytes unpacks to too much, has too many lines or too wide a line.

    It is read, and unpacked, piece by piece for that, and nothing is kept.
    """
    unpacked = lines = width = 0
    with gzip.open(path) if head(path, 2, packed=True) == GZIP else path.open("rb") as file:
        while piece := file.read(1 << 20):
            unpacked += len(piece)
            check_unpacked(path, size, unpacked)
            ends = piece.count(b"\n")
            if width + len(piece.split(b"\n", 1)[0]) > WIDEST:
                raise ValueError(f"{path}, line {lines + 1}: must have at most {WIDEST:,} bytes")
            width = len(piece) - piece.rfind(b"\n") - 1 if ends else width + len(piece)
            lines += ends
            if lines > LINES:
                raise ValueError(f"{path} has more than {LINES:,} lines, and no more are read: split it")


def as_utf8(data: bytes, name: str) -> bytes:
    """Bytes of text as UTF-8 if they begin with a mark of UTF-16; others as they are.

    Raises ValueError naming the file if they are UTF-16 without a mark, or with one and broken.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16").encode("utf-8")
        except UnicodeError as reason:
            raise ValueError(f"{name} begins as UTF-16 and is not: save it as UTF-8") from reason
    start = data[:2000]
    if len(start) >= 40 and max(start[0::2].count(0), start[1::2].count(0)) > 0.3 * len(start) / 2:
        raise ValueError(
            f"{name} looks like UTF-16 text without a byte order mark: save it as UTF-8, or with the mark as “Unicode”"
        )
    return data


def decoded(path: Path | str, number: int, raw: bytes, longest: int = WIDEST) -> str:
    """Line `number` of a file. Raises ValueError, naming line and byte, if it is no UTF-8 or too long."""
    try:
        line = raw.decode("utf-8").removeprefix(BOM if number == 1 else "")
    except UnicodeDecodeError as reason:
        wrong = raw[reason.start : reason.start + 1]
        byte = f"byte {reason.start + 1} of the line is 0x{wrong.hex()}"
        if other := looks_like(raw):
            byte += f", as in {other}"
        elif (letter := wrong.decode("cp1252", "ignore")).isalpha():
            byte += f", which is “{letter}” in Windows-1252"
        raise ValueError(f"{path}, line {number}: must be UTF-8 text, but {byte}; save it as UTF-8") from reason
    if len(line) > longest:
        raise ValueError(f"{path}, line {number}: must have at most {longest:,} characters, got {len(line):,}")
    return line


def looks_like(raw: bytes) -> str | None:
    """The encoding of a text that is mostly beyond ASCII, such as Shift-JIS or Windows-1251; None if none is seen."""
    letters = [byte for byte in raw if byte > 0x40]
    beyond = [byte for byte in letters if byte >= 0x80]
    if len(beyond) < 4 or len(beyond) < FOREIGN * len(letters):
        return None
    scores = {}
    for codec, name, scripts in (
        ("cp932", "Shift-JIS", "\u3041-\u30fe"),
        ("euc_jp", "EUC-JP", "\u3041-\u30fe"),
        ("euc_kr", "EUC-KR", "\uac00-\ud7a3"),
        ("gb18030", "GB18030", "\u4e00-\u9fff"),
        ("big5", "Big5", "\u4e00-\u9fff"),
        ("cp1251", "Windows-1251", "\u0410-\u044f"),
    ):
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            continue
        low, high = scripts[0], scripts[-1]
        strange = [c for c in text if c > "\x7f"]
        scores[name] = sum(low <= c <= high for c in strange) / max(1, len(strange))
    best = max(scores, key=scores.__getitem__, default=None)
    return best if best and scores[best] > 0.5 else None


def read_lines(path: Path, longest: int = LONGEST) -> list[tuple[int, str]]:
    """The lines of a text file that are not blank, with their numbers from 1.

    Raises ValueError naming the line, if one is not UTF-8 or has more characters than `longest`.
    """
    check_file(path)
    lines, data = [], text_bytes(path)
    check_rows(path, data.count(b"\n"))
    for number, raw in enumerate(data.splitlines(), 1):  # of bytes: only \n, \r and \r\n end a line
        line = decoded(path, number, raw, longest).strip()
        if line:
            lines.append((number, line))
    return lines


def whole_text(path: Path) -> str:
    """All of a text file. Raises ValueError naming the line that is not UTF-8."""
    return joined(path, text_bytes(path))


def joined(path: Path | str, data: bytes) -> str:
    """UTF-8 bytes as text. Raises ValueError naming the line that is not UTF-8."""
    with contextlib.suppress(UnicodeDecodeError):
        return data.decode("utf-8").removeprefix(BOM)
    return "".join(decoded(path, number, line) for number, line in enumerate(data.splitlines(keepends=True), 1))
