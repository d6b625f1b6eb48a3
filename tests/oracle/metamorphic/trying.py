"""Trying relations: which of them said something, and which query they were asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import usql
from tests.oracle.metamorphic.asking import Condition, NotApplicable, Relations, conditions, tests
from tests.oracle.metamorphic.of_conditions import CONDITIONS
from tests.oracle.metamorphic.of_data import DATA
from tests.oracle.metamorphic.of_queries import QUERIES
from tests.oracle.metamorphic.of_tests import TESTS
from tests.oracle.metamorphic.of_ways import WAYS

KINDS: Mapping[str, Relations] = {
    "conditions": CONDITIONS,
    "tests": TESTS,
    "queries": QUERIES,
    "data": DATA,
    "ways": WAYS,
}


def questions(kind: str, texts: list[str]) -> list[tuple[Any, ...]]:
    """What the relations of a kind are given, taken from queries."""
    if kind == "tests":
        return [(test,) for text in texts for test in tests(text)]
    if kind == "conditions":
        return [*pairs([c for text in texts for c in conditions(text)])]
    return [(text,) for text in texts]


def pairs(found: list[Condition]) -> list[tuple[Condition, Condition]]:
    """Neighbours on one table; of a lonely one, itself with itself."""
    by_table: dict[str, list[Condition]] = {}
    for condition in found:
        by_table.setdefault(condition.table, []).append(condition)
    made = []
    for own in by_table.values():
        made += list(zip(own, [*own[1:], own[0]], strict=True))
    return made


def attempt(kind: str, subject: Any, question: tuple[Any, ...], said: Counter[str]) -> None:
    """Try all relations of a kind on a question; ``said`` counts those that applied. A sum that
    leaves 64 bits is no answer to compare."""
    for name, relation in KINDS[kind].items():
        try:
            relation(subject, *question)
        except NotApplicable:
            continue
        except usql.UsqlError as refused:
            if [d.name for d in refused.diagnostics if d.is_error] != ["sum-overflow"]:
                raise
        except AssertionError as failed:
            failed.add_note(f"{name}: {question}")
            raise
        else:
            said[name] += 1
