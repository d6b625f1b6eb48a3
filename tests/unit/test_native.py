"""The library of kernels: which one is loaded, and what is said where none is."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from usql import native as loading
from usql.native import LIBRARY, Native, is_wanted, load, native


def test_what_runs_is_told() -> None:
    assert str(Native(None, "no library was built")) == "numpy (no library was built)"
    if native().library is not None:
        assert str(native()) == "native"


def test_in_ci_there_is_a_library() -> None:
    """Unless it is run without on purpose."""
    if os.environ.get("CI") and is_wanted():
        assert native().library is not None, native().why


def test_without_a_file() -> None:
    assert load(Path("nowhere.native")).why == "no library was built"


def test_a_file_that_is_no_library(tmp_path: Path) -> None:
    path = tmp_path / "kernels.native"
    path.write_bytes(b"nothing")
    assert load(path).why.startswith("the library cannot be loaded: ")


@pytest.mark.skipif(native().library is None, reason="no library")
def test_a_library_of_other_sources_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(LIBRARY).library is not None
    monkeypatch.setattr(loading, "DIGEST", "0123456789abcdef")
    assert load(LIBRARY).library is None
    assert "other sources" in load(LIBRARY).why


@pytest.mark.skipif(native().library is None, reason="no library")
def test_a_wrong_argument_is_an_error() -> None:
    library = native().library
    assert library is not None
    with pytest.raises(ctypes.ArgumentError):
        library.usql_rows(None, 1.5, 0, None, 0)


@pytest.mark.parametrize(
    ("value", "said"),
    [("0", "numpy (USQL_NATIVE=0)"), ("nowhere", "numpy (no library was built)")],
)
def test_the_environment_decides(value: str, said: str) -> None:
    code = "from usql.native import native; print(native())"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "USQL_NATIVE": value},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout == f"{said}\n"
