"""Names that a reader would pass over."""

from __future__ import annotations

import pytest

from usql.store.loading.json.spellings import matches, names_results, other_spelling

WANTED = ["city", "further", "useractions"]
KNOWN = ["city", "userActions"]


def found(text: str, *missing: str) -> str | None:
    return other_spelling(text.encode(), WANTED, KNOWN, missing)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"City": 1}', "City"),
        ('{"x": 1, "CITY"\t:2}', "CITY"),
        ('{"cIty":1}', "cIty"),
        ('{"city": 1}', None),
        ('{"city": "City", "x": ["CITY"]}', None),
        ('{"cities": 1, "acity": 2}', None),
        ('{"c\\u0069ty": 1}', ""),
        ('{"x": "\\u00e9 \\u003c"}', None),
        ('{"UserActions": []}', "UserActions"),
        ('{"userActions": []}', None),
        ('{"further": 1}', "further"),
        ('{"furTHER": 1}', "furTHER"),
    ],
)
def test_names_in_another_spelling_are_found(text: str, name: str | None) -> None:
    assert found(text, "city", "useractions") == name


def test_names_that_are_nowhere_missing_are_not_sought() -> None:
    assert found('{"City": 1}') is None
    assert found('{"City": 1}', "useractions") is None
    assert found('{"FURTHER": 1}') == "FURTHER"


def test_of_two_known_spellings_each_is_another_one() -> None:
    assert other_spelling(b'{"City": 1}', ["city"], ["city", "City"], []) == "City"
    assert other_spelling(b'{"city": 1}', ["city"], ["city", "City"], []) == "city"


def test_odd_names_are_no_patterns() -> None:
    assert other_spelling(b'{"a.b*": 1}', ["a.b*"], [], []) == "a.b*"
    assert other_spelling(b'{"axbb": 1}', ["a.b*"], [], []) is None
    assert other_spelling(b'{"my-Field x": 1}', ["my-field x"], ["my-field x"], ["my-field x"])


def test_the_sign_of_kelvin_is_a_k() -> None:
    assert "\u212a".lower() == "k"
    text = '{"\u212aey": 1}'.encode()
    assert other_spelling(text, ["key"], ["key"], ["key"]) == ""


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ('{"count(*)": 1}', True),
        ('{"usersession.city": 1}', True),
        ('{"UserAction.name": 1}', True),
        ('{"a": "(b)", "c": 1}', False),
        ('{"browser.city": 1}', False),
        ('{"userSessionId": "x"}', False),
    ],
)
def test_names_that_only_results_have(text: str, is_found: bool) -> None:
    assert names_results(text.encode()) is is_found


def test_no_text_has_nothing() -> None:
    assert not matches(b"", "a")
