"""What the tests of arrays share."""

from __future__ import annotations

import pytest


@pytest.fixture(params=[0, 1 << 10], scope="module")
def few(request: pytest.FixtureRequest) -> int:
    """Few rows are sorted like many, and in their own way."""
    found: int = request.param
    return found
