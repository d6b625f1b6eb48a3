"""Results in notebooks."""

from __future__ import annotations

import usql
from tests.unit.result.made import funnel, result


def test_html_is_escaped(sessions: usql.Sessions) -> None:
    page = result({"<b>": ["<script>alert(1)</script>", None]}, explanations=["<i>"])._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<i>" not in page
    assert 'class="null"' in page
    funnel = sessions.query("SELECT FUNNEL(city = 'Linz' AS '<x>') FROM usersession")._repr_html_()
    assert "&lt;x&gt;" in funnel
    assert 'class="bar"' in funnel


def test_nothing_turns_the_direction_of_the_page() -> None:
    page = result({"\u202ea": ["\u202eb\x1b"]}, explanations=["\u202ec"])._repr_html_()
    steps = funnel({"\u202ed": 1})._repr_html_()
    for text in (page, steps):
        assert "\u202e" not in text
        assert "\x1b" not in text
    assert page.count("\\u202e") == 3
    assert "\\u202ed" in steps


def test_the_table() -> None:
    page = result({"city": ["Linz", None], "n": [1, 2], "t": [0, None]}, times=["t"])._repr_html_()
    assert '<th scope="col">city</th><th scope="col" class=n>n</th><th scope="col">t</th>' in page
    assert "<td>Linz</td><td class=n>1</td><td>1970-01-01 00:00:00.000</td>" in page
    assert page.count('<td class="null">null</td>') == 2
    assert "2 rows" in page
    empty = result({"city": []})._repr_html_()
    assert ">city</th>" in empty
    assert "0 rows" in empty


def test_long_results_and_cells() -> None:
    page = result({"a": ["y" * 400] * 201})._repr_html_()
    assert page.count("<tr>") == 1 + 200
    assert "201 rows, the first 200 are shown" in page
    assert "y" * 299 + "…<" in page


def test_a_funnel_of_no_rows() -> None:
    page = funnel({"a": 0, "b": 0})._repr_html_()
    assert page.count('style="width:0.0%"') == 2
    half = funnel({"a": 8, "b": 4})._repr_html_()
    assert 'style="width:50.0%"' in half
    assert '<td class="n">50.0 %</td>' in half


def test_notebooks_do_not_move_the_table_to_the_middle_and_its_texts_to_the_right() -> None:
    """Their own rules have more weight than those of a class."""
    style, _ = result({"city": ["Linz"], "n": [1]})._repr_html_().split("</style>")
    assert "text-align:left!important" in style
    assert ".n{text-align:right!important}" in style
    assert "margin:0 0 1em 0!important" in style
