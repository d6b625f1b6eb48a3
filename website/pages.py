"""A hook of MkDocs: the pages that stand beside ``docs`` are pages of the site, too, and links work
there as they do between the files of the repository."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
REPOSITORY = "https://github.com/usql-engine/usql"

BESIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""The pages of the site that lie in the repository's own folder."""

_log = logging.getLogger("mkdocs.hooks.pages")

_FENCE = re.compile(r"^```+ *(\S+ .*)$", re.MULTILINE)
_LINK = re.compile(r"(?<=\]\()(?!https?:|#)(?P<path>[^)\s#]+)(?P<anchor>#[^)\s]*)?(?=\))")


def on_files(files: Files, *, config: Any) -> Files:
    """Add the pages beside ``docs``."""
    for source, page in BESIDE.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Files) -> str:
    """Turn links between files of the repository into links of the site, or, where they lead to
    no page of it, to the repository."""
    for info in _FENCE.findall(markdown):  # GitHub reads more than the language, the site does not
        _log.warning("%s: a fence says more than its language: %s", page.file.src_uri, info)
    folder = ROOT if page.file.src_uri in BESIDE.values() else ROOT / "docs"

    def link(found: re.Match[str]) -> str:
        target = Path(os.path.normpath(folder / found["path"]))
        if not target.exists():
            return found[0]  # the build reports it
        return _address(target, files) + (found["anchor"] or "")

    return _LINK.sub(link, markdown)


def _address(target: Path, files: Files) -> str:
    path = target.relative_to(ROOT).as_posix()
    page = BESIDE.get(path, path.removeprefix("docs/"))
    if (found := files.get_file_from_path(page)) is not None and found.inclusion.is_included():
        return page
    return f"{REPOSITORY}/{'tree' if target.is_dir() else 'blob'}/main/{path}"
