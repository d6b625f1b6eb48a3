"""The hooks for pre-commit, run by it over a repository."""

from __future__ import annotations

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
from usql.editor.embedded import SUFFIXES

HOOKS = ROOT / ".pre-commit-hooks.yaml"

WRONG = "q: SELECT city FROM usersession WHERE city == 'a'\n"
UGLY = "select city from usersession\n"
WITHOUT = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
PROGRAMS = str(Path(sys.executable).parent)


def hooks() -> dict[str, dict[str, Any]]:
    return {hook["id"]: hook for hook in yaml.safe_load(HOOKS.read_text("utf-8"))}


def test_the_check_takes_the_files_that_it_knows() -> None:
    pattern = re.compile(hooks()["usql-check"]["files"])
    assert [s for s in SUFFIXES if not pattern.search(f"a/b{s}")] == []
    others = [".txt", ".usqlx", ".md.txt", ".jsonl", ".ndjson", ".pyc", ".html"]
    assert [s for s in others if pattern.search(f"a/b{s}")] == []
    pattern = re.compile(hooks()["usql-fmt"]["files"])
    assert [s for s in SUFFIXES if pattern.search(f"a/b{s}")] == [".usql"]


def git(folder: Path, *arguments: str) -> str:
    known = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *known, *arguments], cwd=folder, capture_output=True, text=True, check=True, env=WITHOUT
    )  # fmt: skip
    return done.stdout.strip()


def pre_commit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = WITHOUT | {
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(folder.parent / "pre-commit"),
    }
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository that uses the hooks. They run the command that is installed here: nothing is
    fetched."""
    if shutil.which("git") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("git is not installed")
    source = tmp_path / "usql"
    source.mkdir()
    shutil.copy(HOOKS, source)
    git(source, "init", "-q")
    git(source, "add", "-A")
    git(source, "commit", "-qm", "hooks")
    local = {"language": "system", "additional_dependencies": []}
    configuration = {
        "repos": [
            {
                "repo": str(source),
                "rev": git(source, "rev-parse", "HEAD"),
                "hooks": [{"id": "usql-check", **local}, {"id": "usql-fmt", **local}],
            }
        ]
    }
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(configuration))
    git(folder, "init", "-q")
    return folder


@pytest.mark.long
def test_pre_commit_takes_the_manifest() -> None:
    done = pre_commit(ROOT, "validate-manifest", str(HOOKS))
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.long
def test_hooks_stop_a_commit(repository: Path) -> None:
    (repository / "board.yaml").write_text(WRONG)
    (repository / "a.usql").write_text(UGLY)
    (repository / "drafts").mkdir()
    (repository / "drafts" / "b.usql").write_text("SELEC\n")
    (repository / "usql.toml").write_text('exclude = ["drafts"]\n')
    (repository / "notes.txt").write_text("SELECT cty FROM usersession\n")
    git(repository, "add", "-A")
    done = pre_commit(repository, "run", "--all-files")
    assert done.returncode == 1
    assert "usql check" in done.stdout
    assert "--> board.yaml:1:44" in done.stdout
    assert "3 files checked: 1 error" in done.stdout
    assert "files were modified by this hook" in done.stdout
    assert (repository / "a.usql").read_text() == "SELECT city FROM usersession\n"
    assert (repository / "drafts" / "b.usql").read_text() == "SELEC\n"
    (repository / "board.yaml").write_text(WRONG.replace("==", "="))
    git(repository, "add", "-A")
    done = pre_commit(repository, "run", "--all-files")
    assert (done.returncode, done.stdout.count("Passed")) == (0, 2)
