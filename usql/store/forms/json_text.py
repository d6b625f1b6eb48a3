"""JSON text in Arrow columns, for values that no Arrow type holds, such as objects with arbitrary
members.

It has two types. In the batches of a load it is ``TEXT``, which no other text there has. In tables
in the export's layout it is a :class:`JsonType`, whose values are what the text means.
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from usql.store.compute import as_type

TEXT = pa.large_string()
"""The type of JSON text in batches; it is dictionary-encoded like any other text."""


class GivenObject(dict[str, Any]):
    """An object as it came, including empty and missing members, which rows leave out."""


class GivenList(list[Any]):
    """A list as it came, including empty and missing entries."""


class _Meant(pa.ExtensionScalar):  # type: ignore[misc]  # pyarrow has no types
    """A scalar of JSON text."""

    def as_py(self, **options: Any) -> Any:
        """What the text means."""
        text = super().as_py(**options)
        return None if text is None else marked_as_given(json.loads(text))


class JsonType(pa.ExtensionType):  # type: ignore[misc]  # pyarrow has no types
    """Text that converts to the Python values that it means. The type exists in this process only:
    files hold plain text."""

    def __init__(self) -> None:
        super().__init__(pa.string(), "usql.json")

    def __hash__(self) -> int:
        return hash(type(self))  # Arrow's extension types in Python have no hash

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type: pa.DataType, serialized: bytes) -> JsonType:
        return cls()

    def __arrow_ext_scalar_class__(self) -> type[_Meant]:
        return _Meant


class MoreType(JsonType):
    """The JSON of what a property has besides its key and value (``pairs``)."""


JSON = JsonType()
MORE = MoreType()


def marked_as_given(value: Any) -> Any:
    """A value of JSON text, its objects and lists marked as given."""
    if isinstance(value, dict):
        return GivenObject(value)
    return GivenList(value) if isinstance(value, list) else value


def as_json(texts: pa.Array, kind: JsonType = JSON) -> pa.Array:
    """JSON texts as an array of the values that they mean."""
    return pa.ExtensionArray.from_storage(kind, as_type(texts, pa.string()))


def with_plain_text(kind: pa.DataType) -> pa.DataType:
    """The type with plain text in place of JSON, at any depth, and without what properties have
    besides key and value."""
    if isinstance(kind, JsonType):
        return kind.storage_type
    if pa.types.is_struct(kind):
        fields = (f for f in kind if not isinstance(f.type, MoreType))
        return pa.struct([f.with_type(with_plain_text(f.type)) for f in fields])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        make = pa.list_ if pa.types.is_list(kind) else pa.large_list
        return make(kind.value_field.with_type(with_plain_text(kind.value_type)))
    return kind
