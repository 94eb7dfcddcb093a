"""Names and values of a file's fields as sentences and lookups need them."""

import json
import re
from collections.abc import Iterable


def short(value: object) -> str:
    """A value as JSON, cut to what fits in a sentence."""
    try:
        text = "nothing" if value is None else json.dumps(value, default=str)
    except (ValueError, RecursionError):
        text = "a value that is nested too deeply"
    return text if len(text) <= 60 else text[:57] + "…"


def fold(names: Iterable[str]) -> list[str]:
    """Names without outer blanks and in lower case. Raises ValueError for one that then comes twice; blank ones may."""
    return [name.casefold() for name in once(names)]


def once(names: Iterable[str]) -> list[str]:
    """Names without outer blanks. Raises ValueError for one that comes twice in either case; blank ones may."""
    folded: dict[str, str] = {}
    result = []
    for name in names:
        key = name.strip().casefold()
        if key and key in folded:
            raise ValueError(
                f"column {key} is given twice, as {short(folded[key])} and as {short(name)}: leave one of them"
            )
        folded[key] = name
        result.append(name.strip())
    return result


def once_in(where: str, names: Iterable[str]) -> list[str]:
    """As `once`, its error beginning with where the names stand."""
    try:
        return once(names)
    except ValueError as reason:
        raise ValueError(f"{where}: {reason}") from reason


def plain(name: str) -> str:
    """A column's name as names are compared: docId, "doc id" and DOC-ID are all doc_id."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[\s\-.:/]+", "_", parted).casefold().strip("?:")


def words(text: str) -> tuple[str, ...]:
    """Names that are written with blanks between them."""
    return tuple(text.split())


def listing(names: Iterable[str], most: int = 12) -> str:
    """Names with commas between them, cut to a few."""
    given = list(names)
    return ", ".join(given[:most]) + (", …" if len(given) > most else "")


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: 1 row, 2,000 rows."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
