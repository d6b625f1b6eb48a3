"""What a repository or a person has configured: ``usql.toml``, or ``[tool.usql]`` of ``pyproject.toml``.

The nearest file upward from a folder counts, as a whole; in one folder ``usql.toml`` goes before
``pyproject.toml``, and one of these without ``[tool.usql]`` is passed by. What a command or an
editor is told goes before what a file says.
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
    """What a file says; ``None`` is what it does not say.

    ``profile`` names the limits to judge by, ``select`` and ``ignore`` rules, ``data`` files or
    patterns to query, made absolute, ``timeout`` the seconds that a query may take. ``exclude``
    are patterns of files that are not checked or formatted. ``file`` is where this stands.
    """

    profile: str | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    data: tuple[str, ...] | None = None
    timeout: float | None = None
    file: Path | None = None

    def excludes(self, path: Path) -> bool:
        """Whether the file leaves a path out."""
        return self.file is not None and excludes(self.exclude or (), self.file.parent, path)


def nearest(folder: Path) -> Configuration:
    """The configuration that holds in a folder, an empty one without a file. Raises
    :class:`ConfigurationError` for a file that cannot be taken."""
    start = _absolute(folder)
    for place in (start, *start.parents):
        for name in _NAMES:
            found = _read(place / name)
            if found is not None:
                return found
    return Configuration()


def excludes(patterns: tuple[str, ...], folder: Path, path: Path) -> bool:
    """Whether patterns that hold below a folder leave a path out. One with a ``/`` is of the path
    from the folder on, any other of each name on the way; ``*`` fits anything. A folder that is
    left out takes what is in it along."""
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
    """What a file says; ``None`` if it is not there or is not about usql."""
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
            raise ValueError("tool.usql is a table")
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
        file=file, **{key: _TAKEN[key](key, value, file) for key, value in table.items()}
    )


def _profile(key: str, value: Any, _file: Path) -> str:
    return one_of(key, value, PROFILES)


def _texts(key: str, value: Any, _file: Path) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    for entry in entries:
        if not isinstance(entry, str) or not entry.strip():
            raise ValueError(f"{key} is a list of texts, and {entry!r} is not a text")
    return tuple(entries)


def _data(key: str, value: Any, file: Path) -> tuple[str, ...]:
    """Files below the folder of the file, or elsewhere. An address is not fetched because a file
    that somebody else wrote names it."""
    entries = _texts(key, value, file)
    for entry in entries:
        if "://" in entry:
            raise ValueError(f"{key} names files, not addresses such as {entry!r}")
    folder = glob.escape(str(file.parent))
    return tuple(e if Path(e).is_absolute() else f"{folder}/{e}" for e in entries)


def _timeout(key: str, value: Any, _file: Path) -> float | None:
    return seconds(key, value)


_TAKEN: dict[str, Callable[[str, Any, Path], Any]] = {
    "profile": _profile,
    "select": _texts,
    "ignore": _texts,
    "exclude": _texts,
    "data": _data,
    "timeout": _timeout,
}
KEYS = tuple(_TAKEN)
"""What may be configured."""
