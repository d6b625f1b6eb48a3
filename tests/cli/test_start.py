"""What each command imports: a command waits for nothing that it does not use."""

from __future__ import annotations

import subprocess
import sys

import pytest

from usql.cli.command import SUBCOMMANDS


def imported(*arguments: str, given: str = "") -> set[str]:
    """The modules that a process has imported when the command is done. An exit code above 1 is a
    failure of the test."""
    code = (
        "import sys; from usql.cli import run; code = run(sys.argv[1:]); "
        "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        input=given, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode <= 1, done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    "arguments", [["--version"], ["fields"], ["fmt", "-"], ["check", "-"]], ids=lambda a: a[0]
)
def test_only_the_command_that_runs_is_imported(arguments: list[str]) -> None:
    modules = imported(*arguments, given="SELECT city FROM usersession\n")
    assert {n for n in SUBCOMMANDS if f"usql.cli.{n}" in modules} == {*arguments[:1]} & {
        *SUBCOMMANDS
    }


def test_the_help_lists_every_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "usql", "--help"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    listed = [
        line.split() for line in done.stdout.split("Commands:\n")[1].split("\n\n")[0].splitlines()
    ]
    assert [words[0] for words in listed] == [*SUBCOMMANDS]
    assert all(len(words) > 3 for words in listed)
