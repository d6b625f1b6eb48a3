"""What a URL leads to: ``s3``, ``gs`` and ``abfs`` through pyarrow, other schemes through fsspec.

Only URLs that the caller gives are visited, and what is below them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from usql.errors import DataError
from usql.frozen import dataclass
from usql.store.inputs.origin import Origin
from usql.store.inputs.places import Remote
from usql.store.saved import folder as stores
from usql.store.saved import shards
from usql.store.sources.hive import Partition

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")
_ARROW = ("s3", "gs", "gcs", "abfs", "abfss")
"""Schemes that pyarrow knows."""

_FLAT = ("http", "https")
"""Schemes that have no folders."""

_PATIENCE = "retry_limit_seconds=30"
"""How long Google's client retries; its default is a quarter of an hour."""


def scheme_of(name: str) -> str | None:
    """The scheme of a URL; ``None`` for anything else."""
    match = _URL.match(name)
    return match[1].lower() if match else None


def local_path(url: str) -> str:
    """The path of a ``file`` URL. ``DataError`` if it names another machine."""
    from urllib.request import url2pathname

    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        raise DataError(f"this file is on another machine, {parts.netloc}", source=url)
    return url2pathname(parts.path)


def shown_url(url: str) -> str:
    """A URL for messages: without passwords and what follows ``?``, which may contain keys."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    container = user.partition(":")[0] if parts.scheme.lower().startswith("abfs") else ""
    netloc = f"{container}@{host}" if container else host
    return unquote(urlunsplit((parts.scheme, netloc, parts.path, "", "")))


def _has_secret(parts: SplitResult) -> bool:
    return parts.netloc != urlsplit(shown_url(urlunsplit(parts))).netloc


@dataclass(frozen=True)
class Target:
    """Where a URL leads: to a path, or to what matches a pattern below it."""

    tree: RemoteTree
    path: str
    pattern: tuple[str, ...]


def target_of(url: str, trees: dict[str, RemoteTree]) -> Target:
    """The target of a URL. ``trees`` caches the file systems. ``DataError`` if no library can read
    it."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    fixed, pattern = (parts, ()) if scheme in _FLAT else _without_pattern(parts)
    is_arrow = scheme in _ARROW
    with telling(shown_url(url)):
        system, path = (_by_arrow if is_arrow else _by_fsspec)(fixed)
    key = urlunsplit((scheme, parts.netloc, "", parts.query, ""))
    path = path if scheme in _FLAT else path.rstrip("/") or path
    if key not in trees:
        trees[key] = RemoteTree(system, fixed, path)
    decoded = tuple(map(unquote, pattern)) if is_arrow else pattern
    return Target(trees[key], path, decoded)


def _without_pattern(parts: SplitResult) -> tuple[SplitResult, tuple[str, ...]]:
    """A URL up to the first name with ``*`` or ``[``, and the rest of the names."""
    names = parts.path.split("/")
    first = next((i for i, name in enumerate(names) if "*" in name or "[" in name), len(names))
    return parts._replace(path="/".join(names[:first])), tuple(filter(None, names[first:]))


def _by_arrow(parts: SplitResult) -> tuple[Any, str]:
    from pyarrow.fs import FileSystem

    if parts.scheme.lower() in ("gs", "gcs") and "retry_limit_seconds" not in parts.query:
        parts = parts._replace(query="&".join(filter(None, [parts.query, _PATIENCE])))
    parts = parts._replace(path=quote(parts.path, safe="/%!$&'()*+,;=:@~"))
    return FileSystem.from_uri(urlunsplit(parts))


def _by_fsspec(parts: SplitResult) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        reason = (
            f"URLs with {parts.scheme}: are read by fsspec; pip install 'usql-engine[urls]', and "
            "what fsspec needs for them"
        )
        raise DataError(reason, source=shown_url(urlunsplit(parts))) from None
    from usql.store.sources.fsspec_handler import through_fsspec

    system, path = url_to_fs(urlunsplit(parts))
    return through_fsspec(system), path


@contextmanager
def telling(source: str) -> Iterator[None]:
    """Turn failures in the block into :class:`DataError`."""
    import pyarrow as pa

    try:
        yield
    except (OSError, ImportError, ValueError, pa.ArrowException) as error:
        raise DataError(why_not(error), source=source) from error


_ACCESS = re.compile(
    "ACCESS_DENIED|INVALID_ACCESS_KEY|SIGNATURE_DOES_NOT_MATCH|NO_CREDENTIALS|[Cc]redential|"
    "Forbidden|PERMISSION_DENIED|UNAUTHENTICATED|Unauthorized|[Aa]nonymous|authenticat"
)


def why_not(error: Exception) -> str:
    """The reason to report for an error of a file system."""
    reason = str(error).split("\n", maxsplit=1)[0]
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder"
    if isinstance(error, PermissionError) or _ACCESS.search(reason):
        return (
            f"access was refused: {reason}; give credentials as the storage's own programs take "
            "them, mostly in environment variables"
        )
    return f"it cannot be read: {reason}"


