"""Draws of conditions: every form of LANGUAGE.md §5 and §6 beside every type of field."""

from __future__ import annotations

from collections.abc import Callable

from tests.oracle.strategies.drawn import Drawn
from tests.oracle.strategies.fields import (
    ADDRESSES,
    BOOLEANS,
    DATES,
    DOUBLES,
    LISTS,
    NUMBER_LISTS,
    PROPERTY_LISTS,
    TEXTS,
    VALUES,
    WHOLES,
)

_KINDS = ["null", "text", "text", "text", "number", "date", "boolean", "list", "address"]


class Conditions(Drawn):
    """Adds conditions on the rows of the queried table."""

    def condition(self, depth: int = 0) -> str:
        kind = self.number_up_to(9 if depth < 2 else 5)
        if kind <= 5:
            return self.test()
        inner = self.condition(depth + 1)
        if kind == 6:
            return f"NOT {inner}" if self.chance(2) else f"not({inner})"
        others = self.some(lambda: self.condition(depth + 1), 2)
        joined = f" {self.one(['AND', 'and'] if kind == 7 else ['OR', 'Or'])} ".join(
            [inner, *others]
        )
        return f"({joined})" if self.chance(2) or depth else joined

    def test(self) -> str:
        match self.one(_KINDS):
            case "null":
                return f"{self.field(*VALUES, PROPERTY_LISTS)} {self.null_test()}"
            case "text":
                return self._text_test(self.field(TEXTS))
            case "number":
                return self._ordered(self.field(WHOLES, DOUBLES, NUMBER_LISTS), self.number)
            case "date":
                return self._ordered(self.field(DATES), self.instant)
            case "boolean":
                return self._equal(self.field(BOOLEANS), self.truth)
            case "list":
                return self._text_test(self.field(LISTS))
        field = self.field(ADDRESSES)
        return self._like(field) if self.chance(3) else self._ordered(field, self.address)

    def null_test(self) -> str:
        return self.one(["IS NULL", "IS NOT NULL", "= NULL", "!= NULL", "<> null", "NOT NULL"])

    def equality(self) -> str:
        return self.one(["=", "IS", "!=", "<>", "IS NOT", "NOT", "NOT IS"])

    def negation(self) -> str:
        return self.one(["", "", "", "NOT ", "IS NOT ", "IS "])

    def _equal(self, field: str, value: Callable[[], str]) -> str:
        if self.chance(3):
            return f"{field} {self.negation()}IN ({', '.join(self.some(value, 4))})"
        return f"{field} {self.equality()} {value()}"

    def _ordered(self, field: str, value: Callable[[], str]) -> str:
        match self.number_up_to(3):
            case 0:
                return f"{field} {self.one(['<', '<=', '>', '>='])} {value()}"
            case 1:
                limits = f"{value()} AND {value()}"
                limits = f"({limits})" if self.chance(4) else limits
                return f"{field} {self.negation()}BETWEEN {limits}"
        return self._equal(field, value)

    def _text_test(self, field: str) -> str:
        if self.chance(2):
            return self._like(field)
        return self._ordered(field, self.text)

    def _like(self, field: str) -> str:
        if self.chance(3):
            prefix = self.one(["l", "L", "", "click", "東", "1", "G", "Pay", "::", "a*"])
            return f"{field} {self.negation()}STARTSWITH {self.quoted(prefix)}"
        return f"{field} {self.negation()}LIKE {self.quoted(self.pattern())}"
