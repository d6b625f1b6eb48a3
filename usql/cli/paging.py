"""Paging: output that is longer than the screen goes through a pager.

The pager is ``PAGER``, or ``less``, or ``more``; an empty ``PAGER`` and ``cat`` mean none. ``less``
is told to show styles, which is not its default; a pager that may not show styles gets plain text.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import IO, TextIO, cast

from rich.cells import cell_len
from rich.console import Console

from usql.cli.options import tell
from usql.errors import ControlFlow

Draw = Callable[[Console], None]
"""Prints the output on a console. It may be called again, with another console."""

_SHOW_STYLES = ("less", "bat", "batcat", "moar", "moor", "ov")
_NOT_STARTED = (126, 127, 9009)
"""Exit codes of shells for a command that does not exist; the last one is that of Windows."""

_STYLE = re.compile("\x1b\\[[0-9;]*m")


def show(draw: Draw, is_paged: bool = True) -> None:
    """Draw on standard output, a terminal. Output that does not fit on the screen goes through the
    pager, unless ``is_paged`` is false or there is no pager."""
    console = Console()
    pager = _pager() if is_paged and not console.is_dumb_terminal else None
    if pager is None or console.legacy_windows:
        draw(console)
        return
    width, height = console.size
    screen = _Screen(width, height - 1)  # leave a line for the shell's prompt
    try:
        draw(Console(file=screen, force_terminal=True, width=width, height=height))
    except _TooLong:
        if not _page(pager, draw, width, height):
            tell(f"note: the pager {pager} (PAGER) cannot be started")
            draw(console)
    else:
        sys.stdout.write(screen.getvalue())
        sys.stdout.flush()


def _pager() -> str | None:
    """The pager command; ``None`` if there is none."""
    command = os.environ.get("PAGER")
    if command is None:
        return next(filter(shutil.which, ("less", "more")), None)
    return command if command.strip() not in ("", "cat") else None


def _has_styles(pager: str) -> bool:
    """Whether a pager is known to show styles when :func:`_page` runs it."""
    with suppress(ValueError):  # an unclosed quote, which its shell will report
        program = shutil.which(shlex.split(pager)[0])
        return program is not None and _name(os.path.realpath(program)) in _SHOW_STYLES
    return False


def _name(program: str) -> str:
    return os.path.splitext(os.path.basename(program))[0].lower()


def _page(pager: str, draw: Draw, width: int, height: int) -> bool:
    """Draw into a pager until the user quits it; returns whether it could be started."""
    options = os.environ.get("LESS")
    environment = {**os.environ, "LESS": "FRX" if options is None else f"R {options}"}
    encoding = sys.stdout.encoding
    if encoding.lower() == "utf-8":  # otherwise less asks the locale, which may not be UTF-8
        environment.setdefault("LESSCHARSET", "utf-8")
    sys.stdout.flush()
    process = subprocess.Popen(
        pager, shell=True, stdin=subprocess.PIPE, env=environment, encoding=encoding,
        errors="backslashreplace",
    )  # fmt: skip
    assert process.stdin is not None
    is_styled = _has_styles(pager)
    console = Console(
        file=cast(TextIO, _Pipe(process.stdin)), force_terminal=is_styled, width=width, height=height,
    )  # fmt: skip
    with suppress(_Closed, KeyboardInterrupt):
        draw(console)
    with suppress(BrokenPipeError):
        process.stdin.close()
    while process.poll() is None:
        with suppress(KeyboardInterrupt):  # Ctrl-C is for the pager
            process.wait()
    return process.returncode not in _NOT_STARTED


class _TooLong(ControlFlow):
    """The output does not fit on the screen."""


class _Closed(ControlFlow):
    """The user quit the pager before it had all output."""


class _Screen(io.StringIO):
    """Keeps output of up to ``lines`` lines of ``width`` cells; more raises :class:`_TooLong`."""

    def __init__(self, width: int, lines: int) -> None:
        super().__init__()
        self._width = width
        self._room = lines
        self._open = ""

    def write(self, text: str, /) -> int:
        """Keep a text, which may end within a line."""
        *whole, self._open = (self._open + text).split("\n")
        self._room -= sum(map(self._lines, whole))
        if self._room < (self._lines(self._open) if self._open else 0):
            raise _TooLong
        return super().write(text)

    def _lines(self, line: str) -> int:
        return max(1, -(-cell_len(_STYLE.sub("", line)) // self._width))


class _Pipe(io.TextIOBase):
    """Writes to a pager; raises :class:`_Closed` after the user quits it."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write a text to the pager."""
        try:
            self._file.write(text)
            self._file.flush()
        except BrokenPipeError:
            raise _Closed from None
        return len(text)
