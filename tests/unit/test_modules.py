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
