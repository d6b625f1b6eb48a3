"""The line editor: keys, menus, underlines and hints around a :class:`Shell`."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app, run_in_terminal
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output

from usql import UsqlError
from usql import format as format_text
from usql.editor.hover import hover
from usql.editor.problems.fixes import apply
from usql.editor.signature import signature_help
from usql.escape import escape_controls
from usql.language.diagnostics import Diagnostic
from usql.shell.completion import ShellCompleter, choose
from usql.shell.highlight import STYLE, QueryLexer
from usql.shell.hints import FIX_KEYS, Units, flow, problem_hint, signature_hint, words
from usql.shell.problems import Problems, drawn, fixes, problems, query_begin
from usql.shell.shell import Shell
from usql.shell.statements import is_closed
from usql.shell.times import frame_of


def talk(
    shell: Shell,
    *,
    history: History,
    terminal_input: Input | None = None,
    terminal_output: Output | None = None,
) -> None:
    """Read and run what is typed, until the end of the input or ``.quit``."""
    editor = _Editor(shell)
    session = _session(editor, history, terminal_input, terminal_output)
    while not shell.is_done:
        try:
            text = session.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            break
        if editor.gave_script:
            shell.run_script(text)
        else:
            shell.run(text)


def prompt_session(
    shell: Shell,
    history: History,
    terminal_input: Input | None = None,
    terminal_output: Output | None = None,
) -> PromptSession[str]:
    """The line editor, for one line or more. ``terminal_input`` and ``terminal_output`` replace
    the terminal's."""
    return _session(_Editor(shell), history, terminal_input, terminal_output)


def _session(
    editor: _Editor, history: History, terminal_input: Input | None, terminal_output: Output | None
) -> PromptSession[str]:
    session: PromptSession[str] = PromptSession(
        [("class:prompt", "usql> ")],
        multiline=True,
        prompt_continuation=[("class:continuation", "  ... ")],
        lexer=QueryLexer(editor.drawn),
        completer=ShellCompleter(editor.shell),
        complete_while_typing=True,
        auto_suggest=AutoSuggestFromHistory(),
        history=history,
        enable_history_search=False,
        key_bindings=editor.keys(),
        bottom_toolbar=editor.hint,
        style=STYLE,
        include_default_pygments_style=False,
        input=terminal_input,
        output=terminal_output,
    )
    session.app.on_reset += lambda _: editor.begin()
    return session


def history_at(path: Path) -> History:
    """The history in a file, or in memory if that cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(path)


def history_path() -> Path:
    """The file in the user's state folder where typed queries are kept."""
    from platformdirs import user_state_path

    return user_state_path("usql") / "history"


