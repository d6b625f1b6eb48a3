"""What the data's values say of a query: warnings with near values and keys, and none without reason."""

from __future__ import annotations

from typing import Any

import pytest

import usql
from usql.store import known as module
from usql.store import load
from usql.store.tuning import StoreTuning

CITIES = ("Linz", "Wien", "New York", "São Paulo", "Bad Ischl", "Bad Aussee")
ROWS: list[dict[str, Any]] = [
    {
        "userSessionId": f"id-{number}",
        "userType": "REAL_USER" if number % 2 else "ANDROID_TV",
        "city": CITIES[number % len(CITIES)],
        "browserFamily": "Chrome Mobile",
        "appVersion": f"1.2.{number}",
        "ip": f"10.0.0.{number}",
        "stringProperties": [{"key": "tier", "value": "Gold"}, {"key": "shop", "value": "Vienna"}],
        "longProperties": [{"key": "price", "value": 5}],
        "userActions": [
            {
                "name": "loading of page /home",
                "matchingConversionGoals": ["Checkout done"],
                "stringProperties": [{"key": "plan", "value": "Pro"}],
            }
        ],
    }
    for number in range(12)
]


@pytest.fixture(scope="module", params=["memory", "saved"])
def data(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> usql.Sessions:
    sessions = usql.open(ROWS)
    if request.param == "memory":
        return sessions
    folder = tmp_path_factory.mktemp("known") / "s.usqlstore"
    sessions.save(folder)
    return usql.open(folder)


def found(
    data: usql.Sessions, where: str, table: str = "usersession"
) -> list[tuple[str, list[str]]]:
    """The warnings about a condition, with the texts that their corrections write."""
    text = f"SELECT COUNT(*) FROM {table} WHERE {where}"
    return [
        (d.name, [fix.title.removeprefix("write ") for fix in d.fixes])
        for d in data.query(text).diagnostics
        if d.severity is usql.Severity.WARNING
    ]


@pytest.mark.parametrize(
    ("where", "near"),
    [
        ("city = 'Lnz'", '"Linz"'),
        ("city = 'linz'", '"Linz"'),
        ("city != 'Lienz'", '"Linz"'),
        ("city IN ('Wien', 'newyork')", '"New York"'),
        ("NOT city IN ('new-york')", '"New York"'),
        ("city IS 'Sao Paulo'", '"São Paulo"'),
        ("city = 'new  york'", '"New York"'),
        ("browserFamily = 'Chrome'", '"Chrome Mobile"'),
        ("useraction.name = 'Loading of page /home'", '"loading of page /home"'),
        ("useraction.matchingConversionGoals = 'Checkout'", '"Checkout done"'),
        ("stringProperties.tier = 'gold'", '"Gold"'),
        ("useraction.stringProperties.plan = 'PRO'", '"Pro"'),
    ],
)  # fmt: skip
def test_values_that_are_near(data: usql.Sessions, where: str, near: str) -> None:
    assert found(data, where) == [("unknown-value", [near])]


@pytest.mark.parametrize(
    "where",
    [
        "city = 'Linz'",
        "city = 'Paris'",  # a city that another export may have
        "city = 'Lz'",  # too far
        "city = ''",
        "city < 'Lnz'",
        "city LIKE 'Lnz*'",
        "city STARTSWITH 'Lnz'",
        "userSessionId = 'id-99'",  # identifiers and versions are near to each other by nature
        "userSessionId = 'id-1x'",
        "appVersion = '1.2.99'",
        "appVersion = '1.3.2'",
        "ip = '10.0.0.99'",
        "userType = 'ANDROID_TV'",  # undocumented, but the data has it
        "userType = 'ROBOT'",  # documented, but the data has none
        "stringProperties.shop = 'Gold'",  # a value of another key
        "city IS NULL",
        "city = 5",
    ],
)
def test_no_warning_without_reason(data: usql.Sessions, where: str) -> None:
    assert found(data, where) == []


def test_values_of_enums(data: usql.Sessions) -> None:
    assert found(data, "userType = 'REAL_USR'") == [("unknown-enum-value", ['"REAL_USER"'])]
    assert found(data, "userType = 'ANDROID_TB'") == [("unknown-enum-value", ['"ANDROID_TV"'])]
    names = [
        d.name for d in usql.check("SELECT city FROM usersession WHERE userType = 'ANDROID_TV'")
    ]
    assert names == ["unknown-enum-value"]


@pytest.mark.parametrize(
    ("where", "near"),
    [
        ("stringProperties.teir = 'Gold'", ["stringProperties.tier"]),
        ("usersession.stringProperties.teir IS NULL", ["usersession.stringProperties.tier"]),
        ("stringProperties.price > '4'", ["longProperties.price"]),
        ("stringProperties.plan = 'Pro'", ["useraction.stringProperties.plan"]),
        ("stringProperties.colour = 'red'", []),
        ("dateProperties.price > 5", ["longProperties.price"]),
    ],
)
def test_keys(data: usql.Sessions, where: str, near: list[str]) -> None:
    assert found(data, where) == [("unknown-key", near)]


def test_keys_in_other_tables_queries(data: usql.Sessions) -> None:
    assert found(data, "stringProperties.plam = 'x'", "useraction") == [
        ("unknown-key", ["stringProperties.plan"])
    ]
    assert found(data, "stringProperties.tier = 'x'", "useraction") == [
        ("unknown-key", ["usersession.stringProperties.tier"])
    ]


def test_keys_everywhere_in_a_query(data: usql.Sessions) -> None:
    text = "SELECT stringProperties.teir, COUNT(*) FROM usersession GROUP BY stringProperties.teir LIMIT 9"
    names = [(d.name, text[d.span.start : d.span.end]) for d in data.query(text).diagnostics]
    assert names == [("unknown-key", "stringProperties.teir")] * 2


def test_a_key_in_another_case_is_known(data: usql.Sessions) -> None:
    assert [name for name, _ in found(data, "stringProperties.TIER = 'Gold'")] == ["property-case"]


def test_nothing_is_said_of_keys_without_properties() -> None:
    bare = usql.open([{"userSessionId": "a", "city": "Linz"}])
    assert found(bare, "stringProperties.tier = 'x'") == []
    assert [
        d.name for d in usql.check("SELECT stringProperties.tier FROM usersession LIMIT 1")
    ] == []


def test_spans_are_places_in_the_text_that_ran(data: usql.Sessions) -> None:
    given = "SELECT COUNT(*) FROM usersession WHERE country != '${land}' AND city = 'Lnz'"
    result = data.query(given, parameters={"land": "Österreich und Ungarn"})
    [problem] = result.diagnostics
    assert result.text[problem.span.start : problem.span.end] == "'Lnz'"
    assert "Ungarn" in result.text


def test_a_value_of_a_parameter_is_no_placeholder(data: usql.Sessions) -> None:
    given = "SELECT COUNT(*) FROM usersession WHERE city = '${town}'"
    assert [d.name for d in data.query(given, parameters={"town": "${x}"}).diagnostics] == []
    near = data.query(given, parameters={"town": "Lnz"}).diagnostics
    assert [d.name for d in near] == ["unknown-value"]


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("name 20 of thee", ["name 20 of the"]),
        ("customer ABC", ["customer Abc"]),
        ("Customer abd", ["customer abd"]),
    ],
)
def test_of_many_values_the_neighbours_are_compared(text: str, near: list[str]) -> None:
    tuning = StoreTuning(most_compared_texts=10, compared_neighbours=5)
    names = [f"name {number} of the" for number in range(100)] + ["customer Abc", "customer abd"]
    many = usql.Sessions(load([{"city": name} for name in names], tuning=tuning))
    problems = [fix.title for d in many.query(f"SELECT COUNT(*) FROM usersession WHERE city = '{text}'").diagnostics for fix in d.fixes]  # fmt: skip
    assert problems[:1] == [f'write "{value}"' for value in near]


def test_an_enum_of_very_many_values_is_left_as_documented() -> None:
    data = usql.Sessions(load(ROWS, tuning=StoreTuning(most_enum_values=1)))
    assert found(data, "userType = 'ANDROID_TV'") == [("unknown-enum-value", [])]


def test_what_silences_a_rule_silences_it_here(data: usql.Sessions) -> None:
    text = (
        "SELECT city FROM usersession WHERE city = 'Lnz' /* usql: ignore[unknown-value] */ LIMIT 1"
    )
    assert [d.name for d in data.query(text).diagnostics] == []


def test_they_are_sought_when_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def near(_: object, __: object, text: str) -> tuple[str, ...]:
        asked.append(text)
        return ()

    monkeypatch.setattr(module.Known, "near", near)
    result = usql.open(ROWS).query("SELECT COUNT(*) FROM usersession WHERE city = 'Lnz'")
    assert asked == []
    assert result.diagnostics == result.diagnostics == ()
    assert asked == ["Lnz"]
