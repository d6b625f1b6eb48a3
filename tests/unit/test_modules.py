"""The modules of the package: each is what its name gives, and none imports itself by way of others."""

from __future__ import annotations

import ast
import graphlib
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import usql

PACKAGE = Path(usql.__file__).parent


def name_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(f): f for f in sorted(PACKAGE.rglob("*.py")) if f.name != "__main__.py"}
PACKAGES = [name for name, file in FILES.items() if file.name == "__init__.py"]


def hidden(package: ModuleType) -> list[str]:
    """The modules of a package that a name of its face hides, once all of them are loaded."""
    found = [m.name for m in pkgutil.iter_modules(package.__path__) if m.name != "__main__"]
    for name in found:
        importlib.import_module(f"{package.__name__}.{name}")
    return [name for name in found if not isinstance(getattr(package, name), ModuleType)]


@pytest.mark.parametrize("name", PACKAGES)
def test_no_name_of_a_package_hides_a_module(name: str) -> None:
    """``import usql.planner.plan as p`` gives the module."""
    package = importlib.import_module(name)
    assert hidden(package) == []


def test_a_hidden_module_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "face").mkdir()
    (tmp_path / "face" / "__init__.py").write_text("from face.plan import plan\n")
    (tmp_path / "face" / "plan.py").write_text("def plan(): pass\n")
    (tmp_path / "face" / "other.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert hidden(importlib.import_module("face")) == ["plan"]


def modules_in(folder: Path) -> int:
    """How many modules a folder holds, without those of folders in it."""
    return sum(file.name != "__init__.py" for file in folder.glob("*.py"))


def test_a_folder_can_be_read_at_a_glance() -> None:
    """None holds more than twenty modules: one that would is divided by stages or kinds."""
    folders = {file.parent for file in PACKAGE.rglob("*.py")}
    assert {str(f): n for f in folders if (n := modules_in(f)) > 20} == {}


def test_the_modules_of_a_folder_are_counted(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    for name in ("__init__.py", "one.py", "__main__.py", "table.json", "inner/two.py"):
        (tmp_path / name).touch()
    assert modules_in(tmp_path) == 2


SHARED = {
    "usql": {"open"},  # usql.processes.open answers as usql.open does, by several processes
    "usql.result.formats": {"pieces"},  # what each format defines, to be found by its name
    "usql.result.charts.kinds": {"fits", "suits", "view"},  # so does each kind of chart
    "usql.engine.states": {"states_of", "merged", "finished", "tables_of", "states_in"},
    # of rows, groups and funnels: one step each of three kinds of queries, chosen in ``question``
}
"""What the modules of a folder define under the same names, because one stands for another."""


def alike(sources: Mapping[str, str], shared: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """The public functions and classes that two modules of one package below ``usql`` define, with
    the modules; ``shared`` are left out."""
    found: dict[tuple[str, str], list[str]] = {}
    for module, text in sources.items():
        folder = module.rpartition(".")[0]
        part = ".".join(module.split(".")[:2])
        package = part if any(other.startswith(f"{part}.") for other in sources) else "usql"
        kinds = ast.FunctionDef | ast.ClassDef
        names = {node.name for node in ast.parse(text).body if isinstance(node, kinds)}
        for name in sorted(names - shared.get(folder, set())):
            if not name.startswith("_"):
                found.setdefault((package, name), []).append(module)
    return {name: modules for (_, name), modules in found.items() if len(modules) > 1}


def test_no_two_public_names_of_a_package_are_alike() -> None:
    """A name says which of two things is meant, wherever in the package it is read."""
    sources = {name: file.read_text(encoding="utf-8") for name, file in FILES.items()}
    assert alike(sources, SHARED) == {}
    assert set().union(*SHARED.values()) <= alike(sources, {}).keys()  # none is left over


def test_names_that_are_alike_are_found() -> None:
    sources = {
        "usql.p.a": "def f(): pass\ndef _g(): pass\nclass C: pass\ndef step(): pass",
        "usql.p.q.b": "def f(): pass\ndef _g(): pass\nx = C = 1",
        "usql.p.q.c": "def step(): pass",
        "usql.r.a": "def f(): pass\nclass C: pass",
        "usql.s": "def g(): pass",
        "usql.t": "def g(): pass",
    }
    found = {
        "g": ["usql.s", "usql.t"],
        "f": ["usql.p.a", "usql.p.q.b"],
        "step": ["usql.p.a", "usql.p.q.c"],
    }
    assert alike(sources, {}) == found
    assert alike(sources, {"usql.p.q": {"step"}}) == {"f": found["f"], "g": found["g"]}


def imported(tree: ast.AST, known: Iterable[str]) -> set[str]:
    """The modules among the ``known`` that the code imports anywhere: at its begin, within functions,
    or for type checkers alone, since who reads it needs those, too."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module is not None
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found.add(name if name in known else node.module)
    return found.intersection(known)


def cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """Modules of which each is imported by the next one and the last is the first; empty if there
    are none."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {
        name: imported(ast.parse(file.read_text(encoding="utf-8")), FILES)
        for name, file in FILES.items()
    }
    assert "usql.language.diagnostics" in graph["usql.analysis"]
    assert cycle(graph) == []


def test_a_cycle_is_found() -> None:
    sources = {
        "p": "def f(): from p.b import g",
        "p.a": "if TYPE_CHECKING:\n    import p.b",
        "p.b": "from p import a, other",
        "q": "import p",
    }
    graph = {name: imported(ast.parse(text), sources) for name, text in sources.items()}
    assert graph == {"p": {"p.b"}, "p.a": {"p.b"}, "p.b": {"p", "p.a"}, "q": {"p"}}
    assert cycle(graph)
    assert cycle({**graph, "p.b": set()}) == []


def public_methods(kind: type) -> Iterator[tuple[str, object]]:
    """What a class itself defines under names for others: methods of all kinds and properties."""
    for name, value in vars(kind).items():
        if not name.startswith("_") and isinstance(
            value, FunctionType | classmethod | staticmethod | property
        ):
            yield name, getattr(kind, name)


def undocumented(module: ModuleType) -> list[str]:
    """Public methods of which neither the class nor a base of it says what they are for."""
    return [
        f"{kind.__qualname__}.{name}"
        for kind in vars(module).values()
        if isinstance(kind, type) and inspect.getmodule(kind) is module
        if not kind.__name__.startswith("_") and kind.__name__ != "TreeBuilder"  # names of rules
        for name, value in public_methods(kind)
        if not inspect.getdoc(value)
    ]


@pytest.mark.parametrize("name", FILES)
def test_public_methods_have_a_docstring_or_inherit_one(name: str) -> None:
    assert undocumented(importlib.import_module(name)) == []


class Base:
    def said(self) -> None:
        """What it does."""


class Derived(Base):
    def said(self) -> None: ...
    def unsaid(self) -> None: ...
    @property
    def unknown(self) -> int:
        return 1


def test_a_method_without_a_docstring_is_found() -> None:
    assert undocumented(sys.modules[__name__]) == ["Derived.unsaid", "Derived.unknown"]


def test_docstrings_say_what_they_mean() -> None:
    """None sends its reader to another place, and says nothing itself."""
    for name, file in FILES.items():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                assert not (ast.get_docstring(node) or "").startswith("See "), (name, node)
