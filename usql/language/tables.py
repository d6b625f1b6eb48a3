"""The grammar's tables and how they are run over the words of a query.

Lark reads the grammar and computes the tables (LALR). They are run here: to build a tree at a
fraction of the time of Lark's own loop, and to try ways around a mistake without building anything.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from lark import Lark
from lark.parse_tree_builder import ExpandSingleChild
from lark.parsers.lalr_analysis import Shift

from usql.language.builder import TreeBuilder
from usql.language.token import Token

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
"""Terminals that no rule takes: the slips module repairs or removes their tokens."""

END = "$END"
"""The terminal behind the last word."""


class _KeepAll:
    """Tells Lark to keep the terminals that stand in no rule."""

    always_accept = (*ERROR_TERMINALS, "COMMENT", "SEMICOLON", "PLACEHOLDER")

    def process(self, stream: Iterator[Any]) -> Iterator[Any]:
        return stream


@functools.cache
def grammar() -> Lark:
    """The grammar's terminals and parser tables, made once per process (some 100 ms)."""
    return Lark(
        grammar_text(),
        parser="lalr",
        lexer="basic",
        maybe_placeholders=True,
        transformer=TreeBuilder(),
        postlex=_KeepAll(),
    )


def grammar_text() -> str:
    """The grammar file's text: inside an installed package, or at the top of a checkout."""
    installed = Path(__file__).with_name("usql.lark")
    checkout = Path(__file__).parents[2] / "grammar" / "usql.lark"
    return (installed if installed.exists() else checkout).read_text(encoding="utf-8")


@functools.cache
def keywords() -> tuple[str, ...]:
    """The language's keywords in upper case, by alphabet. Each is the terminal of its own name."""
    return tuple(
        sorted(
            str(t.name) for t in grammar().terminals if t.pattern.value == rf"{t.name.lower()}\b"
        )
    )


class Reduction(NamedTuple):
    """A rule to apply: so many values from the top of the stack become one. ``build`` makes it of
    the list of them; it is ``None`` where the value is the only one itself."""

    size: int
    rule: str
    build: Callable[[list[Any]], Any] | None


@dataclass(frozen=True, slots=True)
class Tables:
    """``actions``: what to do in a state when a word of this terminal comes: go to the state of
    this number, or reduce; a terminal without entry can not stand there. ``gotos``: the state to go
    to when a rule was applied there. ``end`` is the state behind the whole text."""

    actions: Mapping[int, Mapping[str, int | Reduction]]
    gotos: Mapping[int, Mapping[str, int]]
    start: int
    end: int


@functools.cache
def tables() -> Tables:
    """Lark's tables with all that is known of a rule beside it."""
    conf: Any = grammar().parse_interactive().parser_state.parse_conf

    # Lark's names are tokens, which compare slowly.
    def reduction(rule: Any, build: Any) -> Reduction:
        size = len(rule.expansion)
        alone = size == 1 and isinstance(build, ExpandSingleChild)
        return Reduction(size, str(rule.origin.name), None if alone else build)

    reductions = {rule: reduction(rule, build) for rule, build in conf.callbacks.items()}
    actions: dict[int, dict[str, int | Reduction]] = {}
    gotos: dict[int, dict[str, int]] = {}
    for state, row in conf.states.items():
        actions[state], gotos[state] = {}, {}
        for name, (action, target) in row.items():
            if not name.isupper():
                gotos[state][str(name)] = target
            else:
                actions[state][str(name)] = target if action is Shift else reductions[target]
    return Tables(actions, gotos, conf.start_state, conf.end_state)


class Stack:
    """The states of a parser that has read some words, and the values built so far."""

    def __init__(self) -> None:
        self._tables = tables()
        self._states = [self._tables.start]
        self._values: list[Any] = []

    @property
    def value(self) -> Any:
        """What the last rule or word gave; after ``$END`` the whole."""
        return self._values[-1]

    def feed(self, tokens: Sequence[Token], at: int = 0) -> int:
        """Read ``tokens[at:]`` up to the first that can not stand there, and return its number;
        their length when all were read."""
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
                taken = values[begin:]
                del states[begin + 1 :], values[begin:]
                values.append(build(taken))
                states.append(gotos[states[-1]][rule])
        return len(tokens)

    def takes(self, kinds: Iterable[str]) -> bool:
        """Whether words of these terminals could follow one after the other; changes nothing."""
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
