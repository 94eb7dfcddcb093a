"""The README says what is true: its example runs, and its table is that of the results that come with the project."""

import re
from pathlib import Path

import pytest

from nuonuo.lab.full import COLUMNS, overview
from nuonuo.lab.results import shipped
from nuonuo.systems.lineup import NEAREST

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def readme():
    return (ROOT / "README.md").read_text("utf-8")


def test_the_example_in_python_runs_as_it_is_written(readme, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code = re.search(r"```python\n(.*?)```", readme, re.S).group(1)
    names: dict = {}
    exec(code, names)
    names["memory"].close()
    assert capsys.readouterr().out.splitlines()[0] == "Missing index on the users table"


def test_the_table_of_systems_is_that_of_the_shipped_results(readme):
    assert overview() in readme


def test_in_no_column_is_nearest_neighbour_beaten_beyond_the_intervals():
    for _, name, wanted in COLUMNS:
        rows = {row["system"]: row for row in shipped(name).rows if wanted.items() <= row.items()}
        assert all(row["low"] <= rows[NEAREST]["high"] for row in rows.values())


def test_every_command_of_the_makefile_that_is_named_exists(readme):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in set(re.findall(r"`?make ([a-z-]+)", readme)):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_the_citation_names_the_released_version_and_licence():
    import tomllib

    import yaml

    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert cited["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(cited)
    assert cited["version"] == project["version"]
    assert cited["license"] in str(project["license"])
