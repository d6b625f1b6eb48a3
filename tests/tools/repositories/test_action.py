"""The GitHub Action: its steps, run by a shell as a runner runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.places import ROOT

ACTION = ROOT / "action.yml"

WRONG = "SELECT cty FROM usersession LIMIT 5\n"
RIGHT = "SELECT city FROM usersession LIMIT 5\n"
WARNED = 'SELECT city FROM usersession WHERE city LIKE "a" LIMIT 5\n'

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


def action() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(ACTION.read_text("utf-8"))
    return read


def step(name: str) -> dict[str, Any]:
    (found,) = [s for s in action()["runs"]["steps"] if s.get("name") == name]
    assert isinstance(found, dict)
    return found


def run(
    name: str, folder: Path, values: dict[str, str], path: Path | None = None
) -> tuple[subprocess.CompletedProcess[str], dict[str, str], str]:
    """A step in a folder, where expressions have these values or are inputs' defaults; what it
    leaves as outputs, and on the path of the next steps."""
    found = step(name)
    defaults = {f"inputs.{k}": v.get("default", "") for k, v in action()["inputs"].items()}
    known = defaults | values

    def expression(text: str) -> str:
        return re.sub(r"\$\{\{ *(.*?) *\}\}", lambda m: known[m[1]], text)

    assert "${{" not in found["run"]  # nothing that others write becomes a part of the script
    outputs, paths = folder.parent / "outputs", folder.parent / "paths"
    outputs.write_text("")
    paths.write_text("")
    programs = path or Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_OUTPUT": str(outputs),
        "GITHUB_PATH": str(paths),
        **{key: expression(value) for key, value in found["env"].items()},
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", found["run"]],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    lines = outputs.read_text().splitlines()
    return done, dict(line.split("=", 1) for line in lines), paths.read_text()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "repository"
    made.mkdir()
    (made / "a.usql").write_text(RIGHT)
    return made


@pytest.mark.long
def test_the_schema_of_actions(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.github-actions",
    ]
    done = subprocess.run([*command, ACTION], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    broken = tmp_path / "action.yml"
    broken.write_text(ACTION.read_text("utf-8").replace("using: composite", "using: nothing"))
    assert subprocess.run([*command, broken], capture_output=True, check=False).returncode == 1


def test_it_installs_usql_with_what_reads_other_files(folder: Path, tmp_path: Path) -> None:
    """Into an environment of its own, by a Python that writes down what it is asked."""
    python, calls = tmp_path / "python", tmp_path / "calls"
    python.write_text(
        f'#!/usr/bin/env bash\nprintf "%s\\n" "$*" >> "{calls}"\n'
        f'if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi\n'
    )
    python.chmod(0o755)
    values = {
        "steps.python.outputs.python-path": str(python),
        "github.action_path": "/the action",
        "runner.temp": str(tmp_path / "temp folder"),
    }
    done, _, path = run("Install usql", folder, values)
    assert done.returncode == 0, done.stderr
    made = tmp_path / "temp folder" / "usql"
    assert calls.read_text().splitlines() == [
        f"-m venv {made}",
        "-m pip install --quiet --disable-pip-version-check /the action[embedded]",
    ]
    assert path == f"{made}/bin\n"


@pytest.mark.long
def test_it_checks_and_leaves_a_log(folder: Path) -> None:
    (folder / "b c.usql").write_text(WRONG)
    done, outputs, _ = run("Check", folder, {})
    assert (done.returncode, outputs) == (0, {"exit-code": "1"})
    log = json.loads((folder / "usql.sarif").read_text())
    (result,) = log["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert (result["ruleId"], place) == ("USQL202", "b%20c.usql")
    assert done.stdout.startswith("::error file=")
    ended, _, _ = run("Fail if there are errors", folder, {"steps.check.outputs.exit-code": "1"})
    assert ended.returncode == 1
    ended, _, _ = run("Fail if there are errors", folder, {"steps.check.outputs.exit-code": "0"})
    assert ended.returncode == 0


@pytest.mark.long
def test_paths_and_options_stand_on_lines(folder: Path) -> None:
    (folder / "b c.usql").write_text(WRONG)
    (folder / "d.usql").write_text(WARNED)
    paths = {"inputs.paths": "b c.usql\n\nd.usql\n", "inputs.options": "--select\nUSQL6\n"}
    done, outputs, _ = run("Check", folder, paths | {"inputs.sarif-file": "the log"})
    assert (done.returncode, outputs) == (0, {"exit-code": "0"})
    results = json.loads((folder / "the log").read_text())["runs"][0]["results"]
    assert [r["ruleId"] for r in results] == ["USQL610"]
    done, outputs, _ = run("Check", folder, {"inputs.paths": "$(touch x); `touch x`"})
    assert (done.returncode, outputs) == (2, {"exit-code": "2"})
    assert not (folder / "x").exists()
