"""A thread that raises: the caller gets the exception, and everything goes on. ``USQL_FAULTS``
functions are made to fail."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import usql
import usql.engine
from tests.compare import equal
from tests.reading import opened, pieces_of
from tests.unit.engine import pieces as small
from tests.unit.engine.asked import QUERIES
from tests.unit.engine.made import mixed
from usql.samples import batches
from usql.store.export.write import write_batches
from usql.store.loading.json import fast

pytestmark = pytest.mark.usefixtures("checked")

CASES = int(os.environ.get("USQL_FAULTS", "8"))
OFFLINE: dict[str, Any] = {"profile": "offline"}


class Broken(Exception):
    """What nobody expects."""


def functions() -> list[tuple[Any, str]]:
    """The functions of the engine, and where each is looked up."""
    found = []
    for module in pkgutil.walk_packages(usql.engine.__path__, "usql.engine."):
        loaded = importlib.import_module(module.name)
        for name, value in sorted(vars(loaded).items()):
            if inspect.isfunction(value) and value.__module__.startswith("usql.engine"):
                found.append((loaded, name))
    return found


def failing(function: Callable[..., Any], calls: int) -> tuple[Callable[..., Any], list[str]]:
    """The function, whose call of this number raises; and the threads in which it did."""
    left = iter(range(calls))
    raised: list[str] = []

    def called(*arguments: Any, **options: Any) -> Any:
        if next(left, None) is None and not raised:
            raised.append(threading.current_thread().name)
            raise Broken
        return function(*arguments, **options)

    return called, raised


@pytest.mark.parametrize("index_memory", [0, None])
def test_any_function_of_the_engine_may_fail(
    monkeypatch: pytest.MonkeyPatch, index_memory: int | None
) -> None:
    """Nothing half made is kept: the same sessions answer as before."""
    rows = mixed(150, 6)
    whole = usql.open(rows, threads=1, index_memory=0)
    chance = random.Random(1)
    asked = chance.sample(QUERIES, 15)
    expected = [whole.query(text, **OFFLINE).rows() for text in asked]
    data = usql.open(rows, threads=3, index_memory=index_memory)
    drawn = functions()
    chance.shuffle(drawn)
    failed = 0
    data = small.tuned(data, {**small.in_pieces(40), **small.INDEXED, **small.SELECTED})
    for module, name in drawn:
        broken, raised = failing(getattr(module, name), chance.randrange(30))
        with monkeypatch.context() as patched:
            patched.setattr(module, name, broken)
            for text, right in zip(asked, expected, strict=True):
                before = len(raised)
                try:
                    found = data.query(text, **OFFLINE).rows()
                except Broken:
                    assert len(raised) == before + 1
                else:
                    assert equal(found, right)
                if raised:
                    break
        if not raised:  # these questions need it less often, or not where it is looked up
            continue
        for text, right in zip(asked, expected, strict=True):
            assert equal(data.query(text, **OFFLINE).rows(), right), (module.__name__, name)
        failed += 1
        if failed == CASES:
            break
    assert failed == CASES


def test_helpers_that_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Again and again: the pool keeps its threads."""
    from usql.engine.rows.scan import Source

    data = usql.open(mixed(60, 7), threads=3, index_memory=0)
    text = "SELECT city, COUNT(*) FROM usersession WHERE duration > 5 GROUP BY city"
    data = small.tuned(data, small.in_pieces(5))
    expected = data.query(text).rows()
    running = threading.active_count()
    whole = Source.fits

    def fits(self: Source, *morsel: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            raise Broken
        time.sleep(0.002)  # for the helpers to begin
        return whole(self, *morsel)

    failed = 0
    with monkeypatch.context() as patched:
        patched.setattr(Source, "fits", fits)
        for _ in range(20):
            try:
                assert data.query(text).rows() == expected
            except Broken:
                failed += 1
    assert data.query(text).rows() == expected
    assert failed
    assert threading.active_count() <= max(running, 3)


@pytest.mark.parametrize("calls", [0, 1, 5])
@pytest.mark.parametrize("threads", [1, 3])
def test_a_load_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int, calls: int
) -> None:
    path = tmp_path / "s.ndjson"
    write_batches(path, batches(20, 1))
    broken, raised = failing(fast.read_piece, calls)
    with monkeypatch.context() as patched:
        patched.setattr(fast, "read_piece", broken)
        with pytest.raises(Broken):
            opened(path, pieces_of(30_000), threads=threads)
    assert len(raised) == 1
    assert not [t for t in threading.enumerate() if t.name.startswith("usql-load")]
    assert len(usql.open(path, threads=threads)) == 20
