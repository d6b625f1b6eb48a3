"""Which strings of a file are queries, and which hold queries in strings of their own."""

from __future__ import annotations

import functools
import html
import json

import pytest
import yaml

from usql.editor.embedded import find, judge_file
from usql.editor.problems.fixes import settle
from usql.editor.problems.validation import validate

QUERY = 'SELECT city FROM usersession WHERE city == "Größe 😀"'
RIGHT = QUERY.replace("==", "=")


def texts(text: str, language: str = "json") -> list[str]:
    return [query.text for query in find(text, language)]


def marked(text: str, language: str = "json") -> list[tuple[str, str]]:
    found = judge_file(text, language, validate)
    return [(d.name, text[d.span.start : d.span.end]) for d in found]


def fixed(text: str, language: str = "json") -> str:
    return settle(text, functools.partial(judge_file, language=language, validate=validate))[0]


# --- which strings are queries ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "text", "is_query"),
    [
        ("anything", "SELECT city FROM usersession", True),
        ("anything", "  /* c */ select city\nfrom useraction", True),
        ("anything", "SELECT city FROM usersesion", True),  # nearly a table
        ("anything", "SELECT name FROM users", False),  # other SQL
        ("anything", "SELECT city FROM ${table}", False),
        ("usql", "SELECT name FROM users", True),
        ("myUsqlQuery", "SELECT city FROM ${table}", True),
        ("usqlQuery", "SELECT city FROM {{table}}", True),
        ("usqlEnabled", "true", False),
        ("usql", "SELECT city", False),
        ("usql", "see the USQL page: SELECT … FROM usersession", False),
        ("usql", "${query}", False),
        ("usql", " {{ query }} ", False),
        ("usql", "", False),
    ],
)
def test_a_string_is_a_query_if_it_reads_as_one(key: str, text: str, is_query: bool) -> None:
    wanted = [text] if is_query else []
    assert texts(json.dumps({key: text})) == wanted
    assert [q.rstrip("\n") for q in texts(yaml.safe_dump({key: text}), "yaml")] == wanted


@pytest.mark.parametrize("query", ["", "  ", "${q}", "{{q}}", " ${a} {{b}}\n"])
def test_a_tile_without_a_query_of_its_own(query: str) -> None:
    assert texts(json.dumps({"tileType": "DTAQL", "query": query})) == []


def test_strings_in_lists() -> None:
    text = json.dumps({"queries": [QUERY, 5, [RIGHT, "x"], {"a": RIGHT}], "more": RIGHT})
    assert texts(text) == [QUERY, RIGHT, RIGHT, RIGHT]
    assert texts(json.dumps([RIGHT])) == texts(json.dumps(RIGHT)) == [RIGHT]
    assert marked(text) == [("double-equals", "==")]


def test_keys_are_no_queries() -> None:
    assert texts(json.dumps({RIGHT: 1})) == []
    text = 'a = jsonencode({ "query" = "SELECT cty FROM usersession", "tileType" : "DTAQL" })'
    assert texts(text, "hcl") == ["SELECT cty FROM usersession"]
    assert marked(text, "hcl") == [("unknown-field", "cty")]
    text = 'a = jsonencode({"query": "SELECT city FROM usersession", "tileType": "DTAQL"})\n'
    assert marked(text, "hcl") == []


@pytest.mark.parametrize("kind", ["COLUMN_CHART", "SINGLE_VALUE", "TABLE", ""])
@pytest.mark.parametrize("name", ["usql_metric", "response_time_p95"])
def test_an_indicator_of_keptn(name: str, kind: str) -> None:
    text = yaml.safe_dump({"indicators": {name: f"USQL;{kind};a b;{QUERY}"}}, width=1000)
    assert texts(text, "yaml") == [QUERY]
    assert marked(text, "yaml") == [("double-equals", "==")]
    assert yaml.safe_load(fixed(text, "yaml")) == {"indicators": {name: f"USQL;{kind};a b;{RIGHT}"}}


# --- strings inside strings -------------------------------------------------------------------


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_json_in_json(depth: int) -> None:
    def made(query: str) -> str:
        text = json.dumps({"tiles": [{"tileType": "DTAQL", "query": query}]})
        for _ in range(depth):
            text = json.dumps({"body": text}, ensure_ascii=False)
        return text

    assert texts(made(QUERY)) == [QUERY]
    assert marked(made(QUERY)) == [("double-equals", "==")]
    assert fixed(made(QUERY)) == made(RIGHT)


def test_json_nests_without_end() -> None:
    text = RIGHT
    for _ in range(12):
        text = json.dumps([text])[:20_000_000]
    assert texts(text) == []


@pytest.mark.parametrize("quote", ["'", '"'])
def test_an_attribute_of_html(quote: str) -> None:
    def made(query: str) -> str:
        inside = html.escape(query)
        return json.dumps(
            {"content": f"<p>x</p><div class='a' data-q={quote}{inside}{quote}>SELECT</div>"}
        )

    assert texts(made(QUERY)) == [QUERY]
    assert marked(made(QUERY)) == [("double-equals", "==")]
    assert fixed(made(QUERY)) == made(RIGHT)
    either = 'SELECT city FROM usersession WHERE city = "a&b" OR city = "<c>"'
    one = 'SELECT city FROM usersession WHERE city IN ("a&b", "<c>")'
    assert fixed(made(either)) == made(one)


@pytest.mark.parametrize("quote", ["'", '"', "`"])
def test_a_literal_of_javascript(quote: str) -> None:
    def made(query: str) -> str:
        written = query.replace("\\", "\\\\").replace("\n", "\\n").replace(quote, "\\" + quote)
        return json.dumps({"script": f"const q = {quote}{written}{quote}; run(q, 'SELECT');"})

    assert texts(made(QUERY)) == [QUERY]
    assert fixed(made(QUERY)) == made(RIGHT)
    either = "SELECT city\nFROM usersession WHERE city = \"a\\\" OR city = 'c'"
    one = "SELECT city\nFROM usersession WHERE city IN (\"a\\\", 'c')"
    assert texts(made(either)) == [either]
    assert fixed(made(either)) == made(one)


def test_a_template_of_javascript_has_placeholders() -> None:
    script = 'q(`SELECT city FROM usersession WHERE city = "${f("x")}" OR city == "\\u{41}\\x42"`)'
    (found,) = find(json.dumps({"s": script}), "json")
    assert found.text == 'SELECT city FROM usersession WHERE city = "${f(_x_)}" OR city == "AB"'
    assert json.loads(fixed(json.dumps({"s": script})))["s"] == script.replace("==", "=")


@pytest.mark.parametrize(
    "script",
    [
        "a = 'SELECT city FROM usersession",
        "a = 'SELECT city\nFROM usersession'",
        "<a q='SELECT city FROM usersession",
        "`SELECT",
        "'SELECT' + ' city FROM usersession'",
    ],
)
def test_what_is_no_literal(script: str) -> None:
    assert texts(json.dumps({"s": script})) == []
