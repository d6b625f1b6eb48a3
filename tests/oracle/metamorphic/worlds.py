"""Sessions as objects, and the stores that are made of them."""

from __future__ import annotations

import functools
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import usql
from tests.oracle.metamorphic.asking import Asker, Options
from tests.oracle.strategies import KEYS

Session = dict[str, Any]

_MANY = 100
"""Sessions that load faster from a file."""

_TIMES = {"startTime", "endTime", "timestamp"}
_CHILDREN = ("userActions", "events", "errors", "syntheticEvents")


class World:
    """Some sessions; the stores made of them, each made once, are asked with the same options.

    No two property keys differ in case alone: which of them answers depends on which are there.
    """

    def __init__(
        self,
        objects: Sequence[Session],
        options: Options,
        folder: Path,
        strangers: Sequence[Session] = (),
    ) -> None:
        self.objects = [_one_spelling(o) for o in objects]
        self.strangers = [_one_spelling(o) for o in strangers]
        self.options = options
        self._folder = folder
        self._made: dict[str, Asker] = {}

    @functools.cached_property
    def ask(self) -> Asker:
        """The sessions as they are."""
        return self.open(self.objects)

    def open(self, objects: Sequence[Session], **options: Any) -> Asker:
        """Other sessions, asked with the same options or others."""
        return Asker(opened(objects), {**self.options, **options})

    def saved(self, name: str) -> Asker:
        """The sessions, come back from a file of this name, or from a store."""
        if name not in self._made:
            path = self._folder / name
            save = self.ask.data.write if path.suffix else self.ask.data.save
            save(path)
            self._made[name] = Asker(usql.open(path), self.options)
        return self._made[name]

    def made(self, name: str, make: Callable[[], Sequence[Session]], **options: Any) -> Asker:
        """Sessions that were made of these, by a name."""
        if name not in self._made:
            self._made[name] = self.open(make())
        return self._made[name].over(self._made[name].data, **options)

    def stranger(self, number: int) -> Asker:
        """One of the strangers alone."""
        return self.made(f"stranger {number}", lambda: [self.strangers[number]])

    def among_strangers(self, numbers: Sequence[int]) -> Asker:
        """The sessions with some strangers before, between and after them."""
        kept = [self.strangers[number] for number in numbers]
        first, last = self.objects[: len(self.objects) // 2], self.objects[len(self.objects) // 2 :]
        return self.made(
            f"among {numbers}", lambda: [*kept[::2], *first, *kept[1::2], *last, *kept]
        )


def opened(objects: Sequence[Session]) -> usql.Sessions:
    """The sessions, loaded: many from a file."""
    if len(objects) < _MANY:
        return usql.open(list(objects))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sessions.ndjson"
        lines = (json.dumps(o, ensure_ascii=False) + "\n" for o in objects)
        path.write_text("".join(lines), encoding="utf-8")
        return usql.open(path)


_LOWER = {key for key in KEYS if key == key.lower()}


def _one_spelling(session: Session) -> Session:
    """The session with other keys in place of those that differ from another in case alone."""

    def renamed(owner: Session) -> Session:
        changed = dict(owner)
        for name, pairs in owner.items():
            if name.endswith("Properties") and isinstance(pairs, list):
                changed[name] = [{**p, "key": _apart(p["key"])} for p in pairs]
            elif name in _CHILDREN and pairs is not None:
                changed[name] = [renamed(child) for child in pairs]
        return changed

    return renamed(session)


def _apart(key: str) -> str:
    return f"{key}-2" if key != key.lower() and key.lower() in _LOWER else key


def moved(session: Session, milliseconds: int) -> Session:
    """The session and all that belongs to it, so much later."""
    changed = dict(session)
    for name, value in session.items():
        if name in _TIMES and value is not None:
            changed[name] = value + milliseconds
        elif name in _CHILDREN and value is not None:
            changed[name] = [moved(child, milliseconds) for child in value]
    return changed
