"""Running what is typed: commands and queries, and reporting their errors."""

from __future__ import annotations

from collections.abc import Callable

from usql.errors import DataError
from usql.language.diagnostics import UsqlError
from usql.shell.commands import run_command
from usql.shell.state import CommandError, State
from usql.shell.statements import command_of, queries, statements


class Shell(State):
    """A shell without a terminal: errors are reported and counted, and it goes on."""

    def run(self, text: str) -> None:
        """Run one typed text: a command, or the queries in it."""
        command = command_of(text)
        if command is not None:
            self._guard(lambda: run_command(self, command))
            return
        for query in queries(text):
            self._guard(lambda query=query: self.show(self.ask(query)))  # type: ignore[misc]

    def run_script(self, text: str) -> None:
        """Run all commands and queries of a script, including those after one that fails."""
        for statement in statements(text):
            if self.is_done:
                break
            self.run(statement)

    def _guard(self, action: Callable[[], None]) -> None:
        """Do it; errors are reported and counted, and the shell goes on."""
        try:
            action()
        except UsqlError as error:
            self._fail(error.drawn(".profile offline"))
        except OSError as error:
            place = "" if error.filename is None else f"{error.filename}: "
            self._fail(f"error: {place}{error.strerror or error}")
        except (CommandError, DataError, ValueError) as error:
            self._fail(f"error: {error}")
        except MemoryError:
            self._fail("error: there is not enough memory for this")
        except KeyboardInterrupt:
            self._fail("interrupted")

    def _fail(self, text: str) -> None:
        self.failures += 1
        self.note(text, "red")
