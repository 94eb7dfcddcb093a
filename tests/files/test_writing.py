"""Specifies nuonuo/files/writing.py: a file is written whole, or stays as it was."""

import os

import pytest

from nuonuo.files.questions import Question, read_questions, write_questions
from nuonuo.files.writing import write_text


def test_a_question_set_stays_as_it_was_if_writing_fails(tmp_path):
    file = tmp_path / "q.jsonl"
    write_questions(file, [Question("1", "first", (1,), ())])
    with pytest.raises(UnicodeEncodeError):
        write_questions(file, [Question("1", "second" * 10_000, (1,), ()), Question("2", "half \ud83d", (1,), ())])
    assert [q.query for q in read_questions(file)] == ["first"]
    assert list(tmp_path.iterdir()) == [file]


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "rows.json"
    write_text(file, "old")

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_text(file, "new")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_line_ends_and_rights_are_kept_and_a_link_stays_one(tmp_path):
    file, link = tmp_path / "a.txt", tmp_path / "link.txt"
    write_text(file, "a\r\nb\n")
    assert file.read_bytes() == b"a\r\nb\n"
    (tmp_path / "plain").write_text("")
    assert file.stat().st_mode == (tmp_path / "plain").stat().st_mode
    file.chmod(0o640)
    link.symlink_to(file)
    write_text(link, "new")
    assert link.is_symlink()
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new", 0o640)


def test_what_is_no_regular_file_is_written_to_directly(tmp_path):
    write_text("/dev/null", "gone")
    reading, writing = os.pipe()
    write_text(f"/dev/fd/{writing}", "through")
    assert os.read(reading, 100) == b"through"
    os.close(reading)
    os.close(writing)
