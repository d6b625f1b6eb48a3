"""The map names what there is, and its walk is the one that a query and a line take."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

import usql
from tests.calls import each_call
from tests.places import ROOT

PAGE = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
NAME = re.compile(r"`(usql(?:\.\w+)+)(?<!\.toml)`")


def part(title: str) -> str:
    """A section of the page."""
    (found,) = re.findall(rf"^##+ {title}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def meant(name: str) -> Any:
    """What a dotted name is: of the longest module that it begins with."""
    parts = name.split(".")
    for size in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:size]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[size:]:
            found = getattr(found, attribute)
        return found
    raise AssertionError(name)


def code_of(function: Any) -> CodeType:
    code = inspect.unwrap(function).__code__
    assert isinstance(code, CodeType)
    return code


def called(work: Callable[[], object]) -> list[CodeType]:
    """What runs in this thread meanwhile, each in the order of its first call."""
    seen: dict[CodeType, None] = {}
    each_call(work, seen.setdefault)
    return list(seen)


def assert_in_order(stops: list[str], met: list[CodeType]) -> None:
    missing = [name for name in stops if code_of(meant(name)) not in met]
    assert missing == []
    places = [met.index(code_of(meant(name))) for name in stops]
    assert [stops[i] for i in sorted(range(len(stops)), key=places.__getitem__)] == stops


@pytest.fixture
def line(tmp_path: Path) -> Path:
    path = tmp_path / "line.ndjson"
    (text,) = re.findall(r"^```json\n(.*?)```", part("A walk"), re.MULTILINE | re.DOTALL)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", sorted({*NAME.findall(PAGE)}))
def test_a_name_is_there(name: str) -> None:
    meant(name)


@pytest.mark.parametrize(
    "path", sorted({*re.findall(r"`((?:usql|tests|docs|grammar)/[\w./]*)`", PAGE)})
)
def test_a_path_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_walk_of_a_query(line: Path, tmp_path: Path) -> None:
    (text,) = re.findall(r"^SELECT .*", part("A walk"), re.MULTILINE)
    sessions = usql.open(line, threads=1)
    file = tmp_path / "answer.csv"
    met = called(lambda: sessions.query(text).write(file))
    assert file.read_text(encoding="utf-8").splitlines()[1:] == ["Austria,1,60000.0"]
    stops = NAME.findall(part("The text of a query"))
    assert len(stops) > 30
    assert_in_order(stops, met)


def test_the_walk_of_a_line(line: Path) -> None:
    met = called(lambda: usql.open(line, threads=1))
    stops = NAME.findall(part("A line of an export"))
    assert len(stops) > 20
    assert_in_order(stops, met)
