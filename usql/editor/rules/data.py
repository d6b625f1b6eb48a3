"""``unknown-key`` and ``unknown-value``: keys and values that the loaded data does not have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from usql.analysis.bound import FieldRef
from usql.catalog import PRIMARY, Cardinality, Catalog, FieldType
from usql.catalog.names import near
from usql.editor.rules.subject import Subject, bare
from usql.language import syntax as s
from usql.language.diagnostics import Diagnostic, diagnostic, replace
from usql.language.formatter import field_text, quote
from usql.language.rules import Rule, Severity

_MOST = 100
"""Keys, and values, of one query that are looked up."""


_MOST_COMPARED = 2000
"""Keys of the data that an unknown one is compared with."""


def unknown_keys(subject: Subject) -> Iterator[Diagnostic]:
    """Property keys that no row has. Nothing is reported if the data has no properties at all."""
    catalog = subject.catalog
    if not catalog.has_data or not catalog.property_keys:
        return
    fields = [node for node in s.walk(subject.query) if isinstance(node, s.Field) and node.key]
    for node in fields[:_MOST]:
        field = None if subject.has_hole(node) else subject.resolve(node)
        if field is None or field.key is None:
            continue
        known = catalog.property_keys.get((field.table, field.name), ())
        if field.key in known:
            continue
        message = f"The data has no key {quote(field.key)} in {field.table}.{field.name}."
        fixes = [
            replace(f"write {text}", node.span, text)
            for text in dict.fromkeys(_meant(catalog, subject.table.name, node, field, known))
        ]
        yield diagnostic("unknown-key", message, node.span, fixes[:3])


def _meant(
    catalog: Catalog, queried: str, node: s.Field, field: FieldRef, known: Sequence[str]
) -> Iterator[str]:
    """The same key among other properties, then similar keys."""
    assert field.key is not None
    for (table, name), keys in catalog.property_keys.items():
        if field.key in keys and (table == queried or PRIMARY in (table, queried)):
            prefix = None if table == queried else table
            yield field_text(s.Field(prefix, name, field.key, span=node.span))
    for key in near(field.key, known) if len(known) <= _MOST_COMPARED else ():
        yield field_text(s.Field(node.table, node.name, key, span=node.span))


def unknown_values(subject: Subject) -> Iterator[Diagnostic]:
    """Texts that no row has, if the data has a similar one that was probably meant. A text without
    a similar one is not reported, since another export may have it."""
    if subject.values is None:
        return
    tests = [node for node in s.walk(subject.query) if isinstance(node, s.Comparison | s.In)]
    remaining = _MOST
    for node in tests:
        field = subject.resolve(node.left) if isinstance(node.left, s.Field) else None
        if field is None or field.type is not FieldType.STRING or subject.has_hole(node.left):
            continue
        if field.cardinality is not Cardinality.NORMAL:  # identifiers resemble each other
            continue
        for value in _texts(node):
            if remaining == 0:
                return
            remaining -= 1
            meant = () if subject.has_hole(value) else subject.values.near(field, value.value)
            if meant:
                assert isinstance(node.left, s.Field)
                message = (
                    f"The data has no value {quote(value.value)} of `{field_text(node.left)}`."
                )
                fixes = (replace(f"write {quote(m)}", value.span, quote(m)) for m in meant)
                yield diagnostic("unknown-value", message, value.span, fixes)


def _texts(node: s.Comparison | s.In) -> Iterator[s.String]:
    """The strings that a field is compared with by equality or inequality."""
    if isinstance(node, s.Comparison):
        values = [node.right] if node.op in ("=", "!=") else []
    else:
        values = [] if isinstance(node.values, s.Hole) else list(node.values.values)
    for value in values:
        inner = bare(value)
        if isinstance(inner, s.String):
            yield inner


RULES = {
    unknown_keys: (
        Rule(
            "USQL615",
            "unknown-key",
            Severity.WARNING,
            "1.24",
            "The loaded data has no property with this key.",
            explanation="No row of the loaded data has a property with this key, so it is missing everywhere."
            " The same key among other properties, and similar keys, are offered. Not reported "
            "without data, or if the data has no properties.",
        ),
    ),
    unknown_values: (
        Rule(
            "USQL616",
            "unknown-value",
            Severity.WARNING,
            "5.14",
            "The loaded data does not have the value, but has a similar one that may have been meant.",
            explanation="A string field is compared with a text that no row of the loaded data has, and the "
            "data has one that was probably meant: it differs in case, blanks or punctuation, "
            "begins with the text's words, or has almost the same letters and the same digits. "
            "Other texts that the data does not have are not reported, since asking for them may "
            "make sense; neither are fields with very many values, such as identifiers.",
        ),
    ),
}
"""What each check reports."""
