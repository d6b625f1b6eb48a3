"""``usql validate``: all bad places of all data, in text and JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.terminal import Terminal
from tests.unit.cli.test_cli import EXPORT, usql
from usql.cli.command import invoke

LINES = [
    '{"userSessionId": "a", "duration": "x", "city": []}',
    '{"userSessionId": "b"}',
    '{"user\u009b": 1}',
    '{"userSessionId": "b"}',
]


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.ndjson"
    path.write_text("\n".join(LINES))
    return path


def test_every_bad_place_is_a_line(capfd: pytest.CaptureFixture[str], bad: Path) -> None:
    assert invoke(["validate", str(bad), EXPORT]) == 3
    out, err = capfd.readouterr()
    assert out.splitlines() == [
        f'{bad}, line 1, duration: expected a whole number, found the string "x"',
        f"{bad}, line 1, city: expected a string, found a list",
        f"{bad}, line 3: this is not a session: none of its members (user\\x9b) is a field of usersession with a value",
    ]
    note, summary = err.splitlines()
    assert note.startswith("note: 1 of 18 sessions appeared before, ")
    assert summary == "3 problems in 1 source; 18 sessions can be read"


def test_as_json(capfd: pytest.CaptureFixture[str], bad: Path) -> None:
    assert invoke(["validate", str(bad), "--format", "json"]) == 3
    out, err = capfd.readouterr()
    found = json.loads(out)
    assert [(p["line"], p["path"]) for p in found["problems"]] == [
        (1, "duration"),
        (1, "city"),
        (3, ""),
    ]
    assert found["problems"][0] == {
        "source": str(bad), "line": 1, "row": None, "path": "duration",
        "reason": 'expected a whole number, found the string "x"',
    }  # fmt: skip
    assert found["sessions"] == 2
    assert found["notes"][0].startswith("1 of 2 sessions appeared before")
    assert err == "3 problems in 1 source; 2 sessions can be read\n"


def test_good_data(capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke(["validate", EXPORT]) == 0
    assert capfd.readouterr() == ("", "no problems; 16 sessions\n")
    assert invoke(["validate", EXPORT, "--format", "json", "--threads", "1"]) == 0
    assert json.loads(capfd.readouterr().out) == {"problems": [], "sessions": 16, "notes": []}


def test_from_a_pipe(bad: Path) -> None:
    done = usql("validate", "-", given=bad.read_bytes())
    assert done.returncode == 3
    assert len(done.stdout.splitlines()) == 3


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "Missing argument 'DATA...'"),
        (["SELECT 1 FROM usersession"], 2, "This is a query, not data"),
        (["no-such-file"], 3, "error: no-such-file: there is no such file or folder"),
    ],
)
def test_wrong_calls(
    capfd: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    assert invoke(["validate", *arguments]) == code
    assert said in capfd.readouterr().err


@pytest.mark.long
def test_the_bar_keeps_out_of_pipes_and_lines(tmp_path: Path) -> None:
    """With standard error on a terminal, where a bar is drawn once a second is over."""
    usql = f"'{sys.executable}' -m usql"
    slow = f"(for n in 1 2 3; do echo '{LINES[0]}'; sleep 1; done)"
    command = f"{slow} | {usql} validate - > '{tmp_path}/out'; cat '{tmp_path}/out'"
    terminal = Terminal(["-c", command], 120, 30, command="bash")
    assert terminal.end() == 0
    assert b"loading" in terminal.sent
    assert "loading" not in terminal.text
    assert terminal.text.count("standard input, line 1, duration: ") == 1
    assert (tmp_path / "out").read_text().count("\n") == 6
