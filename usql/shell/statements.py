"""Splitting typed text into commands and queries, and deciding whether it is complete."""

from __future__ import annotations

from collections.abc import Iterator

from usql.language.common_mistakes import repair
from usql.language.lexer import lex
from usql.language.parser import parse_script
from usql.language.tables import END, Stack
from usql.shell.habits import spoken

COMMAND = "."
"""The character that a command begins with."""


_FOREIGN = "\\"
"""The character that commands of some other shells begin with."""


def is_command(text: str) -> bool:
    """Whether the text is a command of the shell, with its dot."""
    return text.lstrip().startswith(COMMAND)


def command_of(text: str) -> str | None:
    """The command that a text is or stands for, with its dot; ``None`` for queries.

    >>> command_of("exit;"), command_of(" .tables"), command_of("SELECT city")
    ('.quit', '.tables', None)
    """
    if is_command(text) or text.lstrip().startswith(_FOREIGN):
        return text.strip()
    return spoken(text)


def unfinished(text: str) -> bool:
    """Whether a query could continue at the end of the text, and cannot end there: a clause, a
    bracket or a comment is open, or FROM is still missing. A string ends with its line.

    >>> unfinished("SELECT city"), unfinished("SELECT city FROM usersession")
    (True, False)
    >>> unfinished("SELECT city FROM FROM")  # wrong, and more words would not help
    False
    """
    words, _ = lex(text)
    if words and words[-1].type == "OPEN_COMMENT":
        return True
    ends = [i for i, word in enumerate(words) if word.type == "SEMICOLON"]
    last = words[ends[-1] + 1 :] if ends else words
    if not last:
        return False
    if last[-1].type != "COMMA":  # a comma at the end is repaired by leaving it out
        last, _ = repair(last, text)
    stack = Stack()
    if stack.feed(last) < len(last):
        return False
    return not stack.takes((END,)) or all(word.type != "FROM" for word in last)


def is_closed(text: str) -> bool:
    """Whether a ``;`` is the last token of the text.

    >>> is_closed("SELECT 1 FROM usersession; -- all"), is_closed("-- all;")
    (True, False)
    """
    words, _ = lex(text)
    return bool(words) and words[-1].type == "SEMICOLON"


def statements(text: str) -> Iterator[str]:
    """The commands and queries of a script in order. A command takes a line, and more if its query
    continues; a query ends at its ``;``, at an empty line if it is complete, before a command, or
    with the text. Empty texts are left out.

    >>> list(statements(".timing on\\nSELECT city\\nFROM usersession; SELECT 1 FROM usersession"))
    ['.timing on', 'SELECT city\\nFROM usersession', 'SELECT 1 FROM usersession']
    """
    return (statement for _, statement in placed(text))


def placed(text: str) -> Iterator[tuple[int, str]]:
    """The :func:`statements` of a script, each with its offset."""
    begin = end = 0
    is_command = False
    for line in text.splitlines(keepends=True):
        pending, after = text[begin:end], end + len(line)
        if not is_command:
            if not line.strip():
                if pending.strip() and not unfinished(pending):
                    yield from _placed_queries(pending, begin)
                    begin = after
            elif command_of(line) is not None and not unfinished(pending):
                yield from _placed_queries(pending, begin)
                begin, is_command = end, True
        end = after
        if is_command and not _goes_on(text[begin:end]):
            yield _stripped(text[begin:end], begin)
            begin, is_command = end, False
    if is_command:
        yield _stripped(text[begin:], begin)
    else:
        yield from _placed_queries(text[begin:], begin)


def _stripped(command: str, begin: int) -> tuple[int, str]:
    return begin + len(command) - len(command.lstrip()), command.strip()


def _goes_on(command: str) -> bool:
    """Whether the query after a command is unfinished."""
    _, _, argument = command.strip().partition(" ")
    return argument.lstrip()[:6].upper() == "SELECT" and unfinished(argument)


def queries(text: str) -> Iterator[str]:
    """The queries of a text, without their ``;``."""
    return (query for _, query in _placed_queries(text, 0))


def _placed_queries(text: str, begin: int) -> Iterator[tuple[int, str]]:
    for parsed in parse_script(text):
        query = text[parsed.span.start : parsed.span.end]
        if lex(query)[0]:
            yield begin + parsed.span.start, query
