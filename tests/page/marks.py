"""What all tests of the page have in common: they need Chromium, and share one."""

from __future__ import annotations

import pytest

MARKS = [pytest.mark.long, pytest.mark.browser]
