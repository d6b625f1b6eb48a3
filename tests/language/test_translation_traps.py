"""Where SQL is easily wrong: each of these was once, in some translator."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import usql
from tests.language.translated import SOURCES, DuckDbWitness
from usql.catalog import default_catalog
from usql.translation.dialects import DIALECTS

_FOLDERS = itertools.count()


def agrees(folder: Path, sessions: Sequence[Any], text: str, **options: Any) -> None:
    """DuckDB finds what usql finds, in both layouts."""
    options = {"profile": "offline", **options}
    opened = usql.open(sessions)
    place = folder / str(next(_FOLDERS))
    place.mkdir()
    witness = DuckDbWitness(opened, place)
    rows = opened.query(text, **options).rows()
    assert rows, "a trap that nothing falls into shows nothing"
    for layout in SOURCES:
        wrong = witness.disagrees(text, layout, rows, **options)
        assert not wrong, f"{layout}: {wrong}"
    witness.close()


ACTIONS = [
    {"userSessionId": "a", "userActions": [{"name": "x", "duration": 1}, {"duration": 5}]},
    {"userSessionId": "b", "userActions": []},
    {"userSessionId": "c"},
    {"userSessionId": "d", "userActions": [{"name": "y", "matchingConversionGoals": ["g"]}]},
]


def test_missing_lists_and_entries_under_not(tmp_path: Path) -> None:
    for test in (
        "useraction.name != 'x'",
        "NOT useraction.duration > 3",
        "useraction.name IS NULL",
    ):
        agrees(tmp_path, ACTIONS, f"SELECT userSessionId FROM usersession WHERE {test}")


def test_keys_drops_rows_that_have_counted_for_the_key_before(tmp_path: Path) -> None:
    tier = [{"key": "tier", "value": "gold"}]
    data = [
        *({"country": "Spain"} for _ in range(3)),
        *({"country": "Austria", "stringProperties": tier} for _ in range(2)),
    ]
    text = "SELECT TOP(country, {}), KEYS(stringProperties) AS k, COUNT(*) FROM usersession GROUP BY country, k"
    agrees(tmp_path, data, text.format(2))
    opened = usql.open(data)
    assert opened.query(text.format(1)).rows() == []
    witness = DuckDbWitness(opened, tmp_path)
    assert [witness.rows(text.format(1), layout) for layout in SOURCES] == [[], []]


def test_the_time_of_a_key_is_the_earliest_of_its_prefix(tmp_path: Path) -> None:
    day = 86_400_000
    data = [
        {"startTime": 9 * day, "country": "A"},
        {"startTime": 8 * day, "country": "B"},
        {"startTime": 2 * day, "country": "B"},
        {"startTime": 3 * day, "country": "A"},
    ]
    text = 'SELECT DATETIME(startTime, "E") AS day, country, COUNT(*) FROM usersession GROUP BY day, country'
    agrees(tmp_path, data, text)
    agrees(tmp_path, data, f"{text} ORDER BY country, day DESC")


def test_times_that_share_a_text_are_one_group(tmp_path: Path) -> None:
    """Groups are made of times only where each has a text of its own."""
    day = 86_400_000
    moments = (0, 60_000, day, 10 * day, 11 * day, 41 * day, 306 * day, 36_525 * day, None)
    data = [
        {"startTime": m, "userActions": [{"startTime": m}, {"startTime": moments[-2]}, {}]}
        for m in moments
        for _ in range(2)
    ]
    for form, interval in [
        ("HH:mm", "5m"), ("yyyyMd", "1d"), ("yy-MM-dd", "1d"), ("MM-dd", ""), ("yyyy-MM", "1d"),
        ("yyyy-MM-dd HH", "30m"), ("yyyy-MM-dd", "36h"), ("yyyy-MM-dd HH:mm", "90s"), ("MM", "month"),
        ("dd.MM.yyyy", ""), ("yyyyMMddHHmm", "5m"), ("dd/MM/uuuu HH", "7h"), ("MM.yyyy", "2 months"),
        ("yyyy", "year"), ("yyyy-MM-dd", "week"), ("dd.MM.yyyy EEE", "1d"), ("'x'", "1h"),
    ]:  # fmt: skip
        unit = f', "{interval}"' if interval else ""
        for field in ("startTime", "useraction.startTime"):
            text = f'SELECT DATETIME({field}, "{form}"{unit}) AS t, COUNT(*) FROM usersession GROUP BY t'
            agrees(tmp_path, data, text)
        text = (
            f'SELECT DATETIME(startTime, "{form}"{unit}) AS t, COUNT(*) FROM usersession GROUP BY t'
        )
        agrees(tmp_path, data, f"{text} ORDER BY COUNT(*), t DESC", utc_offset=90)


def test_a_time_orders_groups_of_several_keys(tmp_path: Path) -> None:
    data = [{"startTime": t, "country": c} for t in (5, 86_400_005) for c in ("B", "A", "A", None)]
    day = 'DATETIME(startTime, "dd.MM.yyyy")'
    for keys in (
        f"{day} AS t, country",
        f"country, {day} AS t",
        f"TOP(country, 1) AS country, {day} AS t",
    ):
        text = f"SELECT {keys}, COUNT(*), TOP(userId, 2) FROM usersession GROUP BY t, country"
        agrees(tmp_path, data, text)
        agrees(tmp_path, data, f"{text} ORDER BY t DESC, COUNT(*)")


def test_several_quantiles_of_the_same_values(tmp_path: Path) -> None:
    data = [{"duration": d, "country": c} for d in (1, 2, 5, 9) for c in ("A", None)]
    data.append({"country": "B"})
    some = "PERCENTILE(duration, 95), MEDIAN(duration), PERCENTILE(duration, 10)"
    text = f"SELECT {some}, CONDITION(MEDIAN(duration), WHERE duration > 1) FROM usersession"
    agrees(tmp_path, data, text)
    agrees(tmp_path, data, f"SELECT country, {some} FROM usersession GROUP BY country")


def test_values_that_are_rows_of_their_own(tmp_path: Path) -> None:
    """In flat tables: as keys, as values of metrics and lists, under conditions, and missing ones."""
    data = [
        {"country": "A", "userActions": [{"name": "x", "duration": 1}, {"name": "x"}, {}]},
        {
            "country": "A",
            "userActions": [{"name": "y", "duration": 7}, {"name": "x", "duration": 3}],
        },
        {"country": "B", "userActions": [{"duration": 9}], "userEvents": []},
        {"userActions": []},
        {"country": "B", "bounce": True},
    ]
    some = "COUNT(DISTINCT useraction.name), MEDIAN(useraction.duration), SUM(useraction.duration)"
    more = f"{some}, MIN(useraction.duration), AVG(useraction.duration), TOP(useraction.name, 2), COUNT(*)"
    limited = "CONDITION(MEDIAN(useraction.duration), WHERE useraction.name = 'x')"
    for where in (
        "",
        "WHERE useraction.name = 'x'",
        "WHERE NOT (useraction.name = 'x' OR bounce = true)",
    ):
        agrees(tmp_path, data, f"SELECT {some}, {limited} FROM usersession {where}")
        agrees(
            tmp_path,
            data,
            f"SELECT country, {more}, {limited} FROM usersession {where} GROUP BY country",
        )
        for keys in (
            "useraction.name",
            "useraction.name, useraction.duration",
            "country, useraction.name",
        ):
            agrees(
                tmp_path, data, f"SELECT {keys}, {more} FROM usersession {where} GROUP BY {keys}"
            )


def test_conditions_that_always_or_never_hold(tmp_path: Path) -> None:
    data = [{"duration": 1, "userSessionId": "a"}, {"userSessionId": "b"}]
    for test in ("duration = 0.5", "NOT duration = 0.5", "duration < 1e30", "NOT duration < 1e30"):
        text = f"SELECT COUNT(*), CONDITION(COUNT(*), WHERE {test}) FROM usersession WHERE NOT ({test} AND {test})"
        agrees(tmp_path, data, text)


def test_texts_of_times_are_padded(tmp_path: Path) -> None:
    data = [{"startTime": t} for t in (-1, 0, 1_772_442_000_007, -86_400_000, 951_782_400_000)]
    for form in ("dd.MM.yyyy HH:mm:ss", "d/M/yy h:m", "EEEE MMMM E MMM e eee MMMMM", "''", "yyy"):
        agrees(tmp_path, data, f'SELECT DATETIME(startTime, "{form}") FROM usersession')
        agrees(
            tmp_path,
            data,
            f'SELECT DATETIME(startTime, "{form}") AS t, COUNT(*) FROM usersession GROUP BY t',
        )
    for interval in ("week", "3 months", "2 years", "7h", "year"):
        text = f'SELECT DATETIME(startTime, "yyyy-MM-dd HH", "{interval}") AS t, COUNT(*) FROM usersession GROUP BY t'
        agrees(tmp_path, data, text, utc_offset=-330)


def test_names_of_columns_and_stages_may_be_those_of_the_data(tmp_path: Path) -> None:
    names = (
        "key_1",
        "size",
        "metric_1",
        "matching",
        "groups",
        "entry",
        "value",
        "place",
        "duration_1",
    )
    data = [dict.fromkeys(names, f"v{i % 2}") | {"userSessionId": "a"} for i in range(3)]
    for name in names:
        text = f'SELECT usersession."{name}", COUNT(*) AS {name} FROM usersession GROUP BY usersession."{name}" ORDER BY usersession."{name}" DESC'
        agrees(tmp_path, data, text)


def test_an_order_is_by_the_field_and_not_by_an_alias_of_its_name(tmp_path: Path) -> None:
    data = [
        {"city": c, "duration": d, "userActions": [{"name": c, "duration": d}]}
        for c, d in (("a", 3), ("b", 1), ("c", 2))
    ]
    agrees(tmp_path, data, "SELECT city AS duration FROM usersession ORDER BY usersession.duration")
    agrees(tmp_path, data, "SELECT city AS duration FROM usersession ORDER BY duration DESC")
    for alias in ("useraction", "name", "duration", "entries"):
        text = f"SELECT name AS {alias}, duration FROM useraction ORDER BY useraction.duration"
        agrees(tmp_path, data, text)
    agrees(
        tmp_path, data, "SELECT city AS value FROM usersession ORDER BY useraction.duration DESC"
    )


def test_columns_that_differ_in_case_only_are_refused() -> None:
    schema = pa.schema([("city", pa.string()), ("x", pa.int64()), ("X", pa.int64())])
    with pytest.raises(ValueError, match="'x' and 'X' differ in case only"):
        usql.translate("SELECT city FROM usersession", schema=schema)


def test_no_documented_fields_differ_in_case_only() -> None:
    for table in default_catalog():
        names = [field.name.lower() for field in table.fields]
        assert len(set(names)) == len(names)


def test_missing_values_are_last_whatever_the_engine_is_set_to(tmp_path: Path) -> None:
    data = [{"userSessionId": "a"}, {"userSessionId": "b", "city": "x"}]
    opened = usql.open(data)
    witness = DuckDbWitness(opened, tmp_path)
    witness.connection.execute("SET default_null_order = 'nulls_first'")
    for direction in ("", " DESC"):
        text = f"SELECT userSessionId FROM usersession ORDER BY city{direction}"
        assert witness.rows(text, "nested") == [["b"], ["a"]]


def test_a_column_that_the_data_lacks_is_missing_in_each_child(tmp_path: Path) -> None:
    data = [{"userSessionId": "a", "userActions": [{"name": "x"}, {"name": "y"}]}, {"city": "z"}]
    text = "SELECT useraction.duration, useraction.matchingConversionGoals, userevent.name, usererror.type FROM usersession"
    agrees(tmp_path, data, text)
    agrees(
        tmp_path,
        data,
        "SELECT COUNT(*), AVG(useraction.duration), COUNT(userevent.name) FROM usersession",
    )
    agrees(tmp_path, data, "SELECT COUNT(*) FROM userevent")


def test_a_limit_beyond_64_bits_is_not_a_condition_that_always_holds(tmp_path: Path) -> None:
    data = [{"userSessionId": "a", "duration": 1}, {"userSessionId": "b"}]
    text = "SELECT userSessionId FROM usersession WHERE duration < 99999999999999999999"
    agrees(tmp_path, data, text)


def test_a_group_without_values_has_an_empty_list(tmp_path: Path) -> None:
    data = [{"country": "A", "city": "x"}, {"country": "B"}]
    text = (
        'SELECT country, TOP(city, 2), DATETIME(startTime, "E") FROM usersession GROUP BY country'
    )
    agrees(tmp_path, data, text)
    agrees(
        tmp_path, data, 'SELECT TOP(city, 2) AS c, COUNT(*) FROM usersession WHERE country = "B"'
    )


ADDRESSES = (
    "192.0.2.9", "::ffff:192.0.2.9", "::FFFF:c000:0209", "0:0:0:0:0:ffff:192.0.2.9", "2001:db8::1", "2001:DB8:0::1",
    "::", "::1", "1::", "fe80::1:2:3:4", "1:2:3:4:5:6:7:8", "::1.2.3.4", "64:ff9b::1.2.3.4", "256.1.1.1", "1.2.3",
    "01.2.3.4", "1:2:3:4:5:6:7", "1::2::3", ":1:2", "12345::", "masked", "", " 10.0.0.1", "10.0.0.1 ", "255.255.255.255",
)  # fmt: skip


@pytest.mark.parametrize(
    "test",
    [
        "ip = '192.0.2.9'",
        "ip IN ('2001:db8::1', '1.2.3.4')",
        "ip > '192.0.2.9'",
        "ip BETWEEN '0.0.0.0' AND '::1'",
        "ip <= '1:2:3:4:5:6:7:8'",
        "NOT ip > '::'",
    ],
)
def test_unreadable_addresses_are_outside_of_all_ranges(tmp_path: Path, test: str) -> None:
    data = [{"ip": ip, "userSessionId": str(i)} for i, ip in enumerate(ADDRESSES)]
    agrees(tmp_path, data, f"SELECT userSessionId, ip FROM usersession WHERE {test} ORDER BY ip")


def test_addresses_are_keys_and_ordered_as_addresses(tmp_path: Path) -> None:
    data = [{"userSessionId": "a", "ip": ip} for ip in (*ADDRESSES, None, *ADDRESSES[:3])]
    agrees(tmp_path, data, "SELECT ip, COUNT(*) FROM usersession GROUP BY ip")
    agrees(tmp_path, data, "SELECT COUNT(DISTINCT ip), TOP(ip, 9) FROM usersession")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_texts_cannot_end_their_quotes(dialect: str) -> None:
    text = "SELECT COUNT(*) AS [x`\"y] FROM usersession WHERE city = 'a''; DROP TABLE x; --\\' OR city LIKE '\\'"
    made = usql.translate(text, to=dialect).sql  # type: ignore[arg-type]
    import sqlglot

    assert len(sqlglot.parse(made, dialect=dialect)) == 1
