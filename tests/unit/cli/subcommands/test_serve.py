"""What ``usql serve`` prints, and what it refuses."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.server.asking import TOKEN
from tests.unit.server.running import serving
from usql.cli.command import invoke


def refused(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert invoke(["serve", *arguments]) == 2
    return capfd.readouterr().err.split("Error: ")[-1].strip()


def test_a_token_is_made_and_shown_once(tmp_path: Path) -> None:
    with serving(tmp_path, "--sample", token=None) as running:
        first, second, third = running.printed.splitlines()
        assert re.fullmatch(r"Serving at http://127\.0\.0\.1:\d+/api/v1; Ctrl-C stops it\.", first)
        assert re.fullmatch(r"Token, shown once: dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}", second)
        token = second.rpartition(" ")[2]
        assert (
            third == f"Page: {running.url}/#token={token}"
        )  # in the fragment, which stays in the browser
        told = running.log.read_text()
        assert re.fullmatch(
            r"1,000 sessions from 2026-03-02 [\d:.]+ to 2026-03-15 [\d:.]+; the time for queries is 2026-03-15 [\d:.]+\.\n",
            told,
        )


def test_a_token_that_is_given_is_not_shown(tmp_path: Path) -> None:
    with serving(tmp_path, "--sample") as running:
        assert TOKEN not in running.printed + running.log.read_text()
        assert running.printed.splitlines()[1] == f"Page: {running.url}/"
    file = tmp_path / "token"
    file.write_text("y" * 40)
    file.chmod(0o600)
    with serving(tmp_path, "--sample", "--token-file", str(file)) as running:
        assert "y" * 40 not in running.printed + running.log.read_text()


def test_no_option_takes_the_token() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "usql", "serve", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [word for word in re.findall(r"--[\w-]+", done.stdout) if "token" in word] == [
        "--token-file"
    ]


def test_what_is_refused(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("USQL_TOKEN", raising=False)
    told = refused(capfd, "--sample", "--host", "0.0.0.0")
    assert told.startswith("0.0.0.0 can be reached from other machines")
    assert refused(capfd, "--sample", "--clock", "wall", "--now", "1") == "Choose --clock or --now."
    assert "is not an origin" in refused(capfd, "--sample", "--allow-origin", "*", "--port", "0")
    assert "cannot be read" in refused(capfd, "--sample", "--token-file", str(tmp_path / "none"))
    open_ = tmp_path / "open"
    open_.write_text(TOKEN)
    open_.chmod(0o644)
    assert "can be read by others" in refused(capfd, "--sample", "--token-file", str(open_))
    assert "needs a key" in refused(capfd, "--sample", "--tls-cert", "x")
    assert refused(capfd).startswith("Name the data to query")
    monkeypatch.setenv("USQL_TOKEN", "short-and-secret")
    told = refused(capfd, "--sample", "--port", "0")
    assert told == "a token must have 32 to 512 printable ASCII characters and no spaces."


def test_a_port_that_is_taken(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with serving(tmp_path, "--sample") as running:
        told = refused(capfd, "--sample", "--port", str(running.port))
    assert (
        told
        == f"127.0.0.1:{running.port} cannot be used: Address already in use; choose another --port."
    )
