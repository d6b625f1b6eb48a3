"""An extension of Griffe, which reads docstrings for the site: roles of reStructuredText become links,
and examples of the interpreter blocks of code."""

from __future__ import annotations

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?:func|class|meth|mod|attr):`~?([^`]+)`")
_PUBLIC = re.compile(r"usql\.(?:\w+|[A-Z]\w*\.\w+)")
_EXAMPLE = re.compile(r"^>>> .*\n?(?:.+\n?)*", re.MULTILINE)


class Docstrings(griffe.Extension):
    """Makes Markdown of each docstring."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of a function, class or module."""
        if obj.docstring is not None:
            text = _ROLE.sub(_reference, obj.docstring.value)
            obj.docstring.value = _EXAMPLE.sub(lambda e: f"```pycon\n{e[0].rstrip()}\n```\n", text)


def _reference(role: re.Match[str]) -> str:
    """The name that a role holds, as a link where the site has it."""
    return f"[`{role[1]}`][{role[1]}]" if _PUBLIC.fullmatch(role[1]) else f"`{role[1]}`"
