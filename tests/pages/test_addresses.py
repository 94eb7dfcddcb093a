"""Specifies that every value of an address is read within its range, or refused in a sentence."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nuonuo.studio.shell.fields import FIELDS
from nuonuo.studio.shell.state import written
from nuonuo.studio.shell.words import read
from tests.pages.conftest import words

IMAGE = "![x](http://127.0.0.1:9/a.png)"
ODD = [
    "9" * 400,
    "-" + "9" * 400,
    "9" * 5000,
    "1e400",
    "nan",
    "inf",
    "-inf",
    "",
    " ",
    "0x1",
    "1e999999",
    "None",
    "\x00",
    IMAGE,
]
TEXTS = {"q", "lines", "systems", "bank", "bank_b"}  # any text within its length


@pytest.mark.parametrize("name", FIELDS)
@settings(max_examples=60)
@given(
    text=st.one_of(st.sampled_from(ODD), st.text(max_size=30), st.from_regex(r"[-+]?[0-9.,;e]{1,12}", fullmatch=True))
)
def test_any_text_is_read_to_a_value_that_is_read_again_or_refused(name, text):
    reader = FIELDS[name].read
    try:
        value = reader(text)
    except ValueError:
        return
    assert not isinstance(value, float) or math.isfinite(value)
    if not isinstance(value, float):  # which an address has with six digits
        assert reader(written(value)) == value


@pytest.mark.parametrize("name", FIELDS)
def test_a_value_out_of_range_is_a_sentence_and_the_default(name):
    wrong = "x" * 2001 if name in TEXTS else "9" * 400
    with pytest.raises(ValueError):  # noqa: PT011
        FIELDS[name].read(wrong)
    assert FIELDS[name].rule


def test_points_are_never_infinite_or_no_number():
    for text in ("nan,1", "1,nan", "0,inf", "1,1;0,nan"):
        with pytest.raises(ValueError, match=text):
            FIELDS["toy"].read(text)


def test_four_hundred_nines_in_each_value_leave_a_page(run):
    app = run(**dict.fromkeys(set(FIELDS) - TEXTS, "9" * 400))
    page = words(app)
    for name in set(FIELDS) - TEXTS:
        said = f"The link's {name} must be {FIELDS[name].rule}, got '{'9' * 59}…': the default is used."
        assert said in page
    assert app.title


def test_markdown_in_an_address_is_shown_as_typed(run):
    for page, names in {None: set(FIELDS) - TEXTS | {"bank"}, "compare": {"bank_b"}, "lab": {"systems"}}.items():
        app = run(page and f"pages/{page}.py", **dict.fromkeys(names, IMAGE))
        assert len(app.warning) == len(names)
        for each in app.warning:
            assert repr(IMAGE) in read(each.value)
            assert "![" not in each.value
            assert "](" not in each.value


def test_an_id_that_the_bank_lacks_is_said(run):
    app = run(want="4000000", pick="4000001")
    assert "The link's want names no memory of this bank, got 4000000: the default is used." in words(app)
    assert "The link's pick names no memory of this bank, got 4000001: the default is used." in words(app)
    assert app.session_state.want != 4000000
    assert app.session_state.pick is None
