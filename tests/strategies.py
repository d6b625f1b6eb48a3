"""Generated sessions and queries.

Sessions have few distinct values, so that groups, ties and matches happen, and the oddities of
real exports. Queries are texts, valid in the ``offline`` profile, in every form of the language.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Draw = Any

BASE = 1_772_409_600_000
CITIES = ["Linz", "linz", "Wien", "東京", "", 'o\'neil "oz"', "100%*", "back\\slash", "é"]
NAMES = ["login", "search", "Search flights", 'click on "pay"', "a*b?c", "loading of page /x"]
ADDRESSES = [
    "1.2.3.4",
    "10.0.0.1",
    "::ffff:10.0.0.1",
    "2a01::1",
    "2a01::2",
    "255.255.255.255",
    "masked",
    "",
]
KEYS = ["tier", "Tier", "A/B test", "order", "my-key", "数"]
OFFSETS = [0, 60, -330, 840, -840]


def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, or nothing."""
    return st.one_of(st.none(), values)


def instants() -> st.SearchStrategy[int]:
    """Few instants close together, some far apart, some before 1970."""
    return st.one_of(
        st.sampled_from(
            [
                BASE,
                BASE + 1,
                BASE + 90_000,
                BASE + 3_600_000,
                BASE + 86_400_000,
                BASE + 40 * 86_400_000,
            ]
        ),
        st.integers(BASE - 10**10, BASE + 10**10),
        st.integers(-(10**12), 10**12),
    )


def wholes() -> st.SearchStrategy[int]:
    return st.one_of(
        st.integers(-3, 8), st.sampled_from([0, 127, 128, 255, 256, -129, 65_536, 2**31, 2**40])
    )


def doubles() -> st.SearchStrategy[float]:
    return st.sampled_from([0.0, 0.5, -1.25, 3.0, 1e-9, 129.14, 1e15])


