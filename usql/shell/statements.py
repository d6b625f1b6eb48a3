"""What was typed, cut into commands and queries; and whether it is all there."""

from __future__ import annotations

from collections.abc import Iterator

from usql.language.lexer import lex
from usql.language.parser import parse_script
from usql.language.slips import repair
from usql.language.tables import END, Stack

COMMAND = "."
"""The sign that a command begins with."""


def is_command(text: str) -> bool:
    """Whether the text is a command of the shell and no query."""
    return text.lstrip().startswith(COMMAND)


def unfinished(text: str) -> bool:
    """Whether a query could go on at the end of the text, and can not end there: a clause, a
    bracket or a comment is open, or FROM is still to come. A string ends with its line.

    >>> unfinished("SELECT city"), unfinished("SELECT city FROM usersession")
    (True, False)
    >>> unfinished("SELECT city FROM FROM")  # wrong, and more words would not mend it
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


def statements(text: str) -> Iterator[str]:
    """The commands and queries of a script in order: a command takes a line, a query ends at its
    ``;``, before a command, or with the text. Texts without a word are left out.

    >>> list(statements(".timing on\\nSELECT city\\nFROM usersession; SELECT 1 FROM usersession"))
    ['.timing on', 'SELECT city\\nFROM usersession', 'SELECT 1 FROM usersession']
    """
    pending = ""
    for line in text.splitlines(keepends=True):
        if is_command(line) and not unfinished(pending):
            yield from queries(pending)
            yield line.strip()
            pending = ""
        else:
            pending += line
    yield from queries(pending)


def queries(text: str) -> Iterator[str]:
    """The queries of a text, without their ``;``."""
    for parsed in parse_script(text):
        query = text[parsed.span.start : parsed.span.end]
        if lex(query)[0]:
            yield query
