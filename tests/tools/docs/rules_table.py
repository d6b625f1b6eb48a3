"""usql/language/editor_rules.py, made of what each file of usql/editor/rules declares."""

from __future__ import annotations

from usql.editor.rules.registry import checks
from usql.language.rules import OWN, Rule

HEAD = '''\
"""All rules of the editor, generated of what usql/editor/rules declares by ``python -m tests.tools.docs``."""

from __future__ import annotations

# fmt: off
DECLARED: tuple[tuple[str, str, str, str, str, str], ...] = (
'''


def declared() -> list[Rule]:
    """The rules of the editor by code. ``ValueError`` for a code or a name of the language."""
    found = sorted((r for rules in checks().values() for r in rules), key=lambda r: r.code)
    taken = {word for rule in OWN for word in (rule.code, rule.name)}
    for rule in found:
        if taken & {rule.code, rule.name}:
            raise ValueError(f"{rule.code} {rule.name} is taken by a rule of the language")
    return found


def table() -> str:
    """The module as Python."""
    return HEAD + "".join(map(_entry, declared())) + ")\n"


def _entry(rule: Rule) -> str:
    head = f"{rule.code!r}, {rule.name!r}, {rule.severity.value!r}, {rule.section!r}"
    return f"    ({head},\n     {rule.summary!r}, {rule.correction.value!r}),\n"
