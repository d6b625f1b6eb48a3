"""The forms that people read: tables, rows upright, Markdown, pages."""

from __future__ import annotations

import io
import re
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import usql
from tests.robust.security.test_terminal import sent
from tests.unit.result.generated import results
from tests.unit.result.made import funnel, result
from usql.escape import escape_controls
from usql.formats import BINARY, FORMATS
from usql.result import ColumnRole, Result, ResultColumn
from usql.result.options import Options
from usql.result.texts.cells import cell
from usql.result.texts.widths import width
from usql.result.writing import write_result

PERSIAN, HINDI, FAMILY = "می\u200cخواهم", "क\u094d\u200dष", "👩\u200d👩\u200d👧"


def written(found: Result, form: str, **look: Any) -> str:
    out = io.BytesIO()
    write_result(found, out, form, options=Options(**look))
    return out.getvalue().decode()


@given(results(), st.integers(5, 80), st.sampled_from(["table", "line"]))
def test_nothing_is_wider_than_the_screen_and_nothing_is_obeyed(
    found: Result, most: int, form: str
) -> None:
    text = written(found, form, width=most)
    assert max(map(width, text.split("\n"))) <= most
    joiners = {"\u200c", "\u200d"}
    assert [ch for ch in sent(text) if ch not in joiners] == []


@given(results())
def test_where_no_screen_bounds_it_a_table_cuts_nothing(found: Result) -> None:
    text = written(found, "table")
    for row in found.rows():
        for value, column in zip(row, found.schema, strict=True):
            assert cell(value, column.is_timestamp, "∅").rstrip() in text


def test_columns_stand_below_each_other() -> None:
    found = result(
        {"名前": ["東京", "Linz", FAMILY, PERSIAN, HINDI, "e\u0301"], "n": [1, 22, 3, 4, 5, 6]}
    )
    lines = written(found, "table").split("\n")
    assert lines[:8] == [
        " 名前       n",
        " ────────────",
        " 東京       1",
        " Linz      22",
        f" {FAMILY}         3",
        f" {PERSIAN}    4",
        f" {HINDI}         5",
        " e\u0301          6",
    ]
    assert len({width(line) for line in lines[:8]}) == 1


def test_points_stand_below_each_other() -> None:
    found = result({"a": [1.5, 22.0, 0.125, None, 1e-9, 1 / 3, -1234567.0, 1e20]})
    assert [line[1:] for line in written(found, "table").split("\n")[2:10]] == [
        "       1.5",
        "      22.0",
        "       0.125",
        "              ∅",
        "          1e-09",
        "       0.333333",
        "-1234567.0",
        "          1e+20",
    ]


def test_numbers_are_measured_whole_and_texts_by_their_first_rows() -> None:
    numbers = [*range(3000), 10**12]
    found = result({"n": numbers, "s": ["a"] * 3000 + ["b" * 40], "d": [0.5] * 3000 + [-1234.125]})
    lines = written(found, "table", width=60).split("\n")
    assert lines[2].split() == ["0", "a", "0.5"]
    assert lines[3002] == " 1000000000000   …   -1234.125"
    assert len({len(line) for line in [*lines[:2], lines[3002]]}) == 1
    piped = written(found, "table").split("\n")
    assert piped[3002] == f" 1000000000000   {'b' * 40}   -1234.125"


def test_numbers_and_times_give_way_last() -> None:
    found = result(
        {"a long name of a column": [123456789, 1], "t": [0, 1], "s": ["x" * 80, "y"]}, times=["t"]
    )
    lines = written(found, "table", width=50).split("\n")
    assert lines[0].split("   ")[0] == " a long na…"
    assert lines[2].split("   ")[-2:] == ["1970-01-01 00:00:00.000", "xxxxxxxxx…"]
    assert "123456789" in lines[2]


FIELDS = 57


def test_one_row_is_upright() -> None:
    found = result({f"field{n}": [n] for n in range(FIELDS)})
    lines = written(found, "table", width=40).split("\n")
    assert lines[:2] == ["field0    0", "field1    1"]
    assert [line.split() for line in lines[:FIELDS]] == [
        [f"field{n}", str(n)] for n in range(FIELDS)
    ]
    assert lines[FIELDS:] == ["", "1 row", ""]
    assert written(result({"n": [1]}), "table").split("\n")[0] == " n"
    assert written(result({"n": [1, 2], "m": [1, 2]}), "table").split("\n")[0] == " n   m"


def test_rows_upright() -> None:
    found = result(
        {"city": ["Linz", None], "d": [1.25, 3.0], "list": [["a", "b"] * 30, []]},
        explanations=["Why."],
    )
    assert written(found, "line", width=30) == (
        "city   Linz\nd      1.25\nlist   [a, b, a, b, a, b, …]\n\ncity   ∅\nd      3.0\nlist   []\n\n2 rows\nWhy.\n"
    )
    assert written(result({"a": []}), "line") == "0 rows\n"
    many = result({"n": list(range(20_000))})
    assert written(many, "line").count("\n\n") == 20_000


