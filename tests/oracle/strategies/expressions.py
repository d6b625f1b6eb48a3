"""Draws of what stands in the select list: cells of rows, keys, metrics, arithmetic."""

from __future__ import annotations

from tests.oracle.strategies.conditions import Conditions
from tests.oracle.strategies.fields import (
    DATES,
    DOUBLES,
    NUMBER_LISTS,
    PROPERTY_LISTS,
    VALUES,
    WHOLES,
)
from usql.language.declarations import Takes
from usql.language.functions import DATE_PARTS, FUNCTIONS

_PARTS = [*DATE_PARTS, "day"]
_METRICS = [f.name for f in FUNCTIONS.values() if f.parameters[0].takes is Takes.MEASURE]


class Expressions(Conditions):
    """Adds expressions over rows and over groups."""

    # --- of rows

    def row_item(self) -> str:
        match self.number_up_to(9):
            case 0 | 1 | 2 | 3:
                return self.field(*VALUES)
            case 4:
                return self.field(PROPERTY_LISTS)
            case 5:
                return self.keys()
            case 6 | 7:
                return self.arithmetic()
        return self.date_function(self.field(DATES))

    def keys(self) -> str:
        return f"{self.one(['KEYS', 'keys '])}({self.field(PROPERTY_LISTS)})"

    def date_function(self, operand: str) -> str:
        if self.chance(2):
            return f"{self.one(_PARTS)}({operand})"
        if self.chance(4):
            return f"DATETIME({operand})"
        form = self.quoted(self.date_format())
        if self.chance(2):
            return f"DATETIME({operand}, {form})"
        return f"datetime ({operand},{form}, {self.interval()})"

    def arithmetic(self) -> str:
        """Single values, and those of one table of children, whose lists line up; or the entries of
        a list field, too."""
        tables = {"usersession", self.table, self.one(self.reach)}
        operands = [
            self.written(table, name)
            for table in sorted(tables)
            for kind in (WHOLES, DOUBLES, DATES)
            for name in self.names(kind, table)
        ]
        dates = [self.written(t, name) for t in sorted(tables) for name in DATES[t]]
        operands += [f"{self.one(_PARTS)}({date})" for date in dates]
        numbers = ["1000", "2", "7", "0.5", "0", "9223372036854775807", "9223372036854775808"]
        if self.chance(20):
            return self._calculation(numbers, 1)
        lists = [(t, n) for t in self.reach for n in self.names(NUMBER_LISTS, t)]
        if lists and self.chance(3):
            entries = self.written(*self.one(lists))
            single = [self.written(self.table, name) for name in self.names(WHOLES, self.table)]
            return self._calculation([entries, entries, *single, *numbers], 2)
        return self._calculation(operands + numbers, 2)

    def _calculation(self, operands: list[str], depth: int) -> str:
        parts = [self._operand(operands, depth)]
        for _ in range(self.number_up_to(2, 1)):
            parts += [self.one(["+", "-", "*", "/", "%", "MOD"]), self._operand(operands, depth)]
        return " ".join(parts)

    def _operand(self, operands: list[str], depth: int) -> str:
        sign = "-" if self.chance(6) else ""
        if depth and self.chance(3):
            return f"{sign}({self._calculation(operands, depth - 1)})"
        return sign + self.one(operands)

    # --- of groups

    def key(self) -> str:
        match self.number_up_to(7):
            case 0:
                return self.date_function(self.field(DATES))
            case 1:
                return self.top()
            case 2 if self.chance(2):
                return self.keys()
        return self.field(*VALUES)

    def top(self) -> str:
        count = self.one(["", ", 1", ", 2", ", 3", ", 50"])
        return f"TOP({self.field(*VALUES)}{count})"

    def metric(self) -> str:
        match self.number_up_to(5):
            case 0:
                return "COUNT(*)"
            case 1:
                metric = self.one(["COUNT(*)", self.metric_of_values(), self.metric_of_values()])
                return f"CONDITION({metric}, WHERE {self.condition(1)})"
        return self.metric_of_values()

    def metric_of_values(self) -> str:
        match self.number_up_to(5):
            case 0:
                return f"COUNT({self.field(*VALUES, PROPERTY_LISTS)})"
            case 1:
                field = self.field(*VALUES)
                return self.one([f"COUNT(DISTINCT {field})", f"count (DISTINCT({field}))"])
            case 2:
                return f"SUM({self.field(WHOLES, DOUBLES, NUMBER_LISTS)})"
        return self.metric_of(self.field(WHOLES, DOUBLES, DATES, NUMBER_LISTS))

    def metric_of(self, field: str) -> str:
        """A metric that numbers and dates have."""
        name = self.one(_METRICS)
        if len(FUNCTIONS[name].parameters) == 1:
            return f"{name}({field})"
        return f"{name}({field}, {self.one(['0', '50', '90', '99.5', '100', '33.3'])})"

    def filter(self) -> str:
        return f" FILTER {self.one(['>', '>=', '<', '!=', '=', '<=', '<>'])} {self.one(['0', '1', '2.5', '-1'])}"

    def group_item(self, keys: list[str]) -> str:
        """An item of a grouped query, one of its keys often."""
        kind = self.number_up_to(9)
        if keys and kind <= 3:
            return self.one(keys)
        match kind:
            case 7:
                return self.one([self.top(), self.field(*VALUES), self.keys()])
            case 8:
                date = self.field(DATES)
                metric = self.metric_of(date)
                within = f"CONDITION({metric}, WHERE {self.test()})"
                return self.date_function(self.one([date, metric, within]))
            case 9:
                return self.group_arithmetic(keys)
        return self.metric() + (self.filter() if self.chance(4) else "")

    def group_arithmetic(self, keys: list[str]) -> str:
        """Calculation with metrics, keys and numbers; or over rows, which gives a list. Remainders
        are of exact values: the least error of an average would be all of them."""
        a, b = self.metric_of(self.field(WHOLES, DOUBLES, DATES)), self.metric()
        largest = f"MAX({self.field(WHOLES, DATES)})"
        return self.one([
            f"{a} / 2", f"{a} / {b}", f"-{b}", f"COUNT(*) * 2 - 1 + {a}", f"{largest} % (COUNT(*) + 1)",
            f"{largest} * 2 / 3", "7 / 2", "3", self.arithmetic(), f"{a} / 2{self.filter()}",
        ])  # fmt: skip
