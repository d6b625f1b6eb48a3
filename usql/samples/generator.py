"""Sessions of the sample, block by block, as nested Arrow batches."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from usql.samples.children import errors, events, synthetic_events, user_actions
from usql.samples.draws import (
    Bools,
    Doubles,
    Ints,
    dictionary,
    instants,
    lists,
    numbers,
    pick,
    struct,
    words,
    zipf,
)
from usql.samples.journeys import Actions, draw_actions, is_stage
from usql.samples.world import (
    APPLICATIONS,
    BROWSERS,
    CAMPAIGNS,
    CITIES_PER_COUNTRY,
    COUNTRIES,
    DEVICES,
    GOALS,
    PROVIDERS,
    REGIONS_PER_COUNTRY,
    SYSTEMS,
    TIERS,
    cities,
    regions,
)

BLOCK = 25_000
"""Sessions that share a random stream: what is generated does not depend on how it is batched."""

START = 1_772_409_600_000
"""2026-03-02T00:00:00Z, a Monday."""

SPAN = 14 * 86_400_000
USERS = 200_000


def batches(sessions: int, seed: int = 1) -> Iterator[pa.RecordBatch]:
    """The sample in batches of at most 25,000 sessions, in the export's nested layout.

    The same ``sessions`` and ``seed`` give the same bytes. Texts are dictionary arrays; times are
    int64 milliseconds, but timestamps in properties, where exports write dates. ``ValueError`` for
    a negative number.
    """
    if sessions < 0 or seed < 0:
        raise ValueError("the number of sessions and the seed must not be negative")
    for first in range(0, max(sessions, 1), BLOCK):
        yield _block(sessions, first, min(BLOCK, sessions - first), seed)


def generate(sessions: int, seed: int = 1) -> pa.Table:
    """The whole sample as one table; see :func:`batches`."""
    return pa.Table.from_batches(list(batches(sessions, seed)))


def _block(total: int, first: int, count: int, seed: int) -> pa.RecordBatch:
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, first // BLOCK])))
    user_type = pick(rng.random(count), [0.93, 0.03, 0.04])
    robot, synthetic = user_type == 1, user_type == 2
    application = zipf(rng.random(count), len(APPLICATIONS), 0.9)
    mobile = np.array([m for _, m in APPLICATIONS])[application] & ~robot & ~synthetic
    actions = draw_actions(rng, count, robot | synthetic)
    start = START + _times((first + np.arange(count) + rng.random(count)) / max(total, 1))
    crashed = mobile & (rng.random(count) < 0.02)
    children = {
        "userActions": user_actions(rng, actions, start, application, crashed, synthetic),
        "events": events(rng, actions, start, application, crashed),
        "errors": errors(rng, actions, start, application, crashed),
        "syntheticEvents": synthetic_events(rng, start, synthetic),
    }
    columns = _session(rng, first, actions, start, user_type, application, mobile, crashed)
    error_count = children["errors"].value_lengths().fill_null(0).to_numpy()
    columns["totalErrorCount"] = numbers(error_count)
    columns["hasError"] = pa.array(error_count > 0)
    columns["userExperienceScore"] = _score(actions, error_count)
    columns |= _rage(children["events"])
    columns |= _places(rng, count)
    columns |= _client(rng, count, mobile, synthetic)
    columns |= _properties(rng, actions, count)
    columns |= children
    return pa.RecordBatch.from_arrays(list(columns.values()), list(columns))


def _times(shares: Doubles) -> Ints:
    """Ascending times over the span with a daily rhythm: few at night, most in the evening."""
    minutes = np.arange(SPAN // 60_000 + 1)
    rhythm = 1.0 + 0.7 * np.sin(2 * np.pi * (minutes % 1440 / 1440 - 0.40))
    edges = np.concatenate(([0.0], np.cumsum(rhythm)))
    at = np.interp(shares, edges / edges[-1], np.arange(len(edges)) * 60_000)
    return np.minimum(at, SPAN - 1).astype(np.int64)


def _session(
    rng: np.random.Generator,
    first: int,
    actions: Actions,
    start: Ints,
    user_type: Ints,
    application: Ints,
    mobile: Bools,
    crashed: Bools,
) -> dict[str, pa.Array]:
    count = len(start)
    finish = np.zeros(count, dtype=np.int64)
    np.maximum.at(finish, actions.owner, actions.offset + actions.duration)
    user = zipf(rng.random(count), USERS, 0.6)
    anonymous = rng.random(count) < 0.40
    ids = [
        f"{number:012X}{user_id % 997:03X}"
        for number, user_id in zip(range(first, first + count), user.tolist(), strict=True)
    ]
    users, codes = np.unique(user, return_inverse=True)
    goals = _goals(actions, count)
    kinds = np.where(mobile, 1, 0)
    return {
        "userSessionId": pa.array(ids),
        "startTime": numbers(start),
        "endTime": numbers(start + finish),
        "duration": numbers(finish),
        "internalUserId": dictionary(codes, pa.array([f"visitor-{u:06d}" for u in users])),
        "userType": words(user_type, ("REAL_USER", "ROBOT", "SYNTHETIC")),
        "reasonForNoSessionReplay": words(
            pick(rng.random(count), [5, 3, 2]),
            ("SAMPLED_OUT", "NO_ACTIVITY", "OPT_IN_MODE"),
            mobile | (rng.random(count) < 0.5),
        ),
        "applicationType": words(kinds, ("WEB_APPLICATION", "MOBILE_APPLICATION")),
        "bounce": pa.array(actions.lengths <= 1),
        "newUser": pa.array(rng.random(count) < 0.35),
        "userActionCount": numbers(actions.lengths),
        "matchingConversionGoalsCount": numbers(goals.sum(axis=1)),
        "matchingConversionGoals": lists(goals.sum(axis=1), words(np.nonzero(goals)[1], GOALS)),
        "userId": dictionary(
            codes, pa.array([f"user{u:06d}@example.com" for u in users]), anonymous
        ),
        "hasCrash": pa.array(crashed),
        "crashGroupId": words(
            application, [f"CRASH-{i:04d}" for i in range(len(APPLICATIONS))], ~crashed
        ),
        "endReason": words(
            pick(rng.random(count), [70, 25, 5]),
            ("TIMEOUT", "END_EVENT", "DURATION_LIMIT"),
            rng.random(count) < 0.1,
        ),
    }


def _goals(actions: Actions, count: int) -> Bools:
    reached = np.zeros((count, len(GOALS)), dtype=np.bool_)
    for goal, stages in enumerate((("confirmation",), ("book",), ("login",), ())):
        hits = is_stage(actions, *stages)
        reached[actions.owner[hits], goal] = True
    return reached


def _score(actions: Actions, error_count: Ints) -> pa.Array:
    count = len(actions.lengths)
    slow = np.bincount(actions.owner, weights=actions.duration > 4000, minlength=count)
    share = slow / np.maximum(actions.lengths, 1)
    score = np.where(
        (error_count > 1) | (share > 0.4), 2, np.where((error_count > 0) | (share > 0.15), 1, 0)
    )
    score = np.where(actions.lengths == 0, 3, score)
    return words(score, ("SATISFIED", "TOLERATED", "FRUSTRATED", "UNDEFINED"))


def _rage(events: pa.Array) -> dict[str, pa.Array]:
    """The counts of rage clicks and taps among the events."""
    lengths = events.value_lengths().fill_null(0).to_numpy()
    kinds = np.array(events.flatten().field("type").to_pylist(), dtype=object)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    return {
        field: numbers(np.bincount(owner[kinds == kind], minlength=len(lengths)))
        for field, kind in (("numberOfRageClicks", "RageClick"), ("numberOfRageTaps", "RageTap"))
    }


def _places(rng: np.random.Generator, count: int) -> dict[str, pa.Array]:
    """Country, region, city and address, which are consistent with each other."""
    country = zipf(rng.random(count), len(COUNTRIES), 1.0)
    city = zipf(rng.random(count), CITIES_PER_COUNTRY, 1.0)
    unknown = rng.random(count) < 0.02
    continents = sorted({c for _, c in COUNTRIES})
    of_country = np.array([continents.index(c) for _, c in COUNTRIES])
    return {
        "ip": _addresses(rng, country),
        "continent": words(of_country[country], continents, unknown),
        "country": words(country, [c for c, _ in COUNTRIES], unknown),
        "region": words(
            country * REGIONS_PER_COUNTRY + city % REGIONS_PER_COUNTRY,
            regions(),
            unknown | (rng.random(count) < 0.03),
        ),
        "city": words(
            country * CITIES_PER_COUNTRY + city, cities(), unknown | (rng.random(count) < 0.05)
        ),
        "isp": words(
            zipf(rng.random(count), len(PROVIDERS), 0.8), PROVIDERS, rng.random(count) < 0.08
        ),
    }


def _addresses(rng: np.random.Generator, country: Ints) -> pa.Array:
    """Addresses from IPv4 blocks by country, the largest country's around 52.0.0.0/8; one in nine
    is IPv6."""
    count = len(country)
    last = zipf(rng.random(count), 250, 0.5)
    middle = (rng.random(count) * 256).astype(np.int64)
    third = zipf(rng.random(count), 256, 0.7)
    first = np.where(country == 0, 52, 60 + 2 * country)
    six = rng.random(count) < 0.11
    none = rng.random(count) < 0.01
    texts = [
        None
        if missing
        else f"2a01:4{c:02x}:{m:x}:{t:x}::{n + 1:x}"
        if is_six
        else f"{f}.{m}.{t}.{n + 1}"
        for missing, is_six, c, f, m, t, n in zip(
            none.tolist(),
            six.tolist(),
            country.tolist(),
            first.tolist(),
            middle.tolist(),
            third.tolist(),
            last.tolist(),
            strict=True,
        )
    ]
    return pa.array(texts, pa.string())


def _client(
    rng: np.random.Generator, count: int, mobile: Bools, synthetic: Bools
) -> dict[str, pa.Array]:
    browser = zipf(rng.random(count), len(BROWSERS), 1.2)
    version = 118 + zipf(rng.random(count), 16, 0.8)
    system = np.where(
        mobile, 1 + (rng.random(count) < 0.5), zipf(rng.random(count), len(SYSTEMS), 1.0)
    )
    release = zipf(rng.random(count), 6, 1.0)
    screens = (
        (1920, 1080, "FHD"),
        (1366, 768, "WXGA"),
        (2560, 1440, "QHD"),
        (390, 844, "HD"),
        (360, 800, "HD"),
    )
    screen = np.where(
        mobile, 3 + (rng.random(count) < 0.5), pick(rng.random(count), [5, 3, 2, 0.1, 0.1])
    )
    no_screen = rng.random(count) < 0.06
    device = zipf(rng.random(count), len(DEVICES), 0.9)
    browsers = [f"{b} {v}" for b in BROWSERS for v in range(118, 134)]
    return {
        "browserType": words(
            np.where(browser % 5 == 4, 1, 0), ("Desktop Browser", "Mobile Browser"), mobile
        ),
        "browserFamily": words(browser, BROWSERS, mobile),
        "browserMajorVersion": words(browser * 16 + version - 118, browsers, mobile),
        "osFamily": words(system, SYSTEMS),
        "osVersion": words(
            system * 6 + release, [f"{s} {10 + r}" for s in SYSTEMS for r in range(6)]
        ),
        "manufacturer": words(device // 5, [d.split()[0] for d in DEVICES[::5]], ~mobile),
        "device": words(device, DEVICES, ~mobile),
        "screenHeight": numbers(np.array([h for _, h, _ in screens])[screen], no_screen),
        "screenWidth": numbers(np.array([w for w, _, _ in screens])[screen], no_screen),
        "screenOrientation": words(
            np.where(screen > 2, 1, 0), ("LANDSCAPE", "PORTRAIT"), no_screen
        ),
        "displayResolution": words(screen, [n for _, _, n in screens], no_screen),
        "hasSessionReplay": pa.array(~mobile & (rng.random(count) < 0.2)),
        "browserMonitorName": words(
            device % 3, ("Shop monitor", "Travel monitor", "Login monitor"), ~synthetic
        ),
        "appVersion": words(release, [f"7.{r}.0" for r in range(6)], ~mobile),
        "carrier": words(device % 4, ("Alpha Mobile", "Beta Cell", "Gamma", "Delta"), ~mobile),
        "networkTechnology": words(
            pick(rng.random(count), [6, 3, 1]), ("LTE", "5G", "3G"), ~mobile
        ),
        "connectionType": words(
            pick(rng.random(count), [5, 4, 1]), ("WIFI", "MOBILE", "OFFLINE"), ~mobile
        ),
        "rootedOrJailbroken": pa.array(rng.random(count) < 0.01, mask=~mobile),
        "clientTimeOffset": numbers((rng.random(count) * 4000 - 2000).astype(np.int64)),
        "partNumber": numbers(np.zeros(count, dtype=np.int64)),
    }


def _properties(rng: np.random.Generator, actions: Actions, count: int) -> dict[str, pa.Array]:
    """Properties on half of the sessions, with revenue and items where something was paid."""
    has = rng.random(count) < 0.5
    campaign = has & (rng.random(count) < 0.4)
    paid = np.zeros(count, dtype=np.bool_)
    paid[actions.owner[is_stage(actions, "confirmation")]] = True
    paid &= has
    tier = pick(rng.random(count), [6, 3, 1.5, 0.5])
    ad = zipf(rng.random(count), len(CAMPAIGNS), 0.7)
    pairs = np.column_stack((has, campaign))
    rows, kinds = np.nonzero(pairs)
    values = np.where(kinds == 0, tier[rows], len(TIERS) + ad[rows])
    revenue = np.round(np.exp(4.0 + 0.8 * (rng.random(count) + rng.random(count))), 2)
    items = 1 + zipf(rng.random(count), 12, 1.2)
    signup = START - (rng.random(count) * 900).astype(np.int64) * 86_400_000
    dated = has & (rng.random(count) < 0.3)
    return {
        "stringProperties": _pairs(
            pairs.sum(axis=1), words(kinds, ("tier", "campaign")), words(values, TIERS + CAMPAIGNS)
        ),
        "longProperties": _single("items", paid, numbers(items[paid])),
        "doubleProperties": _single("revenue", paid, numbers(revenue[paid])),
        "dateProperties": _single("signup", dated, instants(signup[dated])),
    }


def _pairs(lengths: Ints, keys: pa.Array, values: pa.Array) -> pa.Array:
    return lists(lengths, struct({"key": keys, "value": values}))


def _single(key: str, has: Bools, values: pa.Array) -> pa.Array:
    return _pairs(has.astype(np.int64), words(np.zeros(len(values)), (key,)), values)
