"""Addresses in groups: an IPv4-mapped one and its plain form are one value, rows show the text."""

from __future__ import annotations

from typing import Any

import pytest

import usql
from tests.unit.engine.columns import texts
from tests.unit.engine.pieces import kept_indexes, tuned
from usql.catalog.model import FieldType
from usql.engine.arrays.vectors import to_arrow
from usql.engine.rows.addresses import plain_addresses
from usql.engine.runtime.limits import Budget, Control
from usql.errors import MemoryLimit

FORMS = ["1.2.3.4", "::ffff:1.2.3.4", "0:0:0:0:0:FFFF:0102:0304", " ::fFfF:1.2.3.4 "]
OTHERS = ["2a01::ffff:1", "::ffff:1", "::ffff:9.9.9", "ffff", "::ffff:1.2.3.4%eth0", "8.8.8.8"]


def test_mapped_addresses_are_plain_and_in_order() -> None:
    values = [*FORMS, None, *OTHERS, "::ffff:9.9.9.9", "1.2.3.4"]
    made = plain_addresses(texts(values, FieldType.IP), Control())
    plain = ["1.2.3.4"] * 4 + [None, *OTHERS, "9.9.9.9", "1.2.3.4"]
    assert to_arrow(made).to_pylist() == plain
    assert made.dictionary.to_pylist() == [
        "1.2.3.4", "8.8.8.8", "9.9.9.9", "::ffff:1", "2a01::ffff:1",
        "::ffff:1.2.3.4%eth0", "::ffff:9.9.9", "ffff",
    ]  # fmt: skip
    assert made.type is FieldType.IP


@pytest.mark.parametrize("values", [[], [None], [*OTHERS, None], ["1.2.3.4", "2a01::1"]])
def test_without_mapped_addresses_the_column_is_the_same(values: list[Any]) -> None:
    column = texts(values, FieldType.IP)
    assert plain_addresses(column, Control()) is column


def test_what_is_made_anew_is_reserved() -> None:
    plain = texts(OTHERS * 9, FieldType.IP)
    plain_addresses(plain, Control(1, budget=Budget(1)))
    mapped = texts(FORMS * 9, FieldType.IP)
    with pytest.raises(MemoryLimit):
        plain_addresses(mapped, Control(1, budget=Budget(1)))


def opened(repeated: int = 1, **options: Any) -> usql.Sessions:
    rows: list[Any] = [
        {"userSessionId": f"{number}", "ip": ip, "country": f"{number % 2}", "userActions": [{}]}
        for number, ip in enumerate([*FORMS, "2a01::1", None, "::ffff:0.0.0.7"])
    ]
    return usql.open(rows * repeated, **options)


ANSWERS: list[tuple[str, list[Any]]] = [
    ("ip, COUNT(*) FROM usersession GROUP BY ip", [["1.2.3.4", 4], ["0.0.0.7", 1], ["2a01::1", 1], [None, 1]]),
    ("DISTINCT ip FROM usersession", [["1.2.3.4"], ["0.0.0.7"], ["2a01::1"], [None]]),
    ("usersession.ip, COUNT(*) FROM useraction GROUP BY usersession.ip", [["1.2.3.4", 4], ["0.0.0.7", 1], ["2a01::1", 1], [None, 1]]),
    ("COUNT(DISTINCT ip), COUNT(ip), TOP(ip, 2) FROM usersession", [[3, 6, ["1.2.3.4", "0.0.0.7"]]]),
    ("COUNT(DISTINCT ip) FROM usersession GROUP BY country", [[3], [1]]),
    ("country, ip FROM usersession GROUP BY country", [["0", ["1.2.3.4", "0.0.0.7", "2a01::1"]], ["1", ["1.2.3.4"]]]),
    ("TOP(ip, 1), COUNT(*) FROM usersession GROUP BY ip", [["1.2.3.4", 4]]),
    ("country FROM usersession GROUP BY country ORDER BY ip DESC", [["0"], ["1"]]),
    ("ip, COUNT(*) FROM usersession WHERE ip LIKE '::*' GROUP BY ip", [["0.0.0.7", 1], ["1.2.3.4", 1]]),
    ("country, CONDITION(COUNT(DISTINCT ip), WHERE ip STARTSWITH '0') FROM usersession GROUP BY country", [["0", 1], ["1", 0]]),
    ("ip FROM usersession LIMIT 4", [[ip] for ip in FORMS]),
    ("COUNT(*) FROM usersession WHERE ip = '1.2.3.4'", [[4]]),
    ("COUNT(*) FROM usersession WHERE ip LIKE '1*'", [[1]]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rows"), ANSWERS)
def test_groups_have_one_value_and_rows_the_text(text: str, rows: list[Any]) -> None:
    assert opened().query(f"SELECT {text}").rows() == rows


def test_distinct_addresses_in_arithmetic() -> None:
    text = "SELECT COUNT(DISTINCT ip) / COUNT(*) * 7 FROM usersession"
    assert opened().query(text, profile="offline").rows() == [[3.0]]


def test_indexes_of_texts_and_of_addresses_are_apart() -> None:
    """What tests read of a field is the text, what groups read the address."""
    data = tuned(opened(60), {"fewest_indexed_rows": 1})
    plain = opened(60, index_memory=0)
    tests = ["ip LIKE '::*'", "ip = '1.2.3.4'", "ip STARTSWITH '0'"]
    texts = ["SELECT ip, COUNT(*) FROM usersession GROUP BY ip", "SELECT COUNT(*), COUNT(DISTINCT ip) FROM usersession"]  # fmt: skip
    for test in tests:
        texts += [f"SELECT COUNT(*) FROM usersession WHERE {test}"]
        texts += [f"SELECT ip, COUNT(*) FROM usersession WHERE {test} GROUP BY ip"]
        texts += [f"SELECT ip, CONDITION(COUNT(*), WHERE {test}) FROM usersession GROUP BY ip"]
    for text in [*texts, *reversed(texts)]:
        assert data.query(text).rows() == plain.query(text).rows(), text
    names = kept_indexes(data)
    assert any("usersession.ip by address" in name for name in names)
    assert any("usersession.ip" in name.replace("usersession.ip by address", "") for name in names)
