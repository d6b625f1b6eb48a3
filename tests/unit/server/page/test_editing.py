"""The editor's services as the page asks for them: places are UTF-16 code units."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.unit.server.page.asking import ask
from usql.editor.completion import complete
from usql.editor.formatting import format_text
from usql.language.diagnostics import Edit, Fix, Span, apply_fix
from usql.server.page.bodies import LONGEST_TEXT

WIDE = "SELECT city, cty FROM usersession WHERE city = '😀' AND contry = 'x'"


def at(text: str, word: str) -> int:
    """The place of a word, as JavaScript's ``indexOf`` gives it."""
    return len(text[: text.index(word)].encode("utf-16-le")) // 2


def edited(text: str, edits: list[dict[str, Any]]) -> str:
    """The text after edits, as JavaScript's ``slice`` makes it."""
    data = text.encode("utf-16-le")
    for edit in sorted(edits, key=lambda e: -e["from"]):
        new = edit["text"].encode("utf-16-le")
        data = data[: 2 * edit["from"]] + new + data[2 * edit["to"] :]
    return data.decode("utf-16-le")


def test_problems_are_at_their_places(client: TestClient) -> None:
    found = ask(client, "diagnose", text=WIDE)
    assert found["length"] == len(WIDE) + 1
    assert found["statements"] == [{"from": 0, "to": len(WIDE) + 1}]
    problems = {d["name"]: d for d in found["diagnostics"] if d["severity"] == "error"}
    last = found["diagnostics"][-1]
    assert problems.keys() == {"unknown-field"}
    assert (last["from"], last["to"]) == (at(WIDE, "contry"), at(WIDE, "contry") + 6)
    assert last["href"].endswith("#usql202")
    fix = next(f for f in last["fixes"] if f["title"] == "write country")
    assert "AND country = 'x'" in edited(WIDE, fix["edits"])


def test_safe_corrections_are_collected(client: TestClient) -> None:
    text = "SELECT city FROM usersession WHERE city = '😀' AND country == 'x' LIMIT 5;"
    found = ask(client, "diagnose", text=text)
    safe = [fix for d in found["diagnostics"] for fix in d["fixes"] if fix["safe"]]
    assert len(safe) == 1
    assert edited(text, found["fixAll"]) == text.replace("==", "=")


@pytest.mark.parametrize(
    ("text", "statements", "placeholders"),
    [
        ("", [], []),
        ("-- only a comment", [], []),
        ("SELECT 1 FROM useraction; SELECT city FROM usersession", [(0, 24), (26, 54)], []),
        (
            "SELECT city FROM usersession WHERE city = '${a b}' AND ip = {{.x}} OR ip = '${a b}'",
            [(0, 83)],
            ["a b", "x"],
        ),
    ],
)
def test_statements_and_placeholders(
    client: TestClient, text: str, statements: list[tuple[int, int]], placeholders: list[str]
) -> None:
    found = ask(client, "diagnose", text=text)
    assert [(s["from"], s["to"]) for s in found["statements"]] == statements
    assert found["placeholders"] == placeholders


def test_the_profile_decides(client: TestClient) -> None:
    text = "SELECT city FROM usersession LIMIT 9000"
    assert [d["code"][:5] for d in ask(client, "diagnose", text=text)["diagnostics"]] == ["USQL5"]
    assert ask(client, "diagnose", text=text, profile="offline")["diagnostics"] == []


def test_completions(client: TestClient) -> None:
    text = "SELECT COUNT(*) FROM usersession WHERE city = '😀' AND coun"
    found = ask(client, "complete", text=text, at=len(text) + 1)
    assert (found["from"], found["to"]) == (at(text, "coun"), len(text) + 1)
    country = next(o for o in found["offers"] if o["label"] == "country")
    edit = {"from": found["from"], "to": found["to"], "text": country["text"]}
    assert edited(text, [edit]).endswith("AND country")
    assert country["cursor"] == len(text) + 1 + 3
    assert country["kind"] == "field"
    assert "address" in country["doc"]


