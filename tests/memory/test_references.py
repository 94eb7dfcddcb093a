"""Specifies nuonuo/memory/references.py."""

import pytest
from hypothesis import given
from hypothesis.strategies import text

from nuonuo.memory.mentions import plain
from nuonuo.memory.records import About
from nuonuo.memory.references import names, references


def means(string, about):
    """Whether one of the longest readings of a text is a name of the memory."""
    return bool({key for key, _, _ in references(plain(string))} & set(names(about)))


@pytest.mark.parametrize(
    ("string", "title"),
    [
        ("see [[Hope]].", "Hope"),
        ("see [[hope|the other one]]", "Hope"),
        (r"a table's [[hope\|the other one]]", "Hope"),
        ("see [[Hope#In winter]] and [[Faith]]", "Hope"),
        ("see [[Hope^block]]", "Hope"),
        ("see [[ Hope  and\nFaith ]]", "Hope and Faith"),
        ("see [[C#]]", "C#"),
        ("see [[STRASSE]]", "Straße"),
        ("see [[Rene\u0301]]", "Ren\u00e9"),
        ("see [[Hope (film)]]", "Hope (film)"),
    ],
)
def test_double_brackets_mean_a_title(string, title):
    assert means(string, About(title=title))


@pytest.mark.parametrize(
    "string", ["Hope", "[Hope]", "[[Hopes]]", "[[]]", "[[#Hope]]", "[[ |Hope]]", "[[Hope (film)]]"]
)
def test_a_title_is_meant_by_double_brackets_alone(string):
    assert not means(string, About(title="Hope"))


@pytest.mark.parametrize(
    ("string", "source"),
    [
        ("[x](path/file.md)", "path/file.md"),
        ("[x](path/file.md#part)", "docs/path/file.md"),
        ("[x](./path/file.md)", "docs/path/file.md"),
        ("[x](../path/file.md)", "docs/path/file.md"),
        ("[x](/path/file.md)", "docs/path/file.md"),
        ("[x](a/../path/file.md)", "docs/path/file.md"),
        ("[x](file.md 'A title')", r"C:\docs\file.md"),
        ("[x](my%20notes/a%C3%A9.md)", "docs/my notes/ae\u0301.md"),
        ("[x](<my notes/a.md>)", "my notes/a.md"),
        ("[x](Hope_(film).md)", "Hope_(film).md"),
        ("![x](images/a.png)", "images/a.png"),
        ("[x](C#.md)", "C#.md"),
        ("[x](https://nuonuo.org/a)", "https://nuonuo.org/a"),
        ("[x](https://nuonuo.org/a)[y](https://nuonuo.org/b)", "https://nuonuo.org/b"),
        ("[x](https://nuonuo.org/a%20b)", "https://nuonuo.org/a%20b"),
        ("https://nuonuo.org/a", "https://nuonuo.org/a"),
        ("(see https://nuonuo.org/a/).", "https://nuonuo.org/a"),
        ("https://nuonuo.org/a#part", "https://nuonuo.org/a/"),
        ("https://nuonuo.org/a#part", "https://nuonuo.org/a#part"),
        ("(see https://nuonuo.org/Hope_(film)).", "https://nuonuo.org/Hope_(film)"),
        ("<https://nuonuo.org/a?b=1&c=2>", "https://nuonuo.org/a?b=1&c=2"),
        ("see ABC-123.", "ABC-123"),
        ("(ABC-123, ABC-124)", "ABC-124"),
        ("ABC-123's", "ABC-123"),
        ("*ABC-123*: done", "ABC-123"),
        ("見ABC-123。", "ABC-123"),
        ("nuonuo/engine#12 fails", "nuonuo/engine#12"),
        ("as D1:3 says", "D1:3"),
        ("by 2023-05-01", "2023-05-01"),
        ("_a1_", "a1"),
        ("see notes/a1.md", "notes/a1.md"),
    ],
)
def test_a_source_is_meant_by_a_path_an_address_or_an_id(string, source):
    assert means(string, About(source=source))


@pytest.mark.parametrize(
    ("string", "source"),
    [
        ("[x](path/file.md)", "docs/mypath/file.md"),
        ("[x](path/file.md)", "path/file.md.bak"),
        ("[x](#part)", "part"),
        ("[x]()", "x"),
        ("[x](..)", "x"),
        ("path/file.md", "path/file.md"),
        ("https://nuonuo.org/ab", "https://nuonuo.org/a"),
        ("https://nuonuo.org/a/b", "https://nuonuo.org/a"),
        ("ABC-1234", "ABC-123"),
        ("XABC-123", "ABC-123"),
        ("ABC-123-b", "ABC-123"),
        ("x/ABC-123", "ABC-123"),
        ("abc-123", "ABC-123"),
        ("123", "123"),
        ("ABC", "ABC"),
        ("a b1", "a b1"),
    ],
)
def test_no_other_text_means_a_source(string, source):
    assert not means(string, About(source=source))


def test_a_memory_without_title_and_source_has_no_name():
    assert names(About()) == names(About(title=" ", source="")) == []


@given(text(alphabet="[]()<>|#^/.:-_ab1 \\%?*é東", max_size=60))
def test_any_text_can_be_read_and_every_key_has_its_place(string):
    for key, start, end in references(plain(string)):
        assert key[0] in "[/="
        assert 0 <= start < end <= len(plain(string))


@pytest.mark.parametrize(
    "piece", ["[[", "[[a", "](", "](a(", "](<", "https://", "https://a)", "a1", "a", "1-", "[a](b)", "."]
)
def test_a_long_text_of_one_piece_is_read_in_proportion_to_it(piece):
    """A reading that tried every start anew would take hours."""
    assert len(references(piece * 20_000)) < 100_000
