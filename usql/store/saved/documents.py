"""What the descriptions of saved data are made of: JSON values of one type, fields, a checksum."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from usql.catalog import Cardinality, Catalog, Field, FieldType, Origin, default_catalog
from usql.errors import DataError


def damaged(source: str) -> DataError:
    """What to say of a file that is not as it was saved."""
    return DataError(
        "the file is damaged or belongs to another store; save the store again from the exported "
        "sessions, or copy it again from an intact original",
        source=source,
    )


def checksum(body: Mapping[str, Any]) -> str:
    """SHA-256 of the document without its checksum, keys sorted, without blanks."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def text_of(saved: str) -> str:
    """The text that was saved; ``TypeError`` if it is none."""
    if not isinstance(saved, str):
        raise TypeError(saved)
    return saved


def flag(saved: bool) -> bool:
    """The boolean that was saved; ``TypeError`` if it is none."""
    if type(saved) is not bool:
        raise TypeError(saved)
    return saved


def whole(saved: int) -> int:
    """The whole number that was saved; ``TypeError`` if it is none."""
    if type(saved) is not int:
        raise TypeError(saved)
    return saved


def from_field(field: Field) -> dict[str, Any]:
    """What is saved of a field that the data adds to the catalog."""
    return {
        "name": field.name,
        "type": field.type.value,
        "description": field.description,
        "unit": field.unit,
        "cardinality": field.cardinality.value,
        "isList": field.is_list,
        "valueType": field.value_type and field.value_type.value,
        "values": field.values,
        "laterValues": field.later_values,
        "deprecated": field.deprecated,
        "successors": field.successors,
        "isJson": field.is_json,
    }


def to_field(saved: Mapping[str, Any]) -> Field:
    """The field of what :func:`from_field` gave; ``KeyError``, ``TypeError`` or ``ValueError`` for
    anything else."""
    return Field(
        text_of(saved["name"]),
        FieldType(saved["type"]),
        text_of(saved["description"]),
        unit=saved["unit"],
        cardinality=Cardinality(saved["cardinality"]),
        is_list=saved["isList"],
        value_type=saved["valueType"] and FieldType(saved["valueType"]),
        values=tuple(saved["values"]),
        later_values=tuple(saved["laterValues"]),
        deprecated=saved["deprecated"],
        successors=tuple(saved["successors"]),
        origin=Origin.DATA,
        is_json=flag(saved["isJson"]),
    )


def found_in(catalog: Catalog) -> dict[str, tuple[Field, ...]]:
    """The fields per table that data adds to the catalog."""
    return {t.name: tuple(f for f in t.fields if f.origin is Origin.DATA) for t in catalog}


def catalog_with(fields_by_table: Mapping[str, tuple[Field, ...]]) -> Catalog:
    """The catalog of data that adds these fields, without keys of properties. A field that was found
    in the data and is documented by now is the documented one."""
    known = default_catalog()
    added = {
        name: [f for f in fields if not _is_documented(known, name, f.name)]
        for name, fields in fields_by_table.items()
    }
    return known.with_data(added, {})


def _is_documented(catalog: Catalog, table: str, name: str) -> bool:
    field = next((f for f in catalog.table(table).fields if f.name == name), None)
    return field is not None and field.origin is Origin.DOCUMENTED
