"""Describing a field: its type, and what it means."""

from __future__ import annotations

from usql.catalog.model import Field, FieldType

_MOST_VALUES = 6


def type_name(field: Field) -> str:
    """A field's type as documentation writes it.

    >>> type_name(Field("tags", FieldType.STRING, is_list=True))
    'list<string>'
    """
    if field.type is FieldType.PROPERTIES and field.value_type is not None:
        return f"properties<{field.value_type.value}>"
    return f"list<{field.type.value}>" if field.is_list else field.type.value


def describe(field: Field) -> str:
    """A field's meaning with unit, values and what replaces it.

    >>> describe(Field("duration", FieldType.LONG, "How long it took.", unit="ms"))
    'How long it took. In ms.'
    """
    text = field.description
    if field.unit:
        text += f" In {field.unit}."
    if field.values:
        shown = ", ".join(field.values[:_MOST_VALUES])
        text += f" Values: {shown}{', …' if len(field.values) > _MOST_VALUES else ''}."
    if field.deprecated:
        text += " Deprecated" + (
            f": see {', '.join(field.successors)}." if field.successors else "."
        )
    return text
