"""Settings of all tests."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.sampling import examples

# How long something takes is the benchmark's matter; on a busy machine every example is slow.
settings.register_profile("untimed", deadline=None, max_examples=examples(100))
settings.load_profile("untimed")

collect_ignore = ["mutation"]
"""Runs tests and holds none; what it needs comes with the ``dev`` extra only."""

FIRST = (
    "tests/tools/test_reach.py",
    "tests/unit/store/sharding/test_memory.py",
    "tests/robust/security/test_overshoot.py",
    "tests/oracle/metamorphic/test_sample.py",
    "tests/robust/load/test_load.py",
    "tests/robust/fuzz/test_fuzz.py",
    "tests/unit/store/loading/test_loading_order.py",
    "tests/oracle/metamorphic/test_generated.py",
    "tests/page/test_views.py",
    "tests/page/test_accessibility.py",
)
"""Files that take a minute or more, though some have one test: first, so that workers which run a file
at a time end together."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every", type=int, default=1, metavar="N",
        help="of each test's cases run the first and every Nth",
    )  # fmt: skip


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files first; of the cases a sample, and no test without one."""
    ranks = {name: rank for rank, name in enumerate(FIRST)}
    items.sort(key=lambda item: ranks.get(item.nodeid.partition("::")[0], len(FIRST)))
    every: int = config.getoption("--every")
    numbers: dict[str, int] = {}
    left_out = []
    for item in items:
        test = item.nodeid.partition("[")[0]
        number = numbers[test] = numbers.get(test, -1) + 1
        if number % every:
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        dropped = {*left_out}
        items[:] = [item for item in items if item not in dropped]


def pytest_collection_finish() -> None:
    """Twenty thousand tests stay until the end: looking at them again and again, as the collector
    would, takes a good part of the time of those that collect garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def checked() -> Iterator[None]:
    """The engine's idioms that check nothing are checked in the tests of a module."""
    from tests.unit.engine import pieces

    with pieces.checked():
        yield
