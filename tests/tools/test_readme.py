"""What stands in the README and in ``docs`` is true: the output below every command, the answers to
the questions and below the queries of the cookbook, the picture, and where links lead.

``python -m tests.tools.test_readme`` writes what commands print, and answers, into the pages, or into
those that it is given.
"""

from __future__ import annotations

import functools
import html
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

import usql
from tests.places import ROOT
from usql.result.terminal import plain_text

README = ROOT / "README.md"
BESIDE = (README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md")
PAGES = (*BESIDE, *sorted((ROOT / "docs").glob("*.md")))
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
QUESTION = re.compile(
    r"^\| (?P<asked>[^|`]+\?) \| `(?P<query>SELECT[^`]+)` \|[^|\n]*\|$", re.MULTILINE
)
COOKED = re.compile(
    r"(?P<question>^### (?P<number>\d+)\. .*\?(?P<offline> \(offline\))?\n(?:(?!#|```).*\n)*"
    r"```usql\n(?P<query>(?:(?!```).*\n)+)```\n)(?:\n```text\n(?:(?!```).*\n)*```\n)?",
    re.MULTILINE,
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
ANCHOR = re.compile(r'<a id="([^"]+)">')


def run(command: str, folder: Path) -> str:
    """What a command prints, on either stream."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {k: v for k, v in os.environ.items() if k != "COLUMNS"} | {"PATH": path}
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment, timeout=60, check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.stdout or ">" in command, f"{command} prints nothing"
    return done.stdout


def completed(page: Path, folder: Path) -> str:
    """A page with the output of its commands, and then the answers to its questions."""

    def block(found: re.Match[str]) -> str:
        commands = [line for line in found[1].splitlines() if line.startswith("$ ")]
        return "```console\n" + "".join(f"{c}\n{run(c[2:], folder)}" for c in commands) + "```"

    text = BLOCK.sub(block, page.read_text(encoding="utf-8"))
    text = COOKED.sub(_cooked, text)
    if not QUESTION.search(text):
        return text
    sessions = usql.open(folder / "sessions.ndjson")

    def answered(found: re.Match[str]) -> str:
        return f"| {found['asked']} | `{found['query']}` | {answer(sessions, found['query'])} |"

    return QUESTION.sub(answered, text)


@functools.cache
def sample() -> usql.Sessions:
    return usql.sample(sessions=2000, seed=1)


def _cooked(found: re.Match[str]) -> str:
    """A query of the cookbook with its answer below."""
    result = sample().query(found["query"], profile="offline" if found["offline"] else "dynatrace")
    return f"{found['question']}\n```text\n{plain_text(result, 100)}\n```\n"


def answer(sessions: usql.Sessions, query: str) -> str:
    """The rows on one line; a single row with the names of its columns, if these are several."""
    result = sessions.query(query)
    rows = [[_cell(value) for value in row] for row in result.rows()]
    if len(rows) == 1 and len(rows[0]) > 1:
        return ", ".join(f"{n} {v}" for n, v in zip(result.columns, rows[0], strict=True))
    return "; ".join(" ".join(row) for row in rows)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.0f}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_the_outputs_are_true(page: Path, tmp_path: Path) -> None:
    assert completed(page, tmp_path) == page.read_text(encoding="utf-8")


def test_there_are_ten_questions() -> None:
    assert len(QUESTION.findall(README.read_text(encoding="utf-8"))) == 10


def test_the_cookbook_answers_each_of_its_questions() -> None:
    text = (ROOT / "docs" / "COOKBOOK.md").read_text(encoding="utf-8")
    questions = [int(found["number"]) for found in COOKED.finditer(text)]
    assert questions == [*range(1, text.count("\n### ") + 1)]
    assert len(questions) >= 30


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        place, _, anchor = link.partition("#")
        if place.startswith("https://"):
            continue
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), link
        if anchor:
            text = target.read_text(encoding="utf-8")
            headings = HEADING.findall(text)
            slugs = [re.sub(r"[^\w\- ]", "", h).lower().replace(" ", "-") for h in headings]
            assert anchor in [*slugs, *ANCHOR.findall(text)], link


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
def test_the_picture_shows_what_the_command_shows() -> None:
    """Its text; how Rich draws it changes from version to version."""
    spec = importlib.util.spec_from_file_location("picture", ROOT / "docs" / "picture.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def drawn(svg: str) -> str:
        texts = re.findall(r"<text class=\"usql-r\d[^>]*>([^<]*)</text>", svg)
        return "".join(html.unescape(t) for t in texts).replace("\xa0", " ")

    assert "unknown-field" in drawn(module.picture())
    assert drawn(module.picture()) == drawn(module.FILE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    chosen = [Path(name).resolve() for name in sys.argv[1:]] or PAGES
    for written in chosen:
        with tempfile.TemporaryDirectory() as temporary:
            written.write_text(completed(written, Path(temporary)), encoding="utf-8")
