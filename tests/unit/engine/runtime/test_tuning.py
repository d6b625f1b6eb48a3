"""Sizes and thresholds: every one is reached by small data, and none must break an answer."""

from __future__ import annotations

import dataclasses

import pytest

import usql
from tests.unit.engine import pieces as small
from usql.engine import Engine
from usql.engine.runtime.limits import Control
from usql.engine.runtime.tuning import DEFAULT, Tuning
from usql.store import load

FIELDS = {field.name for field in dataclasses.fields(Tuning)}


def test_generated_questions_are_asked_with_every_field() -> None:
    """Each is either drawn or follows from the rows of a piece."""
    assert small.in_pieces(3).keys() <= FIELDS
    assert small.ANY.keys() | small.in_pieces(3).keys() == FIELDS


def test_drawn_sizes_are_not_the_default_alone() -> None:
    for name, sizes in small.ANY.items():
        assert any(size != getattr(DEFAULT, name) for size in sizes), name


def test_a_run_has_the_sizes_of_its_engine() -> None:
    tuning = Tuning(zone_rows=3)
    store = load([{"startTime": 1, "country": "Austria"}])
    assert Control().tuning is DEFAULT == Tuning()
    assert Engine(store).tuning is DEFAULT
    assert Engine(store, tuning=tuning).tuning is tuning
    query = "SELECT country, COUNT(*) FROM usersession GROUP BY country"
    for indexed in (False, True):
        data = usql.Sessions(store, tuning=Tuning(**small.INDEXED) if indexed else DEFAULT)
        assert ("indexes: " in data.explain(query, analyze=True)) == indexed


def test_sizes_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEFAULT.zone_rows = 3  # type: ignore[misc]  # that is the point