def of_star(columns: dict[str, list[Any]], named: tuple[str, ...] = ()) -> Result:
    described = [
        ResultColumn(n, ColumnRole.LEAF, False, is_of_star=n not in named) for n in columns
    ]
    return Result(pa.table(columns), described)


def test_columns_without_a_value_are_left_out_on_a_screen() -> None:
    columns: dict[str, list[Any]] = {
        "a": [1, 2],
        "b": [None, None],
        "c": [None, 3],
        "d": [None, None],
    }
    found = of_star(columns, named=("d",))
    shown = written(found, "table", is_screen=True, width=60).split("\n")
    assert shown[0].split() == ["a", "c", "d"]
    assert shown[-2] == "1 column without a value is left out: b"
    assert "b" in written(found, "table").split("\n")[0]
    all_empty = of_star({"a": [None, None], "b": [None, None]})
    assert written(all_empty, "table", is_screen=True).split("\n")[0].split() == ["a", "b"]
    upright = written(of_star({"a": [1], "b": [None], "c": [2]}), "table", is_screen=True)
    assert upright == "a   1\nc   2\n\n1 row\n1 column without a value is left out: b\n"


def test_the_star_of_a_query_is_known(sessions: usql.Sessions) -> None:
    found = sessions.query("SELECT *, ip FROM usersession")
    assert [c.is_of_star for c in found.schema] == [True] * (len(found.schema) - 1) + [False]


def test_means_of_times(sessions: usql.Sessions) -> None:
    query = "SELECT AVG(startTime), MEDIAN(startTime), PERCENTILE(startTime, 90), AVG(duration), MAX(startTime) FROM usersession"
    found = sessions.query(query)
    lines = written(found, "table").split("\n")
    assert [line.rsplit("   ", 1)[1] for line in lines[:5]] == [
        "1970-01-01 00:00:03.000", "1970-01-01 00:00:03.000", "1970-01-01 00:00:04.600", "337.333333",
        "1970-01-01 00:00:05.000",
    ]  # fmt: skip
    assert found.rows() == [[3000.0, 3000.0, 4600.0, 337.3333333333333, 5000]]
    assert written(found, "csv").split("\r\n")[1] == "3000.0,3000.0,4600.0,337.3333333333333,5000"
    iso = written(found, "csv", time="iso").split("\r\n")[1]
    assert iso.split(",")[:2] == ["1970-01-01 00:00:03.000"] * 2


HARD: dict[str, list[Any]] = {
    "a|b": ["x|y", None, "`*_<&>\\[]$~", "a\nb\x1b", FAMILY, "snake_case _so_"],
    "n": [1, -(2**63), 2**63 - 1, None, 5, 6],
    "d": [1.5, 1e22, None, -0.0, 5.0, 6.0],
    "t": [0, None, 1, 2, 3, 4],
    "l": [["a", None], [], None, ["b"], ["<i>"], ["|"]],
}


def test_markdown() -> None:
    assert written(result(HARD, times=["t"]), "markdown").split("\n") == [
        r"| a\|b | n | d | t | l |",
        "| --- | ---: | ---: | --- | --- |",
        r"| x\|y | 1 | 1.5 | 1970-01-01 00:00:00.000 | \[a, ∅\] |",
        r"| ∅ | -9223372036854775808 | 1e+22 | ∅ | \[\] |",
        r"| \`\*\_\<\&\>\\\[\]\$\~ | 9223372036854775807 | ∅ | 1970-01-01 00:00:00.001 | ∅ |",
        r"| a\\nb\\x1b | ∅ | -0.0 | 1970-01-01 00:00:00.002 | \[b\] |",
        rf"| {FAMILY} | 5 | 5.0 | 1970-01-01 00:00:00.003 | \[\<i\>\] |",
        r"| snake_case \_so\_ | 6 | 6.0 | 1970-01-01 00:00:00.004 | \[\|\] |",
        "",
    ]
    assert written(result({"a": []}), "markdown") == "| a |\n| --- |\n"


@given(results())
def test_every_row_of_markdown_has_its_cells(found: Result) -> None:
    lines = written(found, "markdown").removesuffix("\n").split("\n")
    assert len(lines) == len(found) + 2
    unescaped = re.compile(r"(?<!\\)(?:\\\\)*\|")
    assert {len(unescaped.findall(line)) for line in lines} == {len(found.schema) + 1}


