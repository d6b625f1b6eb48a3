"""How the codes of keys make slot numbers."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.unit.engine import pieces as small
from usql.engine import Engine
from usql.engine.groups.slot_numbers import numbers_of_keys
from usql.engine.rows.access import Access
from usql.planner.keys import GroupKey
from usql.planner.plan import Group
from usql.planner.rewrite import walk

ROWS: list[dict[str, Any]] = [
    {
        "startTime": 1_772_323_200_000 + number,
        "city": "abc"[number % 3],
        "bounce": number % 2 == 0,
        "matchingConversionGoals": ["x", "y"][: number % 3],
        "userActions": [{"name": "mn"[number % 2]}],
    }
    for number in range(12)
]


@pytest.fixture(scope="module")
def data() -> Engine:
    return small.engine_of(ROWS, index_memory=0)


def grouped(keys: str, table: str = "usersession") -> str:
    return f"SELECT {keys}, COUNT(*) FROM {table} GROUP BY {keys}"


def keys_of(data: Engine, text: str) -> tuple[Access, tuple[GroupKey, ...]]:
    """The data of a run of a query, and the keys of its plan."""
    prepared = small.prepared_of(data.store, text).prepared
    group = next(node for node in walk(prepared.plan) if isinstance(node, Group))
    return data.accessing(prepared), group.keys


def test_numbers_are_row_major(data: Engine) -> None:
    """The keys' codes, of which one more stands for a missing value, are the digits of a number."""
    access, keys = keys_of(data, grouped("city, bounce, useraction.name"))
    found = numbers_of_keys(access, keys)
    assert found is not None
    assert found.sizes == (4, 3, 3)
    assert found.space == 36
    numbers = [
        sum(code * stride for code, stride in zip(codes, found.strides, strict=True))
        for codes in itertools.product(*map(range, found.sizes))
    ]
    assert numbers == list(range(36))


@pytest.mark.parametrize(
    ("keys", "table", "levels", "several", "parents"),
    [
        ("city, bounce", "usersession", (False, False), False, False),
        ("city, useraction.name", "usersession", (True, False), True, False),
        ("useraction.name, city", "usersession", (False, False), True, False),
        ("matchingConversionGoals, city, useraction.name", "usersession", (True, True, False), True, False),
        ("name, usersession.city", "useraction", (False, False), False, True),
    ],
)  # fmt: skip
def test_what_keys_multiply(
    data: Engine, keys: str, table: str, levels: tuple[bool, ...], several: bool, parents: bool
) -> None:
    """The pairs of a key are counted apart if a later one has several values in a row."""
    found = numbers_of_keys(*keys_of(data, grouped(keys, table)))
    assert found is not None
    assert (found.levels, found.have_several, found.have_parents) == (levels, several, parents)


def test_the_numbers_of_plain_keys_are_kept_with_the_plan(data: Engine) -> None:
    """Those of dates are not, since they may hold what is kept within limits."""
    for keys, is_kept in (("city, bounce", True), ("city, DAY(startTime)", False)):
        access, of_plan = keys_of(data, grouped(keys))
        assert (numbers_of_keys(access, of_plan) is numbers_of_keys(access, of_plan)) == is_kept


def test_keys_that_are_evaluated_as_a_whole_have_no_numbers(data: Engine) -> None:
    shown, table = "city, userActionCount + 1 AS more, COUNT(*)", "usersession GROUP BY city, more"
    assert numbers_of_keys(*keys_of(data, f"SELECT {shown} FROM {table}")) is None
