"""Modules that declare something wrong, in folders of modules that each declare one thing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


def assert_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    folder: ModuleType,
    declared: Callable[[], object],
    module: tuple[str, str],
    refusal: str,
) -> None:
    """With one more module in the folder, of this name and text, ``declared`` raises ``ValueError``
    with this message."""
    name, text = module
    (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, f"{folder.__name__}.{name}", raising=False)
    with pytest.raises(ValueError, match=refusal):
        declared()
    sys.modules.pop(f"{folder.__name__}.{name}", None)
    folder.__dict__.pop(name, None)
