"""The rows of the secondary tables in the sample."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from usql.samples.draws import (
    Bools,
    Ints,
    dictionary,
    lists,
    normal,
    numbers,
    pick,
    struct,
    words,
    zipf,
)
from usql.samples.journeys import Actions, is_stage
from usql.samples.world import APPLICATIONS, CAMPAIGNS, ERRORS, GOALS, STAGES, action_names

_NAMES = [name for name, _ in APPLICATIONS]
_IDS = [f"APPLICATION-{i:04d}" for i in range(len(APPLICATIONS))]
_DOMAINS = [f"{name.lower().replace(' ', '-')}.example.com" for name in _NAMES]
_MOBILE = np.array([mobile for _, mobile in APPLICATIONS])


def user_actions(
    rng: np.random.Generator,
    actions: Actions,
    start: Ints,
    application: Ints,
    crashed: Bools,
    synthetic: Bools,
) -> pa.Array:
    """The actions of journeys: times and counts that fit their durations."""
    total = len(actions.owner)
    # One action in six happens in an application other than the session's main one.
    elsewhere = zipf(rng.random(total), len(APPLICATIONS), 0.8)
    app = np.where(rng.random(total) < 0.17, elsewhere, application[actions.owner])
    web = ~_MOBILE[app]
    begin = start[actions.owner] + actions.offset
    duration = actions.duration
    load = web & np.isin(actions.stage, [0, 1, 2, 6]) & (rng.random(total) < 0.8)
    network = (duration * 0.3 * rng.random(total)).astype(np.int64)
    server = (duration * 0.4 * rng.random(total)).astype(np.int64)
    visible = (duration * (0.6 + 0.5 * rng.random(total))).astype(np.int64)
    interactive = (duration * 0.5).astype(np.int64)
    js_errors = np.where(rng.random(total) < 0.03, 1 + zipf(rng.random(total), 4, 1.5), 0)
    failed = np.where(rng.random(total) < 0.02, 1, 0)
    last = actions.position == actions.lengths[actions.owner] - 1
    goals = np.where(
        is_stage(actions, "confirmation"), 0, np.where(is_stage(actions, "book"), 1, 2)
    )
    reached = is_stage(actions, "confirmation", "book", "login")
    apdex = np.where(duration <= 3000, 0, np.where(duration <= 12_000, 1, 2))
    shift = np.abs(normal(rng.random(total), rng.random(total))) * 0.12
    properties = action_properties(rng, total)
    return lists(actions.lengths, struct({
        "name": dictionary(actions.name, pa.array(action_names().names)),
        "domain": words(app, _DOMAINS, ~web),
        "targetUrl": words(actions.stage, [f"https://www.example.com/{s}" for s in STAGES], ~load),
        "type": words(np.where(load, 0, np.where(web, 1, 2)), ("Load", "Xhr", "Custom")),
        "startTime": numbers(begin),
        "endTime": numbers(begin + duration),
        "duration": numbers(duration),
        "application": words(app, _NAMES),
        "internalApplicationId": words(app, _IDS),
        "speedIndex": numbers(visible, ~load),
        "apdexCategory": words(apdex, ("SATISFIED", "TOLERATING", "FRUSTRATED")),
        "matchingConversionGoals": lists(reached.astype(np.int64), words(goals[reached], GOALS)),
        "networkTime": numbers(network, ~web),
        "serverTime": numbers(server, ~web),
        "frontendTime": numbers(duration - network - server, ~web),
        "documentInteractiveTime": numbers(interactive, ~load),
        "thirdPartyResources": numbers(zipf(rng.random(total), 30, 0.8), ~web),
        "cdnResources": numbers(zipf(rng.random(total), 20, 0.8), ~web),
        "firstPartyResources": numbers(zipf(rng.random(total), 60, 0.6), ~web),
        "hasCrash": pa.array(crashed[actions.owner] & last),
        "domCompleteTime": numbers((duration * 0.9).astype(np.int64), ~load),
        "loadEventEnd": numbers((duration * 0.95).astype(np.int64), ~load),
        "navigationStart": numbers(begin, ~load),
        "responseStart": numbers(server, ~load),
        "visuallyCompleteTime": numbers(visible, ~web | (rng.random(total) < 0.16)),
        "syntheticEvent": words(actions.stage, STAGES, ~synthetic[actions.owner]),
        "keyUserAction": pa.array(is_stage(actions, "pay", "book", "confirmation")),
        **properties,
        "customErrorCount": numbers(np.zeros(total, dtype=np.int64)),
        "javascriptErrorCount": numbers(js_errors),
        "requestErrorCount": numbers(failed),
        "largestContentfulPaint": numbers((visible * 0.8).astype(np.int64), ~load),
        "cumulativeLayoutShift": numbers(np.round(shift, 3), ~load),
    }))  # fmt: skip


def action_properties(rng: np.random.Generator, total: int) -> dict[str, pa.Array]:
    """A property on one action in twenty."""
    has = rng.random(total) < 0.05
    campaign = zipf(rng.random(total), len(CAMPAIGNS), 0.7)[has]
    pairs = struct(
        {"key": words(np.zeros(len(campaign)), ("campaign",)), "value": words(campaign, CAMPAIGNS)}
    )
    return {
        "stringProperties": lists(has.astype(np.int64), pairs),
        "userActionPropertyCount": numbers(has.astype(np.int64)),
    }


def _of_actions(rng: np.random.Generator, actions: Actions, share: float) -> Ints:
    """The actions during which something happens, in order."""
    return np.flatnonzero(rng.random(len(actions.owner)) < share)


def _when(actions: Actions, start: Ints, chosen: Ints) -> Ints:
    return start[actions.owner[chosen]] + actions.offset[chosen] + actions.duration[chosen] // 2


def _lengths(actions: Actions, chosen: Ints) -> Ints:
    return np.bincount(actions.owner[chosen], minlength=len(actions.lengths))


_EVENT_TYPES = ("PageChange", "UserTag", "RageClick", "RageTap", "Crash")
_EVENT_NAMES = ("Page change", "Tag", "Rage click", "Rage tap", "Crash")


def events(
    rng: np.random.Generator, actions: Actions, start: Ints, application: Ints, crashed: Bools
) -> pa.Array:
    """About one and a half events a session: page changes, tags, rage clicks, crashes."""
    chosen = _of_actions(rng, actions, 0.176)
    app = application[actions.owner[chosen]]
    mobile = _MOBILE[app]
    kind = pick(rng.random(len(chosen)), [75, 15, 10])
    kind = np.where((kind == 2) & mobile, 3, kind)
    last = np.concatenate((actions.owner[chosen][1:] != actions.owner[chosen][:-1], [True]))[
        : len(chosen)
    ]
    kind = np.where(crashed[actions.owner[chosen]] & last, 4, kind)
    stage = actions.stage[chosen]
    before = np.roll(stage, 1)
    no_page = kind != 0
    pages, groups = [f"/{s}" for s in STAGES], [f"/{s.title()}" for s in STAGES]
    return lists(_lengths(actions, chosen), struct({
        "type": words(kind, _EVENT_TYPES),
        "name": words(kind, _EVENT_NAMES),
        "domain": words(app, _DOMAINS, mobile),
        "startTime": numbers(_when(actions, start, chosen)),
        "application": words(app, _NAMES),
        "internalApplicationId": words(app, _IDS),
        "page": words(stage, pages, no_page),
        "pageGroup": words(stage, groups, no_page),
        "pageReferrer": words(before, pages, no_page),
        "pageReferrerGroup": words(before, groups, no_page),
    }))  # fmt: skip


def errors(
    rng: np.random.Generator, actions: Actions, start: Ints, application: Ints, crashed: Bools
) -> pa.Array:
    """About three errors in ten sessions; a crashed session ends with its crash."""
    hits = rng.random(len(actions.owner)) < 0.033
    last = actions.position == actions.lengths[actions.owner] - 1
    crash = crashed[actions.owner] & last
    chosen = np.flatnonzero(hits | crash)
    app = application[actions.owner[chosen]]
    return lists(_lengths(actions, chosen), struct({
        "type": words(crash[chosen].astype(np.int64), ("Error", "Crash")),
        "name": words(zipf(rng.random(len(chosen)), len(ERRORS), 1.0), ERRORS),
        "domain": words(app, _DOMAINS, _MOBILE[app]),
        "startTime": numbers(_when(actions, start, chosen)),
        "application": words(app, _NAMES),
        "internalApplicationId": words(app, _IDS),
    }))  # fmt: skip


_STEPS = ("Open start page", "Sign in", "Search", "Pay")


def synthetic_events(rng: np.random.Generator, start: Ints, synthetic: Bools) -> pa.Array:
    """One to four steps of the monitor that made the session."""
    lengths = np.where(synthetic, 1 + (rng.random(len(start)) * len(_STEPS)).astype(np.int64), 0)
    owner = np.repeat(np.arange(len(start)), lengths)
    number = np.arange(len(owner)) - np.concatenate(([0], np.cumsum(lengths)))[owner]
    failed = rng.random(len(owner)) < 0.03
    return lists(lengths, struct({
        "name": words(number, _STEPS),
        "syntheticEventId": words(number, [f"SYNTHETIC_TEST_STEP-{i + 1}" for i in range(len(_STEPS))]),
        "sequenceNumber": numbers(number + 1),
        "timestamp": numbers(start[owner] + number * 2000),
        "type": words(np.where(number == 0, 0, 1), ("navigate", "click")),
        "errorCode": numbers(np.full(len(owner), 1403), ~failed),
        "errorName": words(np.zeros(len(owner)), ("Connection timed out",), ~failed),
    }))  # fmt: skip
