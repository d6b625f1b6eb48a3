"""A terminal in tests: a process in a pseudo-terminal, its screen read by an emulator."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import pexpect
import pyte

PATIENCE = 30.0


class Terminal:
    """A terminal of ``columns`` by ``lines`` with ``python -m usql`` in it, or another command.
    ``environment`` comes on top of the tests' own, without what would tell of its terminal, pager
    and colours."""

    def __init__(
        self,
        arguments: Sequence[str],
        columns: int = 100,
        lines: int = 30,
        environment: Mapping[str, str] | None = None,
        command: str | None = None,
    ) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self.sent = b""
        """All bytes that came from the process."""
        self._is_over = False
        told = ("COLUMNS", "LINES", "NO_COLOR", "PAGER", "LESS", "COLORTERM", "FORCE_COLOR")
        kept = {name: value for name, value in os.environ.items() if name not in told}
        self._process = pexpect.spawn(
            command or sys.executable,
            list(arguments) if command else ["-m", "usql", *arguments],
            dimensions=(lines, columns),
            env={**kept, "TERM": "xterm-256color", **(environment or {})},
            timeout=PATIENCE,
        )

        def answer(data: str) -> None:
            self._process.send(data)

        # Line editors ask where the cursor is, and the terminal answers.
        self._screen.write_process_input = answer  # type: ignore[method-assign]

    def type(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self._process.send(key)

    def resize(self, columns: int, lines: int) -> None:
        self._screen.resize(lines, columns)
        self._process.setwinsize(lines, columns)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    def wait(self, seen: Callable[[str], bool] | str) -> str:
        """The screen as soon as it shows this."""
        wanted = seen if callable(seen) else lambda text: seen in text
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and not self._is_over:
            self._read()
            if wanted(self.text):
                return self.text
        raise AssertionError(f"the screen never showed it:\n{self.text}")

    def underlined(self) -> list[str]:
        """The underlined words of the screen."""
        words: list[str] = []
        before = False
        for y in range(self._screen.lines):
            for x in range(self._screen.columns):
                cell = self._screen.buffer[y][x]
                if cell.underscore:
                    words[len(words) - before :] = [(words[-1] if before else "") + cell.data]
                before = cell.underscore
        return words

    def colour(self, word: str) -> str:
        """The colour of the first letter of a word's first appearance."""
        for y, line in enumerate(self._screen.display):
            if word in line:
                return str(self._screen.buffer[y][line.index(word)].fg)
        raise AssertionError(f"{word} is not on the screen:\n{self.text}")

    def end(self) -> int:
        """The exit code, once the process has ended; the screen shows all that it wrote."""
        until = time.monotonic() + PATIENCE
        while not self._is_over:
            assert time.monotonic() < until, f"it never ended:\n{self.text}"
            self._read()
        self._process.close()
        return int(self._process.exitstatus if self._process.exitstatus is not None else -1)

    def close(self) -> None:
        self._process.close(force=True)

    def _read(self) -> None:
        try:
            shown = self._process.read_nonblocking(65536, timeout=0.1)
        except pexpect.TIMEOUT:
            return
        except pexpect.EOF:
            self._is_over = True
            return
        assert isinstance(shown, bytes)  # no encoding was asked for
        self.sent += shown
        self._stream.feed(shown)
