"""The two forms of kernels: those of the library, and numpy's."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import usql.native
from usql.native import Native, is_wanted

FORMS = ["native", "numpy"]


def need_library() -> None:
    """Skip where there is no library; in CI fail, unless that is on purpose."""
    native = usql.native.native()
    if native.library is None:
        if os.environ.get("CI") and is_wanted():
            pytest.fail(native.why)
        pytest.skip(native.why)


@contextmanager
def form(name: str) -> Iterator[None]:
    """Within the block this form of every kernel runs."""
    if name == "native":
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        for module in [m for n, m in sys.modules.items() if n.startswith("usql.engine")]:
            if getattr(module, "native", None) is usql.native.native:
                patch.setattr(module, "native", lambda: Native(None, "a test"))
        yield
