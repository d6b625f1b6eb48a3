"""Progress bars for loading and writing that take longer than a second, only on terminals and in
notebooks."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from usql import notebook

if TYPE_CHECKING:
    from usql.store import Progress

_PATIENCE = 1.0
"""Seconds before a bar appears."""


@contextmanager
def bar() -> Iterator[Callable[[Progress], None] | None]:
    """A callback for ``load`` that draws a bar on standard error, or below the cell of a notebook;
    ``None`` if nobody would see it."""
    if notebook.is_running():
        with _below_the_cell() as shown:
            yield shown
        return
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    began = time.monotonic()
    drawn = Bar(
        TextColumn("loading"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[sessions]} sessions"),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),  # otherwise output written meanwhile would not reach its pipe
    )
    task = drawn.add_task("loading", total=None, sessions=0)

    def report(progress: Progress) -> None:
        if time.monotonic() - began < _PATIENCE:
            return
        drawn.start()
        drawn.update(
            task,
            completed=progress.bytes_done,
            total=progress.bytes_total or None,
            sessions=progress.sessions,
        )

    try:
        yield report
    finally:
        drawn.stop()


@contextmanager
def writing(sessions: int) -> Iterator[Callable[[int], None]]:
    """A callback to be called with the number of sessions written since the last call; a bar on
    standard error shows the progress if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    drawn = Bar(
        TextColumn("writing"),
        BarColumn(),
        TextColumn("{task.completed:,} of {task.total:,} sessions"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    )
    task = drawn.add_task("writing", total=sessions)
    start = threading.Timer(_PATIENCE, drawn.start)  # the first call may come late
    start.start()
    try:
        yield lambda count: drawn.advance(task, count)
    finally:
        start.cancel()
        start.join()
        drawn.stop()


@contextmanager
def _below_the_cell() -> Iterator[Callable[[Progress], None]]:
    from usql.notebook.progress import Bar

    began = time.monotonic()
    drawn = Bar()

    def report(progress: Progress) -> None:
        if time.monotonic() - began >= _PATIENCE:
            drawn.show(progress)

    try:
        yield report
    finally:
        drawn.remove()
