"""Every kernel is tested as the library has it and as numpy does."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.unit.engine.arrays.native.forms import FORMS, form
from usql.native import is_wanted, native


@pytest.fixture(params=FORMS, autouse=True, scope="module")
def _form(request: pytest.FixtureRequest) -> Iterator[None]:
    """Which form runs. Where there is no library, CI fails."""
    if request.param == "native" and native().library is None:
        if os.environ.get("CI") and is_wanted():
            pytest.fail(native().why)
        pytest.skip(native().why)
    with form(request.param):
        yield
