"""Completion: what is offered, and real shells that ask for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.places import ROOT
from tests.terminal import Terminal
from usql.cli.command import SUBCOMMANDS, invoke

TAB = "\t"


Offered = Callable[..., list[str]]


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Offered:
    """What the command answers to a shell about a word of a line."""

    def asked(line: str, word: int | str, shell: str = "bash") -> list[str]:
        monkeypatch.setenv("_USQL_COMPLETE", f"{shell}_complete")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(word))
        assert invoke([]) == 0
        out, err = capfd.readouterr()
        assert err == ""
        return out.splitlines()

    return asked


@pytest.mark.parametrize(
    ("line", "word", "found"),
    [
        ("usql ", 1, [f"plain,{name}" for name in SUBCOMMANDS]),
        ("usql s", 1, ["plain,shell", "plain,shard", "plain,serve", "plain,sample"]),
        ("usql --v", 1, ["plain,--version"]),
        ("usql query --form", 2, ["plain,--format"]),
        ("usql query --format j", 3, ["plain,json"]),
        ("usql query --format = j", 4, ["plain,json"]),
        ("usql query --profile ", 3, ["plain,dynatrace", "plain,offline"]),
        ("usql query ses", 2, [""]),
        ("usql query -f ", 3, ["file,"]),
        ("usql query -f q.usql ses", 4, ["file,ses"]),
        ("usql query 'SELECT city\nFROM usersession' ses", 3, ["file,ses"]),
        ("usql query --output ", 3, ["file,"]),
        ("usql shell ", 2, ["file,"]),
        ("usql convert a", 2, ["file,a"]),
        ("usql convert a.ndjson b", 3, ["file,b"]),
        ("usql check q", 2, ["file,q"]),
        ("usql check --select use-in,use", 3, ["plain,use-in,use-in", "plain,use-in,use-not-in"]),
        ("usql check --ignore USQL61", 3, [f"plain,USQL61{n}" for n in range(7)]),
        ("usql fmt q", 2, ["file,q"]),
        ("usql fields ", 2, ["plain,usersession", "plain,useraction", "plain,userevent", "plain,usererror", "plain,usersyntheticevent"]),
        ("usql fields usera", 2, ["plain,useraction", "plain,userActionCount", "plain,userActionPropertyCount"]),
        ("usql fields useraction.durat", 2, ["plain,useraction.duration"]),
        ("usql fields UserAction.isE", 2, ["plain,useraction.isEntryAction", "plain,useraction.isExitAction"]),
        ("usql fields BROWSERF", 2, ["plain,browserFamily"]),
        ("usql fields nothing.at", 2, [""]),
        ("usql nothing ", 2, [f"plain,{name}" for name in SUBCOMMANDS]),
    ],
)  # fmt: skip
def test_what_is_offered(offered: Offered, line: str, word: int, found: list[str]) -> None:
    assert offered(line, word) == found


def test_what_is_said_beside_it(offered: Offered) -> None:
    zsh = offered("usql fields useraction.duration", 2, "zsh")
    assert zsh[:2] == ["plain", "useraction.duration"]
    assert zsh[2].endswith(" In ms.")
    assert offered("usql sam", 1, "zsh") == ["plain", "sample", SUBCOMMANDS["sample"]]
    assert offered("usql que", "que", "fish") == [f"plain,query\t{SUBCOMMANDS['query']}"]


@pytest.mark.parametrize(
    "line", ["usql ", "usql query --format ", "usql fields u", "usql check --select u"]
)
def test_nothing_heavy_is_imported(line: str) -> None:
    code = (
        "import sys; from usql.cli import run; assert run([]) == 0; "
        "print(*{'numpy', 'pyarrow', 'rich', 'pandas'} & set(sys.modules), file=sys.stderr)"
    )
    asked = {
        "_USQL_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(line.count(" ")),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **asked}, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "plain,u" in done.stdout or "plain,query" in done.stdout or "plain,csv" in done.stdout
    assert done.stderr == "\n"


@pytest.mark.parametrize("instruction", ["tcsh_source", "bash", "bash_both"])
def test_an_unknown_shell(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], instruction: str
) -> None:
    monkeypatch.setenv("_USQL_COMPLETE", instruction)
    assert invoke([]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert f"_USQL_COMPLETE is {instruction!r}; to set completion up it is bash_source, " in err


def needs(shell: str) -> pytest.MarkDecorator:
    is_absent = shutil.which(shell) is None and not os.environ.get("CI")
    return pytest.mark.skipif(is_absent, reason=f"{shell} is not installed")


SET_UP = {
    "bash": (["--norc", "-i"], 'PS1="ready> "; bind "set bell-style none"; eval "$(_USQL_COMPLETE=bash_source usql)"'),
    "zsh": (["-f", "-i"], 'PROMPT="ready> "; unsetopt beep; autoload -Uz compinit; compinit -u -D; eval "$(_USQL_COMPLETE=zsh_source usql)"'),
    "fish": (["--no-config", "--interactive"], 'function fish_prompt; echo -n "ready> "; end; _USQL_COMPLETE=fish_source usql | source'),
}  # fmt: skip


@pytest.fixture(params=[pytest.param(name, marks=needs(name)) for name in SET_UP])
def terminal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    """A shell in which the command is called ``usql``, completion is set up as README tells, and a
    folder with ``sessions.ndjson`` is the current one."""
    programs, here = tmp_path / "bin", tmp_path / "here"
    programs.mkdir()
    here.mkdir()
    (here / "sessions.ndjson").touch()
    script = programs / "usql"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m usql "$@"\n')
    script.chmod(0o755)
    arguments, set_up = SET_UP[request.param]
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    made = Terminal(arguments, 120, 30, environment, command=request.param)
    made.type(f"cd '{here}'; {set_up}\r")
    made.wait(lambda text: last(text) == "ready>")
    yield made
    made.close()


def last(text: str) -> str:
    """The line with the cursor: the last one that begins with the prompt."""
    lines = [line for line in text.split("\n") if line.startswith("ready>")]
    return lines[-1].rstrip() if lines else ""


@pytest.mark.long
@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        ("usql conv", "usql convert"),
        ("usql query --form", "usql query --format"),
        ("usql query --format nd", "usql query --format ndjson"),
        ("usql fields useraction.durat", "usql fields useraction.duration"),
        ("usql shell sess", "usql shell sessions.ndjson"),
        ("usql query 'SELECT city FROM usersession' sess", "usql query 'SELECT city FROM usersession' sessions.ndjson"),
        ("usql check --select use-not-in,use-i", "usql check --select use-not-in,use-in"),
    ],
)  # fmt: skip
def test_a_shell_completes(terminal: Terminal, typed: str, becomes: str) -> None:
    terminal.type(typed, TAB)
    terminal.wait(lambda text: last(text) == f"ready> {becomes}")


@pytest.mark.long
def test_a_shell_lists_what_there_is(terminal: Terminal) -> None:
    terminal.type("usql ", TAB, TAB)
    text = terminal.wait("convert")
    assert all(re.search(rf"\b{name}\b", text) for name in SUBCOMMANDS)
    assert "Traceback" not in text
