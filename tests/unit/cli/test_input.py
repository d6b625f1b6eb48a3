"""``-``: the data, or the query, from standard input."""

from __future__ import annotations

import gzip
import os
import pty
from pathlib import Path

import pytest

from tests.robust.faults.command import usql
from tests.unit.cli.test_cli import COUNT, EXPORT

TEXT = Path(EXPORT).read_bytes()


def test_data_from_a_pipe(tmp_path: Path) -> None:
    for content in (TEXT, gzip.compress(TEXT)):
        done = usql("query", COUNT, "-", "--format", "csv", given=content)
        assert (done.returncode, done.stdout.split()) == (0, [b"count(*)", b"16"])
    done = usql("query", COUNT, EXPORT, "-", "--format", "csv", given=TEXT)
    assert done.stdout.split()[1] == b"32"
    query = tmp_path / "q.usql"
    query.write_text(COUNT)
    assert b"16" in usql("query", "-f", str(query), "-", given=TEXT).stdout
    target = tmp_path / "a.parquet"
    done = usql("convert", "-", str(target), given=TEXT)
    assert done.stderr.decode().startswith(f"wrote 16 sessions, 27 actions to {target}, ")
    assert b"16" in usql("query", COUNT, str(target)).stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", b"error: standard input: it is empty; nothing was piped in"),
        (TEXT[:-20], b"error: standard input, line 16: the text ends in the middle of a value"),
        (b"PAR1" * 9, b"error: standard input: Parquet and Arrow files need random access"),
    ],
)
def test_bad_data_from_a_pipe(content: bytes, words: bytes) -> None:
    done = usql("query", COUNT, "-", given=content)
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.startswith(words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("query", "-", "-"), b"Standard input can be the query or the data, not both."),
        (("query", "-f", "-", "-"), b"Standard input can be the query or the data, not both."),
        (("shell", "-"), b"Standard input has the queries; name the data."),
    ],
)
def test_one_thing_comes_from_it(arguments: tuple[str, ...], words: bytes) -> None:
    done = usql(*arguments, given=TEXT)
    assert done.returncode == 2
    assert words in done.stderr


def test_a_terminal() -> None:
    """Nobody is left waiting for what will not come."""
    leader, follower = pty.openpty()

    def at_terminal() -> None:
        os.dup2(follower, 0)

    try:
        done = usql("query", COUNT, "-", setup=at_terminal)
    finally:
        os.close(leader)
        os.close(follower)
    assert done.returncode == 3
    assert done.stderr.startswith(b"error: standard input: it is a terminal; pipe the sessions in")
