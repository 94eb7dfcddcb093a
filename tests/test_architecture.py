"""Specifies which room may know which, and how large a room may be."""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from dataclasses import is_dataclass
from enum import Enum
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import torch
from jaxtyping import TypeCheckError

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "nuonuo"
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = ["maths", "memory", "files", "stores", "engines", "integrations", "explain", "systems", "debug", "lab"]
ROOMS += ["latex", "figures", "studio", "cli"]  # from below upwards
ENGINE = [f for f in MODULES if f.relative_to(PACKAGE).parts[0] in ROOMS[:8]]
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
DEVICE_BOUND = ["maths/search", "maths/hopfield", "maths/association", "maths/hebbian", "memory/recall"]
LINES, FUNCTION, PAGE = 250, 40, 60  # STYLE.md
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


def test_every_library_that_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    named = [
        *project["dependencies"],
        *(line for name in extras if name not in {"dev", "audit"} for line in extras[name]),
    ]
    declared = {re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in named}
    found = {i.split(".")[0] for file in [*MODULES, *PAGES, ROOT / "server.py"] for i in imports(file)}
    for module in found - sys.stdlib_module_names - {"nuonuo", "pages"}:
        packages = {name.lower().replace("_", "-") for name in packages_distributions().get(module, [module])}
        assert packages & declared, f"{module} is imported and no dependency of pyproject.toml brings it"


def test_the_root_holds_nothing_but_the_rooms():
    found = {p.name for p in PACKAGE.iterdir() if p.name != "__pycache__"}
    assert found == {"__init__.py", "__main__.py", *ROOMS}


@pytest.mark.parametrize("file", [f for f in MODULES if f.parent != PACKAGE], ids=name)
def test_imports_between_rooms_go_down(file):
    own = ROOMS.index(file.relative_to(PACKAGE).parts[0])
    for dotted in knows(file, "nuonuo"):
        room = dotted.split(".")[1]
        if room in ROOMS:
            assert ROOMS.index(room) <= own, f"{name(file)} imports {dotted}, which is above it"
        else:  # `from nuonuo import Memory`: what the package exports is of the memory room
            assert own >= ROOMS.index("files"), f"{name(file)} imports {dotted} from the package's root"


def test_the_debugger_and_the_lab_know_nothing_of_each_other_above():
    for file in (PACKAGE / "debug").rglob("*.py"):
        assert not knows(file, "nuonuo.lab"), name(file)


@pytest.mark.parametrize("file", [f for f in MODULES if f.relative_to(PACKAGE).parts[0] != "studio"], ids=name)
def test_only_the_studio_knows_streamlit(file):
    assert not knows(file, "streamlit")


@pytest.mark.parametrize("file", [f for f in MODULES if f.relative_to(PACKAGE).parts[0] in ROOMS[:11]], ids=name)
def test_no_room_below_the_figures_knows_plotly(file):
    assert not knows(file, "plotly")


@pytest.mark.parametrize("file", sorted((PACKAGE / "figures").glob("*.py")), ids=name)
def test_figures_know_the_engine_by_its_results_only(file):
    for dotted in knows(file, "nuonuo") - knows(file, "nuonuo.figures"):
        module, _, result = dotted.rpartition(".")
        kind = getattr(importlib.import_module(module), result)
        assert isinstance(kind, type), f"{name(file)} calls or configures the engine: {dotted}"
        assert is_dataclass(kind) or issubclass(kind, Enum), f"{name(file)} knows {dotted}, which is no result"
        assert issubclass(kind, Enum) or kind.__dataclass_params__.frozen
    assert not knows(file, "sqlite3", "random", "pathlib")


@pytest.mark.parametrize("file", PAGES, ids=name)
def test_pages_hold_no_mathematics(file):
    assert not knows(file, "torch", "numpy", "scipy", "math")


@pytest.mark.parametrize("module", DEVICE_BOUND)
def test_recall_never_leaves_its_device(module):
    nodes = ast.walk(tree(PACKAGE / f"{module}.py"))
    assert not {"cpu", "numpy"} & {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert "numpy" not in imports(PACKAGE / f"{module}.py")


@pytest.mark.parametrize("file", [*MODULES, *PAGES], ids=name)
def test_a_module_and_its_functions_fit_on_a_few_screens(file):
    lines = file.read_text("utf-8").splitlines()
    assert len(lines) <= (PAGE if file in PAGES else LINES)
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno + 1 <= FUNCTION, f"{name(file)}: {node.name}"


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


def test_tests_mirror_the_rooms():
    """Each folder of tests is a room, or pages, browser and load, which are of the whole."""
    folders = {p.name for p in (ROOT / "tests").iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    assert folders <= {*ROOMS, "pages", "browser", "load"}


def test_shapes_that_annotations_promise_are_checked_while_tests_run():
    from nuonuo.maths.hopfield import norm_of

    with pytest.raises(TypeCheckError, match="X"):
        norm_of(torch.zeros(3))
