"""USQL inside dashboards, YAML and Terraform: found, judged and corrected in place."""

from __future__ import annotations

import functools
import json
import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from usql.editor.embedded import find, judge_file, language_of
from usql.editor.problems.fixes import fix_all, settle
from usql.editor.problems.validation import validate
from usql.errors import UnreadableError

QUERY = "SELECT cty FROM usersession"
WIDE = 'SELECT city AS "Größe 😀" FROM usersession WHERE city == "東京"'


def tile(query: str, kind: str = "DTAQL") -> dict[str, object]:
    return {"name": "t", "tileType": kind, "query": query, "type": "TABLE", "limit": 50}


def texts(text: str, language: str) -> list[str]:
    return [query.text for query in find(text, language)]


def marked(text: str, language: str) -> list[tuple[str, str]]:
    found = judge_file(text, language, validate)
    return [(d.name, text[d.span.start : d.span.end]) for d in found]


def fixed(text: str, language: str) -> str:
    mended, _ = settle(text, functools.partial(judge_file, language=language, validate=validate))
    return mended


# --- JSON -------------------------------------------------------------------------------------


def test_tiles_of_a_dashboard() -> None:
    text = json.dumps(
        {"tiles": [tile(QUERY), tile("SELECT x", "MARKDOWN"), tile(WIDE)]}, indent="\t"
    )
    assert texts(text, "json") == [QUERY, WIDE]
    assert marked(text, "json") == [("unknown-field", "cty"), ("double-equals", "==")]


def test_any_query_of_a_tile_is_usql() -> None:
    assert texts(json.dumps(tile("SELEC city")), "json") == ["SELEC city"]
    assert texts(json.dumps(tile("SELEC city", "OTHER")), "json") == []


def test_escapes_are_counted() -> None:
    text = '{"tileType": "DTAQL", "query": "SELECT\\u0020\\tcty\\nFROM usersession\\/* \\ud83d\\ude00 *\\/ LIMIT 9000"}'
    assert texts(text, "json") == ["SELECT \tcty\nFROM usersession/* 😀 */ LIMIT 9000"]
    assert marked(text, "json")[::2] == [("unknown-field", "cty"), ("limit-too-large", "9000")]


def test_a_marked_word_may_hold_escapes() -> None:
    text = json.dumps(tile('SELECT city FROM usersession WHERE country LIKE "ä"'))
    assert marked(text, "json") == [("like-without-wildcard", '\\"\\u00e4\\"')]
    assert (
        json.loads(fixed(text, "json"))["query"]
        == 'SELECT city FROM usersession WHERE country = "ä"'
    )


def test_templates_of_json_are_read() -> None:
    text = '{"enabled": {{ .on }}, "tiles": [' + json.dumps(tile(QUERY)) + ", {{ .more }}]"
    assert marked(text, "json") == [("unknown-field", "cty")]


@pytest.mark.parametrize(
    "text", ["", "{", '{"a": "', "[[", "}]", '{"query": }', "\\", '{"tileType"', '"']
)
def test_any_json_is_read(text: str) -> None:
    assert texts(text, "json") == []


# --- YAML -------------------------------------------------------------------------------------

YAML = """\
# dashboards
plain: SELECT cty FROM usersession
  WHERE country = "Spain"
single: 'SELECT city FROM usersession WHERE city == ''a'''
double: "SELECT city \\
  FROM usersession WHERE city == \\"\\u00e9\\""
literal: |
    SELECT city
      FROM usersession
    WHERE city == "東京"
folded: >-
    SELECT city
    FROM usersession WHERE

    city == "x"
list: [SELECT name FROM users, "SELECT city FROM usersesion"]
tiles:
  - {tileType: DTAQL, query: SELEC city}
again: &a SELECT cty FROM usersession
alias: *a
"""


def test_every_style_of_yaml() -> None:
    assert marked(YAML, "yaml") == [
        ("unknown-field", "cty"),
        ("double-equals", "=="),
        ("double-equals", "=="),
        ("double-equals", "=="),
        ("double-equals", "=="),
        ("unknown-table", "usersesion"),
        ("syntax", "SELEC"),
        ("unknown-field", "cty"),  # once: the alias means the same place
    ]
    before, after = yaml.safe_load(YAML), yaml.safe_load(fixed(YAML, "yaml"))
    assert {
        k: v.replace("==", "=") if isinstance(v, str) else v for k, v in before.items()
    } == after


def test_corrections_keep_yamls_quotes() -> None:
    text = "q: 'SELECT city FROM usersession WHERE city = ''a'' OR city = ''b'''\n"
    assert fixed(text, "yaml") == "q: 'SELECT city FROM usersession WHERE city IN (''a'', ''b'')'\n"
    folded = (
        'q: >\n  SELECT city FROM usersession\n  WHERE city = "a"\n  OR city = "b"\n  LIMIT 5\n'
    )
    assert yaml.safe_load(fixed(folded, "yaml")) == {
        "q": 'SELECT city FROM usersession WHERE city IN ("a", "b") LIMIT 5\n'
    }


def test_a_correction_that_yaml_would_misread_is_left_out() -> None:
    text = "q: SELECT city FROM usersession WHERE city = 'a' OR city = '#b'\n"
    (problem,) = judge_file(text, "yaml", validate)
    assert problem.fixes
    text = "q: SELECT city FROM usersession WHERE city = 'a:b' OR city =\n  '#b'\n"
    assert yaml.safe_load(fixed(text, "yaml"))["q"].endswith("IN ('a:b', '#b')")


