"""``usql shell`` from a pipe: a script of commands and queries."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_cli import DATA, usql

COUNT = "SELECT COUNT(*) FROM usersession"


def test_a_script() -> None:
    done = usql("shell", DATA, given=f".format csv\n{COUNT};\n.quit\n{COUNT}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "count(*)\r\n16\r\n", "format csv\n")


def test_tables_are_plain() -> None:
    done = usql("shell", DATA, given="SELECT city, country FROM usersession LIMIT 2;")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert done.stdout.endswith("2 rows\nThe first 2 of 16 rows are shown, because of LIMIT 2.\n")


def test_a_failure_is_told_at_the_end() -> None:
    done = usql("shell", DATA, given=f"SELECT cty FROM usersession;\n.nothing\n{COUNT};")
    assert done.returncode == 1
    assert "unknown-field" in done.stderr
    assert "no command .nothing" in done.stderr
    assert "16" in done.stdout


def test_options_hold_for_every_query() -> None:
    done = usql("shell", DATA, "--end", "1970-01-02", given=f"{COUNT};{COUNT}")
    assert done.stdout.split().count("0") == 2


def test_wrong_usage(tmp_path: Path) -> None:
    assert usql("shell").returncode == 2
    assert usql("shell", DATA, "--sample").returncode == 2
    assert usql("shell", str(tmp_path / "none.ndjson"), given="").returncode == 3


def test_bytes_that_are_no_text() -> None:
    done = usql("shell", DATA, given=b"SELECT '\xff' FROM usersession")
    assert done.returncode == 2
    assert "byte 9, in line 1, is not UTF-8" in done.stderr
