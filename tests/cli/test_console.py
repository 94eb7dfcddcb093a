"""Specifies nuonuo/cli/console.py: tables and bars, piped and on a terminal."""

import json
import os
import pty
import re
import subprocess
import sys

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from nuonuo.cli.commands import app
from nuonuo.cli.console import echo, harmless, progress, table
from tests.browser.driver import ROOT

LONG = "a sentence of a memory that is longer than a terminal is wide, or nearly so, at 79"


def on_a_terminal(code, columns=60):
    """What a program writes to a terminal."""
    ours, theirs = pty.openpty()
    env = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": str(columns), "TERM": "xterm-256color"}
    child = subprocess.Popen([sys.executable, "-c", code], stdin=theirs, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    said = b""
    while True:
        try:
            some = os.read(ours, 4096)
        except OSError:  # Linux: the other end is closed
            break
        if not some:
            break
        said += some
    os.close(ours)
    assert child.wait() == 0, said
    return said.decode()


def test_a_table_aligns_numbers_right_and_texts_left():
    rows = [{"name": "a", "n": 1_000, "x": 0.5}, {"name": "long", "x": None, "more": "b\nc"}]
    assert table(rows) == "name      n      x  more\na     1,000  0.500\nlong                b c"
    assert table([{"t": "x" * 99}]).splitlines()[1] == "x" * 79 + "…"


def test_a_piped_table_is_neither_cut_nor_wrapped_nor_coloured(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    lines = table([{f"column {i}": LONG[:79] for i in range(5)}]).splitlines()
    assert len(lines) == 2
    assert lines[1].count(LONG[:79]) == 5
    assert "\x1b" not in "".join(lines)


def test_wide_characters_take_two_columns():
    lines = table([{"t": "東京", "n": 1}, {"t": "abcd", "n": 2}]).splitlines()
    assert len({cell_len(line) for line in lines}) == 1


def test_texts_are_no_markup_and_steer_no_terminal():
    evil = "[bold red]x[/] :smile: \x1b[2J\x1b]0;title\x07 \x9b31m \u202e"
    shown = table([{"t": evil, "[i]name": 1}])
    assert "[bold red]x[/] :smile: \\x1b[2J\\x1b]0;title\\x07 \\u009b31m \\u202e" in shown
    assert "[i]name" in shown
    assert harmless("one\ntwo\tthree\rfour é 東京 👩\u200d🚀") == "one\ntwo\tthree\\rfour é 東京 👩\u200d🚀"
    assert "[/]" in table([{"t": "[/]"}])  # closes nothing, and is no error


def test_a_terminals_table_is_as_wide_as_the_terminal():
    said = on_a_terminal(f"from nuonuo.cli.console import table; print(table([{{'t': {LONG!r}, 'n': 12345}}]))")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    assert all(len(line) <= 60 for line in plain.splitlines())
    assert "12,345" in plain
    assert len(plain.splitlines()) == 3
    assert "\x1b[1m" in said  # the header is bold


def test_a_bar_is_shown_on_a_terminal_only(capfd):
    code = (
        "import time; from nuonuo.cli.console import progress\n"
        "with progress('Encoding [x]') as tell:\n"
        "    for n in range(1, 6): tell(n, 5); time.sleep(0.15)\n"
    )
    said = on_a_terminal(code, 100)
    assert "Encoding [x]" in said
    assert "5/5" in said
    assert said.rstrip().endswith("\x1b[2K") or said.rstrip().endswith("\x1b[?25h")  # taken away
    with progress("Encoding") as tell:
        assert tell is None
    assert capfd.readouterr() == ("", "")


def test_a_bar_is_taken_away_when_its_block_fails():
    code = (
        "from nuonuo.cli.console import progress\n"
        "try:\n"
        "    with progress('x') as tell: tell(1, 5); raise ValueError\n"
        "except ValueError: print('after', flush=True)\n"
    )
    assert re.search(r"\x1b\[\?25h.*after", on_a_terminal(code), re.DOTALL)  # the cursor is back
    with pytest.raises(ValueError, match="boom"), progress("x"):
        raise ValueError("boom")


STEERS = "\x1b[2J\x1b]0;title\x07\x9b31m\x7f\u202e\r"


def test_all_that_is_printed_is_harmless_and_json_stays_json(capsys):
    given = {"text": STEERS + "é\u200d👩", STEERS: 1}
    echo(json.dumps(given, ensure_ascii=False, indent=1))
    said = capsys.readouterr().out
    assert all(c.isprintable() or c in "\n\u200d" for c in said)
    assert json.loads(said) == given
    echo(f"Error: {STEERS}", err=True)
    assert all(c.isprintable() or c == "\n" for c in capsys.readouterr().err)


def test_hostile_memories_steer_no_terminal(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    cue = f"Which tap closes the water? {STEERS}"
    (tmp_path / "it.jsonl").write_text(json.dumps({"cue": cue, "target": f"The red one. {STEERS}"}) + "\n", "utf-8")
    (tmp_path / "questions.jsonl").write_text(json.dumps({"query": cue, "target": STEERS}) + "\n", "utf-8")
    for words in (
        "import a.nuonuo it.jsonl",
        "import b.nuonuo it.jsonl --json",
        "list a.nuonuo",
        "recall a.nuonuo tap",
        "recall a.nuonuo tap --json",
        "report a.nuonuo",
        "report a.nuonuo --json",
        "triage a.nuonuo questions.jsonl",
        f"recall {STEERS.replace('/', '')} tap",
    ):
        result = CliRunner().invoke(app, words.split(" "))
        assert result.output
        assert all(c.isprintable() or c in "\n\t" for c in result.output), (words, result.output)


def test_what_needs_more_memory_than_there_is_ends_in_a_sentence(capsys):
    import numpy as np
    import typer

    from nuonuo.cli.commands import plainly

    with pytest.raises(typer.Exit) as end:
        plainly(lambda: np.empty(2**50, np.int64))()
    assert end.value.exit_code == 2
    assert capsys.readouterr().err == "Error: it needs more memory than there is\n"
