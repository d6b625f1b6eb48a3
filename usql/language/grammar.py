"""From the grammar to ``tables.json``, which the lexer and the parser use.

Lark reads ``grammar/usql.lark`` and computes the terminals' patterns and the LALR tables. That
takes longer than most commands, so it is done once, by whoever changes the grammar (Lark is in the
extra ``tools``)::

    python -m usql.language.grammar
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lark import Lark
from lark.parse_tree_builder import ExpandSingleChild
from lark.parsers.lalr_analysis import Shift

from usql.language.builder import TreeBuilder
from usql.language.tables import ERROR_TERMINALS, FILE


class _KeepAll:
    """Makes Lark keep the terminals that occur in no rule."""

    always_accept = (*ERROR_TERMINALS, "COMMENT", "SEMICOLON", "PLACEHOLDER")

    def process(self, stream: Iterator[Any]) -> Iterator[Any]:
        return stream


@functools.cache
def grammar() -> Lark:
    """The grammar in Lark's form, made once per process (some 100 ms)."""
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


def tables_content() -> dict[str, Any]:
    """The content of ``tables.json``: the same for the same grammar, whatever order Lark works in.

    ``terminals``: names and patterns in the order in which they are tried. ``rules``: the name of
    each and how its node is built (:class:`usql.language.tables.Building`). ``actions`` and
    ``gotos``: for each state, the number of one of the distinct rows; in an action, states to go to
    count from 0 upwards and rules to apply from -1 downwards.
    """
    conf: Any = grammar().parse_interactive().parser_state.parse_conf
    rules = sorted(conf.callbacks, key=_key)
    numbers = {rule: -1 - number for number, rule in enumerate(rules)}
    states = _in_order(conf)
    actions: list[dict[str, int]] = []
    gotos: list[dict[str, int]] = []
    for state in states:
        row = sorted((str(name), step) for name, step in conf.states[state].items())
        targets = {n: states[t] if a is Shift else numbers[t] for n, (a, t) in row}
        actions.append({name: to for name, to in targets.items() if name.isupper()})
        gotos.append({name: to for name, to in targets.items() if not name.isupper()})
    return {
        "terminals": [[t.name, t.pattern.to_regexp()] for t in _terminals()],
        "keywords": sorted(
            str(t.name) for t in _terminals() if t.pattern.value == rf"{t.name.lower()}\b"
        ),
        "rules": [_rule(rule, conf.callbacks[rule]) for rule in rules],
        "action_rows": (distinct := _distinct(actions)),
        "actions": [distinct.index(row) for row in actions],
        "goto_rows": (distinct := _distinct(gotos)),
        "gotos": [distinct.index(row) for row in gotos],
        "end": states[conf.end_state],
    }


def _terminals() -> list[Any]:
    """The terminals in the order in which Lark's lexer tries them."""
    return sorted(
        grammar().terminals,
        key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name),
    )


def _key(rule: Any) -> tuple[str, ...]:
    return (str(rule.origin.name), str(rule.alias or ""), *(str(x.name) for x in rule.expansion))


def _in_order(conf: Any) -> dict[Any, int]:
    """Numbers for Lark's states: in the order in which they are reached from the first one."""
    numbers = {conf.start_state: 0}
    waiting = [conf.start_state]
    for state in waiting:
        for name, (action, target) in sorted(conf.states[state].items(), key=lambda x: str(x[0])):
            is_state = action is Shift or not str(name).isupper()
            if is_state and target not in numbers:
                numbers[target] = len(numbers)
                waiting.append(target)
    return numbers


def _rule(rule: Any, build: Any) -> list[Any]:
    """A :class:`usql.language.tables.Building` as a list."""
    size = len(rule.expansion)
    name = str(rule.origin.name)
    hands_on = size == 1 and isinstance(build, ExpandSingleChild)
    callback = None if hands_on else "" if name[0] == "_" else str(rule.alias or name)
    parts = getattr(build, "to_include", None)
    if parts is None:
        return [name, size, callback, None, 0]
    # The third number is left out if no optional part can be missing.
    parts = [[part[0], part[1], part[2] if len(part) == 3 else 0] for part in parts]
    return [name, size, callback, parts, getattr(build, "append_none", 0)]


def _distinct(rows: list[dict[str, int]]) -> list[dict[str, int]]:
    distinct: list[dict[str, int]] = []
    for row in rows:
        if row not in distinct:
            distinct.append(row)
    return distinct


def file_text(tables: Mapping[str, Any]) -> str:
    """The text of the file: a line for each terminal, rule and row."""
    parts = []
    for name, value in tables.items():
        many = isinstance(value, list) and value and isinstance(value[0], list | dict)
        body = "[\n" + ",\n".join(map(json.dumps, value)) + "\n]" if many else json.dumps(value)
        parts.append(f"{json.dumps(name)}: {body}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(file_text(tables_content()), encoding="utf-8")
