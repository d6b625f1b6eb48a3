"""The command as a user runs it: a process, its output and its exit code."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import pyarrow.parquet as pq
import pytest

from tests import forks
from tests.places import SESSIONS
from tests.robust.faults.command import started
from usql import __version__
from usql.native import native

EXPORT = str(SESSIONS)
COUNT = "SELECT COUNT(*) FROM usersession"


def usql(
    *arguments: str, given: str | bytes | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    data = given.encode() if isinstance(given, str) else given
    environment = {k: v for k, v in os.environ.items() if k != "COLUMNS"}
    done = forks.run(arguments, data, environment, cwd)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return subprocess.CompletedProcess(
        done.args,
        done.returncode,
        done.stdout.decode(errors="replace"),
        done.stderr.decode(errors="replace"),
    )


def test_a_table_when_piped_is_plain_and_uncut() -> None:
    done = usql("query", "SELECT city, useraction.name FROM usersession LIMIT 1", EXPORT)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    assert "[login, loading of page /shop, loading of page /account]" in done.stdout


@pytest.mark.parametrize(
    ("form", "starts"),
    [
        ("json", '{"columns":["count(*)"]'),
        ("ndjson", '{"count(*)":16}'),
        ("csv", "count(*)\r\n16"),
        ("response", '{"extrapolationLevel"'),
        ("tree", '{"extrapolationLevel"'),
    ],
)
def test_formats(form: str, starts: str) -> None:
    assert (
        usql("query", COUNT, EXPORT, "--format", form)
        .stdout.replace("\n", "\r\n")
        .replace("\r\r", "\r")
        .startswith(starts.replace("\n", "\r\n").replace("\r\r", "\r"))
    )


def test_files_by_suffix(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    assert usql("query", COUNT, EXPORT, "-o", str(target)).returncode == 0
    assert pq.read_table(target).to_pylist() == [{"count(*)": 16}]
    table = tmp_path / "out.txt"
    assert usql("query", COUNT, EXPORT, "-o", str(table)).returncode == 0
    assert "16" in table.read_text()


def test_the_query_from_a_file_and_from_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "q.usql"
    file.write_text("\ufeff" + COUNT + ";")
    assert "16" in usql("query", "-f", str(file), EXPORT).stdout
    assert "16" in usql("query", "-", EXPORT, given=COUNT).stdout
    copy = shutil.copy(EXPORT, tmp_path)
    assert "32" in usql("query", COUNT, EXPORT, str(copy)).stdout


def test_options_reach_the_query() -> None:
    args = [
        "--start",
        "2026-03-08",
        "--end",
        "2026-03-09",
        "--now",
        "2026-03-10",
        "--utc-offset",
        "60",
        "--profile",
        "offline",
    ]
    done = usql(
        "query",
        "SELECT HOUR(startTime) FROM usersession WHERE startTime < $NOW",
        EXPORT,
        *args,
        "--format",
        "csv",
        "--timing",
    )
    assert done.stdout.split() == ["hour(startTime)", "8", "2"]
    assert "loaded 16 sessions" in done.stderr
    explained = usql("query", COUNT, EXPORT, "--explain", *args)
    assert "from: 1772924400000" in explained.stdout


def test_times_are_told_from_now_and_from_the_end_of_the_data() -> None:
    lines = []
    for options in (["--now", "data-end", "--start", "-2h"], ["--start", "-2h"], ["--end", "now"]):
        lines.append(usql("query", COUNT, EXPORT, *options, "--format", "csv").stdout.split()[1])
    assert lines == ["1", "0", "16"]
    for wrong in ("soon", "-2x"):
        done = usql("query", COUNT, EXPORT, "--now", wrong)
        assert done.returncode == 2
        assert f'now: "{wrong}" is not ' in done.stderr
    late = usql("query", f"{COUNT} WHERE startTime > $NOW - DURATION('2h')", EXPORT)
    assert "the data ends at 2026-03-09 " in late.stdout


def test_the_sample() -> None:
    assert "1000" in usql("query", COUNT, "--sample").stdout


def test_a_refused_query_is_1() -> None:
    done = usql("query", "SELECT cty FROM usersession", EXPORT)
    assert (done.returncode, done.stdout) == (1, "")
    assert "^^^" in done.stderr
    assert "correction: write city" in done.stderr
    assert usql("query", "SELECT '\x1b[31m", EXPORT).returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["query"], ["query", COUNT], ["query", COUNT, EXPORT, "--sample"], ["query", COUNT, EXPORT, "--format", "xlsx"],
        ["query", COUNT, EXPORT, "--start", "soon"], ["query", COUNT, EXPORT, "--utc-offset", "9999"], ["query", COUNT, EXPORT, "--rejects", EXPORT],
        ["nothing"], ["check"], ["check", "no-such-file"], ["fields", "sesion"], ["sample", "-o", "x.xlsx"], ["convert", EXPORT, "x.xlsx"],
        ["sample", "--sessions", "-1", "-o", "x.ndjson"],
    ],
)  # fmt: skip
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    done = usql(*arguments)
    assert done.returncode == 2
    assert "Error" in done.stderr
    assert done.stdout == ""


def test_bad_data_is_3(tmp_path: Path) -> None:
    bad = tmp_path / "bad.ndjson"
    bad.write_text('{"city": "a"}\n{"duration": "x"}\n')
    done = usql("query", COUNT, str(bad))
    assert done.returncode == 3
    assert f"{bad}, line 2, duration" in done.stderr
    rejects = tmp_path / "rejects"
    kept = usql(
        "query", COUNT, str(bad), "--on-error", "skip", "--rejects", str(rejects), "--format", "csv"
    )
    assert kept.stdout.split() == ["count(*)", "1"]
    assert "1 row was left out" in kept.stderr
    assert rejects.read_text() == '{"duration": "x"}\n'
    assert usql("query", COUNT, str(tmp_path / "none")).returncode == 3


def test_sessions_that_are_there_again(tmp_path: Path) -> None:
    """Every command that takes data tells of them, and leaves them out if asked."""
    lines = [f'{{"userSessionId": "a", "startTime": 1, "city": "{city}"}}\n' for city in "xy"]
    data = tmp_path / "s.ndjson"
    data.write_text(lines[0])
    (tmp_path / "t.ndjson").write_text(lines[1])
    both = [str(data), str(tmp_path / "t.ndjson")]
    told = "note: 1 of 2 sessions appeared before, with the same userSessionId, startTime and partNumber"
    commands: list[tuple[list[str], bytes]] = [
        (["query", COUNT, *both], b""),
        (["shell", *both], f"{COUNT};".encode()),
    ]
    for arguments, given in commands:
        kept = usql(*arguments, given=given)
        assert f'{told}: it is counted again; duplicates="drop" (--duplicates drop)' in kept.stderr
        assert "2" in kept.stdout
        dropped = usql(*arguments, "--duplicates", "drop", given=given)
        assert f"{told}: left out; 1 of these had other content.\n" in dropped.stderr
        assert "1" in dropped.stdout
        assert "2" not in dropped.stdout
    data.write_text("".join(lines))
    converted = usql("convert", str(data), str(tmp_path / "o.ndjson"), "--duplicates", "drop")
    assert f"{told}: left out" in converted.stderr
    assert (tmp_path / "o.ndjson").read_text().count("city") == 1
    wrong = usql("query", COUNT, *both, "--duplicates", "first")
    assert wrong.returncode == 2
    assert "'first' is not one of 'keep', 'drop'" in wrong.stderr


def test_check(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.usql", tmp_path / "bad.usql"
    good.write_text(COUNT + "\n")
    bad.write_text("SELECT city\nFROM usersesion;\nSELECT name FROM useraction")
    assert usql("check", str(good)).returncode == 0
    done = usql("check", str(good), str(bad))
    assert done.returncode == 1
    assert f"{bad}:2:6" in done.stdout
    assert done.stdout.splitlines()[-1] == "2 files checked: 1 error"
    offline = usql(
        "check", "-", "--profile", "offline", given="SELECT city FROM usersession LIMIT 9999;"
    )
    assert (offline.returncode, offline.stdout) == (0, "1 file checked: no problems\n")


def test_fmt(tmp_path: Path) -> None:
    assert (
        usql("fmt", "-", given="select 1 from usersession").stdout == "SELECT 1 FROM usersession\n"
    )
    file = tmp_path / "q.usql"
    file.write_text("select city from usersession -- why\n")
    assert usql("fmt", "--check", str(file)).returncode == 1
    assert file.read_text().startswith("select")
    assert usql("fmt", str(file)).returncode == 0
    assert file.read_text() == "SELECT city\nFROM usersession -- why\n"
    assert usql("fmt", "--check", str(file)).returncode == 0
    file.write_text("select city\nfrom usersession where '")
    done = usql("fmt", str(file))
    assert (done.returncode, f"--> {file}:2:24" in done.stderr) == (1, True)
    assert "--> stdin:1:1" in usql("fmt", "-", given="selct city").stderr
    assert file.read_text() == "select city\nfrom usersession where '"


def test_fmt_leaves_files_that_hold_more_than_queries(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("```usql\nselect city from usersession\n```\n")
    other = tmp_path / "q.txt"
    other.write_text("select 1 from usersession")
    done = usql("fmt", str(file), str(other))
    assert (done.returncode, done.stderr.splitlines()) == (
        1,
        [
            f"{file} does not hold queries alone and stays as it is; usql check checks and corrects "
            "the queries in it",
            f"changed {other}",
        ],
    )
    assert file.read_text() == "```usql\nselect city from usersession\n```\n"


LATIN = 'select city\nfrom usersession where city = "München"\n'.encode("latin-1")


@pytest.mark.parametrize(
    "arguments",
    [["fmt"], ["fmt", "--check"], ["check"], ["check", "--fix"], ["query", "--sample", "-f"]],
)
def test_queries_that_are_not_utf8(tmp_path: Path, arguments: list[str]) -> None:
    """Whoever reads them: refused by file and byte, and nothing is written."""
    file, good = tmp_path / "q.usql", tmp_path / "good.usql"
    file.write_bytes(LATIN)
    good.write_text("SELECT city FROM usersession\n")
    done = usql(*arguments, str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        f"{file} cannot be read: byte 45, in line 2, is not UTF-8; save it as UTF-8" in done.stderr
    )
    assert file.read_bytes() == LATIN
    given = "-" if arguments[-1] != "-f" else None
    if given:
        done = usql(*arguments, "-", given=LATIN)
        assert (done.returncode, done.stdout) == (2, "")
        assert "standard input cannot be read: byte 45" in done.stderr


def test_a_query_from_standard_input_that_is_not_utf8() -> None:
    for arguments in (
        ["query", "-", "--sample"],
        ["query", "-f", "-", "--sample"],
        ["shell", "--sample"],
    ):
        done = usql(*arguments, given=LATIN + b";")
        assert (done.returncode, done.stdout) == (2, "")
        assert "byte 45, in line 2, is not UTF-8" in done.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_queries_in_encodings_with_a_mark(tmp_path: Path, encoding: str) -> None:
    """They are read, and written back as they were."""
    mark = "\ufeff" if encoding.endswith("be") else ""
    file = tmp_path / "q.usql"
    file.write_bytes(f'{mark}select count(*) from usersession where not city="ä"'.encode(encoding))
    assert usql("query", "-f", str(file), EXPORT, "--format", "csv").stdout.split() == [
        "count(*)",
        "16",
    ]
    assert usql("query", "-", EXPORT, given=file.read_bytes()).returncode == 0
    assert usql("check", str(file)).returncode == 0
    assert usql("shell", EXPORT, given=file.read_bytes()).returncode == 0
    assert usql("fmt", str(file)).returncode == 0
    assert (
        file.read_bytes()
        == f'{mark}SELECT COUNT(*) FROM usersession WHERE NOT city = "ä"\n'.encode(encoding)
    )


def test_sample_and_convert(tmp_path: Path) -> None:
    first, second = tmp_path / "a.ndjson.gz", tmp_path / "b.parquet"
    assert usql("sample", "--sessions", "50", "--seed", "7", "-o", str(first)).returncode == 0
    assert usql("convert", str(first), str(second)).returncode == 0
    query = (
        "SELECT COUNT(*), SUM(useraction.duration), COUNT(DISTINCT userSessionId) FROM usersession"
    )
    outputs = {
        usql("query", query, str(path), "--format", "csv").stdout for path in (first, second)
    }
    assert len(outputs) == 1


def test_help_and_version() -> None:
    assert "query" in usql("--help").stdout
    assert "QUERY DATA" in usql("query", "-h").stdout
    assert usql("--version").stdout == f"usql, version {__version__}\nkernels: {native()}\n"


def test_a_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m usql query 'SELECT * FROM usersession' {EXPORT} --format ndjson; echo code $? >&2"
    done = subprocess.run(
        ["bash", "-c", f"({command}) | head -c 1"], capture_output=True, timeout=60, check=False
    )
    assert done.stderr.decode().strip() == "code 0"


def unread(pipe: IO[bytes]) -> int:
    """How many bytes are in a pipe that nobody has read."""
    import fcntl
    import termios

    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


@pytest.mark.skipif(sys.platform == "win32", reason="a process there gets no such signal")
def test_control_c_ends_quietly() -> None:
    running = started("query", "-", EXPORT, given=subprocess.PIPE)
    assert running.stdin is not None
    running.stdin.write(b"SELECT ")
    running.stdin.flush()
    while unread(running.stdin):  # until it waits for the rest of its query
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert out == b""
    assert b"Traceback" not in err


def test_json_lines_are_json() -> None:
    done = usql("query", "SELECT *, JSON FROM usersession", EXPORT, "--format", "ndjson")
    assert len([json.loads(line) for line in done.stdout.splitlines()]) == 16
