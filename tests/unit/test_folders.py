"""The modules of a folder that declare what is in it."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from usql.folders import modules_of


def test_the_modules_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "declaring" / "inner").mkdir(parents=True)
    for name in ("__init__", "b", "a", "inner/__init__", "inner/c"):
        (tmp_path / "declaring" / f"{name}.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    found = modules_of(importlib.import_module("declaring"))
    assert [module.__name__ for module in found] == ["declaring.a", "declaring.b"]
