"""What a repository or a person has configured: ``usql.toml``, or ``[tool.usql]`` of ``pyproject.toml``.

Only the nearest file applies, searching upwards from a folder; in the same folder ``usql.toml``
takes precedence over ``pyproject.toml``, which is ignored without ``[tool.usql]``. Options of a
command or an editor override the file.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from usql.checks import PROFILES, one_of, seconds
from usql.errors import ConfigurationError
from usql.frozen import dataclass

_NAMES = ("usql.toml", "pyproject.toml")


@dataclass(frozen=True, slots=True)
class Configuration:
    """The contents of a file; ``None`` means not set.

    ``profile`` names the limits to judge by, ``select`` and ``ignore`` rules, ``data`` files or
    patterns to query, made absolute, ``timeout`` the seconds that a query may take. ``exclude`` are
    patterns of files that are not checked or formatted. ``file`` is the file itself.
    """

    profile: str | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    data: tuple[str, ...] | None = None
    timeout: float | None = None
    file: Path | None = None

    def excludes(self, path: Path) -> bool:
        """Whether the file excludes a path."""
        return self.file is not None and excludes(self.exclude or (), self.file.parent, path)


def nearest(folder: Path) -> Configuration:
    """The configuration for a folder, an empty one if there is no file. Raises
    :class:`ConfigurationError` for an invalid file."""
    start = _absolute(folder)
    for place in (start, *start.parents):
        for name in _NAMES:
            configuration = _read(place / name)
            if configuration is not None:
                return configuration
    return Configuration()


def excludes(patterns: tuple[str, ...], folder: Path, path: Path) -> bool:
    """Whether patterns that apply below a folder exclude a path. A pattern with a ``/`` is matched
    against the path below the folder, any other against each name in that path; ``*`` matches
    anything. Excluding a folder excludes everything in it."""
    try:
        below = _absolute(path).relative_to(_absolute(folder))
    except ValueError:
        return False
    ways = [below, *list(below.parents)[:-1]]
    for pattern in (written.rstrip("/") for written in patterns):
        is_path = "/" in pattern
        names = [way.as_posix() if is_path else way.name for way in ways]
        if any(fnmatchcase(name, pattern.lstrip("/")) for name in names):
            return True
    return False


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # also without ..


def _read(file: Path) -> Configuration | None:
    """The contents of a file; ``None`` if it does not exist or is not about usql."""
    try:
        text = file.read_bytes().decode()
        is_project = file.name == "pyproject.toml"
        if is_project and "usql" not in text:
            return None
        import tomllib  # most folders have no such file

        table: Any = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError, PermissionError, IsADirectoryError):
        return None
    except (ValueError, OSError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from None
    if is_project:
        tools = table.get("tool")
        table = tools.get("usql") if isinstance(tools, dict) else None
        if table is None:
            return None
    try:
        if not isinstance(table, dict):
            raise ValueError("tool.usql must be a table")
        return _configuration(table, file)
    except ValueError as error:
        raise ConfigurationError(f"{file}: {error}.") from None


def _configuration(table: Mapping[str, Any], file: Path) -> Configuration:
    for key in table:
        if key not in KEYS:
            import difflib

            near = difflib.get_close_matches(key, KEYS, n=1)
            hint = f"{near[0]} may be meant; " if near else ""
            raise ValueError(f"there is no key {key!r}; {hint}the keys are {', '.join(KEYS)}")
    return Configuration(
        file=file, **{key: _READERS[key](key, value, file) for key, value in table.items()}
    )


def _profile(key: str, value: Any, _file: Path) -> str:
    return one_of(key, value, PROFILES)


def _texts(key: str, value: Any, _file: Path) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    for entry in entries:
        if not isinstance(entry, str) or not entry.strip():
            raise ValueError(f"{key} must be a list of strings, but {entry!r} is not a string")
    return tuple(entries)


def _data(key: str, value: Any, file: Path) -> tuple[str, ...]:
    """Files, relative to the folder of the configuration file. URLs are refused: nothing is fetched
    just because a file that someone else wrote names it."""
    entries = _texts(key, value, file)
    for entry in entries:
        if "://" in entry:
            raise ValueError(f"{key} names files, not addresses such as {entry!r}")
    folder = glob.escape(str(file.parent))
    return tuple(e if Path(e).is_absolute() else f"{folder}/{e}" for e in entries)


def _timeout(key: str, value: Any, _file: Path) -> float | None:
    return seconds(key, value)


_READERS: dict[str, Callable[[str, Any, Path], Any]] = {
    "profile": _profile,
    "select": _texts,
    "ignore": _texts,
    "exclude": _texts,
    "data": _data,
    "timeout": _timeout,
}
KEYS = tuple(_READERS)
"""The keys that may be configured, with their readers."""
