"""Saying: what can be read off a text without a model: dates, words for a time, identifiers, negations, its script."""

import datetime
import re
import unicodedata
from collections import Counter

from nuonuo.files.question import folded as as_held
from nuonuo.maths.words import tokens

MONTHS = (  # English, as the dates of the sets that we measure on are
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = "|".join(f"{m}|{m[:3]}\\.?" for m in MONTHS if m != "may") + "|may"
_ISO = re.compile(r"\b((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})\b")
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH}),? ((?:19|20)\d\d)\b", re.I)
_MONTH_DAY = re.compile(rf"\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?,? ((?:19|20)\d\d)\b", re.I)
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
_UNITS = rf"(?:day|week|weekend|month|year|spring|summer|autumn|fall|winter|{_DAYS.replace(' ', '|')})"
_TIMES = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? )?(?:{_MONTH})\b"
    r"(?: \d{1,2}(?:st|nd|rd|th)?\b)?(?:,? (?:19|20)\d\d\b)?"
    rf"|\b(?:19|20)\d\d\b|\b(?:last|next|this|previous|the) {_UNITS}\b|\b{_UNITS} (?:before|after|of)\b"
    r"|\b(?:yesterday|today|tomorrow|recently|currently|now|latest|newest|first time)\b"
    r"|^when\b|\bwhat (?:date|day|month|year)\b",
    re.I,
)
_IDENTIFIER = re.compile(
    r"[A-Za-z]*\d[\w.\-/:#]*\w|\b\d+\b|\b[A-Z][A-Z0-9_\-]{1,}\b|\b\w+_\w+\b|\b[a-z]+[A-Z]\w*\b|\b[\w.]+\(\)"
)
_PLAIN = re.compile(r"\d{1,2}(?:st|nd|rd|th|s)?|(?:19|20)\d\ds?|[A-Z]")  # small numbers, years, single letters
NEGATIONS = frozenset(
    ["not", "no", "never", "none", "nobody", "nothing", "neither", "nor", "without", "cannot", "cant", "wont", "dont"]
)
_SHORTENED = re.compile(r"n[’']t\b", re.I)
_COMMON = """
what which who whom whose when where why how do does did has have had he she his her him we you your our us my me them
were been being can could would should may might from about so than too very just also am its some any all more most
other after before over up out get got
"""
COMMON = frozenset(_COMMON.split())
_PAIRS = """
on off, open closed, open close, opened closed, enable disable, enabled disabled, allow deny, allowed forbidden,
allowed denied, increase decrease, increased decreased, rise fall, hot cold, warm cold, high low, up down, before after,
start stop, started stopped, add remove, added removed, buy sell, win lose, won lost, accept reject, accepted rejected,
include exclude, included excluded, with without, inside outside, early late, first last, left right, safe unsafe,
safe dangerous, true false, yes no, like dislike, likes dislikes, love hate, loves hates, always never, more less,
most least, above below, over under, enter leave, arrive depart, import export, push pull, lock unlock, locked unlocked,
install uninstall, connect disconnect, encrypt decrypt, upgrade downgrade, valid invalid, legal illegal,
possible impossible, public private, internal external, minimum maximum, positive negative, empty full, wet dry
"""
OPPOSITES = tuple(frozenset(pair.split()) for pair in _PAIRS.split(","))


def folded(text: str) -> str:
    """A text as questions fold it (Unicode, blanks), and in lower case: two that differ in nothing else are copies."""
    return as_held(text).casefold()


def dates(text: str) -> list[datetime.date]:
    """The calendar dates that a text names in full, in the order in which it does."""
    found: list[tuple[int, datetime.date]] = []
    for pattern, order in ((_ISO, (1, 2, 3)), (_DAY_MONTH, (3, 2, 1)), (_MONTH_DAY, (3, 1, 2))):
        for match in pattern.finditer(text):
            year, month, day = (match[i] for i in order)
            number = int(month) if month.isdecimal() else _number(month)
            try:
                found.append((match.start(), datetime.date(int(year), number, int(day))))
            except ValueError:  # the 31st of June is no date
                continue
    return [date for _, date in sorted(found)]


def _number(month: str) -> int:
    return next(i for i, name in enumerate(MONTHS, 1) if name.startswith(month.rstrip(".").casefold()))


def times(text: str) -> list[str]:
    """The words of a text that name or ask for a time, such as “October 2023”, “last week” or “When”."""
    return [match[0].strip() for match in _TIMES.finditer(text)]


def identifiers(text: str) -> list[str]:
    """Tokens with digits, in capitals, or spelt as in code: versions, error codes, numbers, abbreviations, names."""
    found = (match.strip(".-/:#") for match in _IDENTIFIER.findall(text))
    return list(dict.fromkeys(token for token in found if not _PLAIN.fullmatch(token)))


def opposed(query: str, mine: str, theirs: str) -> tuple[str, str] | None:
    """What query and memory have and another lacks or says the opposite of, and what the other has; None if nothing.

    A negation, or a word of OPPOSITES.
    """
    asked, own, other = (_words(text) for text in (query, mine, theirs))
    for pair in OPPOSITES:
        here = asked & own & pair
        if len(here) == 1 and (pair - here) <= other and not here & other:
            return next(iter(here)), next(iter(pair - here))
    denied = [bool(some & NEGATIONS) for some in (asked, own, other)]
    if denied[0] == denied[1] != denied[2]:
        return tuple(" ".join(sorted(some & NEGATIONS)) for some in (own, other))  # type: ignore[return-value]
    return None


def _words(text: str) -> set[str]:
    words = set(re.findall(r"\w+", text.casefold().replace("’", "'").replace("'", "")))
    return words | ({"not"} if _SHORTENED.search(text) else set())


def overlap(one: str, two: str) -> float:
    """The share of the words of two texts that both have (Jaccard)."""
    a, b = set(tokens(one)), set(tokens(two))
    return len(a & b) / len(a | b) if a | b else 0.0


def telling(text: str) -> list[str]:
    """The words of a text, without question words, pronouns and auxiliaries."""
    return [word for word in dict.fromkeys(tokens(text)) if word not in COMMON]


def script(text: str) -> str:
    """The script of most of a text's letters, as Unicode names it: Latin, Cjk, Cyrillic, …; Latin if it has none."""
    letters = (c for c in text if c.isalpha())
    names = Counter(unicodedata.name(c, "LATIN").split()[0].removesuffix("-COMPATIBILITY") for c in letters)
    return names.most_common(1)[0][0].capitalize() if names else "Latin"
