"""Queries that are offered to everyone."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

import usql
from tests.unit.server.asking import HEADER, TOKEN
from tests.unit.server.page.asking import ask, look
from usql.formats.kinds import KINDS
from usql.server.application import Application
from usql.server.page.bodies import LONGEST_TEXT
from usql.server.page.examples import EXAMPLES, Example
from usql.server.page.saved import queries_in
from usql.server.settings import Settings


def test_the_first_comment_is_the_title(tmp_path: Path) -> None:
    for name, text in {
        "b.usql": "-- Cities of the week --\nSELECT city FROM usersession",
        "a.usql": "/* Two\n   lines */ SELECT 1 FROM useraction",
        "c.usql": "SELECT city -- not the title\nFROM usersession",
        "d.usql": "",
        "e.txt": "-- no query",
    }.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "f.usql").write_bytes(b"-- caf\xe9")
    (tmp_path / "g.usql").write_text("x" * (LONGEST_TEXT + 1))
    (tmp_path / "h.usql").write_bytes("-- Müller\nx".encode("utf-8-sig"))
    found = queries_in(tmp_path)
    assert [(q["name"], q["title"]) for q in found] == [
        ("a", "Two"), ("b", "Cities of the week"), ("c", "c"), ("d", "d"), ("h", "Müller"),
    ]  # fmt: skip
    assert found[1]["text"] == "-- Cities of the week --\nSELECT city FROM usersession"
    assert queries_in(None) == []


def serving(sessions: usql.Sessions, queries: Path | None, has_examples: bool) -> TestClient:
    settings = Settings(
        token=TOKEN, hosts=frozenset({"localhost"}), queries=queries, has_examples=has_examples
    )
    application = Application(sessions, settings)
    return TestClient(application, base_url="http://localhost:8642", headers=HEADER)


def test_the_server_offers_them(sessions: usql.Sessions, tmp_path: Path) -> None:
    assert look(serving(sessions, None, False), "queries") == []
    client = serving(sessions, tmp_path, False)
    assert look(client, "queries") == []
    (tmp_path / "one.usql").write_text("-- One\nSELECT city FROM usersession")
    assert look(client, "queries") == [
        {
            "name": "one",
            "title": "One",
            "text": "-- One\nSELECT city FROM usersession",
            "view": None,
        }
    ]


def test_the_sample_has_examples_too(sessions: usql.Sessions, tmp_path: Path) -> None:
    (tmp_path / "one.usql").write_text("SELECT city FROM usersession")
    found = look(serving(sessions, tmp_path, True), "queries")
    assert len(found) == 11
    assert [q["title"] for q in found[1:]] == [e.title for e in EXAMPLES]
    assert len({q["name"] for q in found}) == 11


@pytest.fixture(scope="module")
def sample() -> TestClient:
    return serving(usql.sample(), None, True)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.view)
def test_an_example_shows_its_view(sample: TestClient, example: Example) -> None:
    found = ask(sample, "query", text=example.text)
    assert found["rows"]
    assert (found["limitNote"], found["diagnostics"]) == (None, [])
    assert ask(sample, "diagnose", text=example.text)["diagnostics"] == []
    if example.view in KINDS:
        assert found["chart"] == example.view
    elif example.view == "tree":
        assert len(ask(sample, "tree", text=example.text)["branches"]) == 2
    else:
        assert example.view == "table"
        assert found["sessions"] is not None


def test_every_view_has_an_example() -> None:
    assert {e.view for e in EXAMPLES} == {*KINDS, "table", "tree"}
