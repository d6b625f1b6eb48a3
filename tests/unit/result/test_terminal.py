"""Results in a terminal."""

from __future__ import annotations

import io
from typing import Any

import pytest
import rich.console
from rich.cells import cell_len

import usql
from tests.unit.result.made import funnel, result
from usql.result import Result
from usql.result.drawings.funnels import bar
from usql.result.drawings.layout import fit
from usql.result.terminal import plain_text


def test_the_terminal_table() -> None:
    shown = result(
        {"city": ["東京", None, "null"], "n": [1, 22, 333], "t": [0, None, 1]},
        times=["t"],
        explanations=["Why."],
    )
    assert plain_text(shown, 80).splitlines() == [
        " city     n   t",
        " " + "─" * 36,
        " 東京     1   1970-01-01 00:00:00.000",
        " ∅       22   ∅",
        " null   333   1970-01-01 00:00:00.001",
        "",
        "3 rows",
        "Why.",
    ]


def test_long_and_wide_results_are_cut() -> None:
    long = result({"n": list(range(500))})
    text = str(long)
    assert "⋮" in text
    assert "499" in text
    assert "500 rows" in text
    assert len(text.splitlines()) < 80
    wide = result({f"column{i}": ["x" * 50] * 2 for i in range(40)})
    lines = plain_text(wide, 100).splitlines()
    assert max(len(line) for line in lines) <= 100
    assert "more columns do not fit: column" in lines[-1]
    two = plain_text(result({name: [name * 50] * 2 for name in "abcd"}), 45)
    assert two.endswith("2 rows, 1 more column does not fit: d")
    assert plain_text(result({"a": ["y" * 500]}), 60).splitlines()[2].endswith("…")


def test_an_empty_result_keeps_its_header(sessions: usql.Sessions) -> None:
    empty = sessions.query("SELECT city, duration FROM usersession LIMIT 0")
    assert "city" in str(empty)
    assert "0 rows" in str(empty)
    assert empty.to_table_response()["columnNames"] == ["city", "duration"]


def test_data_sends_nothing_to_the_terminal() -> None:
    evil = result(
        {"\x1b[31mname": ["\x1b]0;title\x07", "a\nb\tc", "\u202eabc", "[bold]x[/bold]"]},
        explanations=["\x1b[2J"],
    )
    shown = str(evil)
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert "[bold]x[/bold]" in shown
    assert "a\\nb\\tc" in shown


def test_widths() -> None:
    assert fit([3, 4], 80) == [3, 4]
    assert fit([200], 50) == [49]
    assert sum(fit([60, 60, 60], 100)) + 7 <= 100
    assert len(fit([20] * 50, 100)) < 50


def test_bars() -> None:
    assert (bar(0, 10), bar(1, 10), bar(0.55, 10)) == ("", "█" * 10, "█████▌")


def on_console(found: Result, color: bool) -> str:
    out = io.StringIO()
    console = rich.console.Console(
        file=out,
        width=60,
        color_system="truecolor" if color else None,
        force_terminal=color,
        no_color=False,
        force_jupyter=False,
    )
    console.print(found)
    return out.getvalue()


def test_a_missing_value_is_not_the_string_null() -> None:
    found = result({"a": ["null", None]})
    assert plain_text(found, 60).splitlines()[2:4] == [" null", " ∅"]
    assert on_console(found, color=False).count("∅") == 1
    styled = on_console(found, color=True)
    assert "∅" not in styled
    assert styled.count("\x1b[2mnull") == 1
    assert styled.count("null") == 2


def test_a_notebook_keeps_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rich.console, "_is_jupyter", lambda: True)
    assert "1 row" in str(result({"a": [1]}))


@pytest.mark.parametrize("width", [5, 20, 33, 60, 100, 200])
def test_nothing_is_wider_than_asked(width: int) -> None:
    table = result(
        {"東京": ["東京" * 60, None], "list": [["x" * 9] * 30, []], "n": [2**62, 1], "e": ["é🙂" * 40, ""]},
        explanations=["Many words " * 20],
    )  # fmt: skip
    steps = funnel({"東" * 40: 10, "b": 5, "c": 0})
    for found in (table, steps):
        assert max(cell_len(line) for line in plain_text(found, width).splitlines()) <= width


def test_lists_are_cut_between_entries() -> None:
    def shown(values: list[Any], width: int) -> str:
        return plain_text(result({"a": [values]}), width).splitlines()[2].strip()

    words = ["alpha", "beta", "gamma", "delta"]
    assert shown(words, 60) == "[alpha, beta, gamma, delta]"
    assert shown(words, 26) == "[alpha, beta, gamma, …]"
    assert shown(words, 18) == "[alpha, beta, …]"
    assert shown(words, 8) == "[alpha…"
    assert shown(["x" * 90, "y"], 20).endswith("xx…")
    assert shown([], 20) == "[]"
    assert shown([None, "null"], 20) == "[∅, null]"
    assert shown(["東京", "大阪", "京都"], 13) == "[東京, …]"


def test_the_width_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    long = result({"a": ["x" * 500]})
    for columns in ("50", "130"):
        monkeypatch.setenv("COLUMNS", columns)
        assert max(len(line) for line in str(long).splitlines()) == int(columns)


def test_the_middle_of_a_long_result() -> None:
    lines = plain_text(result({"n": list(range(61))}), 40).splitlines()
    assert [line.strip() for line in lines[2:-2]] == [
        *map(str, range(30)), "⋮", *map(str, range(31, 61)),
    ]  # fmt: skip
    whole = plain_text(result({"n": list(range(60))}), 40)
    assert "⋮" not in whole
    assert "⋮" not in plain_text(result({"n": list(range(61))}), 40, most_rows=None)
    assert lines[-1] == "61 rows"


def test_a_funnel() -> None:
    lines = plain_text(funnel({"all": 8, "half": 4, "none": 0, "after": 0}), 70).splitlines()
    assert lines[0].split() == ["step", "count", "of", "first", "of", "previous"]
    assert [line.split() for line in lines[2:]] == [
        ["all", "█" * 28, "8", "100.0", "%"],
        ["half", "█" * 14, "4", "50.0", "%", "50.0", "%"],
        ["none", "0", "0.0", "%", "0.0", "%"],
        ["after", "0", "0.0", "%"],
    ]
    empty = plain_text(funnel({"a": 0, "b": 0}), 70)
    assert "█" not in empty
    assert "%" not in empty


@pytest.mark.parametrize("width", [60, 64, 80, 100, 160])
def test_bars_keep_their_proportion(width: int) -> None:
    lines = plain_text(funnel({"a long name of a step " * 3: 8, "b": 4}), width).splitlines()
    whole, half = (line.count("█") + 0.5 * line.count("▌") for line in lines[2:4])
    assert whole >= 8
    assert half == whole / 2


def test_a_narrow_funnel_has_numbers_only() -> None:
    text = plain_text(funnel({"a": 8, "b": 4}), 40)
    assert "█" not in text
    assert "50.0 %" in text


def test_a_console_draws_with_its_own_width(sessions: usql.Sessions) -> None:
    found = sessions.query("SELECT city, duration FROM usersession")
    assert on_console(found, color=False).rstrip().endswith("3 rows")
    assert "\x1b[1m" in on_console(found, color=True)
    wide = on_console(result({"a": ["x" * 500]}), color=False)
    assert max(len(line) for line in wide.splitlines()) == 60
