"""What the commands take from ``usql.toml`` and ``pyproject.toml``, and what goes before it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.test_cli import usql

LIMIT = "SELECT city FROM usersession LIMIT 9000\n"
EITHER = 'SELECT city FROM usersession WHERE city = "a" OR city = "b"\n'
GROUPS = "SELECT city, COUNT(*) FROM usersession GROUP BY city\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with queries, of which those below ``vendor`` have a file of their own."""
    (tmp_path / "usql.toml").write_text(
        'profile = "offline"\nignore = ["use-in"]\nexclude = ["drafts"]\n'
    )
    for name in ("drafts", "vendor"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "limit.usql").write_text(LIMIT)
    (tmp_path / "vendor" / "pyproject.toml").write_text('[tool.usql]\nselect = ["USQL5"]\n')
    (tmp_path / "either.usql").write_text(EITHER)
    (tmp_path / "limit.usql").write_text(LIMIT)
    return tmp_path


def found(folder: Path, *arguments: str, given: str = "") -> list[tuple[str, str]]:
    done = usql("check", "--format", "json", *arguments, cwd=folder, given=given)
    return [(d["file"], d["name"]) for d in json.loads(done.stdout)]


def test_each_file_is_checked_by_the_nearest_one(folder: Path) -> None:
    assert found(folder, ".") == [("./vendor/limit.usql", "limit-too-large")]
    assert found(folder / "vendor", "..", "limit.usql") == [
        ("../vendor/limit.usql", "limit-too-large"),
        ("limit.usql", "limit-too-large"),
    ]


def test_the_command_line_wins(folder: Path) -> None:
    assert found(folder, "limit.usql", "--profile", "dynatrace") == [
        ("limit.usql", "limit-too-large")
    ]
    assert found(folder, "vendor/limit.usql", "--profile", "offline") == []
    assert found(folder, "either.usql", "--ignore", "USQL6") == [("either.usql", "use-in")]
    assert found(folder, "either.usql", "--ignore", "") == [("either.usql", "use-in")]
    assert found(folder, "vendor/limit.usql", "--select", "USQL6") == []
    assert found(folder, "drafts", "--exclude", "", "--profile", "dynatrace") == [
        ("drafts/limit.usql", "limit-too-large")
    ]
    assert found(folder, ".", "--exclude", "vendor, drafts") == []


def test_standard_input_is_checked_by_the_working_directory(folder: Path) -> None:
    assert found(folder, "-", given=LIMIT + ";" + EITHER) == []
    assert found(folder / "vendor", "-", given=LIMIT) == [("stdin", "limit-too-large")]


def test_what_was_named_and_is_excluded_is_told(folder: Path) -> None:
    done = usql("check", "drafts/limit.usql", "limit.usql", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "1 file checked: no problems\n")
    assert done.stderr == "note: drafts/limit.usql is excluded\n"
    before = (folder / "drafts" / "limit.usql").read_text()
    done = usql("fmt", "drafts/limit.usql", "limit.usql", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "note: drafts/limit.usql is excluded\n")
    assert (folder / "drafts" / "limit.usql").read_text() == before
    (folder / "drafts" / "limit.usql").write_text(before.lower())
    assert usql("fmt", "--exclude", "", "drafts/limit.usql", cwd=folder).returncode == 0
    assert (folder / "drafts" / "limit.usql").read_text() == before


@pytest.mark.parametrize("command", ["check", "fmt", "query"])
def test_a_key_that_is_unknown(folder: Path, command: str) -> None:
    (folder / "usql.toml").write_text('ignored = ["use-in"]')
    arguments = [EITHER, "--sample"] if command == "query" else ["either.usql"]
    done = usql(command, *arguments, cwd=folder)
    assert done.returncode == 2
    assert f"{folder}/usql.toml: there is no key 'ignored'; ignore may be meant" in done.stderr


