"""usql/language/rules/editors.py, made of what each file of usql/editor/rules declares."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum

from usql.editor.rules.registry import checks
from usql.language.rules import LANGUAGE_RULES, Rule

HEAD = '''\
"""All rules of the editor, generated of what usql/editor/rules declares by ``python -m tests.tools.docs``."""

from __future__ import annotations

from usql.language.rules.rule import Correction, Rule, Severity

# fmt: off
# ruff: noqa: E501
EDITOR_RULES: tuple[Rule, ...] = (
'''


def declared() -> list[Rule]:
    """The rules of the editor by code. ``ValueError`` for a code or a name of the language."""
    found = sorted((r for rules in checks().values() for r in rules), key=lambda r: r.code)
    taken = {word for rule in LANGUAGE_RULES for word in (rule.code, rule.name)}
    for rule in found:
        if taken & {rule.code, rule.name}:
            raise ValueError(f"{rule.code} {rule.name} is taken by a rule of the language")
    return found


def table() -> str:
    """The module as Python."""
    return HEAD + "".join(map(_entry, declared())) + ")\n"


def _entry(rule: Rule) -> str:
    given = ((f.name, getattr(rule, f.name), f.default) for f in fields(rule))
    lines = [
        f"        {name}={_value(value)},\n" for name, value, default in given if value != default
    ]
    return f"    Rule(\n{''.join(lines)}    ),\n"


def _value(value: object) -> str:
    return str(value) if isinstance(value, Enum) else repr(value)
