"""Frozen dataclasses that take a fifth of the time to create.

The project has some two hundred of them, and the standard library generates and compiles six
methods for each when its module is imported, which takes as long as importing numpy. Here only
``__init__`` is compiled, when the first object of the class is created, which for most classes
never happens in a process; the other methods are functions that all classes share. The classes
behave like those of the standard library, which is what type checkers see.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

__all__ = ["Keyed", "dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        cls=None, /, *, frozen=False, slots=False, eq=True, repr=True, kw_only=False, **others
    ):
        """``dataclasses.dataclass``, except that frozen classes are made here."""
        if not frozen or others:
            return dataclasses.dataclass(
                cls, frozen=frozen, slots=slots, eq=eq, repr=repr, kw_only=kw_only, **others
            )

        def decorate(cls):
            return _frozen(cls, slots, eq, repr, kw_only)

        return decorate if cls is None else decorate(cls)


class Keyed:
    """Base of frozen dataclasses with slots that are keys of many look-ups: the hash of an object is
    computed once. It belongs to the process, so copies and pickled objects are without it."""

    __slots__ = ("_hash",)


def _frozen(cls: type, slots: bool, eq: bool, repr: bool, kw_only: bool) -> type:
    declared = cls.__dict__
    plain: type = dataclasses.dataclass(
        init=False, repr=False, eq=False, slots=slots, kw_only=kw_only
    )(cls)
    fields = dataclasses.fields(plain)
    methods: dict[str, Any] = {"__init__": _Late(plain, fields), "__setattr__": _refuse_to_set}
    methods["__delattr__"] = _refuse_to_delete
    if slots:
        methods |= {"__getstate__": _state, "__setstate__": _restore}
    if repr:
        methods["__repr__"] = _repr([f.name for f in fields if f.repr])
    if eq:
        methods["__eq__"] = _equal(_values([f.name for f in fields if f.compare]))
        hashed = [f.name for f in fields if (f.compare if f.hash is None else f.hash)]
        once = issubclass(plain, Keyed)
        methods["__hash__"] = (_hash_once if once else _hash)(_values(hashed))
    for name, method in methods.items():
        if declared.get(name) is None:  # a class with an __eq__ of its own has None for __hash__
            setattr(plain, name, method)
    return plain


_LEFT_OUT = object()
"""A placeholder for an argument whose value a factory makes."""


class _Late:
    """``__init__`` of a class, replaced by the real one when it is first accessed."""

    def __init__(self, cls: type, fields: tuple[dataclasses.Field[Any], ...]) -> None:
        self._of = cls, fields

    def __get__(self, instance: object, owner: type) -> Any:
        cls, fields = self._of
        real = _init(cls, fields)
        type.__setattr__(cls, "__init__", real)  # behind the back of type checkers
        return real.__get__(instance, owner)


def _init(cls: type, fields: tuple[dataclasses.Field[Any], ...]) -> Callable[..., None]:
    """``__init__``, which sets each field bypassing the class's own refusal."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_left_out": _LEFT_OUT}
    parameters: tuple[list[str], list[str]] = [], []
    lines = []
    for field in fields:
        name = field.name
        known[f"_default_{name}"] = default = field.default
        value, declared = name, name
        if field.default_factory is not dataclasses.MISSING:
            known[f"_make_{name}"] = field.default_factory
            value = f"_make_{name}() if {name} is _left_out else {name}"
            declared += "=_left_out"
            if not field.init:
                value = f"_make_{name}()"
        elif default is not dataclasses.MISSING:
            declared += f"=_default_{name}"
            if not field.init:
                value = f"_default_{name}"
        elif not field.init:
            continue  # __post_init__ sets it
        if field.init:
            parameters[bool(field.kw_only)].append(declared)
        lines.append(f" _set(self,{name!r},{value})")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    by_name = f",*,{','.join(parameters[1])}" if parameters[1] else ""
    head = f"def __init__({','.join(['self', *parameters[0]])}{by_name}):"
    exec("\n".join([head, *lines]) if lines else f"{head} pass", known)
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _values(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that returns the values of fields as a tuple, even of a single field, since tuples
    treat identical values as equal."""
    if not names:
        return lambda _: ()
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda self: (get(self),)


def _equal(values: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any, Any], Any]:
    def equal(self: Any, other: Any) -> Any:
        if other.__class__ is self.__class__:
            return values(self) == values(other)
        return NotImplemented

    return equal


def _hash(values: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any], int]:
    return lambda self: hash(values(self))


def _hash_once(values: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any], int]:
    def hashed(self: Any) -> int:
        try:
            known: int = self._hash
        except AttributeError:
            known = hash(values(self))
            object.__setattr__(self, "_hash", known)
        return known

    return hashed


def _repr(names: list[str]) -> Callable[[Any], str]:
    @recursive_repr()
    def shown(self: Any) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({values})"

    return shown


def _refuse_to_set(_: Any, name: str, __: Any) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
