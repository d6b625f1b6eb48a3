"""The files of the page. Their names are listed when the server starts, and a request can only choose
among them."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from usql.frozen import dataclass

FOLDER = Path(__file__).parent.parent / "static"

INDEX = "index.html"

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".map": "application/json; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
"""The types of files that are served; others are not."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file: its bytes, also compressed, its type and what identifies this version of it."""

    body: bytes
    packed: bytes
    media_type: str
    tag: str


class Assets:
    """The files of a folder by their names, with ``/`` between folders. They are read once, or with
    ``is_live`` for each request, to try changes to the page."""

    def __init__(self, folder: Path = FOLDER, is_live: bool = False) -> None:
        self._folder = folder
        self._is_live = is_live
        self._assets = assets_in(folder)

    def get(self, name: str) -> Asset | None:
        """The file with this name; ``None`` if there is none."""
        assets = assets_in(self._folder) if self._is_live else self._assets
        return assets.get(name)


def assets_in(folder: Path) -> dict[str, Asset]:
    """The files of a folder by their names."""
    return {
        path.relative_to(folder).as_posix(): _asset(path.read_bytes(), _TYPES[path.suffix])
        for path in sorted(folder.rglob("*"))
        if path.suffix in _TYPES and path.is_file()
    }


def _asset(body: bytes, media_type: str) -> Asset:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Asset(body, gzip.compress(body, mtime=0), media_type, tag)