def test_completions_inside_brackets_and_beyond_blanks(client: TestClient) -> None:
    text = "SELECT '😀', av"
    offer = ask(client, "complete", text=text, at=len(text) + 1)["offers"][0]
    assert offer["text"] == "AVG()"
    assert offer["cursor"] == at(text, "av") + len("AVG(")
    text = "SELECT '😀' FR usersession"
    offer = ask(client, "complete", text=text, at=14)["offers"][0]
    assert (offer["text"], offer["cursor"]) == ("FROM", 12 + len("FROM "))


def test_completions_offer_what_the_data_has(client: TestClient) -> None:
    text = "SELECT city FROM usersession WHERE country = "
    labels = [o["label"] for o in ask(client, "complete", text=text, at=len(text))["offers"]]
    assert '"Brazil"' in labels
    assert len(labels) == 50
    assert ask(client, "complete", text=text, at=len(text))["total"] > 50


def test_completions_are_those_of_the_editor(client: TestClient) -> None:
    text = "SELECT TOP(country, 5), COUNT(*) "
    found = ask(client, "complete", text=text, at=len(text))
    expected = complete(text, len(text))
    assert [o["label"] for o in found["offers"]] == [c.label for c in expected][:50]
    for offer, one in zip(found["offers"], expected, strict=False):
        span = Span(found["from"], found["to"])
        assert edited(text, [{**found, "text": offer["text"]}]) == apply_fix(
            text, Fix("", (Edit(span, one.edit.text),))
        )


def test_nothing_to_offer(client: TestClient) -> None:
    text = "SELECT city AS "
    assert ask(client, "complete", text=text, at=15) == {
        "from": 15, "to": 15, "offers": [], "total": 0, "length": 15,
    }  # fmt: skip


def test_hover(client: TestClient) -> None:
    found = ask(client, "hover", text=WIDE, at=at(WIDE, "AND") + 1)
    assert (found["from"], found["to"]) == (at(WIDE, "AND"), at(WIDE, "AND") + 3)
    assert found["markdown"].startswith("**AND**")
    assert ask(client, "hover", text=WIDE, at=at(WIDE, "=")) is None


def test_signature(client: TestClient) -> None:
    text = "SELECT '😀', TOP(country, "
    found = ask(client, "signature", text=text, at=len(text) + 1)
    assert (found["label"], found["parameters"], found["active"]) == (
        "TOP(field, [n])", [[4, 9], [11, 14]], 1,
    )  # fmt: skip
    assert "most frequent" in found["markdown"]
    assert ask(client, "signature", text=text, at=0) is None


def test_formatting(client: TestClient) -> None:
    text = "select city from usersession where city = '😀'; select 1 from useraction"
    whole = edited(text, ask(client, "format", text=text)["edits"])
    assert whole == format_text(text) + "\n"
    assert whole.startswith("SELECT city FROM")
    part = ask(client, "format", text=text, **{"from": len(text) + 1, "to": len(text) + 1})
    assert edited(text, part["edits"]) == text.replace(
        "select 1 from useraction", "SELECT 1 FROM useraction"
    )


def test_colours(client: TestClient) -> None:
    text = "select '😀', city from usersession -- 😀"
    assert ask(client, "tokens", text=text)["tokens"] == [
        [0, 6, "keyword"], [7, 11, "string"], [13, 17, "property"], [18, 22, "keyword"],
        [23, 34, "class"], [35, 40, "comment"],
    ]  # fmt: skip


def test_long_texts_are_refused(client: TestClient) -> None:
    text = " " * LONGEST_TEXT
    assert ask(client, "tokens", text=text)["tokens"] == []
    error = ask(client, "tokens", 400, text=text + " ")["error"]
    assert error["constraintViolations"][0]["path"] == "text"
