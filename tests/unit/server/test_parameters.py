"""Parameters as clients write them, and what is said of wrong ones."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.unit.server.asking import TABLE, TREE
from usql.server.parameters import LONGEST_QUERY, Parameters, pairs_of, parameters_of
from usql.server.refusals import Refusal


def read(query_string: str, has_pages: bool = True) -> Parameters:
    return parameters_of(pairs_of(query_string.encode()), has_pages)


def test_what_is_unset() -> None:
    for given in (
        "query=x",
        "query=x&startTimestamp=0&endTimestamp=&offsetUTC=&pageSize=&explain=",
    ):
        assert read(given) == Parameters(
            query="x", start=None, end=None, offset=0, size=None, skip=0,
            has_deep_links=False, explains=False, notes=(),
        )  # fmt: skip


def test_what_is_set() -> None:
    given = "query=x&startTimestamp=-5&endTimestamp=%2B7&offsetUTC=-1439&pageSize=5000&pageOffset=3"
    assert read(f"{given}&addDeepLinkFields=TRUE&explain=True") == Parameters(
        query="x", start=-5, end=7, offset=-1439, size=5000, skip=3,
        has_deep_links=True, explains=True, notes=(),
    )  # fmt: skip
    assert read(f"{given}&explain=false").explains is False


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("SELECT+city+FROM+usersession", "SELECT city FROM usersession"),
        ("SELECT%20city%20FROM%0Ausersession", "SELECT city FROM\nusersession"),
        ("SELECT a%2Bb", "SELECT a+b"),
        ("city+LIKE+%22%2520%22", 'city LIKE "%20"'),
        ("SELECT+city+LIKE+%22%2520%22", 'SELECT city LIKE "%20"'),
        ("SELECT%2520a%252Cb", "SELECT a,b"),
        ("select%2520a%252Bb", "select a+b"),
        ("SELECTED%2520a", "SELECTED%20a"),
        ("Z%C3%BCrich+%F0%9F%98%80", "Zürich 😀"),
    ],
)
def test_texts(written: str, meant: str) -> None:
    assert read(f"query={written}").query == meant


def test_decoding_twice_is_told() -> None:
    assert read("query=SELECT%2520a").notes == (
        "The query was percent-encoded twice and was decoded twice.",
    )


def test_names_in_another_case_are_told() -> None:
    found = read("query=x&endTimeStamp=5&pagesize=7&other=1&api-token=t")
    assert (found.end, found.size) == (None, None)
    assert found.notes == (
        "The parameter endTimeStamp is ignored; write endTimestamp.",
        "The parameter pagesize is ignored; write pageSize.",
    )
    assert read("query=x&pagesize=7", has_pages=False).notes == ()


NUMBERS = ("startTimestamp", "endTimestamp", "offsetUTC", "pageSize", "pageOffset")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in NUMBERS for value in ("x", "1.5", "1e3", "٣", "0x1", "9" * 30, "--1")),
        *((name, str(2**63)) for name in NUMBERS),
        *((name, str(-(2**63) - 1)) for name in NUMBERS),
        ("offsetUTC", "1440"), ("offsetUTC", "-1440"), ("offsetUTC", str(-(2**31))),
        ("pageSize", "0"), ("pageSize", "-1"), ("pageSize", "5001"), ("pageOffset", "-1"),
        ("pageOffset", str(2**31)),
        ("explain", "yes"), ("explain", "1"), ("addDeepLinkFields", "tru"),
        ("query", "x" * (LONGEST_QUERY + 1)),
    ],
)  # fmt: skip
def test_wrong_values_are_named(name: str, value: str) -> None:
    rest = "" if name == "query" else "&query=x"
    with pytest.raises(Refusal) as refused:
        read(f"{name}={value}{rest}")
    assert refused.value.status == 400
    (violation,) = refused.value.violations
    assert (violation.path, violation.location) == (name, "QUERY")
    assert refused.value.message == f"{name}: {violation.message}"


def test_extreme_times_are_asked(client: TestClient) -> None:
    for start, end in ((-(2**63), 2**63 - 1), (-(2**63), -(2**63)), (2**63 - 1, 2**63 - 1)):
        query = "SELECT COUNT(*) FROM usersession"
        times = {"startTimestamp": start, "endTimestamp": end, "offsetUTC": 1439}
        for path in (TABLE, TREE):
            assert client.get(path, params={"query": query, **times}).status_code == 200


@pytest.mark.parametrize("given", ["", "query=", "query=+%0A", "Query=x", "startTimestamp=1"])
def test_a_missing_query(client: TestClient, given: str) -> None:
    found = client.get(f"{TABLE}?{given}")
    assert found.status_code == 400
    missing = "The query is missing."
    violation = {"path": "query", "message": missing, "parameterLocation": "QUERY"}
    error = {"code": 400, "message": missing, "constraintViolations": [violation]}
    assert found.json() == {"error": error}


@pytest.mark.parametrize(
    "given", ["query=x&query=x", "query=%FF", "query=%ED%A0%80", "&".join("abcdefg" * 20)]
)
def test_what_no_client_means(client: TestClient, given: str) -> None:
    if "query" not in given:
        given = given.replace("&", "=1&") + "=1"
    found = client.get(f"{TABLE}?{given}")
    assert found.status_code == 400
    assert found.json()["error"]["code"] == 400


@pytest.mark.parametrize(
    ("times", "named"),
    [
        ({"startTimestamp": 2, "endTimestamp": 1}, "startTimestamp"),
        ({"startTimestamp": 2**60}, "startTimestamp"),
        ({"endTimestamp": 1}, "endTimestamp"),
    ],
)
def test_a_timeframe_that_ends_before_it_begins(
    client: TestClient, times: dict[str, int], named: str
) -> None:
    found = client.get(TABLE, params={"query": "SELECT city FROM usersession", **times})
    assert found.status_code == 400
    assert found.json()["error"]["constraintViolations"][0]["path"] == named
