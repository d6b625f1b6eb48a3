"""Loading the modules of a folder that declare its contents, so that no list has to name them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType


def modules_of(folder: ModuleType) -> Iterator[ModuleType]:
    """The modules of a package in the order of their names, without subpackages."""
    for module in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
        if not module.ispkg:
            yield importlib.import_module(module.name)
