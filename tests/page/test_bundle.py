"""The page that is checked in is what its sources make, passes their checks, and is small."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path

from tests.page.marks import MARKS
from tests.places import ROOT

pytestmark = MARKS

STATIC = ROOT / "usql" / "server" / "static"
LARGEST = 150_000
"""Bytes of the first view, compressed."""


def run(folder: Path, *command: str) -> None:
    node = shutil.which("node")
    assert node is not None
    done = subprocess.run(
        [node, *command], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*")}


def test_the_bundle_is_that_of_its_sources(modules: Path, tmp_path: Path) -> None:
    run(modules, "build.mjs", str(tmp_path / "static"))
    built, kept = files(tmp_path / "static"), files(STATIC)
    assert sorted(built) == sorted(kept), "run `node build.mjs` in web/"
    assert [name for name in built if built[name] != kept[name]] == [], (
        "run `node build.mjs` in web/"
    )


def test_the_sources_have_their_types(modules: Path) -> None:
    run(modules, "node_modules/typescript/bin/tsc", "--noEmit")


def test_each_package_is_there_once(modules: Path) -> None:
    """Two copies of CodeMirror's state break it without a word."""
    lock = json.loads((modules / "package-lock.json").read_text(encoding="utf-8"))
    names = [path.rpartition("node_modules/")[2] for path in lock["packages"] if path]
    assert len(names) == len(set(names))
    assert "codemirror" not in names  # its version 6.65.7 is CodeMirror 5


def test_the_first_view_is_small(modules: Path) -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    first = ["index.html", *(name for name in files(STATIC) if f"static/{name}" in page)]
    assert {"page.js", "page.css", "icon.svg"} <= set(first)
    script = (STATIC / "page.js").read_text(encoding="utf-8")
    first += [
        name
        for name in files(STATIC)
        if f'from"./{name}"' in script or f'import"./{name}"' in script
    ]
    sizes = {name: len(gzip.compress((STATIC / name).read_bytes(), mtime=0)) for name in first}
    assert sum(sizes.values()) <= LARGEST, sizes


def test_nothing_is_parsed_as_html() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "web/src").rglob("*.ts")
    )
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser"):
        assert way not in sources
