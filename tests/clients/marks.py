"""What all tests of clients have in common: they run by ``pytest -m clients`` only where the sources of
the clients are."""

from __future__ import annotations

import pytest

MARKS = [pytest.mark.long, pytest.mark.clients]
