"""The grammar's tables, and how they are run over the words of a query.

The tables (LALR) are computed by Lark and kept in ``tables.json``; :mod:`usql.language.grammar`
rewrites them when the grammar changes. They are run here, to build a tree in a fraction of the time
of Lark's own loop, and to try ways around a mistake without building anything.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from usql.language.builder import TreeBuilder
from usql.language.token import Token

FILE = Path(__file__).with_name("tables.json")

ERROR_TERMINALS = (
    "DOUBLE_EQUALS",
    "CURLY_STRING",
    "BACKTICK",
    "DURATION_WORD",
    "OPEN_COMMENT",
    "OPEN_STRING",
    "BAD_WORD",
    "BAD",
)
"""Terminals that no rule accepts: the module for common mistakes repairs or removes their
tokens."""

END = "$END"
"""The terminal after the last word."""


class Building(NamedTuple):
    """How the node of a rule is built, as in the file.

    ``size``: how many values the rule takes from the stack. ``method``: the method of
    :class:`usql.language.builder.TreeBuilder` that makes the node; ``""`` if the values stay a
    list, which another rule includes; ``None`` if the only value is passed on. ``parts``: which of
    the values the method gets, whether each is such a list whose entries are passed, and how many
    optional parts are missing before it; ``missing`` more of them at the end. Without ``parts`` the
    method gets all values unchanged.
    """

    rule: str
    size: int
    method: str | None
    parts: Sequence[tuple[int, bool, int]] | None
    missing: int


class Reduction(NamedTuple):
    """A rule to apply: ``size`` values from the top of the stack become one, which ``build`` makes
    from the list of them; ``build`` is ``None`` if it is the only value itself."""

    size: int
    rule: str
    build: Callable[[list[Any]], Any] | None


class Tables(NamedTuple):
    """``terminals``: the patterns of words by their names, in the order in which they are tried.
    ``actions``: what to do in a state at a word of this terminal: go to the state with this number,
    or reduce; a terminal without an entry cannot follow. ``gotos``: the state to go to after a rule
    was applied. A text begins in state 0; ``end`` is the state after it."""

    terminals: Mapping[str, str]
    keywords: tuple[str, ...]
    actions: Sequence[Mapping[str, int | Reduction]]
    gotos: Sequence[Mapping[str, int]]
    end: int


@functools.cache
def tables() -> Tables:
    """The tables, read once per process."""
    read = json.loads(FILE.read_text(encoding="utf-8"))
    builder = TreeBuilder()
    rules = [_reduction(Building(*rule), builder) for rule in read["rules"]]
    rows = [
        {name: to if to >= 0 else rules[-1 - to] for name, to in row.items()}
        for row in read["action_rows"]
    ]
    return Tables(
        dict(read["terminals"]),
        tuple(read["keywords"]),
        [rows[number] for number in read["actions"]],
        [read["goto_rows"][number] for number in read["gotos"]],
        read["end"],
    )


def keywords() -> tuple[str, ...]:
    """The language's keywords in upper case, in alphabetical order. Each is the terminal of the
    same name."""
    return tables().keywords


def _reduction(how: Building, builder: TreeBuilder) -> Reduction:
    if how.method is None:
        return Reduction(how.size, how.rule, None)
    build = getattr(builder, how.method) if how.method else _as_they_are
    if how.parts is not None:
        build = _chosen(how.parts, how.missing, build)
    return Reduction(how.size, how.rule, build)


def _as_they_are(values: list[Any]) -> list[Any]:
    return values


def _chosen(
    parts: Sequence[tuple[int, bool, int]], missing: int, build: Callable[[list[Any]], Any]
) -> Callable[[list[Any]], Any]:
    """A function that applies ``build`` to the chosen values. A list that comes first is extended,
    not copied, since lists of a thousand entries are made one entry at a time."""

    def built(values: list[Any]) -> Any:
        chosen: list[Any] = []
        for index, is_list, before in parts:
            if before:
                chosen += [None] * before
            if not is_list:
                chosen.append(values[index])
            elif chosen:
                chosen += values[index]
            else:
                chosen = values[index]
        if missing:
            chosen += [None] * missing
        return build(chosen)

    return built


class Stack:
    """The states of a parser that has read some words, and the values built so far."""

    def __init__(self) -> None:
        self._tables = tables()
        self._states = [0]
        self._values: list[Any] = []

    @property
    def value(self) -> Any:
        """The value of the last rule or word; after ``$END`` that of the whole text."""
        return self._values[-1]

    def feed(self, tokens: Sequence[Token], at: int = 0) -> int:
        """Read ``tokens[at:]`` up to the first that is not accepted, and return its index; the
        length of ``tokens`` if all were read."""
        actions, gotos, end = self._tables.actions, self._tables.gotos, self._tables.end
        states, values = self._states, self._values
        for index in range(at, len(tokens)):
            token = tokens[index]
            kind = token.type
            while states[-1] != end:
                action = actions[states[-1]].get(kind)
                if action is None:
                    return index
                if isinstance(action, int):
                    states.append(action)
                    values.append(token)
                    break
                size, rule, build = action
                if build is None:
                    states[-1] = gotos[states[-2]][rule]
                    continue
                begin = len(values) - size
                popped = values[begin:]
                del states[begin + 1 :], values[begin:]
                values.append(build(popped))
                states.append(gotos[states[-1]][rule])
        return len(tokens)

    def takes(self, kinds: Iterable[str]) -> bool:
        """Whether words of these terminals could follow in this order; changes nothing."""
        actions, gotos, end = self._tables.actions, self._tables.gotos, self._tables.end
        states = self._states.copy()
        for kind in kinds:
            while states[-1] != end:
                action = actions[states[-1]].get(kind)
                if action is None:
                    return False
                if isinstance(action, int):
                    states.append(action)
                    break
                del states[len(states) - action.size :]
                states.append(gotos[states[-1]][action.rule])
        return True

    def accepted(self) -> set[str]:
        """The terminals that may come next."""
        return {kind for kind in self._tables.actions[self._states[-1]] if self.takes((kind,))}
