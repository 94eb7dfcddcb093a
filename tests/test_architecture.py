"""Specifies which room may know which, and how large a room may be."""

import ast
import importlib
import subprocess
import sys
from dataclasses import is_dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "nuonuo"
MODULES = sorted(PACKAGE.rglob("*.py"))
ENGINE = [f for f in PACKAGE.glob("*.py") if f.name != "__main__.py"]
DEVICE_BOUND = ["index", "recall", "hopfield", "association", "hebbian"]
name = lambda file: str(file.relative_to(ROOT))  # noqa: E731


def tree(file):
    return ast.parse(file.read_text("utf-8"))


def imports(file):
    """Every dotted name a module imports, anywhere in it: `from a.b import c` is a.b.c."""
    found = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(file)} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def knows(file, *packages):
    """What a module imports of the packages."""
    return {i for i in imports(file) if any(f"{i}.".startswith(f"{p}.") for p in packages)}


@pytest.mark.parametrize("file", [f for f in MODULES if f.parent.name != "studio"], ids=name)
def test_only_the_studio_knows_streamlit(file):
    assert not knows(file, "streamlit")


@pytest.mark.parametrize("file", ENGINE, ids=name)
def test_the_engine_knows_nothing_built_on_it(file):
    assert not knows(file, "nuonuo.figures", "nuonuo.studio", "nuonuo.lab", "nuonuo.debug", "nuonuo.__main__", "plotly")


@pytest.mark.parametrize("file", sorted((PACKAGE / "figures").glob("*.py")), ids=name)
def test_figures_know_the_engine_by_its_results_only(file):
    for dotted in knows(file, "nuonuo") - knows(file, "nuonuo.figures"):
        module, _, result = dotted.rpartition(".")
        kind = getattr(importlib.import_module(module), result)
        assert isinstance(kind, type), f"{name(file)} calls or configures the engine: {dotted}"
        assert is_dataclass(kind), f"{name(file)} knows {dotted}, which is no result"
        assert kind.__dataclass_params__.frozen
    assert not knows(file, "nuonuo.studio", "nuonuo.lab", "sqlite3", "random", "pathlib")


@pytest.mark.parametrize("file", [f for part in ("lab", "debug") for f in (PACKAGE / part).rglob("*.py")], ids=name)
def test_lab_and_debugger_know_no_screen(file):
    assert not knows(file, "nuonuo.studio", "streamlit")


@pytest.mark.parametrize("file", [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))], ids=name)
def test_pages_hold_no_mathematics(file):
    assert not knows(file, "torch", "numpy", "scipy", "math")


@pytest.mark.parametrize("module", DEVICE_BOUND)
def test_recall_never_leaves_its_device(module):
    nodes = ast.walk(tree(PACKAGE / f"{module}.py"))
    assert not {"cpu", "numpy"} & {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert "numpy" not in imports(PACKAGE / f"{module}.py")


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_a_module_and_its_functions_fit_on_a_few_screens(file):
    assert len(file.read_text("utf-8").splitlines()) <= 260
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 60, f"{name(file)}: {node.name}"


def public(node):
    """Public functions, classes and methods under a module or class."""
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_everything_public_says_what_it_does(file):
    assert ast.get_docstring(tree(file)), f"{name(file)} does not say what it is"
    assert [n.name for n in public(tree(file)) if not ast.get_docstring(n)] == []


@pytest.mark.parametrize("file", ENGINE, ids=name)
def test_the_engine_seeds_and_prints_nothing_globally(file):
    calls = {ast.unparse(n.func) for n in ast.walk(tree(file)) if isinstance(n, ast.Call)}
    assert not calls & {"print", "torch.manual_seed", "np.random.seed", "random.seed", "torch.set_num_threads"}


def test_importing_nuonuo_loads_no_screen_and_no_model():
    script = "import sys, nuonuo; print(*{'streamlit', 'sentence_transformers', 'plotly', 'umap'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.split() == []
