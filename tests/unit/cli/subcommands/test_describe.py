"""``usql describe``: what is in some data, as a table and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.terminal import Terminal
from tests.unit.cli.test_cli import EXPORT
from usql.cli.command import invoke

LINES = """
{"userSessionId": "a", "startTime": 1700000000000, "city": "Linz", "userActions": [{"name": "go", "duration": 5}]}
{"userSessionId": "b", "startTime": 1700000001500, "city": "Linz", "longProperties": [{"key": "n", "value": 7}]}
{"userSessionId": "c"}
"""


@pytest.fixture
def data(tmp_path: Path) -> str:
    path = tmp_path / "s.ndjson"
    path.write_text(LINES.lstrip())
    return str(path)


def test_as_a_table(capfd: pytest.CaptureFixture[str], data: str) -> None:
    assert invoke(["describe", data]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[:6] == [
        "usersession: 3 rows",
        "field             type       filled  distinct  most frequent  smallest                 largest",
        "userSessionId     string      100 %         3                 a                        c",
        "startTime         timestamp  66.7 %         2                 2023-11-14 22:13:20.000  2023-11-14 22:13:21.500",
        "city              string     66.7 %         1  Linz (2)       Linz                     Linz",
        "longProperties.n  long       33.3 %         1                 7                        7",
    ]
    assert lines[6].startswith("without any value: endTime, duration, ")
    assert "longProperties" not in lines[6]
    assert lines[8] == "useraction: 1 row"
    assert "userevent: " not in out


def test_as_json(capfd: pytest.CaptureFixture[str], data: str) -> None:
    assert invoke(["describe", data, "--format", "json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found[1] == {
        "table": "usersession", "field": "startTime", "type": "timestamp", "rows": 3, "filled": 2, "distinct": 2,
        "smallest": 1700000000000, "largest": 1700000001500,
        "frequent": [{"value": 1700000000000, "count": 1}, {"value": 1700000001500, "count": 1}],
    }  # fmt: skip
    assert [(f["table"], f["field"]) for f in found[-2:]] == [
        ("useraction", "name"),
        ("useraction", "duration"),
    ]


def test_shares_are_100_and_0_only_where_it_is_exactly_so(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "s.ndjson"
    rows = [{"userSessionId": str(n), "city": "x"} for n in range(3000)]
    del rows[0]["city"]
    rows[0]["isp"] = "y"
    path.write_text("\n".join(map(json.dumps, rows)))
    assert invoke(["describe", str(path)]) == 0
    shares = {
        line.split()[0]: line.split("%")[0].split()[-1]
        for line in capfd.readouterr().out.splitlines()[2:5]
    }
    assert shares == {"userSessionId": "100", "city": "99.9", "isp": "0.1"}


def test_the_sample_and_wrong_calls(capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke(["describe", "--sample"]) == 0
    assert capfd.readouterr().out.startswith("usersession: 1,000 rows\n")
    assert invoke(["describe"]) == 2
    assert invoke(["describe", EXPORT, "--sample"]) == 2
    assert invoke(["describe", "SELECT city FROM usersession"]) == 2
    assert "This is a query, not data" in capfd.readouterr().err


@pytest.mark.long
@pytest.mark.parametrize("columns", [40, 80])
def test_on_a_terminal_it_fits_and_is_paged(columns: int) -> None:
    terminal = Terminal(["describe", EXPORT], columns, 24)
    text = terminal.wait(lambda text: text.endswith(":"))
    lines = text.split("\n")
    assert lines[0] == "usersession: 16 rows"
    assert lines[2].split()[:2] == ["userSessionId", "string"]
    assert len(lines) == 24  # none is broken in two
    terminal.type("/room" if columns == 40 else "/without", "\r")
    terminal.wait("no room for: filled," if columns == 40 else "without any value:")
    terminal.type("q")
    assert terminal.end() == 0
