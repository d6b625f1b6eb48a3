"""Explaining a single word: of the language, of the data, or the name of a rule."""

from __future__ import annotations

from collections.abc import Iterator

from usql.catalog import Catalog
from usql.editor.hover import hover
from usql.language.rules import RULES


def meaning(name: str, catalog: Catalog) -> str | None:
    """An explanation in Markdown of a table, a field (with or without its table), a function, a
    keyword, a variable or a rule; ``None`` for other words.

    >>> from usql.catalog import default_catalog
    >>> meaning("usql202", default_catalog())
    '**USQL202 unknown-field** `error`\\n\\nNo reachable table has a field with this name.'
    """
    rules = [
        f"**{rule.code} {rule.name}** `{rule.severity.value}`\n\n{rule.summary}"
        for rule in RULES.values()
        if name.lower() in (rule.code.lower(), rule.name)
    ]
    words = (
        shown.markdown
        for text, offset in _places(name, catalog)
        if (shown := hover(text, offset, catalog)) is not None
    )
    is_rule_alone = bool(rules) and "-" in name  # a rule's name may end in a word: use-in
    explanations = rules if is_rule_alone else dict.fromkeys((*words, *rules))
    return "\n\n---\n\n".join(explanations) or None


def _places(name: str, catalog: Catalog) -> Iterator[tuple[str, int]]:
    """Queries that contain the word at the offset: as a function or keyword, as a table, as a
    field."""
    at = len("SELECT ")
    last = at + len(name) - 1
    yield f"SELECT {name}() FROM usersession", last
    yield f"SELECT * FROM {name}", len("SELECT * FROM ")
    yield name, len(name) - 1
    for table in catalog:
        yield f"SELECT {name} FROM {table.name}", last
