"""The ways in which JSON is read, chosen for a test.

Which of them a text takes is decided by its size and its content, and neither way leaves a mark on
what it gives: tests that compare the ways, or say which of them it must be, have to choose.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import usql
from usql import once
from usql.store.bad_data import NeedsSlowPath
from usql.store.loading.json import fast
from usql.store.loading.json import slow_path as slow
from usql.store.tuning import StoreTuning


@contextmanager
def slow_path() -> Iterator[mock.Mock]:
    """Every line is read by itself, as if the fast path refused all."""
    with mock.patch.object(fast, "read_piece", side_effect=NeedsSlowPath) as asked:
        yield asked


@contextmanager
def fast_path() -> Iterator[None]:
    """A text that the fast path does not take fails."""
    with mock.patch.object(slow, "read_lines", side_effect=AssertionError("read by line")):
        yield


@contextmanager
def picked_alone() -> Iterator[None]:
    """A text of which some fields are wanted, and not read by these alone, fails."""
    with mock.patch.object(fast, "read_piece", side_effect=AssertionError("all was read")):
        yield


def pieces_of(size: int) -> StoreTuning:
    """Text is read so many bytes at a time, so that a short one has several pieces."""
    return StoreTuning(text_bytes_at_once=size)


def opened(source: Any, tuning: StoreTuning, **options: Any) -> usql.Sessions:
    """As ``usql.open``, read in such pieces."""
    return once.opened(source, once.Opening(tuning=tuning, **options))
