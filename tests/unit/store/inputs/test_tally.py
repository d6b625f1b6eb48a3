"""What loading tells of its sources."""

from __future__ import annotations

from usql.errors import DataError
from usql.store.inputs.origin import Origin
from usql.store.inputs.tally import Remark, Tally

LINE = Remark("1 line {x} was passed.", "{count} lines {x} were passed.")


def bad(number: int) -> DataError:
    return DataError("bad", source="a", line=number)


def test_nothing_is_told_of_plain_sources() -> None:
    tally = Tally()
    for name in ("a", "b", ""):
        tally.begin(Origin(name))
        tally.take(Origin(name))
    tally.begin(Origin())
    assert tally.notes() == []


def test_rows_are_counted_over_sources_and_the_first_are_named() -> None:
    tally = Tally()
    for name in ("a", "b"):
        tally.take(Origin(name))
        for number in range(4):
            tally.leave_out(bad(number), Origin(name))
    named = "; ".join(f"a, line {n}: bad" for n in (0, 1, 2, 3, 0))
    assert tally.notes() == [f"8 rows were left out: {named}; and 3 more."]


def test_a_file_without_sessions_is_one_and_rows_in_memory_are_rows() -> None:
    tally = Tally()
    for number in range(9):
        tally.leave_out(bad(number), Origin("a"))
    tally.leave_out(bad(1), Origin())
    assert tally.notes() == [
        "1 row was left out: a, line 1: bad.",
        "1 source without any session was left out: a, line 0: bad.",
    ]


def test_refused_sources_are_neither_empty_nor_told_twice() -> None:
    tally = Tally()
    for name in "abcdefg":
        tally.begin(Origin(name))
        tally.refuse(DataError("no", source=name), Origin(name))
    named = "; ".join(f"{name}: no" for name in "abcde")
    assert tally.notes() == [f"7 sources without any session were left out: {named}; and 2 more."]


def test_empty_files_and_remarks() -> None:
    tally = Tally()
    tally.begin(Origin("a"))
    tally.remark(LINE)
    assert tally.notes() == ["1 file is empty: a.", "1 line {x} was passed."]
    tally.remark(LINE, 4)
    tally.begin(Origin("b"))
    assert tally.notes() == ["2 files are empty: a, b.", "5 lines {x} were passed."]
