"""The modules of the package: each is what its name gives, and none imports itself by way of others."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

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
