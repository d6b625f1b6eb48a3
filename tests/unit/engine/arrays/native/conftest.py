"""Every kernel is tested as the library has it and as numpy does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.engine.arrays.native.forms import FORMS, form, need_library


@pytest.fixture(params=FORMS, autouse=True, scope="module")
def _form(request: pytest.FixtureRequest) -> Iterator[None]:
    """Which form runs."""
    if request.param == "native":
        need_library()
    with form(request.param):
        yield
