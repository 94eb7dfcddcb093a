"""Specifies setup.py and nuonuo/files/explorer.py: the program works where it is installed."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig

import pytest

from nuonuo.files.explorer import explorer_file
from tests.browser.driver import ROOT, free_port, settled, tab_alone, wait_for

MINE = ["setup.py", "pyproject.toml", "README.md", "LICENSE", "app.py", "server.py"]
MINE += ["nuonuo", "pages", "assets", ".streamlit"]


@pytest.fixture(scope="module", params=["wheel", pytest.param("editable", marks=pytest.mark.slow)])
def installed(request, tmp_path_factory):
    """The program in a fresh environment, from a copy of its source: its `nuonuo` command, in a folder of its own."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "source").mkdir()
    for name in MINE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / "source" / name)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True
    ).stdout.strip()
    (folder / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    shutil.move(folder / "dependencies.pth", site)  # its .pth files are not followed: no other nuonuo is found
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    editable = ["--editable"] if request.param == "editable" else []
    done = subprocess.run([*pip, *offline, *editable, folder / "source"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    if request.param == "wheel":
        shutil.rmtree(folder / "source")
    (folder / "elsewhere").mkdir()
    return folder / "venv" / "bin" / "nuonuo", folder / "elsewhere"


@pytest.fixture
def environment(tmp_path):
    """Of somebody else: nothing of ours on the path."""
    env = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return env | {"NUONUO_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}


def test_installed_commands_work_in_any_folder(installed, environment):
    command, folder = installed

    def run(*words):
        done = subprocess.run([command, *words], cwd=folder, env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    assert run("add", "notes.nuonuo", "The database is slow", "An index is missing") == "1\n"
    assert run("recall", "notes.nuonuo", "queries take ages").startswith("An index is missing\n")
    (folder / "texts.txt").write_text("one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n")
    assert len(json.loads(run("lab", "chains", "texts.txt", "--links", "6", "--json", "-"))) == 42


def test_the_installed_explorer_opens_in_a_browser(installed, environment, tmp_path):
    command, folder = installed
    port = free_port()
    words = [command, "app", "--port", str(port), "--server.headless", "true", "--server.fileWatcherType", "none"]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(words, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            wait_for(f"http://localhost:{port}/_stcore/health", server)
            with tab_alone(tmp_path / "profile") as tab:
                for page in ("", "lab", "memories"):
                    tab.goto(f"http://localhost:{port}/{page}")
                    settled(tab)
                    assert tab.get_by_role("link", name="Start").count() > 0
                    assert tab.locator("[data-testid='stException']").count() == 0
                background = tab.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
                assert background == "rgb(251, 250, 247)"  # of .streamlit/config.toml
                assert tab.errors == []
        finally:
            server.terminate()
            server.wait(20)


def test_what_is_shipped_is_found():
    assert explorer_file("app.py") == ROOT / "app.py"
    for name in ("pages", "assets", ".streamlit"):
        assert explorer_file(name).is_dir()


def test_make_run_opens_what_nuonuo_app_opens():
    out = subprocess.run(
        ["make", "-n", "run", "PORT=9000", "HOST=0.0.0.0"], cwd=ROOT, capture_output=True, text=True
    ).stdout
    assert ".venv/bin/python -m nuonuo app --host 0.0.0.0 --port 9000" in out.splitlines()
