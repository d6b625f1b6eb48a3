"""Relations of single tests: what other tests say the same (LANGUAGE.md §5, §6)."""

from __future__ import annotations

from tests.oracle.metamorphic.asking import Asker, Relations, Test, only_if, same
from usql.language import syntax as s

TESTS = Relations()
"""Each is given a test on one field."""

_WILD = "%*?\\"


def alike(ask: Asker, test: Test, one: str, other: str) -> None:
    """Assert that two conditions fit the same rows."""
    same(ask.fitting(test.table, one), ask.fitting(test.table, other))


def implied(ask: Asker, test: Test, narrow: str, wide: str) -> None:
    """Assert that all rows of one condition fit another one."""
    assert ask.count(test.table, f"({narrow}) AND NOT ({wide})") == 0


@TESTS
def in_is_or_of_equals(ask: Asker, test: Test) -> None:
    only_if(isinstance(test.node, s.In))
    values = map(test.text, test.node.values.values)
    equals = " OR ".join(f"{test.field} = {value}" for value in values)
    alike(ask, test, test.positive, equals)


@TESTS
def in_of_one_value_is_equals(ask: Asker, test: Test) -> None:
    only_if(isinstance(test.node, s.Comparison) and not isinstance(test.node.right, s.Null))
    value = test.text(test.node.right)
    alike(ask, test, f"{test.field} IN ({value})", f"{test.field} = {value}")
    alike(ask, test, f"{test.field} NOT IN ({value})", f"{test.field} != {value}")


@TESTS
def a_negated_test_is_not_the_test(ask: Asker, test: Test) -> None:
    only_if(is_negated(test))
    alike(ask, test, test.text(test.node), f"NOT ({test.positive})")


@TESTS
def unequal_is_not_equal(ask: Asker, test: Test) -> None:
    only_if(isinstance(test.node, s.Comparison))
    value = test.text(test.node.right)
    equal = f"{test.field} = {value}"
    alike(ask, test, f"{test.field} != {value}", f"NOT {equal}")
    alike(ask, test, f"{test.field} IS {value}", equal)
    alike(ask, test, f"{test.field} NOT {value}", f"{test.field} <> {value}")


@TESTS
def between_is_two_compares(ask: Asker, test: Test) -> None:
    """Of a field with several values one and the same lies between, two may compare."""
    only_if(isinstance(test.node, s.Between))
    low, high = test.text(test.node.low), test.text(test.node.high)
    compares = f"{test.field} >= {low} AND {test.field} <= {high}"
    implied(ask, test, test.positive, compares)
    only_if(test.is_single)
    alike(ask, test, test.positive, compares)


@TESTS
def between_one_value_is_equals(ask: Asker, test: Test) -> None:
    only_if(isinstance(test.node, s.Between))
    low = test.text(test.node.low)
    alike(ask, test, f"{test.field} BETWEEN {low} AND {low}", f"{test.field} = {low}")


@TESTS
def at_most_is_less_or_equal(ask: Asker, test: Test) -> None:
    only_if(isinstance(test.node, s.Comparison) and test.node.op in ("<", "<=", ">", ">="))
    field, value, sign = test.field, test.text(test.node.right), test.node.op[0]
    alike(ask, test, f"{field} {sign}= {value}", f"{field} {sign} {value} OR {field} = {value}")


@TESTS
def a_value_is_less_or_more_or_equal(ask: Asker, test: Test) -> None:
    """But for addresses that cannot be read."""
    only_if(isinstance(test.node, s.Comparison) and test.node.op in ("<", "<=", ">", ">="))
    field, value = test.field, test.text(test.node.right)
    only_if(field.rsplit(".")[-1].lower() != "ip")
    either = f"{field} < {value} OR {field} > {value} OR {field} = {value}"
    alike(ask, test, either, f"{field} IS NOT NULL")
    only_if(test.is_single)
    alike(ask, test, f"NOT {field} < {value}", f"{field} >= {value} OR {field} IS NULL")


@TESTS
def a_positive_test_needs_a_value(ask: Asker, test: Test) -> None:
    only_if(not (isinstance(test.node, s.Comparison) and test.node.op == "!="))
    only_if(not isinstance(getattr(test.node, "right", None), s.Null))
    implied(ask, test, test.positive, f"{test.field} IS NOT NULL")


@TESTS
def null_is_the_lack_of_values(ask: Asker, test: Test) -> None:
    table, field = test.table, test.field
    missing = ask.count(table, f"{field} IS NULL")
    assert missing + ask.count(table, f"{field} IS NOT NULL") == ask.count(table)
    alike(ask, test, f"{field} = NULL", f"NOT {field} != NULL")


@TESTS
def like_without_wildcards_is_equals(ask: Asker, test: Test) -> None:
    """And escaped ones are no wildcards."""
    only_if(isinstance(test.node, s.Like | s.StartsWith | s.Comparison) and test.is_string)
    other = next(
        getattr(test.node, n) for n in ("pattern", "prefix", "right") if hasattr(test.node, n)
    )
    only_if(isinstance(other, s.String))
    value = test.text(other)
    alike(ask, test, f"{test.field} LIKE {escaped(value)}", f"{test.field} = {value}")


@TESTS
def starts_with_is_like_with_a_star_behind(ask: Asker, test: Test) -> None:
    only_if(isinstance(test.node, s.StartsWith))
    prefix = test.text(test.node.prefix)
    for star in "*%":
        pattern = escaped(prefix)[:-1] + star + prefix[-1]
        alike(ask, test, test.positive, f"{test.field} LIKE {pattern}")


@TESTS
def the_two_stars_are_one(ask: Asker, test: Test) -> None:
    only_if(isinstance(test.node, s.Like))
    pattern = test.text(test.node.pattern)
    only_if("\\" not in pattern)
    alike(ask, test, test.positive, f"{test.field} LIKE {pattern.replace('*', '%')}")
    alike(ask, test, test.positive, f"{test.field} LIKE {pattern.replace('%', '**')}")


@TESTS
def a_wider_pattern_fits_more(ask: Asker, test: Test) -> None:
    only_if(isinstance(test.node, s.Like))
    pattern = test.text(test.node.pattern)
    only_if("\\" not in pattern)
    wider = pattern[0] + "*" + pattern[1:].replace("?", "*")
    implied(ask, test, test.positive, f"{test.field} LIKE {wider}")


@TESTS
def a_child_that_fits_makes_its_session_fit(ask: Asker, test: Test) -> None:
    """A test of actions from their sessions, and from the actions themselves."""
    only_if(test.table == "useraction" and test.is_single and not is_negated(test))
    owner = test.node.left.table
    only_if(owner is None or owner.lower() == "useraction")
    only_if(not (isinstance(test.node, s.Comparison) and test.node.op == "!="))
    only_if(not isinstance(getattr(test.node, "right", None), s.Null))
    lifted = ("useraction." if owner is None else "") + test.text(test.node)
    whole = ask.rows("SELECT userSessionId, useraction.name FROM usersession")
    only_if(len({row[0] for row in whole}) == len(whole))  # sessions are told apart
    owners = ask.rows(
        f"SELECT DISTINCT usersession.userSessionId FROM useraction WHERE {test.positive}"
    )
    assert ask.count("usersession", lifted) == len(owners)


def is_negated(test: Test) -> bool:
    """Whether a ``NOT`` stands in the test itself."""
    return getattr(test.node, "negated", False)


def escaped(literal: str) -> str:
    """A string literal as a pattern that fits this string alone."""
    return "".join("\\" + ch if ch in _WILD else ch for ch in literal)
