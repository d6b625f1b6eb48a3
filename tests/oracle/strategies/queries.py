"""Queries of every kind, as texts."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.oracle.strategies.draws import strategy
from tests.oracle.strategies.expressions import Expressions
from tests.oracle.strategies.fields import BOOLEANS, DATES, DOUBLES, LISTS, TEXTS, VALUES, WHOLES


class Queries(Expressions):
    """Draws whole queries over one table."""

    def query(self) -> str:
        kind = self.number_up_to(11)
        make = self._rows if kind <= 3 else self._groups if kind <= 7 else self._dashboard
        where = (
            f" WHERE {self._filters() if kind > 7 else self.condition()}" if self.chance(2) else ""
        )
        if kind == 0:
            return f"SELECT FUNNEL({self._steps()}) FROM {self.table}{where}"
        limit = f" LIMIT {self.number_up_to(9)}" if self.chance(3) else ""
        select, group, order = make()
        return f"SELECT {select} FROM {self.table}{where}{group}{order}{limit}"

    def _steps(self) -> str:
        return ", ".join(self.some(lambda: self.condition(1) + self._alias("step"), 4))

    def _alias(self, word: str) -> str:
        """Mostly none; of the forms that LANGUAGE.md §2 has."""
        if not self.chance(4):
            return ""
        forms = [
            f"{word}1",
            f"'{word} one'",
            f'"{word}"',
            f"[{word} of any text]",
            "count",
            '" "',
            "Duration" if self.table in ("usersession", "useraction") else "Name",
        ]
        return f" AS {self.one(forms)}"

    def _named(self, item: str) -> str:
        """A cell of a row; lists of properties have no alias, which ORDER BY might name."""
        return item if item.endswith("Properties") else item + self._alias("cell")

    def _rows(self) -> tuple[str, str, str]:
        items = [self._named(item) for item in self.some(self.row_item, 3)]
        if self.chance(8):
            others = [t for t in self.reach if t != self.table]
            items.append(self.one(["*", f"{self.table}.*", "JSON", f"{self.one(others)}.*"]))
        return ", ".join(items), "", self._order([i for i in items if self._can_order(i)])

    def _groups(self) -> tuple[str, str, str]:
        keys = self.some(self.key, 2, least=0)
        items = self.some(lambda: self._group_item(keys), 3)
        if keys and self.chance(4):
            named = self.one([self.arithmetic(), self.key()])
            items.append(f"{named} AS named")
            keys.append("named")
        distinct = "DISTINCT " if self.chance(4) else ""
        if not keys and not distinct:
            items.append(self.metric())
        group = f" GROUP BY {', '.join(keys)}" if keys else ""
        order = self._order([i for i in items if self._can_order(i)])
        return distinct + ", ".join(items), group, order

    def _group_item(self, keys: list[str]) -> str:
        """An item of groups; a number has no alias, which could be that of a key's field."""
        item = self.group_item(keys)
        return item if item == "3" else item + self._alias("item")

    def _filters(self) -> str:
        """As dashboards filter: by values of the queried table, and mostly by nothing else."""
        if self.chance(4):
            return self.condition()

        def chosen() -> str:
            texts, truths = TEXTS.get(self.table, []), BOOLEANS.get(self.table, [])
            names = [*texts, *truths, *WHOLES.get(self.table, [])]
            name = self.one(names)
            written = self.written(self.table, name)
            if name in texts:
                return self._text_test(written)
            return (
                self._equal(written, self.truth)
                if name in truths
                else self._ordered(written, self.few_number)
            )

        return self.one([" AND ", " AND ", " OR "]).join(self.some(chosen, 2))

    def _dashboard(self) -> tuple[str, str, str]:
        """As dashboards ask: several metrics of one field, by few plain keys or by time."""
        number = self.field(WHOLES, DOUBLES)
        value = self.one([number, number, self.field(DATES)])

        def key() -> str:
            if self.chance(3):
                return f"DATETIME({DATES[self.table][0]}, {self.quoted('yyyy-MM-dd HH:mm')}, {self.interval()})"
            return self.field(TEXTS, WHOLES, BOOLEANS, LISTS)

        def metric() -> str:
            plain = [
                self.metric_of(value),
                f"SUM({number})",
                f"AVG({number})",
                f"COUNT({value})",
                "COUNT(*)",
            ]
            if self.chance(4):
                return f"CONDITION({self.one(plain)}, WHERE {self.one([self.condition(1), self._filters()])})"
            return self.one([*plain, f"COUNT(DISTINCT {self.field(TEXTS, WHOLES)})"])

        keys, metrics = self.some(key, 2, least=0), self.some(metric, 4)
        if self.chance(4):  # what happened when
            time = DATES[self.table][0]
            keys = [f"DATETIME({time}, {self.quoted('MM-dd HH:mm')}, {self.interval()})"]
            own = self.field(WHOLES, DOUBLES, own=True)
            metrics = self.one([["COUNT(*)"], ["COUNT(*)", f"SUM({own})"], [f"AVG({own})"]])
        elif self.chance(6):  # which values there are
            keys, metrics = keys[:1], [self.field(LISTS, TEXTS), "COUNT(*)"]
        elif self.chance(5):  # how the values lie
            spread = [f"{name}({number})" for name in ("AVG", "MIN", "MAX", "SUM", "COUNT")]
            metrics = [
                self.one([f"MEDIAN({number})", f"PERCENTILE({number}, 90)"]),
                *self.some(lambda: self.one(spread), 3),
            ]
        group = f" GROUP BY {', '.join(keys)}" if keys else ""
        order = f" ORDER BY {self.one(metrics)} DESC" if self.chance(3) else ""
        return ", ".join([*keys, *metrics]), group, order

    def _can_order(self, item: str) -> bool:
        """Whether ORDER BY may name the item: numbers alone would be positions."""
        return item not in ("*", "JSON", "3") and not item.endswith((".*", "Properties"))

    def _order(self, items: list[str]) -> str:
        """By fields, or selected items by their alias or text."""
        if not self.chance(2):
            return ""
        named = [i.rpartition(" AS ")[2] if " AS " in i else i.split(" FILTER")[0] for i in items]

        def column() -> str:
            chosen = self.field(*VALUES) if not named or self.chance(3) else self.one(named)
            return chosen + self.one(["", " ASC", " DESC", " desc"])

        return f" ORDER BY {', '.join(self.some(column, 3))}"


def queries() -> st.SearchStrategy[str]:
    """A query of any kind over any table."""
    return strategy(lambda draw: Queries(draw).query())
