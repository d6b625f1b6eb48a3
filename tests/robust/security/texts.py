"""Queries of any length that are as hard as one can make them."""

from __future__ import annotations

from collections.abc import Callable

_WHERE = "SELECT city FROM usersession WHERE "


def _repeated(items: str) -> str:
    return f"SELECT {items} FROM usersession GROUP BY ip ORDER BY {items}"


LONG: dict[str, Callable[[int], str]] = {
    "or": lambda n: _WHERE + " OR ".join(f"duration = {i}" for i in range(n // 16)),
    "and": lambda n: _WHERE + " AND ".join(f"duration != {i}" for i in range(n // 18)),
    "or of and": lambda n: _WHERE + " OR ".join(f"(city = 'a{i}' AND bounce = true)" for i in range(n // 36)),
    "between": lambda n: _WHERE + " OR ".join(f"duration BETWEEN {i} AND {i + 1}" for i in range(n // 36)),
    "in numbers": lambda n: _WHERE + "duration IN (" + ",".join(map(str, range(n // 6))) + ")",
    "in texts": lambda n: _WHERE + "city IN (" + ",".join(f"'c{i}'" for i in range(n // 8)) + ")",
    "brackets": lambda n: _WHERE + "(" * (n // 2) + "duration = 1" + ")" * (n // 2),
    "open brackets": lambda n: _WHERE + "(" * n,
    "closed brackets": lambda n: _WHERE + "duration = 1" + ")" * n,
    "not": lambda n: _WHERE + "NOT " * (n // 4) + "duration = 1",
    "nested arithmetic": lambda n: "SELECT " + "(" * (n // 2) + "duration" + ")" * (n // 2) + " FROM usersession",
    "sum": lambda n: "SELECT " + " + ".join(["duration"] * (n // 11)) + " FROM usersession",
    "columns": lambda n: "SELECT " + ", ".join(f"duration + {i}" for i in range(n // 16)) + " FROM usersession",
    "aliases": lambda n: "SELECT " + ", ".join(f"COUNT(city) AS a{i}" for i in range(n // 21)) + " FROM usersession",
    "unknown fields": lambda n: "SELECT " + ", ".join(f"field{i}" for i in range(n // 11)) + " FROM usersession",
    "keys": lambda n: "SELECT city, COUNT(*) FROM usersession GROUP BY " + ", ".join(["city"] * (n // 6)),
    "order": lambda n: "SELECT city FROM usersession ORDER BY " + ", ".join(["city"] * (n // 6)),
    "funnel": lambda n: "SELECT FUNNEL(" + ", ".join(f"city = 'a{i}'" for i in range(n // 15)) + ") FROM usersession",
    "unknown tests": lambda n: _WHERE + " AND ".join(f"field{i} = 1" for i in range(n // 18)),
    "unknown values": lambda n: _WHERE + " OR ".join(f"userType = 'REAL{i}'" for i in range(n // 25)),
    "unknown steps": lambda n: "SELECT FUNNEL(" + ", ".join(f"field{i} = 1" for i in range(n // 15)) + ") FROM usersession",
    "steps of one field": lambda n: "SELECT FUNNEL(" + ", ".join(f"city != '{i}'" for i in range(n // 15)) + ") FROM usersession",
    "steps of many fields": lambda n: "SELECT FUNNEL(" + ", ".join(f"longProperties.k{i} = 1" for i in range(n // 27)) + ") FROM usersession",
    "conditions": lambda n: "SELECT " + ", ".join(f"CONDITION(COUNT(*), WHERE city = '{i}')" for i in range(n // 40)) + " FROM usersession",
    "queries": lambda n: "SELECT city FROM usersession;" * (n // 29),
    "clauses": lambda n: "SELECT FROM WHERE " * (n // 18),
    "quotes": lambda n: _WHERE + "city = " + "'" * n,
    "text": lambda n: _WHERE + "city = '" + "a" * n + "'",
    "open text": lambda n: _WHERE + "city = '" + "a" * n,
    "comments": lambda n: "-- x\n" * (n // 5) + "SELECT city FROM usersession",
    "open comments": lambda n: "/*" * (n // 2),
    "pattern": lambda n: _WHERE + "city LIKE '" + "*a?" * (n // 3) + "'",
    "number": lambda n: _WHERE + "duration = " + "9" * n,
    "name": lambda n: "SELECT " + "x" * n + " FROM usersession",
    "dots": lambda n: "SELECT " + "a." * (n // 2) + "city FROM usersession",
    "commas": lambda n: "SELECT " + "," * n + "city FROM usersession",
    "blanks": lambda n: " " * (n // 2) + "SELECT city FROM usersession" + "\n" * (n // 2),
    "signs": lambda n: "§" * n,
    "placeholders": lambda n: _WHERE + " AND ".join(["${x}"] * (n // 9)),
    "parts of names": lambda n: _WHERE + " AND ".join(["a.${x} = '${y}' ${z}"] * (n // 24)),
    "openings in texts": lambda n: _WHERE + "city = '" + "${a{{b" * (n // 6) + "'",
    "names with signs": lambda n: "SELECT " + ", ".join(f"@a{i}" for i in range(n // 7)) + " FROM usersession",
    "items that are ordered by": lambda n: _repeated(", ".join(f"CONDITION(COUNT(*), WHERE city LIKE 'a{i}')" for i in range(n // 90))),
    "double equals": lambda n: _WHERE + " AND ".join(["city == 'a'"] * (n // 16)),
    "date format": lambda n: "SELECT DATETIME(startTime, '" + "y" * n + "') FROM usersession",
}  # fmt: skip
"""By name, a text of about so many characters."""
