"""The checks of this folder with the rules that they report, collected from the declarations in its
files."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping

from usql.editor import rules as folder
from usql.editor.rules.subject import Subject
from usql.folders import modules_of
from usql.language.diagnostics import Diagnostic
from usql.language.rules import Rule

Check = Callable[[Subject], Iterator[Diagnostic]]


@functools.cache
def checks() -> Mapping[Check, tuple[Rule, ...]]:
    """All checks with their rules.

    ``ValueError`` for a code or a name that two files declare.
    """
    by_check: dict[Check, tuple[Rule, ...]] = {}
    takers: dict[str, str] = {}
    for module in modules_of(folder):
        declared: dict[Check, tuple[Rule, ...]] = getattr(module, "RULES", {})
        for check, rules in declared.items():
            for word in (word for rule in rules for word in (rule.code, rule.name)):
                if word in takers:
                    raise ValueError(f"{module.__name__} declares {word} as {takers[word]} does")
                takers[word] = module.__name__
            by_check[check] = rules
    return by_check
