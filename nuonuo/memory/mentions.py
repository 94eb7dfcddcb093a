"""Mentions: where the titles of memories stand in texts, as whole words.

All titles are looked for in one pass over a text (Aho and Corasick 1975, doi:10.1145/360825.360855). What is found of
one title does not depend on the others, so a text is read again only for titles that are new.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from unicodedata import category, normalize

import ahocorasick

# Thai to Tibetan, Burmese, Khmer, kana, Han: written without spaces between words
UNSPACED = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
UNSPACED += "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
WITHOUT_SPACES = re.compile(f"[{UNSPACED}]")
BRACKET = re.compile(" ?[(（][^()（）]*[)）]$")
WORDS, CHARACTERS = 2, 3  # of a title at least; characters where its script has no spaces
LONGEST = 300  # characters; what is longer is no name
FEW, SHORT = 8, 4_000  # forms, characters: up to which str.find is quicker than making an automaton of many


def plain(text: str) -> str:
    """A text as it is matched: NFC, with one space for every run of white space."""
    return " ".join(normalize("NFC", text).split())


def form(title: str | None) -> str | None:
    """What stands for a title in a text: the title without a bracket at its end, or None if that is no telling name.

    A telling name has two words or more, or three characters or more of a script without spaces.
    """
    whole = plain(title or "")
    name = BRACKET.sub("", whole) or whole
    words = sum(any(map(str.isalnum, word)) for word in name.split())
    telling = words >= WORDS or len(WITHOUT_SPACES.findall(name)) >= CHARACTERS
    return name if telling and len(name) <= LONGEST else None


def occurrences(texts: Sequence[str], forms: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Every place where a form stands in a text as whole words: (number of text, number of form, start, end).

    texts and forms: as `plain` gives them; forms differ. Forms may overlap, and stand inside one another.
    """
    automaton = ahocorasick.Automaton()
    for number in _near(texts, forms):
        automaton.add_word(forms[number], number)
    if not len(automaton):
        return
    automaton.make_automaton()
    few = forms if len(forms) <= FEW else None
    for place, text in enumerate(texts):
        if few and not any(one in text for one in few):
            continue
        for last, number in automaton.iter(text):
            start, end = last + 1 - len(forms[number]), last + 1
            if _whole(text, start, end):
                yield place, number, start, end


def _near(texts: Sequence[str], forms: Sequence[str]) -> Sequence[int]:
    """Numbers of the forms worth looking for: all, or those found in a few short texts."""
    if sum(map(len, texts)) > SHORT:
        return range(len(forms))
    joined = "\n".join(texts)
    return [number for number, one in enumerate(forms) if one in joined]


def _whole(text: str, start: int, end: int) -> bool:
    """Whether no word goes on beyond either end of text[start:end]."""
    before = start > 0 and _letter(text[start - 1]) and _letter(text[start])
    return not before and not (end < len(text) and _letter(text[end - 1]) and _letter(text[end]))


@lru_cache(4096)
def _letter(character: str) -> bool:
    """Whether a character is part of a word that spaces end: a letter, a digit or a mark on one."""
    part = character.isalnum() or category(character).startswith("M")
    return part and not WITHOUT_SPACES.match(character)
