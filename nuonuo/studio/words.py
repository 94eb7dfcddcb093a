"""Words on pages: a person's text shown as typed, numbers as words."""

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")  # all of ASCII's
_JOINER = "\u2060"  # zero width; keeps :smile: and :red[…] from being read as an emoji or a colour


def typed(text: str) -> str:
    """Markdown that shows a person's text exactly as typed, on one line."""
    folded = " ".join(text.split())
    return _PUNCTUATION.sub(r"\\\1", folded).replace(r"\:", rf"\:{_JOINER}")


def quoted(text: str, most: int = 120) -> str:
    """The text in quotation marks, cut to `most` characters, as Markdown; a full stop at its end is left out."""
    folded = " ".join(text.split())
    if folded.endswith(".") and not folded.endswith(".."):
        folded = folded[:-1]
    return f"“{typed(folded if len(folded) <= most else folded[: most - 1].rstrip() + '…')}”"


def ordinal(n: int) -> str:
    """first … tenth, then 11th, 12th, 21st."""
    names = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
    if 1 <= n <= len(names):
        return names[n - 1]
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n:,}{ending}"
