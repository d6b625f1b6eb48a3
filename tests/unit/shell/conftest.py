"""A shell over few sessions, whose screens are texts."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

import usql
from tests.places import SESSIONS
from usql.sessions import Sessions
from usql.shell.shell import Shell


@pytest.fixture(scope="session")
def sessions() -> Sessions:
    return usql.open(SESSIONS)


@pytest.fixture
def shell(sessions: Sessions) -> Shell:
    """Prints nowhere but to texts; see :func:`said`."""
    return Shell(
        sessions,
        Console(file=io.StringIO(), width=100),
        Console(file=io.StringIO(), width=100),
    )


def said(shell: Shell) -> tuple[str, str]:
    """The results and the notes since the last call."""
    texts = []
    for console in (shell.console, shell.notes):
        assert isinstance(console.file, io.StringIO)
        texts.append(console.file.getvalue())
        console.file.seek(0)
        console.file.truncate()
    return texts[0], texts[1]
