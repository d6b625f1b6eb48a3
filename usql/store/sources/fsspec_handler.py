"""fsspec's file systems as pyarrow's, with the errors that usql expects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyarrow import PythonFile
from pyarrow.fs import FSSpecHandler, PyFileSystem


def through_fsspec(system: Any) -> PyFileSystem:
    """A file system of fsspec for pyarrow. Its failures become ``OSError``."""
    return PyFileSystem(_Handler(system))


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Storage clients have their own exceptions, which become ``OSError``."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(str(error) or type(error).__name__) from error


class _Handler(FSSpecHandler):  # type: ignore[misc]
    def get_file_info(self, paths: list[str]) -> list[Any]:
        """Information about these paths."""
        with _as_os_error():
            return super().get_file_info(paths)

    def get_file_info_selector(self, selector: Any) -> list[Any]:
        """What is in a folder."""
        with _as_os_error():
            return super().get_file_info_selector(selector)

    def open_input_stream(self, path: str) -> PythonFile:
        """A file."""
        return self.open_input_file(path)

    def open_input_file(self, path: str) -> PythonFile:
        """A file."""
        with _as_os_error():
            return PythonFile(_File(self.fs.open(path, mode="rb")), mode="r")


class _File:
    """A file that is open."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return bool(self._file.closed)

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        with _as_os_error():
            return self._file.read(size)
