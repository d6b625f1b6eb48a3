"""The table of codes."""

from __future__ import annotations

import re

import pytest

from usql.language.rules import RULES, Severity

FIXED_NAMES = """not-queryable unknown-field unknown-table other-secondary-table value-type field-comparison
condition-needs-field bad-date bad-address date-format date-interval duration argument funnel-clause funnel-steps
metric-in-group-by distinct-cardinality limit-too-large order-by-columns order-by-arithmetic metric-arithmetic
metric-type too-many-likes unknown-function curly-quote double-equals unterminated-string syntax""".split()


def test_codes_and_names_are_unique_and_documented() -> None:
    codes = [rule.code for rule in RULES.values()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"USQL\d{3}", code) for code in codes)
    assert all(rule.summary.endswith(".") for rule in RULES.values())


@pytest.mark.parametrize("name", FIXED_NAMES)
def test_the_languages_errors_exist(name: str) -> None:
    assert RULES[name].severity is Severity.ERROR


@pytest.mark.parametrize(
    "name",
    "unqualified-field deprecated-field unknown-enum-value ungrouped-field extension".split(),
)
def test_the_languages_warnings_exist(name: str) -> None:
    assert RULES[name].severity is Severity.WARNING


@pytest.mark.parametrize("name", "placeholder undocumented vendor-approximate".split())
def test_the_languages_information_exists(name: str) -> None:
    assert RULES[name].severity is Severity.INFORMATION
