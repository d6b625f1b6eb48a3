"""Draws of the parts of one query over one table: names and literals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tests.oracle.strategies.data import BASE, CITIES, NAMES
from tests.oracle.strategies.draws import Draw, T, number, one
from tests.oracle.strategies.fields import (
    BOOLEANS,
    DOCUMENTED,
    DOUBLES,
    LISTS,
    NUMBER_LISTS,
    OWN,
    PROPERTY_LISTS,
    TABLES,
    TEXTS,
    WHOLES,
    Fields,
)

_KINDS = {"text": TEXTS, "whole": WHOLES, "double": DOUBLES, "boolean": BOOLEANS, "list": LISTS,
          "number list": NUMBER_LISTS}  # fmt: skip
"""The kinds of fields that only the data has, by name."""


class Drawn:
    """The queried table, and draws of names and literals. ``further`` are the fields that only the
    data has, by table and kind of value."""

    def __init__(self, draw: Draw, further: Mapping[str, Fields] | None = None) -> None:
        self.draw = draw
        self.further = further or {}
        self.table = self.one(["usersession", "usersession", "useraction", *TABLES[2:]])
        self.reach = TABLES if self.table == "usersession" else [self.table, "usersession"]

    def one(self, values: Sequence[T]) -> T:
        return one(self.draw, values)

    def number_up_to(self, most: int, least: int = 0) -> int:
        return number(self.draw, least, most)

    def chance(self, of: int) -> bool:
        """Once in ``of`` times; shrinks to no."""
        return number(self.draw, 1, of) == of

    def some(self, make: Callable[[], str], most: int, least: int = 1) -> list[str]:
        return [make() for _ in range(self.number_up_to(most, least))]

    def quoted(self, text: str) -> str:
        quote = self.one("'\"")
        return quote + text.replace(quote, quote * 2) + quote

    # --- names

    def field(self, *kinds: Fields, own: bool = False) -> str:
        """A field of one of the kinds, mostly of the queried table."""
        tables = [self.table, self.table, *([] if own else self.reach)]
        if self.chance(10):
            kinds = tuple(DOCUMENTED.get(id(kind), kind) for kind in kinds)
        choices = [(t, f) for t in tables for kind in kinds for f in self.names(kind, t)]
        if not choices:
            choices = [(t, f) for t in self.reach for kind in kinds for f in self.names(kind, t)]
        table, name = self.one(choices)
        return self.written(table, name)

    def names(self, kind: Fields, table: str) -> list[str]:
        """The fields of a kind in a table, with those that only the data has."""
        known = next((k for k, fields in _KINDS.items() if fields is kind), None)
        return kind.get(table, []) + self.further.get(known or "", {}).get(table, [])

    def written(self, table: str, name: str) -> str:
        """The name, with the table where it needs one and sometimes where not."""
        fallback = "useraction" if self.table == "usersession" else "usersession"
        is_property = "roperties" in name
        if not is_property and not name.isidentifier():
            return f"{table}.{self.quoted(name)}"
        if table == self.table:
            prefix = self.chance(5)
        elif table == fallback and not is_property and name.lower() not in OWN[self.table]:
            prefix = not self.chance(4)
        else:
            prefix = True
        full = f"{table}.{name}" if prefix else name
        return full.upper() if self.chance(8) and not is_property else full

    def whole_properties(self) -> str:
        return self.field(PROPERTY_LISTS)

    # --- literals

    def text(self) -> str:
        if self.chance(10):
            return str(self.one(["131", "7", "-3", "99.5"]))  # a number stands for its text
        known = [
            *CITIES,
            *NAMES,
            "gold",
            "x",
            "Austria",
            "131",
            "REAL_USER",
            "Load",
            "/a",
            "S2",
            "n1",
        ]
        return self.quoted(self.one(known))

    def number(self) -> str:
        plain = ["0", "1", "5", "-1", "2.5", "0.5", "127", "256", "129.14", "-1.25", "99999999999999999999",
                 "-99999999999999999999", "9223372036854775807", "'7'", "'2.5'", "' 3 '", "1000000000000000",
                 "(5)", "'1e2'", "4611686018427387904"]  # fmt: skip
        return self.one(plain)

    def few_number(self) -> str:
        """One that some rows have."""
        return self.one(["0", "1", "5", "-1", "2.5", "7", "127"])

    def instant(self) -> str:
        if self.chance(3):
            return self.quoted(self.one([
                "2026-03-02", "2026/03/02 1:01", "03/02/2026 00:01:30", "2.3.2026 1", "2026-03-02T00:00:00Z",
                "2026-03-02T01:00:00.001+01:00", "2026-03-02T00:00:00", "1969-12-31 23:00", str(BASE),
                "2026-03-01T19:30:00-0430", "8.8.2018 8:00",
            ]))  # fmt: skip
        variables = ["$NOW", "$TIME_FRAME_START", "$TIME_FRAME_END", "$now"]
        moment = str(self.one([*variables, str(BASE), str(BASE + 90_000), "-5", f"{BASE}.5"]))
        if moment[0] == "-" or not self.chance(3):
            return moment
        for _ in range(1 + self.chance(4)):
            amount = self.one(
                ["1y", "2q", "3M", "1w", "1d", "2h", "90m", "5s", "0s", "13M", "100y"]
            )
            moment += (
                f" {self.one('+-')} {self.one(['DURATION', 'duration '])}({self.quoted(amount)})"
            )
        return f"({moment})" if self.chance(3) else moment

    def address(self) -> str:
        known = [
            "1.2.3.4",
            "10.0.0.1",
            "::ffff:1.2.3.4",
            "2a01::1",
            "0.0.0.0",
            "ffff::",
            "2A01:0::2",
        ]
        return self.quoted(self.one(known))

    def truth(self) -> str:
        return self.one(["TRUE", "false", self.quoted("true"), self.quoted("False")])

    def pattern(self) -> str:
        """A pattern of LIKE: pieces in any order, or a known text with wildcards in it."""
        if self.chance(3):
            text = self.one([*CITIES, *NAMES])
            left, right = sorted((self.number_up_to(len(text)), self.number_up_to(len(text))))
            return self.one(["%", "*", "", "?"]) + text[left:right] + self.one(["%", "*", ""])
        if self.chance(12):
            return "%".join(self.one(["e", "i", "a"]) for _ in range(3)) + "%" + "?*" * 600
        pieces = ["*", "%", "?", "a", "i", "L", "o", "\\*", "\\%", "\\\\", "\\", "\\?", "_", "東", "click",
                  "search", "é", "n", "\n"]  # fmt: skip
        return "".join(self.some(lambda: self.one(pieces), 5, least=0))

    def date_format(self) -> str:
        """A format of DATETIME: every letter at every width, literal text between."""
        letters = [letter * width for letter in "yuMdHhmsEec" for width in range(1, 6)]
        signs = ["", " ", "-", ":", "/", "'o''clock'", "''", ".", "'T'", "数"]
        known = [
            "yyyy-MM-dd HH:mm",
            "E HH",
            "MMM d",
            "EEEE",
            "HH:mm:ss",
            "yyyy",
            "h 'o''clock'",
            "'at'",
        ]
        if self.chance(2):
            return self.one(known)
        parts = (self.one(letters) + self.one(signs) for _ in range(self.number_up_to(4, 1)))
        return str(self.one(["", "'at '"])) + "".join(parts)

    def interval(self) -> str:
        """An interval of DATETIME, ready to stand as its argument."""
        if self.chance(8):
            return self.one(["90", "1", "1440"])
        known = ["5m", "6h", "1d", "week", "2 weeks", "month", "3 months", "year", "90", "30s", "2 years",
                 "hour", "2 minutes", "15 seconds", "day", "7 d", "second"]  # fmt: skip
        return self.quoted(self.one(known))
