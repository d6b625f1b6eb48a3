"""The checks of this folder with the rules that they report, as its files declare them.

No list names the files.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping

from usql.editor import rules as folder
from usql.editor.rules.subject import Subject
from usql.language.diagnostics import Diagnostic
from usql.language.rules import Rule

Check = Callable[[Subject], Iterator[Diagnostic]]


@functools.cache
def checks() -> Mapping[Check, tuple[Rule, ...]]:
    """All checks with their rules.

    ``ValueError`` for a code or a name that two files declare.
    """
    found: dict[Check, tuple[Rule, ...]] = {}
    takers: dict[str, str] = {}
    for file in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
        declared: dict[Check, tuple[Rule, ...]] = getattr(
            importlib.import_module(file.name), "RULES", {}
        )
        for check, rules in declared.items():
            for word in (word for rule in rules for word in (rule.code, rule.name)):
                if word in takers:
                    raise ValueError(f"{file.name} declares {word} as {takers[word]} does")
                takers[word] = file.name
            found[check] = rules
    return found
