"""States as they come: what is held of them, and what is reserved."""

from __future__ import annotations

import pytest

from tests.unit.engine.states.test_states import QUERIES, ROWS, Asked, parts_of_rows
from usql.engine.runtime.limits import Budget, Control
from usql.engine.runtime.tuning import Tuning
from usql.engine.states.merging import Merging, bytes_held, size_of
from usql.errors import MemoryLimit


@pytest.mark.parametrize("few", [1, 1 << 16])
@pytest.mark.parametrize("text", QUERIES)
def test_what_waits_is_merged_in_time(text: str, few: int) -> None:
    asked = Asked(text)
    control = Control(budget=Budget(1 << 30), tuning=Tuning(few_states=few))
    found = Merging(control, asked.question)
    assert found.result() is None
    for number, store in enumerate(parts_of_rows(9)):
        found.add(asked.part(store, number))
    states = found.result()
    assert states is not None
    asked.check(states)
    assert control.used == bytes_held(asked.question, states)


def test_states_that_are_held_are_reserved() -> None:
    asked = Asked("SELECT city, MEDIAN(duration) FROM usersession GROUP BY city")
    states = asked.part(ROWS, 0)
    size = bytes_held(asked.question, states)
    assert size > 24 * size_of(states) / 2
    found = Merging(Control(budget=Budget(size - 1)), asked.question)
    with pytest.raises(MemoryLimit, match="of states of parts"):
        found.add(states)