def properties(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A property list; a key may come twice."""
    pair = st.fixed_dictionaries({"key": st.sampled_from(KEYS), "value": values})
    return st.lists(pair, max_size=3)


def _record(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Each field there, null or left out."""
    return st.fixed_dictionaries({}, optional={k: optional(v) for k, v in fields.items()})


def actions() -> st.SearchStrategy[dict[str, Any]]:
    return _record({
        "name": st.sampled_from(NAMES),
        "type": st.sampled_from(["Load", "Xhr", "NewKind"]),
        "startTime": instants(),
        "endTime": instants(),
        "duration": wholes(),
        "application": st.sampled_from(["Shop", "App"]),
        "networkTime": wholes(),
        "cumulativeLayoutShift": doubles(),
        "keyUserAction": st.booleans(),
        "matchingConversionGoals": st.lists(st.sampled_from(["Payment", "Signup"]), max_size=2),
        "stringProperties": properties(st.sampled_from(["gold", "x"])),
        "longProperties": properties(wholes()),
        "errorCount": wholes(),
        "isEntryAction": st.booleans(),
        "newField": st.sampled_from(["n1", "n2"]),
    })  # fmt: skip


def events() -> st.SearchStrategy[dict[str, Any]]:
    return _record(
        {
            "type": st.sampled_from(["PageChange", "UserTag"]),
            "name": st.sampled_from(NAMES),
            "startTime": instants(),
            "page": st.sampled_from(["/a", "/b"]),
        }
    )


def errors() -> st.SearchStrategy[dict[str, Any]]:
    return _record(
        {
            "type": st.sampled_from(["Error", "Crash"]),
            "name": st.sampled_from(NAMES),
            "startTime": instants(),
        }
    )


def synthetic() -> st.SearchStrategy[dict[str, Any]]:
    return _record(
        {"name": st.sampled_from(NAMES), "sequenceNumber": wholes(), "timestamp": instants()}
    )


def session() -> st.SearchStrategy[dict[str, Any]]:
    return _record({
        "tenantId": st.just("t"),
        "clientType": st.just("c"),
        "userSessionId": st.sampled_from(["S1", "S2", "S3"]),
        "startTime": instants(),
        "endTime": instants(),
        "duration": wholes(),
        "userType": st.sampled_from(["REAL_USER", "ROBOT"]),
        "bounce": st.booleans(),
        "userActionCount": wholes(),
        "totalErrorCount": st.one_of(wholes(), st.sampled_from([2**62, -(2**63), 2**63 - 1])),
        "matchingConversionGoals": st.lists(st.sampled_from(["Payment", "Signup"]), max_size=2),
        "ip": st.sampled_from(ADDRESSES),
        "country": st.sampled_from(["Austria", "Japan", "Spain"]),
        "city": st.sampled_from(CITIES),
        "browserMajorVersion": st.sampled_from(["131", "99", "7"]),
        "stringProperties": properties(st.sampled_from(["gold", "Gold", ""])),
        "longProperties": properties(wholes()),
        "doubleProperties": properties(doubles()),
        "dateProperties": properties(st.sampled_from(["2025-10-04T10:00:00+01:00", "2024-02-29T23:59:59Z"])),
        "futureField": st.sampled_from(["x", "y"]),
        "futureNumber": wholes(),
        "userActions": st.lists(actions(), max_size=4),
        "events": st.lists(events(), max_size=2),
        "errors": st.lists(errors(), max_size=2),
        "syntheticEvents": st.lists(synthetic(), max_size=2),
    })  # fmt: skip


def sessions() -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(session(), min_size=0, max_size=8)


# --- queries --------------------------------------------------------------------------------------

TEXTS = {
    "usersession": ["city", "country", "browserMajorVersion", "userType", "userSessionId",
                    "stringProperties.tier", "stringProperties.\"A/B test\"", "stringProperties.my-key",
                    "stringProperties.missing"],
    "useraction": ["name", "type", "application", "stringProperties.tier"],
    "userevent": ["name", "type", "page"],
    "usererror": ["name", "type"],
    "usersyntheticevent": ["name"],
}  # fmt: skip
WHOLES = {
    "usersession": ["duration", "userActionCount", "longProperties.order"],
    "useraction": ["duration", "networkTime", "longProperties.tier", "errorCount"],
    "userevent": [],
    "usererror": [],
    "usersyntheticevent": ["sequenceNumber"],
}
DOUBLES = {
    "usersession": ["doubleProperties.tier", "doubleProperties.order"],
    "useraction": ["cumulativeLayoutShift"],
}
DATES = {
    "usersession": ["startTime", "endTime", "dateProperties.tier"],
    "useraction": ["startTime", "endTime"],
    "userevent": ["startTime"],
    "usererror": ["startTime"],
    "usersyntheticevent": ["timestamp"],
}
BOOLEANS = {
    "usersession": ["bounce"],
    "useraction": ["keyUserAction", "isEntryAction", "isExitAction"],
}
LISTS = {"usersession": ["matchingConversionGoals"], "useraction": ["matchingConversionGoals"]}
PROPERTY_LISTS = {
    "usersession": ["stringProperties", "longProperties", "doubleProperties", "dateProperties"],
    "useraction": ["stringProperties", "longProperties"],
}
TABLES = list(TEXTS)


def quoted(text: str, draw: Draw) -> str:
    quote = draw(st.sampled_from("'\""))
    return quote + text.replace(quote, quote * 2) + quote


class Queries:
    """Draws the parts of one query over one table."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.table = draw(
            st.sampled_from(["usersession", "usersession", "useraction", *TABLES[2:]])
        )
        self.reach = TABLES if self.table == "usersession" else [self.table, "usersession"]

    def one(self, values: Any) -> Any:
        return self.draw(st.sampled_from(list(values)))

    def chance(self, of: int) -> bool:
        return bool(self.draw(st.integers(1, of)) == 1)

    def field(self, *kinds: dict[str, list[str]], own: bool = False) -> str:
        """A field of one of the kinds, mostly of the queried table."""
        tables = [self.table, self.table, *([] if own else self.reach)]
        choices = [(t, f) for t in tables for kind in kinds for f in kind.get(t, [])]
        if not choices:
            choices = [(self.table, "name")]
        table, name = self.one(choices)
        if table != self.table or self.chance(5):
            name = f"{table}.{name}"
        return name.upper() if self.chance(8) and "roperties" not in name else name

    # --- conditions

    def condition(self, depth: int = 0) -> str:
        kind = self.draw(st.integers(0, 9 if depth < 2 else 5))
        if kind <= 5:
            return self.test()
        if kind == 6:
            return (
                f"NOT {self.condition(depth + 1)}"
                if self.chance(2)
                else f"NOT ({self.condition(depth + 1)})"
            )
        joined = f" {'AND' if kind == 7 else 'OR'} ".join(
            self.condition(depth + 1) for _ in range(self.draw(st.integers(2, 3)))
        )
        return f"({joined})" if self.chance(2) or depth else joined

    def test(self) -> str:
        kind = self.draw(st.integers(0, 7))
        negation = "NOT " if self.chance(4) else ""
        if kind == 0:
            any_field = self.field(TEXTS, WHOLES, DOUBLES, DATES, BOOLEANS, LISTS, PROPERTY_LISTS)
            return f"{any_field} {self.one(['IS NULL', 'IS NOT NULL', '= NULL', '!= NULL'])}"
        if kind <= 2:
            return self._text_test(negation)
        if kind == 3:
            field = self.field(WHOLES, DOUBLES)
            return self._ranged(field, negation, self.number)
        if kind == 4:
            return self._ranged(self.field(DATES), negation, self.instant)
        if kind == 5:
            field = self.field(BOOLEANS) if self.table in BOOLEANS else "usersession.bounce"
            return f"{field} {self.equality()} {self.one(['TRUE', 'false', quoted('true', self.draw)])}"
        if kind == 6:
            field = (
                self.field(LISTS) if self.table in LISTS else "usersession.matchingConversionGoals"
            )
            return (
                f"{field} {self.equality()} {quoted(self.one(['Payment', 'Nothing']), self.draw)}"
            )
        return self._address_test(negation)

    def equality(self) -> str:
        return str(self.one(["=", "IS", "!=", "<>", "IS NOT", "NOT", "NOT IS"]))

    def text(self) -> str:
        return quoted(
            self.one([*CITIES, *NAMES, "gold", "Austria", "131", "REAL_USER", "Load", "/a"]),
            self.draw,
        )

    def _text_test(self, negation: str) -> str:
        field = self.field(TEXTS)
        match self.draw(st.integers(0, 4)):
            case 0:
                return f"{field} {self.equality()} {self.text()}"
            case 1:
                return f"{field} {negation}IN ({', '.join(self.text() for _ in range(self.draw(st.integers(1, 3))))})"
            case 2:
                return f"{field} {negation}STARTSWITH {quoted(self.one(['l', 'L', '', 'click', '東', '1']), self.draw)}"
            case 3:
                return f"{field} {negation}LIKE {quoted(self.pattern(), self.draw)}"
        return self._ranged(field, negation, self.text)

    def pattern(self) -> str:
        pieces = [
            "*",
            "%",
            "?",
            "a",
            "i",
            "L",
            "o",
            "\\*",
            "\\%",
            "\\\\",
            "\\",
            "\\?",
            "_",
            "東",
            "click",
            "search",
            "é",
        ]
        return "".join(self.draw(st.lists(st.sampled_from(pieces), max_size=5)))

    def _ranged(self, field: str, negation: str, value: Any) -> str:
        match self.draw(st.integers(0, 3)):
            case 0:
                return f"{field} {self.one(['<', '<=', '>', '>='])} {value()}"
            case 1:
                low, high = value(), value()
                return f"{field} {negation}BETWEEN {f'({low} AND {high})' if self.chance(4) else f'{low} AND {high}'}"
            case 2:
                return f"{field} {negation}IN ({value()}, {value()})"
        return f"{field} {self.equality()} {value()}"

    def number(self) -> str:
        plain = self.one(["0", "1", "5", "-1", "2.5", "0.5", "127", "256", "129.14", "-1.25", "99999999999999999999",
                          "-99999999999999999999", "'7'", "'2.5'", "' 3 '", "1000000000000000"])  # fmt: skip
        return str(plain)

    def instant(self) -> str:
        moment = self.one(
            ["$NOW", "$TIME_FRAME_START", "$TIME_FRAME_END", str(BASE), str(BASE + 90_000), "-5"]
        )
        if self.chance(3):
            amount = self.one(["1y", "2q", "3M", "1w", "1d", "2h", "90m", "5s"])
            moved = (
                f"{moment} {self.one('+-')} DURATION('{amount}')"
                if moment != "-5"
                else "$NOW - DURATION('1d')"
            )
            return f"({moved})" if self.chance(3) else moved
        if self.chance(3):
            return quoted(self.one([
                "2026-03-02", "2026/03/02 1:01", "03/02/2026 00:01:30", "2.3.2026 1", "2026-03-02T00:00:00Z",
                "2026-03-02T01:00:00.001+01:00", "2026-03-02T00:00:00", "1969-12-31 23:00",
            ]), self.draw)  # fmt: skip
        return str(moment)

    def _address_test(self, negation: str) -> str:
        field = "ip" if self.table == "usersession" else "usersession.ip"

        def value() -> str:
            return quoted(
                self.one(["1.2.3.4", "10.0.0.1", "::ffff:1.2.3.4", "2a01::1", "0.0.0.0", "ffff::"]),
                self.draw,
            )

        if self.chance(4):
            return f"{field} {negation}LIKE '{self.one(['1*', '*::*', '*.?', '', '*'])}'"
        return self._ranged(field, negation, value)

    # --- row items

    def row_item(self) -> str:
        kind = self.draw(st.integers(0, 9))
        if kind <= 3:
            return self.field(
                TEXTS, WHOLES, DOUBLES, DATES, BOOLEANS, LISTS, {"usersession": ["ip"]}
            )
        if kind == 4:
            return (
                self.field(PROPERTY_LISTS)
                if self.table in PROPERTY_LISTS
                else "usersession.stringProperties"
            )
        if kind == 5:
            return self.keys()
        if kind <= 7:
            return self.arithmetic()
        return self.date_function(self.field(DATES))

    def keys(self) -> str:
        if self.table == "usersession":
            return f"KEYS({self.one(['stringProperties', 'longProperties', 'useraction.stringProperties'])})"
        prefix = "" if self.table == "useraction" and self.chance(2) else "usersession."
        return f"KEYS({prefix}stringProperties)"

    def date_function(self, operand: str) -> str:
        if self.chance(2):
            return f"{self.one(['YEAR', 'MONTH', 'day', 'HOUR', 'MINUTE'])}({operand})"
        form = self.one(
            [
                "yyyy-MM-dd HH:mm",
                "E HH",
                "MMM d",
                "EEEE",
                "h 'o''clock'",
                "yy/M e",
                "HH:mm:ss",
                "MMMMM c",
                "d.M.u",
            ]
        )
        interval = self.one(
            ["", "", "5m", "6h", "1d", "week", "2 weeks", "month", "3 months", "year", "90", "30s"]
        )
        if not interval:
            return (
                f"DATETIME({operand})"
                if self.chance(3)
                else f"DATETIME({operand}, {quoted(form, self.draw)})"
            )
        return f"DATETIME({operand}, {quoted(form, self.draw)}, '{interval}')"

    def arithmetic(self) -> str:
        """Operands of one table, so that lists line up."""
        table = self.one(self.reach)
        choices = [*WHOLES.get(table, []), *DOUBLES.get(table, []), *DATES.get(table, [])]
        operands = [f"{table}.{f}" for f in choices if f != "errorCount"]
        operands += [f"YEAR({table}.{f})" for f in DATES.get(table, [])]

        def operand(depth: int) -> str:
            if depth and self.chance(3):
                inner = build(depth - 1)
                return f"({inner})"
            if self.chance(6):
                return "-" + self.one(operands)
            return str(self.one([*operands, "1000", "2", "7", "0.5", "0", "9223372036854775807"]))

        def build(depth: int) -> str:
            parts = [operand(depth)]
            for _ in range(self.draw(st.integers(1, 2))):
                parts += [self.one(["+", "-", "*", "/", "%", "MOD"]), operand(depth)]
            return " ".join(parts)

        return build(2)

    # --- group items

    def key(self) -> str:
        kind = self.draw(st.integers(0, 5))
        if kind <= 3:
            return self.field(
                TEXTS, WHOLES, BOOLEANS, LISTS, DOUBLES, {"usersession": ["ip", "startTime"]}
            )
        if kind == 4:
            return self.date_function(self.field(DATES))
        return f"TOP({self.field(TEXTS, WHOLES)}, {self.draw(st.integers(1, 3))})"

    def metric(self) -> str:
        kind = self.draw(st.integers(0, 7))
        if kind == 0:
            return "COUNT(*)"
        any_field = self.field(
            TEXTS, WHOLES, DOUBLES, DATES, BOOLEANS, LISTS, {"usersession": ["ip"]}
        )
        if kind == 1:
            return f"COUNT({any_field})"
        if kind == 2:
            return (
                f"COUNT(DISTINCT {any_field})"
                if self.chance(2)
                else f"count (DISTINCT({any_field}))"
            )
        if kind == 3:
            return f"SUM({self.field(WHOLES, DOUBLES) if self.table in DOUBLES else 'usersession.duration'})"
        if kind == 4:
            return f"CONDITION({self.metric_plain()}, WHERE {self.condition(1)})"
        return self.metric_plain()

    def metric_plain(self) -> str:
        field = self.field(WHOLES, DOUBLES, DATES)
        name = self.one(["MIN", "MAX", "AVG", "MEDIAN", "PERCENTILE", "COUNT"])
        return (
            f"PERCENTILE({field}, {self.one(['0', '50', '90', '99.5', '100'])})"
            if name == "PERCENTILE"
            else f"{name}({field})"
        )

    def group_item(self, keys: list[str]) -> str:
        kind = self.draw(st.integers(0, 9))
        if keys and kind <= 3:
            return str(self.one(keys))
        if kind <= 6:
            item = self.metric()
            return (
                f"{item} FILTER {self.one(['>', '>=', '<', '!=', '=', '<='])} {self.one(['0', '1', '2.5', '-1'])}"
                if self.chance(4)
                else item
            )
        if kind == 7:
            return (
                f"TOP({self.field(TEXTS, WHOLES)}, {self.draw(st.integers(1, 3))})"
                if self.chance(2)
                else self.field(TEXTS, WHOLES)
            )
        if kind == 8:
            dated = self.field(DATES)
            return self.date_function(self.one([dated, f"MAX({dated})"]))
        return self.one([f"{self.metric_plain()} / 2", "7 / 2", "COUNT(*) * 2 - 1", self.keys()])


@st.composite
def queries(draw: Draw) -> str:
    """A query of any kind."""
    q = Queries(draw)
    where = f" WHERE {q.condition()}" if q.chance(2) else ""
    kind = draw(st.integers(0, 5))
    if kind == 0:
        steps = ", ".join(
            q.condition(1) + (f" AS step{i}" if q.chance(3) else "")
            for i in range(draw(st.integers(1, 4)))
        )
        return f"SELECT FUNNEL({steps}) FROM {q.table}{where}"
    limit = f" LIMIT {draw(st.integers(0, 9))}" if q.chance(3) else ""
    if kind <= 2:
        items = [q.row_item() for _ in range(draw(st.integers(1, 3)))]
        if q.chance(8):
            items.append(q.one(["*", f"{q.table}.*", "JSON"]))
        order = ""
        if q.chance(2):
            chosen = [
                q.field(TEXTS, WHOLES, DATES, BOOLEANS, LISTS, {"usersession": ["ip"]})
                for _ in range(draw(st.integers(1, 2)))
            ]
            order = " ORDER BY " + ", ".join(c + q.one(["", " ASC", " DESC"]) for c in chosen)
        return f"SELECT {', '.join(items)} FROM {q.table}{where}{order}{limit}"
    keys = [q.key() for _ in range(draw(st.integers(0, 2)))]
    distinct = "DISTINCT " if q.chance(4) else ""
    items = [q.group_item(keys) for _ in range(draw(st.integers(1, 3)))]
    group = f" GROUP BY {', '.join(keys)}" if keys else ""
    if not keys and not distinct:
        items.append(q.metric())
    order = ""
    if q.chance(2):
        plain = [i.split(" FILTER")[0] for i in items]
        orderable = [
            i
            for i in plain
            if not i[0].isdigit() and "/" not in i and " * " not in i and not i.startswith("KEYS")
        ]
        orderable += [q.field(TEXTS, WHOLES)]
        order = " ORDER BY " + ", ".join(
            q.one(orderable) + q.one(["", " DESC"]) for _ in range(draw(st.integers(1, 2)))
        )
    return f"SELECT {distinct}{', '.join(items)} FROM {q.table}{where}{group}{order}{limit}"
