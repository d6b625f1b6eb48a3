"""``usql query -o`` with files of charts."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.places import SESSIONS
from usql.cli import run

QUERY = "SELECT country, COUNT(*) AS n FROM usersession GROUP BY country"


def asked(output: Path, *options: str, query: str = QUERY) -> int:
    return run(["query", query, str(SESSIONS), "-o", str(output), *options])


def test_an_svg_is_drawn(tmp_path: Path) -> None:
    assert asked(tmp_path / "a.svg") == 0
    assert "<svg" in (tmp_path / "a.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("options", [[], ["--chart", "auto"]])
@pytest.mark.parametrize("name", ["a.html", "a.htm"])
def test_a_page_has_the_chart_above_the_rows(tmp_path: Path, name: str, options: list[str]) -> None:
    assert asked(tmp_path / name, *options) == 0
    page = (tmp_path / name).read_text(encoding="utf-8")
    assert page.index("<svg") < page.index("<table")


def test_a_page_of_what_is_not_drawn_says_how_the_rows_are_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    query = "SELECT country FROM usersession"
    assert asked(tmp_path / "a.html", query=query) == 1
    told = capfd.readouterr().err
    assert "error[USQL805] undrawable: There is nothing to draw" in told
    assert told.endswith("note: --format html writes the rows.\n")
    assert asked(tmp_path / "a.svg", query=query) == 1
    assert "--format" not in capfd.readouterr().err
    assert not list(tmp_path.iterdir())
    assert asked(tmp_path / "a.html", "--format", "html", query=query) == 0
    assert "<svg" not in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_json_stays_the_rows(tmp_path: Path) -> None:
    assert asked(tmp_path / "a.json") == 0
    assert (tmp_path / "a.json").read_text(encoding="utf-8").startswith('{"columns"')


def test_a_kind_that_does_not_fit(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert asked(tmp_path / "a.svg", "--chart", "histogram") == 1
    assert "error[USQL805] undrawable: A chart of kind histogram needs" in capfd.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.csv", []), ("a.json", []), ("a.svg", ["--format", "csv"])],
)
def test_a_chart_is_no_file_of_rows(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, options: list[str]
) -> None:
    assert asked(tmp_path / name, "--chart", "bar", *options) == 2
    assert "--chart needs --output with a file of .svg, .png, .pdf, .html" in capfd.readouterr().err


def test_how_cells_look_is_not_for_charts(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert asked(tmp_path / "a.svg", "--null", "-") == 2
    assert "are for rows, not for charts" in capfd.readouterr().err


def test_without_the_extra(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "usql.cli.subcommands.query.find_spec",
        lambda name: None if name == "vl_convert" else importlib.util.find_spec(name),
    )
    assert asked(tmp_path / "a.svg") == 2
    assert capfd.readouterr().err.endswith("pip install 'usql-engine[charts]'.\n")
    assert asked(tmp_path / "a.html") == 2
    assert "--format html writes the rows." in capfd.readouterr().err
