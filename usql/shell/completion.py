"""Completion in the shell: commands and, in queries, the offers of ``usql.editor``."""

from __future__ import annotations

from collections.abc import Iterator

from prompt_toolkit import completion as pt
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, PathCompleter
from prompt_toolkit.document import Document

from usql.editor.completion import Completion, complete
from usql.editor.problems.fixes import apply
from usql.escape import escape_controls
from usql.frequent import frequent_values
from usql.language.diagnostics import Edit, Span
from usql.language.functions import FUNCTIONS
from usql.shell.commands import COMMANDS, find_command, split_command
from usql.shell.problems import query_begin
from usql.shell.shell import Shell
from usql.shell.statements import COMMAND, command_of, is_command


class Offered(pt.Completion):
    """An offer of the menu with its whole edit: moving through the menu shows the text up to the
    new cursor, and choosing an offer inserts the rest."""

    def __init__(self, edit: Edit, cursor: int, offset: int, label: str, detail: str) -> None:
        shown = edit.text[: max(0, cursor - edit.span.start)]
        super().__init__(
            shown,
            start_position=edit.span.start - offset,
            display=escape_controls(label),
            display_meta=escape_controls(detail),
        )
        self.edit = edit
        self.cursor = cursor


class ShellCompleter(pt.Completer):
    """Completes commands with their arguments, and queries."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._files = PathCompleter(expanduser=True)
        self._opened = -1

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[pt.Completion]:
        """The offers at the cursor, the likeliest first."""
        text, cursor = document.text, document.cursor_position
        if self._opened != self._shell.opened:
            self._values = frequent_values(self._shell.sessions)
            self._opened = self._shell.opened
        if command_of(text) is not None and not is_command(text):
            return
        if (is_command(text) and cursor < query_begin(text)) or _argument_of_command(text):
            yield from self._command(document, complete_event)
            return
        begin = query_begin(text)
        offers = complete(
            text[begin:],
            cursor - begin,
            catalog=self._shell.sessions.catalog,
            profile=self._shell.profile,
            values=self._values,
        )
        for offer in offers:
            yield _offered(offer, begin, cursor)

    def _command(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[pt.Completion]:
        before = document.text_before_cursor
        name, start = split_command(before)
        if start == len(before) and not before[-1].isspace():
            for known, command in ((n, c) for c in COMMANDS for n in c.names):
                if known.startswith(name):
                    dotted = f"{COMMAND}{known}"
                    label = f"{dotted} {command.argument}".rstrip()
                    begin = before.index(COMMAND)
                    yield _offered_word(dotted, begin, before, label, command.summary)
            return
        typed = find_command(name)
        argument = before[start:]
        if typed is None:
            return
        if typed.takes == "file":
            for file in self._files.get_completions(Document(argument), complete_event):
                name = escape_controls(file.display_text)
                yield pt.Completion(file.text, file.start_position, display=name)
            return
        words = typed.words
        if typed.takes == "table":
            words = tuple(t.name for t in self._shell.sessions.catalog)
        elif typed.takes == "name":
            words = tuple(sorted((*(n for c in COMMANDS for n in c.names), *FUNCTIONS)))
        for word in words:
            if word.startswith(argument):
                yield _offered_word(word, start, before, word, "")


def choose(buffer: Buffer) -> bool:
    """Insert the offer that is selected in the open menu, or else the first; returns whether there
    was one."""
    state = buffer.complete_state
    if state is None or not state.completions:
        return False
    chosen = state.current_completion or state.completions[0]
    if isinstance(chosen, Offered):
        before = state.original_document
        buffer.complete_state = None
        buffer.document = Document(apply(before.text, [chosen.edit]), chosen.cursor)
    else:
        buffer.apply_completion(chosen)
    return True


def _argument_of_command(text: str) -> bool:
    """Whether the text is a command whose argument is not a query."""
    if not is_command(text):
        return False
    command = find_command(split_command(text)[0])
    return command is None or command.takes != "query"


def _offered_word(word: str, begin: int, before: str, label: str, detail: str) -> Offered:
    """The offer of a word in place of the text from ``begin`` to the cursor."""
    edit = Edit(Span(begin, len(before)), word)
    return Offered(edit, begin + len(word), len(before), label, detail)


def _offered(offer: Completion, begin: int, cursor: int) -> Offered:
    span = Span(offer.edit.span.start + begin, offer.edit.span.end + begin)
    edit = Edit(span, offer.edit.text)
    return Offered(edit, offer.cursor + begin, cursor, offer.label, offer.detail)
