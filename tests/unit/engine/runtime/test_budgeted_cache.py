"""What is kept between queries: within its budget, the last used longest."""

from __future__ import annotations

from usql.engine.runtime.budgeted_cache import BudgetedCache


def test_things_are_kept_within_the_budget() -> None:
    kept = BudgetedCache(100)
    assert kept.find("a") is None
    assert kept.keep("a", [1], 60) == [1]
    assert kept.keep(("b", 1), [2], 40) == [2]
    assert (kept.nbytes, kept.find("a"), kept.find(("b", 1))) == (100, [1], [2])
    kept.find("a")
    kept.keep("c", [3], 30)  # what was not used for longest leaves
    assert (kept.nbytes, kept.find("a"), kept.find(("b", 1))) == (90, [1], None)
    assert kept.keep("d", [4], 101) == [4]
    assert (kept.nbytes, kept.find("d")) == (90, None)
    assert kept.all(str) == {"a": [1], "c": [3]}
    assert kept.all(tuple) == {}


def test_the_first_of_two_is_kept() -> None:
    kept = BudgetedCache(100)
    first = kept.keep("a", [1], 10)
    assert kept.keep("a", [1], 10) is first
    assert kept.get("a", lambda: [2], len) is first
    assert kept.get("b", lambda: [2], len) == [2]
    assert kept.nbytes == 11


def test_without_a_budget_nothing_is_kept() -> None:
    kept = BudgetedCache(0)
    assert kept.get("a", lambda: [1, 2], len) == [1, 2]
    assert (kept.find("a"), kept.nbytes) == (None, 0)
