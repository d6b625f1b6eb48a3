"""Charts as files, in notebooks, and without what draws them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import usql
from tests.unit.result.made import result

HOSTILE = "</script></svg><img src=x onerror=alert(1)>"


@pytest.fixture
def chart() -> usql.Chart:
    made = result({"country": ["Spain", None, HOSTILE], "n": [3, 1, 2]}, keys=["country"])
    return made.chart()


def test_an_svg_has_bars_and_plain_labels(chart: usql.Chart, tmp_path: Path) -> None:
    chart.save(tmp_path / "a.svg")
    svg = ElementTree.parse(tmp_path / "a.svg")
    texts = [e.text for e in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Spain", "∅", "country", "n"} <= set(texts)
    assert any(text and text.startswith("</script></svg><img") for text in texts)
    assert {e.tag.rpartition("}")[2] for e in svg.iter()}.isdisjoint({"img", "script", "image"})


@pytest.mark.parametrize(("name", "begin"), [("a.png", b"\x89PNG"), ("a.PDF", b"%PDF")])
def test_pictures(chart: usql.Chart, tmp_path: Path, name: str, begin: bytes) -> None:
    chart.save(tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(begin)


def test_a_page_is_complete_and_runs_nothing(chart: usql.Chart, tmp_path: Path) -> None:
    chart.save(str(tmp_path / "a.html"))
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert page.index("<svg") < page.index("<table")
    assert "<script" not in page
    assert "<img" not in page
    hosts = set(re.findall(r"https?://[\w.]+", page))
    assert hosts == {"http://www.w3.org"}  # names of XML, which nobody asks


def test_json_is_the_specification(chart: usql.Chart, tmp_path: Path) -> None:
    chart.save(tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == chart.spec


def test_another_suffix(chart: usql.Chart, tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"does not end in one of \.svg, \.png, \.pdf, \.html, \.json"
    ):
        chart.save(tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())


def test_without_the_extra(
    chart: usql.Chart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    chart.save(tmp_path / "a.json")
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'usql-engine\[charts\]'"):
        chart.save(tmp_path / "a.svg")
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_notebook_gets_the_chart_beside_the_rows(chart: usql.Chart) -> None:
    bundle = chart._repr_mimebundle_(include=None, exclude=None)
    assert bundle["application/vnd.vegalite.v5+json"] == chart.spec
    assert "Spain" in bundle["text/plain"]
    assert "text/html" not in bundle


def test_a_specification_is_its_readers_own(chart: usql.Chart) -> None:
    chart.spec["data"]["values"].clear()
    assert len(chart.spec["data"]["values"]) == 3


def test_a_chart_at_a_prompt(chart: usql.Chart) -> None:
    assert repr(chart) == "<Chart: bar of n by country>"
