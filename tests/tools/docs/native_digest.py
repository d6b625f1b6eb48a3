"""The digest of the C sources, in ``usql/native.py``."""

from __future__ import annotations

import re

import hatch_build
from tests.places import ROOT

NATIVE = ROOT / "usql" / "native.py"


def text() -> str:
    """The module with the digest of the sources as they are."""
    module = NATIVE.read_text(encoding="utf-8")
    written, count = re.subn(
        r'^DIGEST = ".*"$', f'DIGEST = "{hatch_build.digest()}"', module, flags=re.MULTILINE
    )
    assert count == 1
    return written
