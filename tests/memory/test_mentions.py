"""Specifies nuonuo/memory/mentions.py."""

import re
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis.strategies import lists, sampled_from, text

from nuonuo.memory.mentions import FEW, LONGEST, SHORT, form, occurrences, plain


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Lothair II", "Lothair II"),
        ("The Ape (2005 film)", "The Ape"),
        ("Miss Jones（歌手）", "Miss Jones"),
        ("  New \n York ", "New York"),
        ("Rene\u0301 Magritte", "Ren\u00e9 Magritte"),
        ("(untitled demo)", "(untitled demo)"),
        ("What is? (book) sequel", "What is? (book) sequel"),
        ("Lothair", None),
        ("Hope (film)", None),
        ("Hope -", None),
        ("", None),
        (" ", None),
        (None, None),
        ("東京塔", "東京塔"),
        ("東京", None),
        ("Python入門", None),
        ("서울 타워", "서울 타워"),
        ("서울타워", None),
        ("a " * LONGEST, None),
    ],
)
def test_a_title_is_looked_for_when_it_is_a_telling_name(title, expected):
    assert form(title) == expected


def found(texts, forms):
    return sorted(occurrences([plain(text) for text in texts], [plain(one) for one in forms]))


@pytest.mark.parametrize(
    ("text", "title", "times"),
    [
        ("He met Lothair II.", "Lothair II", 1),
        ("Lothair II, son of Lothair II", "Lothair II", 2),
        ("Lothair III", "Lothair II", 0),
        ("MacLothair II", "Lothair II", 0),
        ("lothair ii", "Lothair II", 0),
        ("Lothair II's wife, _Lothair II_", "Lothair II", 2),
        ("Lothair\n  II", "Lothair II", 1),
        ("Rene\u0301 Magritte", "Ren\u00e9 Magritte", 1),
        ("Ren\u00e9 Magritte", "Rene\u0301 Magritte", 1),
        ("Jose Rene\u0301", "Jose Rene", 0),
        ("Jose Renx\u0332", "Jose Renx", 0),
        ("what? (and why) a+b.c", "(and why) a+b.", 1),
        ("Albert Einsteinは物理学者", "Albert Einstein", 1),
        ("昨日東京塔へ行った", "東京塔", 1),
        ("राम की कहानी", "राम की", 1),
        ("राम कीत", "राम की", 0),
        ("of the of the of", "of the of", 2),
    ],
)
def test_a_title_stands_in_a_text_as_whole_words(text, title, times):
    assert len(found([text], [title])) == times


def naive(texts, forms):
    """Every place by one regular expression a form."""
    places = []
    for t, string in enumerate(texts):
        for f, one in enumerate(forms):
            left = r"(?<![^\W_])" if one[0].isalnum() else ""
            right = r"(?![^\W_])" if one[-1].isalnum() else ""
            for match in re.finditer(f"(?={left}({re.escape(one)}){right})", string):
                places.append((t, f, match.start(1), match.end(1)))
    return sorted(places)


WORDS = lists(sampled_from(["a", "b", "ab", "A", "é", ".", "(", "*", "_", " ", " ", " "]), min_size=1, max_size=12)
STRINGS = WORDS.map("".join).map(plain).filter(bool)


@given(lists(STRINGS, max_size=12), lists(STRINGS, unique=True, max_size=12))
def test_what_is_found_is_what_a_regular_expression_finds(texts, forms):
    assert found(texts, forms) == naive(texts, forms)


@given(lists(STRINGS, max_size=FEW + 2), lists(STRINGS, unique=True, max_size=FEW + 2))
def test_short_and_long_texts_are_read_alike(texts, forms):
    filler = "\n" + "-" * SHORT
    assert found(texts, forms) == found([*texts, filler], forms)


@given(lists(STRINGS, max_size=5), lists(STRINGS, unique=True, max_size=5))
def test_one_form_is_found_whatever_else_is_looked_for(texts, forms):
    for number, one in enumerate(forms):
        alone = [(t, number, start, end) for t, _, start, end in found(texts, [one])]
        assert alone == [place for place in found(texts, forms) if place[1] == number]


@given(text())
def test_plain_text_stays_as_it_is(string):
    assert plain(plain(string)) == plain(string)
    assert plain(normalize("NFD", string)) == plain(string)


def test_a_title_of_one_text_is_not_found_across_two():
    assert found(["New", "York"], ["New York"]) == []
