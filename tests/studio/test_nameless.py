"""Specifies own.nameless: what pages say names banks, and none of this server's folders."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import from_regex, sampled_from

from nuonuo.studio.shell import own
from nuonuo.studio.shell.scratch import Scratch

STUDIO = Path(__file__).parents[2] / "nuonuo" / "studio"
HOME = Path("/srv/some (where)/nuonuo+data")


@given(name=from_regex(own.NAME, fullmatch=True).filter(own.is_name), folder=sampled_from(["banks", "deleted"]))
def test_a_bank_is_named_and_its_folders_are_not(name, folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NUONUO_HOME", str(HOME))
        file = HOME / folder / f"{name}.nuonuo"
        for said in (
            "bank {} is in use by another program and cannot be opened",
            "there is no bank at {}: it is a folder",
            "[Errno 13] Permission denied: '{}'",
        ):
            assert own.nameless(said.format(file)) == said.format(name)


def test_a_changed_sample_is_named_without_its_visitors_secret(monkeypatch):
    monkeypatch.setenv("NUONUO_HOME", str(HOME))
    file = Scratch("facts", "A-b_" * 5 + "22").file(HOME / "scratch")
    assert own.nameless(f"bank {file} is damaged: x") == "bank facts, changed is damaged: x"


def test_other_folders_of_the_server_are_not_named(monkeypatch):
    monkeypatch.setenv("NUONUO_HOME", str(HOME))
    assert (
        own.nameless(f"no bank can be made in {HOME / 'banks'}: x") == "no bank can be made in the server's folder: x"
    )
    assert own.nameless(f"{HOME}/other/file: x") == "the server's folder/other/file: x"
    assert own.nameless("bank /elsewhere/a.nuonuo: x") == "bank /elsewhere/a.nuonuo: x"


def test_no_page_shows_why_something_failed_but_through_it():
    """`typed(str(reason))` of any exception: faults.said does it."""
    for file in sorted({*STUDIO.rglob("*.py")} - {STUDIO / "shell" / "faults.py"}):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"typed", "words.typed"}:
                named = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
                assert "reason" not in named, f"{file.name}: {ast.unparse(node)}"


def test_the_command_line_keeps_paths(tmp_path):
    from typer.testing import CliRunner

    from nuonuo.cli.commands import app

    (tmp_path / "a.nuonuo").write_bytes(b"no bank" * 2_000)
    out = CliRunner().invoke(app, ["list", str(tmp_path / "a.nuonuo")])
    assert out.exit_code == 2
    assert f"bank {tmp_path / 'a.nuonuo'} must be a NuoNuo bank" in out.stderr
