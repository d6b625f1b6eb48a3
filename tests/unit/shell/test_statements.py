"""Cutting what was typed into commands and queries."""

from __future__ import annotations

import pytest

from usql.shell.statements import is_closed, is_command, statements, unfinished


@pytest.mark.parametrize(
    "text",
    [
        "SELECT",
        "SELECT city",
        "SELECT city,",
        "SELECT city FROM",
        "SELECT city FROM usersession WHERE",
        "SELECT city FROM usersession WHERE city =",
        "SELECT city FROM usersession WHERE city IN ('Linz',",
        "SELECT city FROM usersession WHERE bounce = TRUE AND",
        "SELECT COUNT(",
        "SELECT COUNT(*) FROM usersession GROUP",
        "SELECT FUNNEL(bounce = TRUE",
        "SELECT city FROM usersession; SELECT",
        "SELECT city FROM usersession /* to be",
        "select city from usersession order by",
    ],
)
def test_unfinished(text: str) -> None:
    assert unfinished(text)
    assert unfinished(text + "\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "-- only a comment",
        "SELECT city FROM usersession",
        "SELECT city FROM usersession;",
        "SELECT city FROM usersession WHERE city = 'Linz",
        "SELECT city, FROM usersession",
        "SELECT city FRM usersession WHERE",
        "city",
        "SELECT city FROM usersession) WHERE",
    ],
)
def test_finished_or_wrong(text: str) -> None:
    assert not unfinished(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("\n-- nothing\n", []),
        (".tables", [".tables"]),
        ("  .timing on  \n.quit", [".timing on", ".quit"]),
        ("SELECT 1 FROM useraction", ["SELECT 1 FROM useraction"]),
        (
            "SELECT 1 FROM useraction; SELECT 2\nFROM useraction;\n",
            ["SELECT 1 FROM useraction", "SELECT 2\nFROM useraction"],
        ),
        ("SELECT 1 FROM useraction\n.tables", ["SELECT 1 FROM useraction", ".tables"]),
        ("SELECT\n.5 FROM useraction", ["SELECT\n.5 FROM useraction"]),
        (";;SELECT ';' FROM useraction;;", ["SELECT ';' FROM useraction"]),
        # an empty line ends what is complete
        (
            "SELECT 1 FROM useraction\nLIMIT 5\n \nSELECT 2 FROM useraction\n\n\n",
            ["SELECT 1 FROM useraction\nLIMIT 5", "SELECT 2 FROM useraction"],
        ),
        ("SELECT 1\n\nFROM useraction", ["SELECT 1\n\nFROM useraction"]),
        ("SELECT 1 FROM x /*\n\n*/ LIMIT 5", ["SELECT 1 FROM x /*\n\n*/ LIMIT 5"]),
        ("-- first\n\nSELECT 1 FROM x", ["SELECT 1 FROM x"]),
        # words and commands of other shells
        ("SELECT 1 FROM x;\nexit\n", ["SELECT 1 FROM x", "exit"]),
        ("SELECT 1 FROM x\nshow tables;\n", ["SELECT 1 FROM x", "show tables;"]),
        ("SELECT\nexit\nFROM x", ["SELECT\nexit\nFROM x"]),
        ("\\d\nSELECT 1 FROM x", ["\\d", "SELECT 1 FROM x"]),
        # a command goes on with its query
        (
            ".chart SELECT 1\nFROM x\nSELECT 2 FROM x",
            [".chart SELECT 1\nFROM x", "SELECT 2 FROM x"],
        ),
        (".chart SELECT 1\n\nFROM x;", [".chart SELECT 1\n\nFROM x;"]),
        (".chart SELECT 1", [".chart SELECT 1"]),
        (".fields x\nSELECT 1 FROM x", [".fields x", "SELECT 1 FROM x"]),
    ],
)
def test_statements(text: str, found: list[str]) -> None:
    assert list(statements(text)) == found


@pytest.mark.parametrize("text", ["a;", "a; -- x", "a;\n\n", ";"])
def test_closed(text: str) -> None:
    assert is_closed(text)


@pytest.mark.parametrize("text", ["", "a", "a -- ;", "a ';'", "a /* ;", "a; b"])
def test_not_closed(text: str) -> None:
    assert not is_closed(text)


def test_commands_begin_with_a_dot() -> None:
    assert is_command("  .help")
    assert not is_command("SELECT city")
    assert not is_command("")