def test_a_rule_that_is_unknown(folder: Path) -> None:
    (folder / "usql.toml").write_text('ignore = ["usein"]')
    done = usql("check", "either.usql", "--ignore", "use-in", cwd=folder)
    assert done.returncode == 2
    assert (
        f"{folder}/usql.toml: there is no rule 'usein'; did you mean use-in or use-not-in?\n"
        in done.stderr
    )
    done = usql("check", "either.usql", "--ignore", "usein", cwd=folder / "vendor")
    assert "usql.toml" not in done.stderr.split("there is no rule")[0]


def test_a_query_takes_data_profile_and_timeout(tmp_path: Path) -> None:
    usql("sample", "--sessions", "200", "-o", str(tmp_path / "s.ndjson"))
    (tmp_path / "usql.toml").write_text('data = "s.ndjson"\nprofile = "offline"\n')
    (tmp_path / "inner").mkdir()
    inner = tmp_path / "inner"
    query = "SELECT COUNT(*), COUNT(*) / 2 AS half FROM usersession"
    assert usql("query", query, "--format", "csv", cwd=inner).stdout.split() == [
        "count(*),half",
        "200,100.0",
    ]
    done = usql("query", query, "--profile", "dynatrace", cwd=inner)
    assert (done.returncode, "metric-arithmetic" in done.stderr) == (1, True)
    done = usql("query", query, "--sample", "--format", "csv", cwd=inner)
    assert done.stdout.splitlines()[1] != "200,100.0"
    other = tmp_path / "one.ndjson"
    other.write_text((tmp_path / "s.ndjson").read_text().splitlines()[0] + "\n")
    done = usql("query", query, str(other), "--format", "csv", cwd=inner)
    assert done.stdout.splitlines()[1] == "1,0.5"
    (tmp_path / "usql.toml").write_text('data = "s.ndjson"\ntimeout = 0\n')
    slow = "SELECT COUNT(*) FROM usersession"
    done = usql("query", slow, cwd=inner)
    assert (done.returncode, "USQL802" in done.stderr) == (1, True)
    assert usql("query", slow, "--timeout", "100", cwd=inner).returncode == 0


def test_a_shell_takes_data_profile_and_timeout(tmp_path: Path) -> None:
    (tmp_path / "one.ndjson").write_text('{"userSessionId": "a", "startTime": 1}\n')
    (tmp_path / "usql.toml").write_text('data = "one.ndjson"\nprofile = "offline"\n')
    (tmp_path / "inner").mkdir()
    inner = tmp_path / "inner"
    script = ".format csv\nSELECT COUNT(*) / 2 AS half FROM usersession;"
    assert usql("shell", cwd=inner, given=script).stdout == "half\r\n0.5\r\n"
    done = usql("shell", "--profile", "dynatrace", cwd=inner, given=script)
    assert (done.returncode, "metric-arithmetic" in done.stderr) == (1, True)
    assert usql("shell", "--sample", cwd=inner, given=script).stdout != "half\r\n0.5\r\n"
    (tmp_path / "usql.toml").write_text('data = "one.ndjson"\ntimeout = 0\n')
    count = "SELECT COUNT(*) FROM usersession"
    done = usql("shell", cwd=inner, given=count)
    assert (done.returncode, "USQL802" in done.stderr) == (1, True)
    assert usql("shell", "--timeout", "100", cwd=inner, given=count).returncode == 0


def test_describe_takes_data(tmp_path: Path) -> None:
    (tmp_path / "one.ndjson").write_text('{"userSessionId": "a", "startTime": 1}\n')
    (tmp_path / "usql.toml").write_text('data = "one.ndjson"\n')
    assert usql("describe", cwd=tmp_path).stdout.startswith("usersession: 1 row\n")


@pytest.mark.parametrize("command", ["query", "shell", "describe"])
def test_without_data_it_is_told_so(tmp_path: Path, command: str) -> None:
    (tmp_path / "usql.toml").write_text("")
    query = ["SELECT COUNT(*) FROM usersession"] if command == "query" else []
    done = usql(command, *query, cwd=tmp_path)
    assert (done.returncode, "Name the data to query" in done.stderr) == (2, True)
