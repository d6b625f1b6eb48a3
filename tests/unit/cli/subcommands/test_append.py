"""``usql append``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import usql
from tests.unit.cli.test_cli import usql as command
from tests.unit.live.bodies import ids, line
from usql.live.folder import LiveFolder


def test_sessions_are_added_once(tmp_path: Path) -> None:
    folder, data = tmp_path / "shop.live", tmp_path / "a.ndjson"
    data.write_bytes(line("a") + line("b"))
    done = command("append", str(folder), str(data))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"added 2 sessions to {folder}\n")
    data.write_bytes(line("b") + line("a", city="Linz") + line("c"))
    done = command("append", str(folder), str(data))
    assert done.stderr == (
        "note: 1 session arrived again and was left out.\n"
        "note: 1 session arrived again with other content and was put into rejects.ndjson.\n"
        f"added 1 session to {folder}\n"
    )
    assert ids(usql.open(folder)) == ["a", "b", "c"]
    counted = command("query", "SELECT COUNT(*) FROM usersession", str(folder), "--format", "csv")
    assert counted.stdout.split() == ["count(*)", "3"]


def test_a_writer_is_named(tmp_path: Path) -> None:
    folder, data = tmp_path / "shop.live", tmp_path / "a.ndjson"
    data.write_bytes(line("a"))
    with LiveFolder(folder, "testing"):
        done = command("append", str(folder), str(data))
    assert done.returncode == 3
    assert done.stderr.startswith(f"error: {folder} cannot be written: process {os.getpid()} on ")
    assert "has been testing there since" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("shop.live", "--ingest"), "USQL_INGEST_PASSWORD must have a password"),
        (("shop.live", "--keep", "90d"), "--keep needs --ingest"),
        (("a.live", "b.live", "--ingest"), "name one live folder"),
        (("--sample", "--ingest"), "name one live folder"),
        (("a.live", "--ingest", "--duplicates", "drop"), "name one live folder"),
    ],
)
def test_wrong_usage_of_serve(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], complaint: str
) -> None:
    monkeypatch.delenv("USQL_INGEST_PASSWORD", raising=False)
    done = command("serve", *arguments)
    assert (done.returncode, complaint in done.stderr) == (2, True)


def test_wrong_values_of_serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(tmp_path / "shop.live")
    monkeypatch.setenv("USQL_INGEST_PASSWORD", "short")
    done = command("serve", folder, "--ingest", "--port", "0")
    assert (done.returncode, "USQL_INGEST_PASSWORD: the password must have" in done.stderr) == (
        2,
        True,
    )
    done = command("serve", folder, "--ingest", "--keep", "long")
    assert (done.returncode, '--keep: "long" is not a duration' in done.stderr) == (2, True)
    assert not Path(folder).exists()
