"""Frozen dataclasses: as those of the standard library in everything that the project uses."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import math
import pickle
import re
from collections.abc import Callable
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from usql import frozen

Decorator = Callable[..., Any]


def classes(dataclass: Decorator) -> list[type]:
    """One of each form, made by a decorator."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Base:
        """A base."""

        span: int = field(default=0, compare=False, repr=False)

    @dataclass(frozen=True, slots=True)
    class Child(Base):
        """Fields of its own before those of the base, which are given by name."""

        name: str
        parts: tuple[Any, ...] = ()
        made: list[int] = field(default_factory=lambda: [1, 2])
        text: str = field(default="t", compare=False)

    @dataclass(frozen=True, slots=True)
    class Empty(Base):
        """Nothing of its own."""

    @dataclass(frozen=True, slots=True)
    class Derived:
        """Sets fields itself."""

        text: str
        size: int = field(init=False)
        kept: list[str] = field(init=False, default_factory=list)
        known: str = field(init=False, default="x")

        def __post_init__(self) -> None:
            object.__setattr__(self, "size", len(self.text))

    @dataclass(frozen=True)
    class Cached:
        """With a dict of its own."""

        text: str
        secret: str = field(default="s", repr=False)

        @cached_property
        def upper(self) -> str:
            return self.text.upper()

    @dataclass(frozen=True, eq=False)
    class Same:
        """Equal only to itself."""

        value: int

    @dataclass(frozen=True, slots=True)
    class Own:  # noqa: PLW1641
        """Methods of its own stay."""

        value: int

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own) and abs(self.value) == abs(other.value)

        def __repr__(self) -> str:
            return "mine"

    @dataclass(frozen=True, slots=True)
    class Hashed:
        """A hash of its own."""

        value: int

        def __hash__(self) -> int:
            return 7

    @dataclass(frozen=True, slots=True, order=True)
    class Ordered:
        """In the order of its fields."""

        start: int
        end: int

    return [Base, Child, Empty, Derived, Cached, Same, Own, Hashed, Ordered]


OURS = {c.__name__: c for c in classes(frozen.dataclass)}
THEIRS = {c.__name__: c for c in classes(dataclasses.dataclass)}
CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("Base", (), {}),
    ("Base", (), {"span": 3}),
    ("Child", ("a",), {}),
    ("Child", ("a", (1, "b")), {"span": 4, "text": "other"}),
    ("Child", ("a", (math.nan,), [3]), {}),
    ("Empty", (), {}),
    ("Derived", ("abc",), {}),
    ("Cached", ("abc", "d"), {}),
    ("Own", (-1,), {}),
    ("Own", (1,), {}),
    ("Hashed", (1,), {}),
    ("Ordered", (1, 2), {}),
    ("Ordered", (0, 5), {}),
]


def made(kinds: dict[str, type]) -> list[Any]:
    return [kinds[name](*given, **named) for name, given, named in CALLS]


def test_they_look_and_compare_as_those_of_the_library() -> None:
    ours, theirs = made(OURS), made(THEIRS)
    for one, other in zip(ours, theirs, strict=True):
        assert repr(one).replace(".<locals>", "") == repr(other).replace(".<locals>", "")
        assert [f.name for f in dataclasses.fields(one)] == [
            f.name for f in dataclasses.fields(other)
        ]
        assert dataclasses.asdict(one) == dataclasses.asdict(other)
        assert type(one).__match_args__ == type(other).__match_args__
        assert hasattr(one, "__dict__") == hasattr(other, "__dict__")
    assert [[a == b for a in ours] for b in ours] == [[a == b for a in theirs] for b in theirs]


def test_hashes_are_those_of_the_values() -> None:
    def hashes(kinds: dict[str, type]) -> list[int | str]:
        found: list[int | str] = []
        for one in made(kinds):
            try:
                found.append(hash(one))
            except TypeError as error:
                found.append(str(error))
        return found

    assert hashes(OURS) == hashes(THEIRS)
    same = OURS["Same"](1)
    assert hash(same) == object.__hash__(same)
    assert same != OURS["Same"](1)


@pytest.mark.parametrize("name", ["Child", "Cached", "Own"])
def test_they_are_frozen(name: str) -> None:
    one = next(x for x in made(OURS) if type(x).__name__ == name)
    first = dataclasses.fields(one)[-1].name
    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{first}'"):
        setattr(one, first, 1)
    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot delete field '{first}'"):
        delattr(one, first)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.further = 1


