"""One session as a Python object: checked field by field, and made canonical.

The precise path of loading: what the fast readers refuse or can not judge comes here. Values are
taken where they mean the same: ``12.0`` for a whole number, ``"12"`` for a number, ``131`` for a
string, ``"true"`` for a boolean. Everything else is a :class:`BadValue` with its path.
"""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa

from usql.catalog import PRIMARY, Catalog, Field, FieldType, Table
from usql.language.literals import exact_number, parse_date
from usql.store.errors import BadValue
from usql.store.schema import dropped

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MOST_DEPTH = 100


@dataclass(frozen=True, slots=True)
class NoNumber:
    """What JSON text has in a number's place and no field can hold; ``text`` says what it is."""

    text: str


class Normalizer:
    """Makes sessions canonical. Remembers the further fields that it met: their values are kept
    as they are, for the reader to type once all are known."""

    def __init__(self, catalog: Catalog) -> None:
        self._tables = {t.name: _Shape(catalog, t) for t in catalog}

    def session(self, value: object) -> dict[str, Any]:
        """The canonical object of one session; raises :class:`BadValue`."""
        return self._row(self._tables[PRIMARY], value, "")

    def _row(self, shape: _Shape, value: object, path: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise BadValue(path, f"expected an object, found {_kind(value)}")
        row: dict[str, Any] = {}
        for name, listed in value.items():
            given = _plain(listed)
            if not isinstance(name, str):
                raise BadValue(path, f"field names are strings, found {_kind(name)}")
            target = name
            if name not in shape.known:
                target = shape.by_lower.get(name.lower(), name)
                if target in value:
                    target = name  # the documented spelling is there too
            if given is None or target.lower() in shape.dropped:
                continue
            here = f"{path}.{name}" if path else name
            child = shape.children.get(target)
            if child is not None:
                entries = _list(given, here)
                row[target] = [
                    self._row(self._tables[child], entry, f"{here}[{i}]")
                    for i, entry in enumerate(entries)
                    if _plain(entry) is not None
                ]
            elif target in shape.fields:
                row[target] = _field(shape.fields[target], given, here)
            else:
                row[_unicode(target, here)] = _further(given, here)
        return row


class _Shape:
    """A table's names, ready to look up."""

    def __init__(self, catalog: Catalog, table: Table) -> None:
        self.fields = {f.name: f for f in table.fields}
        self.children = dict(table.children) if table.name == PRIMARY else {}
        self.known = self.fields.keys() | self.children.keys()
        self.by_lower = {n.lower(): n for n in self.known}
        self.dropped = dropped(table)


def _field(field: Field, value: object, path: str) -> Any:
    if field.type is FieldType.PROPERTIES:
        return _properties(field, value, path)
    if field.is_list:
        return [
            None if (p := _plain(v)) is None else scalar(field.type, p, f"{path}[{i}]")
            for i, v in enumerate(_list(value, path))
        ]
    return scalar(field.type, value, path)


def _list(value: object, path: str) -> list[Any]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise BadValue(path, f"expected a list, found {_kind(value)}")
    return list(value)


def _properties(field: Field, value: object, path: str) -> list[dict[str, Any]]:
    assert field.value_type is not None
    if isinstance(value, Mapping):
        pairs: list[tuple[object, object, str]] = [(k, v, f"{path}.{k}") for k, v in value.items()]
    else:
        pairs = []
        for i, entry in enumerate(_list(value, path)):
            here = f"{path}[{i}]"
            if isinstance(entry, tuple) and len(entry) == 2:  # an Arrow map's entry
                pairs.append((entry[0], entry[1], here))
            elif isinstance(entry, Mapping):
                pairs.append((entry.get("key"), entry.get("value"), here))
            else:
                raise BadValue(here, f"expected an object with key and value, found {_kind(entry)}")
    made = []
    for key, listed, here in pairs:
        given = _plain(listed)
        if not isinstance(key, str):
            raise BadValue(here, f"a property's key is a string, found {_kind(key)}")
        single = None if given is None else scalar(field.value_type, given, f"{here}.value")
        made.append({"key": _unicode(key, here), "value": single})
    return made


def scalar(kind: FieldType, value: Any, path: str) -> Any:
    """One plain value of a type; raises :class:`BadValue`."""
    if kind in (FieldType.STRING, FieldType.ENUM, FieldType.IP):
        return _string(value, path)
    if kind is FieldType.BOOLEAN:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise BadValue(path, f"expected a boolean, found {_kind(value)}")
    if kind is FieldType.DOUBLE:
        return _double(value, path)
    if kind is FieldType.TIMESTAMP:
        return _timestamp(value, path)
    return _integer(value, path)


def _string(value: object, path: str) -> str:
    if isinstance(value, bool):
        raise BadValue(path, "expected a string, found a boolean")
    if isinstance(value, int | float | decimal.Decimal):
        return str(value)
    if not isinstance(value, str):
        raise BadValue(path, f"expected a string, found {_kind(value)}")
    return _unicode(value, path)


def _unicode(text: str, path: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadValue(
            path, "the text holds half of a surrogate pair, which is no character"
        ) from None
    return text


def _number(value: object, path: str, wanted: str) -> int | float | decimal.Decimal | Fraction:
    if isinstance(value, str):
        exact = exact_number(value)
        if exact is None:
            raise BadValue(path, f"expected {wanted}, found {_kind(value)}")
        return exact
    if isinstance(value, bool) or not isinstance(value, int | float | decimal.Decimal):
        raise BadValue(path, f"expected {wanted}, found {_kind(value)}")
    return value


def _double(value: object, path: str) -> float | None:
    number = _number(value, path, "a number")
    try:
        made = float(number)
    except OverflowError:
        raise BadValue(path, "the number is too large") from None
    return None if math.isnan(made) else made


def _integer(value: object, path: str) -> int | None:
    number = _number(value, path, "a whole number")
    if not isinstance(number, int):
        if math.isnan(number):
            return None
        if math.isinf(number) or number != math.floor(number):
            found = _kind(value) if isinstance(value, str) else number
            raise BadValue(path, f"expected a whole number, found {found}")
        number = math.floor(number)
    if not _INT64_MIN <= number <= _INT64_MAX:
        raise BadValue(path, f"{_shown(str(number))} does not fit into 64 bits")
    return number


def _timestamp(value: object, path: str) -> int | None:
    if isinstance(value, datetime.datetime):
        aware = value if value.tzinfo is not None else value.replace(tzinfo=datetime.UTC)
        return (aware - _EPOCH) // datetime.timedelta(milliseconds=1)
    if isinstance(value, datetime.date):
        return (value - _EPOCH.date()).days * 86_400_000
    if isinstance(value, str) and not value.strip().lstrip("+-").isdigit():
        try:
            return parse_date(value)
        except ValueError as error:
            raise BadValue(path, str(error)) from None
    return _integer(value, path)


def _further(value: Any, path: str, depth: int = 0) -> Any:
    """A field that the catalog does not know: any JSON, only checked."""
    if depth > _MOST_DEPTH:
        raise BadValue(path, f"nested deeper than {_MOST_DEPTH} levels")
    value = _plain(value)
    if isinstance(value, str):
        return _unicode(value, path)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        if not _INT64_MIN <= value <= _INT64_MAX:
            raise BadValue(path, f"{_shown(str(value))} does not fit into 64 bits")
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, Mapping):
        return {
            _unicode(str(k), path): _further(v, f"{path}.{k}", depth + 1) for k, v in value.items()
        }
    if isinstance(value, datetime.date | datetime.datetime):
        return _timestamp(value, path)
    if isinstance(value, datetime.time | datetime.timedelta):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, NoNumber | bytes) or not isinstance(value, Iterable):
        raise BadValue(path, f"expected a value that JSON has, found {_kind(value)}")
    return [_further(v, f"{path}[{i}]", depth + 1) for i, v in enumerate(_list(value, path))]


_PLAIN = (str, int, float, bool, dict, list, type(None))
_MISSING = ("NAType", "NaTType")  # of pandas, known by name: it need not be installed


def _plain(value: Any) -> Any:
    """A value of numpy, pandas or Arrow as one of Python: missing ones are ``None``, dates
    milliseconds."""
    if type(value) in _PLAIN:
        return value
    if type(value).__name__ in _MISSING:
        return None
    if isinstance(value, pa.Scalar):
        return value.as_py()
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else int(value.astype("datetime64[ms]").astype(np.int64))
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return list(value) if value.ndim else _plain(value[()])
    if isinstance(value, decimal.Decimal) and value.is_nan():
        return None
    return value


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case NoNumber(text):
            return text
        case int() | float() | decimal.Decimal():
            return f"the number {str(value)[:40]}"
        case str():
            return f"the string {_shown(value)}"
        case Mapping():
            return "an object"
        case list() | tuple():
            return "a list"
    return type(value).__name__


def _shown(value: object) -> str:
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= 40 else text[:38] + "…"
