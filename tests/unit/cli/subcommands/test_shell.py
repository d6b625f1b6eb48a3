"""``usql shell`` from a pipe: a script of commands and queries."""

from __future__ import annotations

from pathlib import Path

from tests.unit.cli.test_cli import EXPORT, usql

COUNT = "SELECT COUNT(*) FROM usersession"


def test_a_script() -> None:
    done = usql("shell", EXPORT, given=f".format csv\n{COUNT};\n.quit\n{COUNT}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "count(*)\r\n16\r\n", "format csv\n")


def test_tables_are_plain() -> None:
    done = usql("shell", EXPORT, given="SELECT city, country FROM usersession LIMIT 2;")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert done.stdout.endswith("2 rows\nThe first 2 of 16 rows are shown, because of LIMIT 2.\n")


def test_a_failure_is_told_at_the_end() -> None:
    done = usql("shell", EXPORT, given=f"SELECT cty FROM usersession;\n.nothing\n{COUNT};")
    assert done.returncode == 1
    assert "unknown-field" in done.stderr
    assert "no command .nothing" in done.stderr
    assert "16" in done.stdout


def test_options_hold_for_every_query() -> None:
    done = usql("shell", EXPORT, "--end", "1970-01-02", given=f"{COUNT};{COUNT}")
    assert done.stdout.split().count("0") == 2


def test_wrong_usage(tmp_path: Path) -> None:
    assert usql("shell").returncode == 2
    assert usql("shell", EXPORT, "--sample").returncode == 2
    assert usql("shell", str(tmp_path / "none.ndjson"), given="").returncode == 3


def test_bytes_that_are_no_text() -> None:
    done = usql("shell", EXPORT, given=b"SELECT '\xff' FROM usersession")
    assert done.returncode == 2
    assert "byte 9, in line 1, is not UTF-8" in done.stderr


def test_other_data_is_opened_with_the_same_options(tmp_path: Path) -> None:
    path = tmp_path / "bad.ndjson"
    path.write_text('{"userSessionId": "a", "duration": "long"}\n{"userSessionId": "b"}\n')
    script = f".format csv\n.open {path}\n{COUNT};\nexit\n{COUNT}"
    done = usql("shell", EXPORT, "--on-error", "skip", given=script)
    assert (done.returncode, done.stdout) == (0, "count(*)\r\n1\r\n")
    assert "1 row was left out" in done.stderr
    stopped = usql("shell", EXPORT, given=script)
    assert (stopped.returncode, stopped.stdout) == (1, "count(*)\r\n16\r\n")
    assert "duration" in stopped.stderr


def test_an_empty_line_ends_a_query() -> None:
    script = f".format csv\n{COUNT}\nLIMIT 1\n\nSELECT COUNT(*) AS n\n\nFROM useraction\n\nquit\n"
    done = usql("shell", EXPORT, given=script)
    assert (done.returncode, done.stdout) == (0, "count(*)\r\n16\r\nn\r\n27\r\n")
