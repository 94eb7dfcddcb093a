"""Words on pages: a person's text shown as typed, numbers as words."""

import re

from nuonuo.figures.labels import counted, one_line

__all__ = ["briefly", "counted", "one_line", "ordinal", "quoted", "read", "shorter", "typed"]

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")  # all of ASCII's
_QUOTED = re.compile(r"“([^“”]*)”")
_JOINER = "\u2060"  # zero width
# Streamlit looks for these in what Markdown has unescaped: :smile:, :red[…], http:, a@b.c, www., and -> >= -- of signs
_FOUND_LATER = re.compile(r"(?<=[:@])|(?<=[-<>~])(?=[-=>])|(?<=www)(?=\.)", re.IGNORECASE)


def typed(text: str) -> str:
    """Markdown that shows a person's text exactly as typed, on one line; no link, image, sign or colour comes of it."""
    return _PUNCTUATION.sub(r"\\\1", _FOUND_LATER.sub(_JOINER, one_line(text)))


def read(markdown: str) -> str:
    """The text that `typed` made Markdown of, on one line."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown).replace(_JOINER, "")


def briefly(sentence: str, most: int = 80) -> str:
    """A sentence with memories in quotation marks as Markdown; each is cut to `most` characters."""
    return typed(_QUOTED.sub(lambda found: f"“{shorter(found[1], most)}”", one_line(sentence)))


def quoted(text: str, most: int = 120) -> str:
    """The text in quotation marks, cut to `most` characters, as Markdown; a full stop at its end is left out."""
    folded = one_line(text)
    if folded.endswith(".") and not folded.endswith(".."):
        folded = folded[:-1]
    return f"“{typed(shorter(folded, most))}”"


def shorter(text: str, most: int = 60) -> str:
    """The text, cut to `most` characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def ordinal(n: int) -> str:
    """first … tenth, then 11th, 12th, 21st."""
    names = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
    if 1 <= n <= len(names):
        return names[n - 1]
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n:,}{ending}"