def test_arguments_are_checked_as_any_functions() -> None:
    for kinds in (OURS, THEIRS):
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'name'"):
            kinds["Child"]()
        with pytest.raises(TypeError, match="unexpected keyword argument 'other'"):
            kinds["Child"]("a", other=1)
        with pytest.raises(TypeError, match="positional argument"):
            kinds["Base"](1)
    parameters = inspect.signature(OURS["Child"]).parameters
    assert [*parameters] == [*inspect.signature(THEIRS["Child"]).parameters]


def test_lists_that_factories_make_are_not_shared() -> None:
    first, second = OURS["Child"]("a"), OURS["Child"]("a")
    first.made.append(3)
    assert second.made == [1, 2]
    assert first.made == [1, 2, 3]


def test_they_are_replaced_copied_and_cached() -> None:
    one = OURS["Child"]("a", (1,), span=9)
    other = dataclasses.replace(one, name="b")
    assert (other.name, other.parts, other.span) == ("b", (1,), 9)
    assert copy.copy(one) == copy.deepcopy(one) == one
    assert OURS["Cached"]("abc").upper == "ABC"


@frozen.dataclass(frozen=True, slots=True)
class Travelled:
    """Of a module, as pickle wants."""

    text: str
    size: int = 3


def test_they_are_pickled() -> None:
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(Travelled("a", 4), protocol)) == Travelled("a", 4)


def test_what_holds_itself_is_shown() -> None:
    parts: list[Any] = []
    one = OURS["Child"]("a", parts)
    parts.append(one)
    assert "parts=[...]" in repr(one)


def test_the_project_makes_its_frozen_dataclasses_so() -> None:
    """Each that the library makes costs half a millisecond at every start."""
    made = re.compile(r"^from dataclasses import .*\bdataclass\b", re.MULTILINE)
    sources = Path(frozen.__file__).parent.rglob("*.py")
    texts = {p.name: p.read_text() for p in sources if p.name != "frozen.py"}
    assert [n for n, text in texts.items() if "frozen=True" in text and made.search(text)] == []


def test_others_are_those_of_the_library() -> None:
    @frozen.dataclass
    class Plain:
        value: int

    one = Plain(1)
    one.value = 2
    assert one == Plain(2)


def test_what_makes_objects_is_written_for_the_first_one() -> None:
    @frozen.dataclass(frozen=True, slots=True)
    class Place:
        """A place."""

        name: str
        size: int = 1

    class Named(Place):
        """A class that is no dataclass itself."""

        def __init__(self, name: str) -> None:
            super().__init__(name, 2)

    assert not inspect.isfunction(Place.__dict__["__init__"])
    assert (Named("a").name, Named("a").size) == ("a", 2)
    written = Place.__dict__["__init__"]
    assert inspect.isfunction(written)
    assert Place("b") == Place("b", 1)
    assert Place.__dict__["__init__"] is written


class Counted:
    """A value that counts how often it is hashed."""

    def __init__(self) -> None:
        self.times = 0

    def __hash__(self) -> int:
        self.times += 1
        return 5

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counted)


@frozen.dataclass(frozen=True, slots=True)
class Key(frozen.Keyed):
    """Of a module, as pickle wants."""

    value: Any
    note: str = field(default="", compare=False)


def test_a_key_is_hashed_once() -> None:
    counted = Counted()
    one, other = Key((counted, 1)), Key((Counted(), 1), "of another note")
    found = {one: "found"}
    assert (found[one], found[other], found.get(Key(2))) == ("found", "found", None)
    assert hash(one) == hash(other) == hash(((Counted(), 1),))
    assert counted.times == 1


def test_copies_of_a_key_are_hashed_anew() -> None:
    """Texts have another hash in another process, and what is replaced is another value."""
    one = Key("a", "b")
    hash(one)
    for copied in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert (copied, copied.note) == (one, "b")
        assert not hasattr(copied, "_hash")
        assert hash(copied) == hash(one)
    other = dataclasses.replace(one, value="c")
    assert hash(other) == hash(Key("c")) != hash(one)
    assert [f.name for f in dataclasses.fields(one)] == ["value", "note"]


def test_who_looks_at_a_class_sees_what_it_takes() -> None:
    ours, theirs = classes(frozen.dataclass), classes(dataclasses.dataclass)
    for one, other in zip(ours, theirs, strict=True):
        assert [*inspect.signature(one).parameters] == [*inspect.signature(other).parameters]
