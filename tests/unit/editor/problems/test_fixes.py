"""Which corrections are applied together: safe ones, and by request the others."""

from __future__ import annotations

import pytest

from usql.editor.actions import actions
from usql.editor.problems.fixes import fix_all, is_safe, settle
from usql.editor.problems.validation import validate
from usql.language.diagnostics import Span

CHILDREN = 'SELECT useraction.name FROM usersession WHERE useraction.name = "a"'
ADDRESS = 'SELECT city FROM usersession WHERE ip LIKE "10.0.0.1"'


def test_a_correction_that_asks_another_question_is_applied_by_hand_only() -> None:
    (problem,) = validate(CHILDREN)
    assert [fix.title for fix in problem.fixes] == ["query useraction instead"]
    assert not is_safe(problem)
    assert fix_all(CHILDREN, [problem], unsafe=True) == CHILDREN
    assert settle(CHILDREN, validate, unsafe=True) == (CHILDREN, 0)
    offered = actions(CHILDREN, problem.span, [problem])
    assert [(a.title, a.is_preferred) for a in offered if a.edits == problem.fixes[0].edits] == [
        ("Query useraction instead", False)
    ]


def test_a_guess_of_a_safe_rule_is_not_safe() -> None:
    """Of an address a pattern sees the text, so that no equality says the same."""
    (problem,) = validate(ADDRESS)
    assert [fix.title for fix in problem.fixes] == ['write "*10.0.0.1*"']
    assert not is_safe(problem)
    assert settle(ADDRESS, validate) == (ADDRESS, 0)
    assert settle(ADDRESS, validate, unsafe=True)[1] == 1
    assert not any(a.is_preferred for a in actions(ADDRESS, Span(0, len(ADDRESS)), [problem]))


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("city FROM usersession WHERE city LIKE /* exactly */ 'Linz'", None),
        ("city FROM usersession WHERE city LIKE 'Linz'", 'city FROM usersession WHERE city = "Linz"'),
        ("${k}, COUNT(*) FROM usersession GROUP BY ${k} ORDER BY COUNT(*), COUNT(*)", None),
        ("city AS ${a}, ip FROM usersession ORDER BY city, city", None),
        ("city FROM usersession WHERE city != 'a' ${more} AND city != 'b'", None),
        ("city FROM usersession WHERE city != 'a' AND ${more} AND city != 'b'", None),
        ("city FROM usersession WHERE city != 'a' AND NOT ${more} AND city != 'b'", None),
        ("ip FROM usersession WHERE city = 'a' ${more} ORDER BY city", None),
        ("ip FROM usersession WHERE city = 'a' AND ip = '${ip}' ORDER BY city",
         "ip FROM usersession WHERE city = 'a' AND ip = '${ip}'"),
        ("ip FROM usersession WHERE city = '${c}' OR city = 'b' OR city = 'c'",
         "ip FROM usersession WHERE city = '${c}' OR city IN ('b', 'c')"),
        ("ip FROM usersession WHERE stringProperties.${k} = 'a' OR stringProperties.${k} = 'b'", None),
    ],
)  # fmt: skip
def test_safe_corrections(text: str, fixed: str | None) -> None:
    """Nothing is corrected that a value of a placeholder could make wrong."""
    assert settle(f"SELECT {text}", validate)[0] == f"SELECT {fixed or text}"
