"""The vendor's response forms."""

from __future__ import annotations

import json
from typing import Any

import pytest

import usql
from tests.unit.result.made import result
from usql.result.responses import key_text


def test_table_response(sessions: usql.Sessions) -> None:
    found = sessions.query("SELECT userSessionId, city FROM usersession LIMIT 2")
    assert found.to_table_response() == {
        "extrapolationLevel": 1, "columnNames": ["userSessionId", "city"], "values": [["a", "Linz"], ["b", None]],
    }  # fmt: skip
    full = found.to_table_response(explain=True, deep_links=True)
    assert full["additionalColumnNames"] == ["userSessionId", "startTime", "endTime"]
    assert full["additionalValues"] == [["a", 1000, 2000], ["b", 3000, None]]
    assert full["explanations"] == ["The first 2 of 3 rows are shown, because of LIMIT 2."]


def test_deep_links_have_all_their_columns_whatever_the_data_has() -> None:
    found = usql.open([{"userSessionId": "a"}]).query("SELECT userSessionId FROM usersession")
    full = found.to_table_response(deep_links=True)
    assert full["additionalColumnNames"] == ["userSessionId", "startTime", "endTime"]
    assert full["additionalValues"] == [["a", None, None]]
    assert usql.open([full]).query("SELECT JSON FROM usersession").rows() == [
        ['{"userSessionId": "a"}']
    ]


def test_a_missing_key_is_the_string_null(sessions: usql.Sessions) -> None:
    found = sessions.query("SELECT city, COUNT(*) FROM usersession GROUP BY city")
    assert found.to_table_response()["values"] == [["Linz", 2], ["null", 1]]
    assert found.rows() == [["Linz", 2], [None, 1]]
    assert found.to_tree_response()["values"] == {"Linz": [2], "null": [1]}
    assert "additionalValues" not in found.to_table_response(deep_links=True)


def test_tree_responses(sessions: usql.Sessions) -> None:
    nested = sessions.query(
        "SELECT city, bounce, COUNT(*), MAX(duration) FROM usersession GROUP BY city, bounce"
    )
    assert nested.to_tree_response() == {
        "extrapolationLevel": 1,
        "branchNames": ["city", "bounce"],
        "leafNames": ["count(*)", "max(duration)"],
        "values": {"Linz": {"true": [2, 1000]}, "null": {"false": [1, 5]}},
    }
    flat = sessions.query("SELECT COUNT(*), MIN(duration) FROM usersession").to_tree_response()
    assert (flat["branchNames"], flat["values"]) == ([], [[3], [5]])
    keyed = result({"k": [1, 2], "n": [5, 6]}, keys=["k"]).to_tree_response(explain=True)
    assert keyed["values"] == {"1": [5], "2": [6]}
    assert keyed["explanations"] == []


@pytest.mark.parametrize(
    ("key", "text"), [(None, "null"), (True, "true"), (False, "false"), (-3, "-3"), (1.5, "1.5"), ("é", "é")]
)  # fmt: skip
def test_keys_of_a_tree_are_text(key: Any, text: str) -> None:
    assert key_text(key) == text


def test_keys_nest_in_the_order_of_the_columns() -> None:
    found = result(
        {"n": [1, 2, 3, 4], "a": ["x", None, "x", "x"], "b": [7, 7, None, 8], "c": [True, None, False, True]},
        keys=["a", "b", "c"],
    ).to_tree_response()  # fmt: skip
    assert (found["branchNames"], found["leafNames"]) == (["a", "b", "c"], ["n"])
    assert found["values"] == {
        "x": {"7": {"true": [1]}, "null": {"false": [3]}, "8": {"true": [4]}},
        "null": {"7": {"null": [2]}},
    }


def test_only_keys_and_no_rows() -> None:
    assert result({"k": ["a", "b"]}, keys=["k"]).to_tree_response()["values"] == {"a": [], "b": []}
    assert result({"k": [], "n": []}, keys=["k"]).to_tree_response()["values"] == {}
    assert result({"a": [], "b": []}).to_tree_response()["values"] == [[], []]


def test_rows_of_one_place_in_the_tree_are_counted() -> None:
    same = result({"k": ["null", None, "a"], "n": [3, 2, 1]}, keys=["k"], explanations=["Why."])
    found = same.to_tree_response(explain=True)
    assert found["values"] == {"null": [3], "a": [1]}
    assert found["explanations"] == [
        "Why.",
        "1 row has the same keys as an earlier one; the tree shows the first of each.",
    ]
    assert "explanations" not in same.to_tree_response()
    assert same.explanations == ("Why.",)
    thrice = result({"k": ["a"] * 3, "n": [3, 2, 1]}, keys=["k"]).to_tree_response(explain=True)
    assert thrice["values"] == {"a": [3]}
    assert thrice["explanations"][0].startswith("2 rows have ")


def test_a_key_that_is_not_selected(sessions: usql.Sessions) -> None:
    found = sessions.query("SELECT bounce, COUNT(*) FROM usersession GROUP BY bounce, duration")
    tree = found.to_tree_response(explain=True)
    assert found.rows() == [[True, 1], [True, 1], [False, 1]]
    assert tree["values"] == {"true": [1], "false": [1]}
    assert "1 row has the same keys" in tree["explanations"][-1]


def test_responses_are_strict_json() -> None:
    odd = result({"x": [float("nan"), float("inf")], "l": [[float("-inf"), 1.0], []]})
    table, tree = odd.to_table_response(), odd.to_tree_response()
    assert table["values"] == [[None, [None, 1.0]], [None, []]]
    assert tree["values"] == [[None, None], [[None, 1.0], []]]
    assert json.loads(json.dumps([table, tree], allow_nan=False)) == [table, tree]
