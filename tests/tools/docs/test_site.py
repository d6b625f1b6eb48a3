"""The site has every page, and its pages of the API and of the command tell of all there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

import usql
from tests.places import ROOT
from usql.cli.command import SUBCOMMANDS

BESIDE = {"index.md", "contributing.md", "changelog.md"}
"""Pages that ``website/pages.py`` takes from beside ``docs``."""


def pages(nav: list[Any]) -> Iterator[str]:
    for entry in nav:
        for value in entry.values():
            yield from pages(value) if isinstance(value, list) else [value]


def test_every_page_is_in_the_navigation() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    there = {path.name for path in (ROOT / "docs").glob("*.md")} | BESIDE
    assert sorted(pages(site["nav"])) == sorted(there)


def test_the_api_has_every_public_name() -> None:
    text = (ROOT / "docs" / "API.md").read_text(encoding="utf-8")
    told = re.findall(r"^::: usql\.(\w+)$", text, re.MULTILINE)
    assert sorted(told) == usql.__all__


def test_the_command_has_every_subcommand() -> None:
    text = (ROOT / "docs" / "COMMAND.md").read_text(encoding="utf-8")
    told = re.findall(r"^## usql (\w+)$", text, re.MULTILINE)
    assert told == [*SUBCOMMANDS]
