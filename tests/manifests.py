"""The description of a saved store as another program would write it."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def sealed(body: dict[str, Any]) -> str:
    """A description with the checksum that docs/STORE.md tells: of its rest, written with sorted
    keys and without blanks."""
    rest = {key: value for key, value in body.items() if key != "sha256"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return json.dumps(rest | {"sha256": hashlib.sha256(text.encode()).hexdigest()})
