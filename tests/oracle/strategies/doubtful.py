"""Queries that rules have something to say about: few fields and values, so that tests meet each
other, orders that are doubled, and placeholders with several values each."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.oracle.strategies.draws import Draw, strategy
from tests.oracle.strategies.queries import Queries

_FIELDS = {
    "usersession": ["city", "country", "stringProperties.tier", "useraction.name", "name"],
    "useraction": ["name", "type", "usersession.city", "city", "stringProperties.TIER"],
    "userevent": ["name", "usersession.city"],
    "usererror": ["name", "usersession.city"],
    "usersyntheticevent": ["name", "usersession.city"],
}
_TEXTS = ("Linz", "Wien", "search", "gold")


@dataclass(frozen=True)
class Doubtful:
    """A query, and for each of its placeholders the texts that may stand in its place."""

    text: str
    values: dict[str, tuple[str, ...]]

    def parameters(self, number: int) -> dict[str, str]:
        """One of the ways to fill the placeholders."""
        return {
            name: texts[(number + index) % len(texts)]
            for index, (name, texts) in enumerate(self.values.items())
        }


class DoubtfulQueries(Queries):
    """Draws such queries."""

    def __init__(self, draw: Draw) -> None:
        super().__init__(draw)
        self.values: dict[str, tuple[str, ...]] = {}
        self._is_value = False

    def doubtful(self) -> Doubtful:
        return Doubtful(self.query(), self.values)

    def hole(self, *texts: str, of: int = 6) -> str:
        """The first of the texts, or a placeholder for any of them."""
        if self._is_value or not self.chance(of):
            return texts[0]
        name = f"h{len(self.values)}"
        self.values[name] = texts
        return f"${{{name}}}"

    def value(self) -> str:
        """A test without placeholders, as their values are."""
        self._is_value = True
        made = self.test()
        self._is_value = False
        return made

    def few(self) -> str:
        return self.hole(self.one(_FIELDS[self.table]), *_FIELDS[self.table][:2], of=12)

    def few_text(self) -> str:
        text = self.one(_TEXTS)
        if self.chance(5):
            return f"'{self.hole(text, *_TEXTS[:2], of=1)}'"
        return self.hole(f"'{text}'", "'Linz'", "'Wien'", of=12)

    def test(self) -> str:
        if self.chance(4):
            return super().test()
        field, value = self.few(), self.few_text()
        match self.number_up_to(7):
            case 0 | 1 | 2:
                return f"{field} {self.equality()} {value}"
            case 3:
                return f"{field} {self.negation()}IN ({value}, {self.few_text()})"
            case 4 | 5:
                return f"{field} {self.negation()}LIKE {value}"
            case 6:
                return f"{field} {self.null_test()}"
        return f"{field} BETWEEN {value} AND {self.few_text()}"

    def condition(self, depth: int = 0) -> str:
        made = self.one_list() if self.chance(4) else super().condition(depth)
        if depth == 0 and self.chance(2):
            word = self.one([" AND ", " OR "])
            made = word.join([made, *self.some(self.test, 3)])
        if self.chance(8):
            other, more = self.value(), self.value()
            open_ = self.hole(f"AND {other}", "", f"AND {other} OR {more}", of=1)
            made = f"{made} {open_} AND {self.test()}"
            made = made if depth == 0 else f"({made})"
        elif self.chance(8):
            other, more = self.value(), self.value()
            open_ = self.hole(other, f"{other} OR {more}", f"{other} AND {more}", of=1)
            made = f"{open_} AND {made} AND {self.test()}"
            made = made if depth == 0 else f"({made})"
        return made

    def one_list(self) -> str:
        """Tests of one field that are one list, and others between them."""
        field = self.few()
        op, word = self.one([("=", "OR"), ("!=", "AND"), ("=", "AND"), ("!=", "OR")])
        parts = [f"{field} {op} {self.few_text()}" for _ in range(2 + self.number_up_to(1))]
        if self.chance(3):
            parts.insert(1, self.test())
        return f"({f' {word} '.join(parts)})"

    def key(self) -> str:
        if self.chance(2):
            return super().key()
        return self.few()

    def row_item(self) -> str:
        return self.few() if self.chance(2) else super().row_item()

    def metric(self) -> str:
        if self.chance(10):
            return self.hole("COUNT(*)", "AVG(duration)", "SUM(duration)", of=2)
        return super().metric()

    def _alias(self, word: str) -> str:
        if self.chance(12):
            return f" AS {self.hole(word, 'city', 'name', of=1)}"
        return super()._alias(word)

    def _order(self, items: list[str]) -> str:
        made = super()._order(items)
        if not made and not self.chance(3):
            return ""
        columns = [self.few() for _ in range(1 + self.number_up_to(2))]
        return f"{made}, {columns[0]}" if made else f" ORDER BY {', '.join(columns)}"


def doubtful() -> st.SearchStrategy[Doubtful]:
    """A query that is worth a remark."""
    return strategy(lambda draw: DoubtfulQueries(draw).doubtful())