def test_a_dashboard_in_a_yaml_string() -> None:
    text = yaml.safe_dump(
        {"json": json.dumps({"tiles": [tile(WIDE)]})}, allow_unicode=True, width=60
    )
    assert texts(text, "yaml") == [WIDE]
    assert marked(text, "yaml") == [("double-equals", "==")]
    mended = yaml.safe_load(fixed(text, "yaml"))["json"]
    assert json.loads(mended)["tiles"][0]["query"] == WIDE.replace("==", "=")


def test_what_is_put_before_a_word_of_another_line_keeps_its_indentation() -> None:
    text = "query: SELECT city FROM usersession WHERE city =\n  Linz'\n"
    mended = fix_all(text, judge_file(text, "yaml", validate), unsafe=True)
    assert mended == text.replace("Linz", "'Linz")
    assert texts(mended, "yaml") == ["SELECT city FROM usersession WHERE city = 'Linz'"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("usql: SELECT city FROM usersession WHERE city = '\udcff'", "yaml"),
        (' a=<<T\nry": "Sow${var.n} FSOM use": "Sow${var.j\udcff', "hcl"),
    ],
)
def test_half_characters_are_in_no_file(text: str, language: str) -> None:
    with pytest.raises(UnreadableError, match="unpaired surrogate"):
        find(text, language)


def test_what_is_no_yaml() -> None:
    with pytest.raises(UnreadableError, match="line 2"):
        find("a: b\n- c", "yaml")
    assert texts("", "yaml") == []


# --- Terraform --------------------------------------------------------------------------------

HCL = r"""
# Größe 😀
resource "dynatrace_dashboard" "shop" {
  tile {
    name      = "ü"
    tile_type = "DTAQL"
    query     = "SELECT cty AS \"a\\b\" FROM usersession WHERE country = \"${lookup(var.names, "x")}\" AND city == \"$${literal}\""
  }
  tile {
    tile_type = "MARKDOWN"
    query     = "SELECT x"
  }
  heredoc = <<-EOT
    SELECT city
    FROM usersession WHERE city == "ß"
  EOT
  dashboard = <<EOT
{"tiles": [{"tileType": "DTAQL", "query": "SELECT city FROM usersession WHERE city == \"${var.x}\""}]}
EOT
  contents = jsonencode({ tiles = [{ tileType = "DTAQL", query : "SELEC city" }] })
  sql      = "SELECT name FROM users"
}
"""


def test_strings_of_terraform() -> None:
    found = [(n, w) for n, w in marked(HCL, "hcl") if n != "placeholder"]
    assert found == [
        ("unknown-field", "cty"),
        ("double-equals", "=="),
        ("double-equals", "=="),
        ("double-equals", "=="),
        ("syntax", "SELEC"),
    ]
    assert texts(HCL, "hcl")[0] == (
        'SELECT cty AS "a\\b" FROM usersession WHERE country = "${lookup(var.names, _x_)}" '
        'AND city == "${literal}"'
    )
    assert fixed(HCL, "hcl") == HCL.replace("==", "=")


def test_an_interpolation_is_never_rewritten() -> None:
    text = (
        'q = "SELECT city FROM usersession WHERE country LIKE \\"${var.a}\\" OR city LIKE \\"x\\""'
    )
    assert fixed(text, "hcl") == text.replace('city LIKE \\"x', 'city = \\"x')
    having = 'q = "SELECT city FROM usersession WHERE city = \\"${var.a}\\" OR city = ${f({})}"'
    assert fixed(having, "hcl") == having


@pytest.mark.parametrize(
    "text", ["", 'a = "', "a = <<E\nSELECT", 'x { q = "SELECT ${', "= = =", "é{"]
)
def test_any_terraform_is_read(text: str) -> None:
    assert texts(text, "hcl") == []


# --- all --------------------------------------------------------------------------------------


def test_languages_by_name() -> None:
    names = ["a.usql", "b.json", "c.yml", "d.yaml", "e.tf", "f.hcl", "g.txt", "-", "h.tf.json"]
    assert [language_of(n) for n in names] == [
        "usql", "json", "yaml", "yaml", "hcl", "hcl", "usql", "usql", "json",
    ]  # fmt: skip


CHARACTERS = st.text(st.sampled_from("ab \"'\\\n\t{}$%é😀:#-%"), max_size=12)


def as_hcl(text: str) -> str:
    written = json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    return f"q = {written}\n"


@settings(deadline=None)
@given(CHARACTERS, CHARACTERS, st.sampled_from(["json", "yaml", "hcl", "usql"]), st.data())
def test_places_and_corrections_are_right(
    a: str, b: str, language: str, data: st.DataObject
) -> None:
    """Whatever a string holds, its characters are found where they stand, and a correction
    changes nothing else."""
    inside = re.sub(r"[\"\n\t]|\$\{|\{\{", "_", a), re.sub(r"[\"\n\t]|\$\{|\{\{", "_", b)
    query = f'SELECT city AS "{inside[0]}" FROM usersession WHERE city == "{inside[1]}"'
    width = data.draw(st.integers(20, 120))
    style = data.draw(st.sampled_from([None, "'", '"', "|", ">"]))
    written = {
        "json": json.dumps(tile(query), ensure_ascii=data.draw(st.booleans())),
        "yaml": yaml.safe_dump({"q": query}, default_style=style, width=width, allow_unicode=data.draw(st.booleans())),
        "hcl": as_hcl(query),
        "usql": query,
    }[language]  # fmt: skip
    (found,) = find(written, language)
    assert found.text.rstrip("\n") == query
    assert marked(written, language)[-1:] == [("double-equals", "==")]
    (again,) = find(fixed(written, language), language)
    assert again.text.rstrip("\n") == query.replace("==", "=")