def test_a_page() -> None:
    found = result(HARD, times=["t"], text="SELECT\n <b>", explanations=["<Why>"])
    page = written(found, "html")
    assert page.startswith(
        '<!doctype html>\n<meta charset="utf-8">\n<title>SELECT &lt;b&gt;</title>\n<style>'
    )
    assert '<th scope="col">a|b</th><th scope="col" class=n>n</th>' in page
    rows = page[page.index("<tbody>") :].split("\n")
    assert rows[1] == (
        "<tr><td>x|y</td><td class=n>1</td><td class=n>1.5</td><td>1970-01-01 00:00:00.000</td><td>[a, null]</td></tr>"
    )
    assert rows[3].startswith(
        "<tr><td>`*_&lt;&amp;&gt;\\[]$~</td><td class=n>9223372036854775807</td>"
    )
    assert page.endswith("</tbody></table>\n<p><small>&lt;Why&gt;</small></p>\n")
    assert page.count("<tr>") == 7
    steps = written(funnel({"<a>": 2, "b": 1}), "html")
    assert "&lt;a&gt;" in steps
    assert 'style="width:50.0%"' in steps
    long = "y" * 400
    assert long in written(result({"a": [long] * 201}), "html")


def test_a_mark_for_missing_values() -> None:
    found = result({"a": ["x", None], "n": [None, 1], "l": [[None], None]})
    assert written(found, "table", null="-").split("\n")[2:4] == [" x   -   [-]", " -   1   -"]
    assert written(found, "csv", null="NULL") == "a,n,l\r\nx,NULL,[null]\r\nNULL,1,NULL\r\n"
    assert written(found, "csv", null='a,"') == 'a,n,l\r\nx,"a,""",[null]\r\n"a,""",1,"a,"""\r\n'
    assert written(found, "csv", null="=1", csv_safe=True).split("\r\n")[2] == '"\'=1",1,"\'=1"'
    assert written(found, "markdown", null="_").split("\n")[3] == r"| \_ | 1 | \_ |"
    assert '<td class="null">&lt;</td>' in written(found, "html", null="<")
    assert "\x1b" not in written(found, "table", null="\x1b[2J")
    assert written(found, "line", null="").split("\n")[:3] == ["a   x", "n", "l   []"]


def test_times_in_csv() -> None:
    found = result({"t": [0, None], "l": [[0, None], []]}, times=["t", "l"])
    assert written(found, "csv") == 't,l\r\n0,"[0, null]"\r\n,[]\r\n'
    assert written(found, "csv", time="iso", utc_offset=-90) == (
        't,l\r\n1969-12-31 22:30:00.000-01:30,"[""1969-12-31 22:30:00.000-01:30"", null]"\r\n,[]\r\n'
    )
    assert written(found, "csv", time="iso", csv_safe=True).split("\r\n")[1].startswith('"1970-')
    assert written(found, "table", time="ms").split("\n")[2] == " 0   [0, ∅]"


def test_some_rows_are_drawn() -> None:
    found = result({"n": list(range(100))})
    assert written(found, "table", max_rows=5).split("\n")[2:] == [
        "  0", "  1", "  2", "  ⋮", " 98", " 99", "", "100 rows", "",
    ]  # fmt: skip
    assert written(found, "line", max_rows=2) == "n   0\n\n⋮\n\nn   99\n\n100 rows\n"
    assert written(found, "markdown", max_rows=2).split("\n")[2:5] == ["| 0 |", "| ⋮ |", "| 99 |"]
    assert written(found, "html", max_rows=2).count("<tr>") == 4
    assert written(found, "table", max_rows=1).split("\n")[2:4] == [" 0", " ⋮"]
    assert written(found, "table", max_rows=100) == written(found, "table")
    assert written(found, "csv", max_rows=2).count("\r\n") == 101


def test_styles() -> None:
    found = result({"a": ["null", None], "n": [1.5, None]})
    lines = written(found, "table", is_styled=True).split("\n")
    assert lines[0] == "\x1b[1m a         n\x1b[0m"
    assert lines[3] == " \x1b[2mnull\x1b[0m   \x1b[2mnull\x1b[0m"
    plain = re.sub("\x1b\\[[0-9]*m", "", written(found, "table", is_styled=True))
    assert plain == written(found, "table", null="null")


def test_joiners_survive_where_writing_needs_them() -> None:
    for text in (PERSIAN, HINDI, FAMILY, "ه\u200d", "❤\ufe0f\u200d🔥", "র\u200dয"):
        assert escape_controls(text) == text
    assert escape_controls("a\u200db\u200c") == "a\\u200db\\u200c"
    assert escape_controls("👩\u200d") == "👩\\u200d"
    assert escape_controls("\u200d\u200dم\u200d\u200d") == "\\u200d\\u200dم\u200d\\u200d"
    assert escape_controls(f"{PERSIAN}\x1b\u202e") == f"{PERSIAN}\\x1b\\u202e"


@pytest.mark.parametrize("form", sorted(FORMATS.keys() - {*BINARY}))
def test_nothing_of_nothing(form: str) -> None:
    assert written(Result(pa.table({}), []), form)[:1] in ("", "\n", "0", "|", "<", "\r", "{")
