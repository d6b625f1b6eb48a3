"""What GitHub reads of this project: its workflow and the forms of issues."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.places import ROOT

GITHUB = ROOT / ".github"
SCHEMAS = {
    GITHUB / "workflows" / "ci.yml": "github-workflows",
    GITHUB / "ISSUE_TEMPLATE" / "config.yml": "github-issue-config",
    **{
        path: "github-issue-forms"
        for path in sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"))
        if path.name != "config.yml"
    },
}


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_file_is_what_github_reads(path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    subprocess.run([*command, f"vendor.{SCHEMAS[path]}", path], check=True, timeout=60)


def test_the_workflow_runs_everything_on_linux_and_fast_tests_elsewhere() -> None:
    jobs = yaml.safe_load((GITHUB / "workflows" / "ci.yml").read_text("utf-8"))["jobs"]
    assert any("bash .ci/run" in step.get("run", "") for step in jobs["everything"]["steps"])
    others = {one["system"] for one in jobs["fast-tests"]["strategy"]["matrix"]["include"]}
    assert others == {"macos-latest", "windows-latest"}


def test_the_projects_own_hooks_run_what_is_there() -> None:
    """Each of them is a program of the environment, and what CI runs."""
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    programs = {hook["entry"].split()[0] for hook in local["hooks"]}
    run = (ROOT / ".ci" / "run").read_text("utf-8")
    assert all(f".venv/bin/{program} " in f"{run} ".replace("\n", " ") for program in programs)
