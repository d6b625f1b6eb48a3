"""Journeys: which actions a session has, in what order, how long each takes."""

from __future__ import annotations

import numpy as np

from usql.frozen import dataclass
from usql.samples.draws import Bools, Doubles, Ints, normal, pick, zipf
from usql.samples.world import STAGES, action_names

_S = {name: number for number, name in enumerate(STAGES)}
_STARTS = {"landing": 0.62, "search": 0.12, "login": 0.14, "product": 0.08, "other": 0.04}
_STEPS: dict[str, dict[str, float]] = {
    "landing": {"search": 0.45, "product": 0.25, "login": 0.12, "landing": 0.10, "other": 0.08},
    "search": {"product": 0.55, "search": 0.30, "landing": 0.05, "other": 0.10},
    "product": {"cart": 0.28, "book": 0.10, "search": 0.27, "product": 0.25, "other": 0.10},
    "cart": {"pay": 0.45, "product": 0.25, "search": 0.15, "cart": 0.15},
    "pay": {"confirmation": 0.70, "pay": 0.12, "cart": 0.10, "other": 0.08},
    "book": {"pay": 0.55, "search": 0.25, "book": 0.20},
    "confirmation": {"landing": 0.45, "account": 0.35, "other": 0.20},
    "login": {"account": 0.40, "search": 0.35, "landing": 0.25},
    "account": {"account": 0.40, "search": 0.30, "other": 0.30},
    "other": {"search": 0.35, "landing": 0.30, "product": 0.20, "other": 0.15},
}
MOST_ACTIONS = 100
_MEAN_LOG, _SPREAD_LOG = 1.72, 0.95
_EMPTY_SHARE = 0.03


@dataclass(frozen=True, eq=False)
class Actions:
    """The actions of some sessions, session after session. ``lengths``: the number of actions per
    session."""

    lengths: Ints
    owner: Ints
    position: Ints
    stage: Ints
    name: Ints
    duration: Ints
    offset: Ints
    """Milliseconds from the session's start to the action's."""


def draw_actions(rng: np.random.Generator, sessions: int, robot: Bools) -> Actions:
    """Draw the journeys of ``sessions`` sessions."""
    lengths = _lengths(rng, sessions, robot)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    total = int(offsets[-1])
    owner = np.repeat(np.arange(sessions), lengths)
    position = np.arange(total) - offsets[owner]
    stage = _stages(rng, lengths, offsets, total)
    names = action_names()
    first = np.array(names.first)
    within = zipf(rng.random(total), int(first[1]), 0.9)
    slow = 1.0 + 1.2 * (stage == _S["pay"]) + 0.6 * (stage == _S["search"])
    spread = normal(rng.random(total), rng.random(total))
    duration = np.minimum(np.exp(6.3 + 0.9 * spread) * slow, 180_000).astype(np.int64)
    pause = np.minimum(np.exp(8.2 + 1.1 * normal(rng.random(total), rng.random(total))), 1_200_000)
    pause = np.where(position == 0, 0, pause).astype(np.int64)
    return Actions(
        lengths,
        owner,
        position,
        stage,
        first[stage] + within,
        duration,
        _running(pause + np.where(position == 0, 0, _before(duration)), offsets, owner),
    )


def _lengths(rng: np.random.Generator, sessions: int, robot: Bools) -> Ints:
    """The number of actions per session, 1 to 100, log-normal; robots make few, and some sessions
    have none."""
    spread = normal(rng.random(sessions), rng.random(sessions))
    drawn = np.exp(_MEAN_LOG + _SPREAD_LOG * spread - 0.8 * robot)
    lengths = np.clip(np.ceil(drawn), 1, MOST_ACTIONS).astype(np.int64)
    return np.where(rng.random(sessions) < _EMPTY_SHARE, 0, lengths)


def _stages(rng: np.random.Generator, lengths: Ints, offsets: Ints, total: int) -> Ints:
    """The stage of each action, by walking all sessions at once, step by step."""
    stage = np.zeros(total, dtype=np.int64)
    alive = np.flatnonzero(lengths > 0)
    current = pick(rng.random(len(alive)), _weights(_STARTS))
    edges = np.cumsum([_weights(_STEPS[s]) for s in STAGES], axis=1)
    for step in range(MOST_ACTIONS):
        stage[offsets[alive] + step] = current
        goes_on = lengths[alive] > step + 1
        alive, current = alive[goes_on], current[goes_on]
        if not len(alive):
            break
        u = rng.random(len(alive))
        current = (edges[current] <= u[:, None]).sum(axis=1)
        current = np.minimum(current, len(STAGES) - 1)
    return stage


def _weights(shares: dict[str, float]) -> Doubles:
    weights = np.zeros(len(STAGES))
    for stage, share in shares.items():
        weights[_S[stage]] = share
    return weights / weights.sum()


def _before(durations: Ints) -> Ints:
    """The duration of the action before each."""
    return np.concatenate(([0], durations[:-1])) if len(durations) else durations


def _running(steps: Ints, offsets: Ints, owner: Ints) -> Ints:
    """Running sums inside each session."""
    sums = np.cumsum(steps)
    base = np.concatenate(([0], sums))[offsets[:-1]]
    return sums - base[owner]


def is_stage(actions: Actions, *names: str) -> Bools:
    """Which actions are of one of these stages."""
    return np.isin(actions.stage, [_S[n] for n in names])