class _Editor:
    """What keys do to the text, and what is shown about it."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self._entered = ""
        """The text that was entered and cannot run: entered again it does run, to be refused in
        full."""
        self._is_of_lines = False
        """Whether the text was pasted or has several lines: then it runs only when it is ended
        explicitly."""
        self._is_script = False
        """Whether several lines were pasted, which may be several statements."""
        self.gave_script = False
        """Whether the latest text is a script."""
        # A text is examined several times before the next key is pressed.
        self._problems = functools.lru_cache(16)(
            lambda text, profile, is_script, _: problems(
                text, shell.sessions.catalog, profile, is_script=is_script
            )
        )

    def begin(self) -> None:
        """Reset the state for a new text."""
        self._entered = ""
        self._is_of_lines = False
        self._is_script = False

    def problems(self, text: str) -> Problems:
        """The problems of a text under the current profile and with the open data."""
        shell = self.shell
        return self._problems(text, shell.profile, self._is_script, shell.opened)

    def drawn(self, document: Document) -> Sequence[Diagnostic]:
        """The problems to underline: some while the text is typed, all once it was entered."""
        text = document.text
        cursor = None if text == self._entered else document.cursor_position
        return drawn(self.problems(text), text, cursor)

    def problem(self, document: Document) -> Diagnostic | None:
        """The problem for the hint: among those underlined, the one at the cursor."""
        shown = Problems(tuple(self.drawn(document)), is_unfinished=False)
        return shown.at(document.cursor_position)

    def hint(self) -> StyleAndTextTuples:
        """The hint below the query: a problem and the keys that correct it, or the function whose
        arguments are being typed, or how to end the query, or the data and the profile in use."""
        columns = get_app().output.get_size().columns
        return flow(self._hint(get_app().current_buffer.document), columns)

    def _hint(self, document: Document) -> Units:
        problem = self.problem(document)
        if problem is not None:
            return problem_hint(problem)
        begin = query_begin(document.text)
        signature = signature_help(document.text[begin:], document.cursor_position - begin)
        if document.cursor_position >= begin and signature is not None:
            return signature_hint(signature)
        shell = self.shell
        if self._is_of_lines and "\n" in document.text:
            return words("; or an empty line ends the query", "class:toolbar.dim")
        keys = "F1 explains the word at the cursor · .help"
        frame = frame_of(shell)
        held = [f"{len(shell.sessions)} sessions", *([] if frame is None else [frame])]
        status = " · ".join([*held, shell.profile, keys])
        return words(status, "class:toolbar.dim")

    def keys(self) -> KeyBindings:
        keys = KeyBindings()
        menu = Condition(lambda: get_app().current_buffer.complete_state is not None)
        chosen = Condition(
            lambda: (
                (state := get_app().current_buffer.complete_state) is not None
                and state.current_completion is not None
            )
        )

        @keys.add("tab", filter=menu)
        @keys.add("enter", filter=chosen)
        def _(event: KeyPressEvent) -> None:
            choose(event.current_buffer)

        @keys.add("escape", "enter")
        def _(event: KeyPressEvent) -> None:
            self._is_of_lines = True
            event.current_buffer.newline()

        @keys.add(Keys.BracketedPaste)
        def _(event: KeyPressEvent) -> None:
            pasted = event.data.replace("\r\n", "\n").replace("\r", "\n")
            event.current_buffer.insert_text(pasted)
            self._is_script |= "\n" in pasted
            self._is_of_lines |= self._is_script

        @keys.add("enter", filter=~chosen)
        def _(event: KeyPressEvent) -> None:
            self.enter(event)

        @keys.add("f1")
        def _(event: KeyPressEvent) -> None:
            self.tell(event.current_buffer.document)

        @keys.add("f6")
        def _(event: KeyPressEvent) -> None:
            self.lay_out(event)

        for number, key in enumerate(FIX_KEYS):

            @keys.add(key)
            def _(event: KeyPressEvent, number: int = number) -> None:
                self.correct(event, number)

        return keys

    def enter(self, event: KeyPressEvent) -> None:
        """Run a complete text, add a line to an incomplete one, or move to a problem. A text that
        was pasted or has several lines is complete if a ``;`` or an empty line ends it."""
        buffer = event.current_buffer
        text = buffer.text
        problems = self.problems(text)
        of_lines = self._is_of_lines and "\n" in text
        goes_on = not is_closed(text) if of_lines else problems.is_unfinished
        if goes_on and not _is_ended(buffer.document):
            buffer.newline()
        elif problems.is_unfinished or problems.error is None or text == self._entered:
            self._entered = ""
            self.gave_script = self._is_script
            buffer.validate_and_handle()
        else:
            self._entered = text
            buffer.cancel_completion()
            buffer.cursor_position = problems.error.span.end

    def correct(self, event: KeyPressEvent, number: int) -> None:
        """Apply the correction with this number to the problem in the hint."""
        buffer = event.current_buffer
        offered = fixes(self.problem(buffer.document))
        if number < len(offered):
            buffer.save_to_undo_stack()
            fixed = apply(buffer.text, offered[number].edits)
            last = max(e.span.start + len(e.text) for e in offered[number].edits)
            buffer.document = Document(fixed, min(last, len(fixed)))

    def tell(self, document: Document) -> None:
        """Print an explanation of the word at the cursor, above the query."""
        begin = query_begin(document.text)
        at = document.cursor_position - begin
        if at < 0:
            return
        meant = hover(document.text[begin:], at, self.shell.sessions.catalog)
        if meant is not None:
            from rich.markdown import Markdown

            shown = Markdown(escape_controls(meant.markdown, keep="\n"))
            run_in_terminal(lambda: self.shell.console.print(shown))

    def lay_out(self, event: KeyPressEvent) -> None:
        """Write the query in its canonical form, if it is one."""
        buffer = event.current_buffer
        text = buffer.text
        begin = query_begin(text)
        try:
            formatted = format_text(text[begin:])
        except UsqlError:
            return
        buffer.save_to_undo_stack()
        buffer.document = Document(text[:begin] + formatted)


def _is_ended(document: Document) -> bool:
    """Whether the cursor is in an empty line, which ends even an unfinished text."""
    return "\n" in document.text and not document.current_line.strip()
