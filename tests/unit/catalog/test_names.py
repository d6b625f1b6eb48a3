"""Near names."""

from __future__ import annotations

import pytest

from usql.catalog import default_catalog
from usql.catalog.names import near
from usql.language.functions import FUNCTIONS

SESSION = [f.name for f in default_catalog().table("usersession").fields]
ACTION = [f.name for f in default_catalog().table("useraction").fields]
TABLES = [t.name for t in default_catalog()]


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("cty", "city"), ("ctiy", "city"), ("contry", "country"), ("countryy", "country"), ("CITY_", "city"),
        ("useractioncount", "userActionCount"), ("userActionsCount", "userActionCount"), ("browser", "browserType"),
        ("browserfam", "browserFamily"), ("os", "osFamily"), ("osfamly", "osFamily"), ("starttime_", "startTime"),
        ("startime", "startTime"), ("durration", "duration"), ("errors", "totalErrorCount"), ("sessionid", "userSessionId"),
        ("userIdd", "userId"), ("replay", "replayStart"), ("isBounce", "bounce"), ("rageClicks", "numberOfRageClicks"),
        ("screen", "screenWidth"), ("crash", "hasCrash"), ("reigon", "region"), ("continnent", "continent"),
        ("stringproperty", "stringProperties"), ("carier", "carrier"), ("manufactor", "manufacturer"),
        ("pi", "ip"),
    ],
)  # fmt: skip
def test_session_fields(slip: str, meant: str) -> None:
    assert meant in near(slip, SESSION)


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("nme", "name"),
        ("visuallyComplete", "visuallyCompleteTime"),
        ("apdex", "apdexCategory"),
        ("targeturl_", "targetUrl"),
    ],
)
def test_action_fields(slip: str, meant: str) -> None:
    assert meant in near(slip, ACTION)


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("session", "usersession"),
        ("usersesion", "usersession"),
        ("userActions", "useraction"),
        ("error", "usererror"),
    ],
)
def test_tables(slip: str, meant: str) -> None:
    assert near(slip, TABLES)[0] == meant


@pytest.mark.parametrize(
    ("slip", "meant"), [("CUONT", "COUNT"), ("PERCENTIL", "PERCENTILE"), ("DATE_TIME", "DATETIME")]
)
def test_functions(slip: str, meant: str) -> None:
    assert meant in near(slip, FUNCTIONS)


def test_nothing_far_fetched() -> None:
    assert near("zzz", SESSION) == ()
    assert near("", SESSION) == ()
    assert near("x" * 10**6, SESSION) == ()
    assert len(near("user", SESSION)) <= 3


def test_absurdly_long_names_are_not_compared() -> None:
    long = "city" * 250_000
    assert near(long, [long]) == ()
