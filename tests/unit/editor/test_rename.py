from __future__ import annotations

import pytest

import usql
from tests.unit.editor.cursor import split
from usql.editor.problems.fixes import apply
from usql.editor.rename import occurrences, rename
from usql.errors import RenameError


@pytest.mark.parametrize(
    ("marked", "new", "after"),
    [
        (
            "SELECT city AS |c, COUNT(*) AS n FROM usersession GROUP BY c ORDER BY n DESC, c",
            "town",
            "SELECT city AS town, COUNT(*) AS n FROM usersession GROUP BY town ORDER BY n DESC, town",
        ),
        (
            "SELECT city AS c FROM usersession ORDER BY |C",
            "order",
            'SELECT city AS order FROM usersession ORDER BY "order"',
        ),
        (
            'SELECT city AS "a b" FROM usersession GROUP BY [a| b] ORDER BY "a b"',
            "it's",
            'SELECT city AS "it\'s" FROM usersession GROUP BY [it\'s] ORDER BY "it\'s"',
        ),
        (
            "SELECT FUNNEL(bounce = TRUE AS 'b|', hasError = TRUE AS e) FROM usersession",
            "first step",
            'SELECT FUNNEL(bounce = TRUE AS "first step", hasError = TRUE AS e) FROM usersession',
        ),
        (
            "SELECT city AS a FROM usersession; SELECT ip AS |a FROM usersession ORDER BY a",
            "x",
            "SELECT city AS a FROM usersession; SELECT ip AS x FROM usersession ORDER BY x",
        ),
        (  # GROUP BY means the field, ORDER BY the metric
            "SELECT COUNT(*) AS ci|ty FROM usersession GROUP BY city ORDER BY city",
            "n",
            "SELECT COUNT(*) AS n FROM usersession GROUP BY city ORDER BY n",
        ),
        (
            "SELECT COUNT(*) AS /* c */ n| FROM usersession",
            "sessions",
            "SELECT COUNT(*) AS /* c */ sessions FROM usersession",
        ),
    ],
)
def test_rename(marked: str, new: str, after: str) -> None:
    text, offset = split(marked)
    assert apply(text, rename(text, offset, new)) == after
    assert [d for d in usql.check(after) if d.is_error] == [
        d for d in usql.check(text) if d.is_error
    ]


@pytest.mark.parametrize(
    ("marked", "new", "why"),
    [
        ("SELECT ci|ty FROM usersession", "x", "Only names"),
        ("SELECT COUNT(*) AS city FROM usersession GROUP BY ci|ty", "x", "Only names"),
        ("SELECT city AS |a, ip AS b FROM usersession", "B", "another column"),
        ("SELECT city AS |a FROM usersession", "  ", "at least one character"),
        ("SELECT city AS |a FROM usersession", "x\ny", "one line"),
        ("|", "x", "Only names"),
    ],
)
def test_what_can_not_be_renamed(marked: str, new: str, why: str) -> None:
    with pytest.raises(RenameError, match=why):
        rename(*split(marked), new)


def test_occurrences() -> None:
    text, offset = split("SELECT city AS c FROM usersession GROUP BY |c ORDER BY c")
    found = occurrences(text, offset)
    assert found is not None
    assert [text[s.start : s.end] for s in found.spans] == ["c", "c", "c"]
    assert found.name == "c"


@pytest.mark.parametrize(
    "marked",
    [
        "SELECT city AS $|{a} FROM usersession ORDER BY ${a}",
        "SELECT city AS '${a|}' FROM usersession ORDER BY '${a}'",
        "SELECT city AS a_|${a} FROM usersession ORDER BY a_${a}",
    ],
)
def test_a_name_that_a_placeholder_makes_stays(marked: str) -> None:
    text, offset = split(marked)
    assert occurrences(text, offset) is None
    with pytest.raises(RenameError):
        rename(text, offset, "new")


def test_names_beside_placeholders() -> None:
    text, offset = split("SELECT useraction.${f} AS |a, ${g}(city) FROM ${t} ORDER BY a LIMIT ${n}")
    made = apply(text, rename(text, offset, "b"))
    assert made == "SELECT useraction.${f} AS b, ${g}(city) FROM ${t} ORDER BY b LIMIT ${n}"