class RemoteTree:
    """The contents of a pyarrow file system. Each folder is listed once, and listings are kept."""

    is_local = False

    def __init__(self, system: Any, url: SplitResult, path: str) -> None:
        self._system = system
        scheme = url.scheme.lower()
        self.is_flat = scheme in _FLAT
        self._has_address = scheme in _ARROW and not (url.query or _has_secret(url))
        shown = shown_url(urlunsplit(url))
        below = unquote(urlsplit(shown).path).strip("/")
        is_suffix = path.endswith(below)
        self._root = path[: len(path) - len(below)] if is_suffix else ""
        self._prefix = shown.rstrip("/").removesuffix(below) if is_suffix else ""
        self._kinds: dict[str, str] = {}
        self._listed: dict[str, dict[str, None]] = {}
        self._whole: list[str] = []

    def arrow(self) -> Any:
        """The file system."""
        return self._system

    def is_file(self, path: str) -> bool:
        """Whether there is a file."""
        return self._kind(path) == "file"

    def is_folder(self, path: str) -> bool:
        """Whether there is a folder, or names of files continue after it."""
        return not self.is_flat and self._kind(path) == "folder"

    def is_link(self, path: str) -> bool:
        """Always false: there are no links."""
        return False

    def exists(self, path: str) -> bool:
        """Whether there is anything."""
        return bool(self._kind(path))

    def is_store(self, path: str) -> bool:
        """Whether there is a saved store, or a set of shards."""
        marks = (stores.MANIFEST, shards.MANIFEST)
        return not self.is_flat and any(self.is_file(self.join(path, mark)) for mark in marks)

    def names(self, folder: str) -> list[str]:
        """The names in a folder."""
        if folder not in self._listed:
            self._list(folder, recursive=False)
        return list(self._listed[folder])

    def expect(self, folder: str) -> None:
        """List it with everything below it at once."""
        if not any(_is_below(folder, whole) for whole in self._whole):
            self._list(folder, recursive=True)
            self._whole.append(folder)

    def look(self, paths: Iterable[str]) -> None:
        """Ask for all of them at once."""
        unknown = [path for path in paths if self._known(path) is None]
        if unknown and not self.is_flat:
            for path, info in zip(unknown, self._system.get_file_info(unknown), strict=True):
                self._kinds[path] = _kind(info)

    def join(self, folder: str, name: str) -> str:
        """The path."""
        return posixpath.join(folder, name)

    def parent(self, path: str) -> str:
        """The folder around."""
        return posixpath.dirname(path)

    def real(self, path: str) -> str:
        """The path."""
        return path

    def parts(self, path: str) -> tuple[str, ...]:
        """The names."""
        return tuple(path.split("/"))

    def shown(self, path: str) -> str:
        """The URL."""
        if self._prefix and path.startswith(self._root):
            return self._prefix + path[len(self._root) :]
        return path

    def address(self, path: str) -> str | None:
        """The URL, if its scheme is one that most libraries know."""
        return quote(self.shown(path), safe="/:@") if self._has_address else None

    def origin(self, path: str, *, is_found: bool = False, partition: Partition = ()) -> Origin:
        """The file."""
        return Origin(self.shown(path), is_found, partition, Remote(self._system, path))

    def _kind(self, path: str) -> str:
        """``file``, ``folder``, or nothing."""
        known = self._known(path)
        if known is None:
            known = self._kinds[path] = _kind(self._system.get_file_info(path))
        return known

    def _known(self, path: str) -> str | None:
        if path not in self._kinds and self.parent(path) in self._listed:
            return ""
        return self._kinds.get(path)

    def _list(self, folder: str, *, recursive: bool) -> None:
        from pyarrow.fs import FileSelector

        self._listed[folder] = {}
        selector = FileSelector(folder, allow_not_found=True, recursive=recursive)
        for info in self._system.get_file_info(selector):
            path = info.path.rstrip("/")
            self._kinds[path] = _kind(info)
            if recursive:
                self._add_folders(path, folder, is_folder=info.type.name == "Directory")
            else:
                self._listed[folder][posixpath.basename(path)] = None

    def _add_folders(self, path: str, top: str, *, is_folder: bool) -> None:
        """Note a path of a listing, and the folders above it, which not all systems list."""
        if is_folder:
            self._listed.setdefault(path, {})
        while path != top and _is_below(path, top):
            parent, name = self.parent(path), posixpath.basename(path)
            names = self._listed.setdefault(parent, {})
            if name in names:
                return
            names[name] = None
            self._kinds.setdefault(parent, "folder")
            path = parent


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _kind(info: Any) -> str:
    return {"File": "file", "Directory": "folder"}.get(info.type.name, "")
