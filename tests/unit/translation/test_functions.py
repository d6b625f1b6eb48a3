"""Every function of the language has a translation, or the program says that it has none."""

from __future__ import annotations

from dataclasses import replace

import pytest

import usql
from usql.analysis.bound import Column, GroupQuery, Metric, Timeframe
from usql.language import functions
from usql.language.declarations import Form
from usql.language.functions import AGGREGATES, DATE_PARTS, FUNCTIONS, Undeclared
from usql.translation import aggregates, dates
from usql.translation.columns import documented
from usql.translation.dialects import DIALECTS
from usql.translation.nodes import column
from usql.translation.statement import Target, statement
from usql.translation.unsupported import Findings

OF_NODES = {Form.CONDITION, Form.TOP, Form.KEYS, Form.DATE_TEXT, Form.LENGTH, Form.FUNNEL}
"""What the bound query has nodes of its own for, or decides itself."""


def test_every_aggregate_and_every_date_part_has_a_translation() -> None:
    assert aggregates.AGGREGATES.keys() == AGGREGATES.keys()
    assert dates.PARTS.keys() == DATE_PARTS.keys()
    assert set(aggregates.OF_VALUES) <= AGGREGATES.keys()


def test_every_other_function_is_of_a_form_that_is_translated() -> None:
    others = {f.form for f in FUNCTIONS.values() if not f.aggregates and f.part is None}
    assert others <= OF_NODES


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_of_every_function_is_translated(name: str, dialect: str) -> None:
    made = usql.translate(FUNCTIONS[name].example, to=dialect)  # type: ignore[arg-type]
    assert "SELECT" in made.sql


def test_a_new_function_is_met_by_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    new = replace(AGGREGATES["ROWS"], name="PRODUCT")
    monkeypatch.setattr(functions, "AGGREGATES", {**AGGREGATES, "PRODUCT": new})
    asked = GroupQuery(
        "usersession", Timeframe(), None, (), (Column("p", Metric("PRODUCT")),), (), (), None, False
    )
    target = Target(DIALECTS["spark"], documented(), "nested", "usersession")
    with pytest.raises(Undeclared, match="'PRODUCT' has no translation"):
        statement(asked, 0, target, Findings("spark", "nested"))
    with pytest.raises(Undeclared, match="'WEEK' has no translation"):
        dates.date_part(DIALECTS["spark"], "WEEK", column("startTime"))
