"""Values as people read them."""

from __future__ import annotations

import pytest

from usql.escape import escape_controls
from usql.result.texts.cells import cell
from usql.result.texts.times import time_text


def test_cells() -> None:
    assert [cell(v, False) for v in (True, None, 1.0, 0.1, 1e20, 1e-9, [1, None], [{"key": "k", "value": 1}])] == [
        "true", "null", "1.0", "0.1", "1e+20", "1e-09", "[1, null]", "[k: 1]",
    ]  # fmt: skip
    assert cell(list(range(30)), False).endswith("19, …]")
    assert time_text(-1) == "1969-12-31 23:59:59.999"
    assert time_text(2**62) == str(2**62)
    assert escape_controls("\U000e0001") == "\\U000e0001"


def test_the_mark_of_a_missing_value_is_the_callers() -> None:
    assert cell(None, False, "∅") == "∅"
    assert cell([1, None, {"key": "k", "value": None}], False, "∅") == "[1, ∅, k: ∅]"


def test_numbers() -> None:
    shown = [cell(v, False) for v in (0.0, -0.5, 1 / 3, 12345.25, 2**63 - 1, float("nan"))]
    assert shown == ["0.0", "-0.5", "0.333333", "12345.25", "9223372036854775807", "nan"]


def test_timestamps_in_lists() -> None:
    assert cell([0, None], True) == "[1970-01-01 00:00:00.000, null]"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("\r\n\t", "\\r\\n\\t"),
        ("\x7f\x9b", "\\x7f\\x9b"),
        ("\u202e\u2066", "\\u202e\\u2066"),
        ("\u2028", "\\u2028"),
        ("東京\u3000駅", "東京\u3000駅"),
        ("1\u00a0000", "1\u00a0000"),
    ],
)
def test_control_characters_are_shown_and_spaces_stay(text: str, shown: str) -> None:
    assert escape_controls(text) == shown
