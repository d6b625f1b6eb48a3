"""One value of a session: checked, and made canonical.

Values of other types are accepted where they mean the same: ``12.0`` for a whole number, ``"12"``
for a number, ``131`` for a string, ``"true"`` for a boolean. Everything else is a :class:`BadValue`
with its path.
"""

from __future__ import annotations

import datetime
import decimal
import math
import uuid
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa

from usql.catalog import Field, FieldType
from usql.frozen import dataclass
from usql.language.literals import exact_number, parse_date
from usql.store.bad_data import BadValue
from usql.store.forms.further import Instant
from usql.store.forms.json_text import GivenObject
from usql.store.forms.pairs import MORE, text_of_more, written

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MOST_DEPTH = 100


@dataclass(frozen=True, slots=True)
class NoNumber:
    """A number in JSON text that no field can hold; ``text`` says what it is."""

    text: str


def documented_value(field: Field, value: object, path: str) -> Any:
    """The value of a field of the catalog; raises :class:`BadValue`."""
    if field.type is FieldType.PROPERTIES:
        return _properties(field, value, path)
    if field.is_list:
        return [
            None if (p := plain(v)) is None else scalar(field.type, p, f"{path}[{i}]")
            for i, v in enumerate(list_entries(value, path))
        ]
    return scalar(field.type, value, path)


def list_entries(value: object, path: str) -> list[Any]:
    """The entries of any kind of list; raises :class:`BadValue`."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise BadValue(path, f"expected a list, found {kind_of(value)}")
    return list(value)


def _properties(field: Field, value: object, path: str) -> list[dict[str, Any]]:
    assert field.value_type is not None
    if isinstance(value, Mapping):
        pairs: list[_Pair] = [(k, v, {}, f"{path}.{k}") for k, v in value.items()]
    else:
        pairs = []
        for i, entry in enumerate(list_entries(value, path)):
            here = f"{path}[{i}]"
            if isinstance(entry, tuple) and len(entry) == 2:  # an Arrow map's entry
                pairs.append((entry[0], entry[1], {}, here))
            elif isinstance(entry, Mapping):
                more = _further_members(entry, here)
                pairs.append((entry.get("key"), entry.get("value"), more, here))
            else:
                raise BadValue(
                    here, f"expected an object with key and value, found {kind_of(entry)}"
                )
    properties = []
    for key, held, more, here in pairs:
        content = plain(held)
        if not isinstance(key, str):
            raise BadValue(here, f"a property's key is a string, found {kind_of(key)}")
        single = None if content is None else scalar(field.value_type, content, f"{here}.value")
        is_date = field.value_type is FieldType.TIMESTAMP
        more_text = text_of_more(more | _form(content, single) if is_date else more)
        pair = {"key": unicode(key, here), "value": single}
        properties.append(pair if more_text is None else pair | {MORE: more_text})
    return properties


_Pair = tuple[object, object, dict[str, Any], str]
"""The key, the value, the further members, and the path."""


def _further_members(entry: Mapping[Any, Any], path: str) -> dict[str, Any]:
    """What a pair has besides key and value; if the pair comes from a store, as the store has
    it."""
    if len(entry) <= 2 and "key" in entry and "value" in entry:
        return {}
    members = {k: v for k, v in entry.items() if k not in ("key", "value")}
    more = members.get(MORE)
    if isinstance(more, GivenObject):
        return dict(more)
    return {k: v for k, v in _object(members, path, 0).items() if v is not None}


def _form(content: object, instant: int | None) -> dict[str, Any]:
    """The form of a date, if exports do not write it so."""
    if instant is None or isinstance(content, Instant):
        return {}
    if not isinstance(content, str):
        return {"value": True}
    return {} if [content] == written([instant]) else {"value": content}


def scalar(kind: FieldType, value: Any, path: str) -> Any:
    """One plain value of a type; raises :class:`BadValue`."""
    if kind in (FieldType.STRING, FieldType.ENUM, FieldType.IP):
        return _string(value, path)
    if kind is FieldType.BOOLEAN:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise BadValue(path, f"expected a boolean, found {kind_of(value)}")
    if kind is FieldType.DOUBLE:
        return _double(value, path)
    if kind is FieldType.TIMESTAMP:
        return _timestamp(value, path)
    return _integer(value, path)


def _string(value: object, path: str) -> str:
    if isinstance(value, bool):
        raise BadValue(path, "expected a string, found a boolean")
    if isinstance(value, int | float | decimal.Decimal) and not isinstance(value, Instant):
        return _digits(value)
    if not isinstance(value, str):
        raise BadValue(path, f"expected a string, found {kind_of(value)}")
    return unicode(value, path)


def _digits(number: float | decimal.Decimal) -> str:
    """A number's text; a whole number has the same text whatever its type."""
    if isinstance(number, decimal.Decimal):
        text = format(number, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    is_whole = isinstance(number, float) and number.is_integer() and abs(number) < 2**63
    return str(int(number) if is_whole else number)


def unicode(text: str, path: str) -> str:
    """The text, if it has no unpaired surrogates; else raises :class:`BadValue`."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadValue(
            path, "the text holds an unpaired surrogate, which is not a character"
        ) from None
    return text


def _number(value: object, path: str, expected: str) -> int | float | decimal.Decimal | Fraction:
    if isinstance(value, str):
        exact = exact_number(value)
        if exact is None:
            raise BadValue(path, f"expected {expected}, found {kind_of(value)}")
        return exact
    if isinstance(value, bool) or not isinstance(value, int | float | decimal.Decimal):
        raise BadValue(path, f"expected {expected}, found {kind_of(value)}")
    if isinstance(value, Instant):
        raise BadValue(path, f"expected {expected}, found {kind_of(value)}")
    return value


def _double(value: object, path: str) -> float | None:
    number = _number(value, path, "a number")
    try:
        double = float(number)
    except OverflowError:
        raise BadValue(path, "the number is too large") from None
    return None if math.isnan(double) else double


def _integer(value: object, path: str) -> int | None:
    number = _number(value, path, "a whole number")
    if not isinstance(number, int):
        if math.isnan(number):
            return None
        if math.isinf(number) or number != math.floor(number):
            shown = kind_of(value) if isinstance(value, str) else number
            raise BadValue(path, f"expected a whole number, found {shown}")
        number = math.floor(number)
    if not _INT64_MIN <= number <= _INT64_MAX:
        raise BadValue(path, f"{_shown(str(number))} does not fit into 64 bits")
    return number


def _timestamp(value: object, path: str) -> int | None:
    if isinstance(value, Instant):
        return int(value)
    if isinstance(value, str) and not value.strip().lstrip("+-").isdigit():
        try:
            return parse_date(value)
        except ValueError as error:
            raise BadValue(path, str(error).removesuffix(".")) from None
    return _integer(value, path)


def further_value(value: Any, path: str, depth: int = 0) -> Any:
    """The value of a field that the catalog does not know: any JSON, checked only."""
    if depth > _MOST_DEPTH:
        raise BadValue(path, f"nested deeper than {_MOST_DEPTH} levels")
    value = plain(value)
    if isinstance(value, str):
        return unicode(value, path)
    if value is None or isinstance(value, bool | Instant | float):
        return value
    if isinstance(value, int):
        if not _INT64_MIN <= value <= _INT64_MAX:
            raise BadValue(path, f"{_shown(str(value))} does not fit into 64 bits")
        return value
    if isinstance(value, Mapping):
        return _object(value, path, depth)
    if isinstance(value, datetime.time | datetime.timedelta):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return _further_decimal(value, path, depth)
    if isinstance(value, NoNumber | bytes) or not isinstance(value, Iterable):
        raise BadValue(path, f"expected a value that JSON has, found {kind_of(value)}")
    return [
        further_value(v, f"{path}[{i}]", depth + 1) for i, v in enumerate(list_entries(value, path))
    ]


def _object(value: Mapping[Any, Any], path: str, depth: int) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, held in value.items():
        key = unicode(str(name), path)
        if key in members:
            raise BadValue(path, f"two keys are written {_shown(key)}")
        members[key] = further_value(held, f"{path}.{key}", depth + 1)
    return members


def _further_decimal(value: decimal.Decimal, path: str, depth: int) -> Any:
    """A decimal of scale 0 becomes a whole number, any other the nearest double, unless it is whole
    and the double would be a different number."""
    if value.is_finite() and value == value.to_integral_value():
        whole = int(value)
        if int(value.as_tuple().exponent) >= 0:
            return further_value(whole, path, depth)
        if float(value) != whole:
            raise BadValue(path, f"no double holds {_digits(value)} exactly")
    return float(value)


_PLAIN = (str, int, bool, dict, list, type(None), Instant)
_MISSING = ("NAType", "NaTType")  # pandas types, known by name since it may not be installed


def plain(value: Any) -> Any:
    """A numpy, pandas or Arrow value as a Python value: ``None`` for missing values and NaN, an
    :class:`Instant` for times."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is float:
        return None if math.isnan(value) else value
    if kind.__name__ in _MISSING:
        return None
    if isinstance(value, datetime.date):  # which includes datetime
        return _instant(value)
    if isinstance(value, float | np.floating):
        return None if math.isnan(value) else float(value)
    if isinstance(value, pa.Scalar):
        return plain(value.as_py())
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else Instant(value.astype("datetime64[ms]").astype(np.int64))
    if isinstance(value, np.timedelta64):
        return None if np.isnat(value) else value.astype("timedelta64[us]").item()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return list(value) if value.ndim else plain(value[()])
    if isinstance(value, decimal.Decimal):
        return None if value.is_nan() else value
    if isinstance(value, uuid.UUID):
        return str(value)
    return plain(value.start_time) if kind.__name__ == "Period" else value


def _instant(value: datetime.date) -> Instant:
    """The instant of a time, in UTC where it has no zone, or of the beginning of a day."""
    if not isinstance(value, datetime.datetime):
        return Instant((value - _EPOCH.date()).days * 86_400_000)
    aware = value if value.tzinfo is not None else value.replace(tzinfo=datetime.UTC)
    return Instant((aware - _EPOCH) // datetime.timedelta(milliseconds=1))


def kind_of(value: object) -> str:
    """What errors call the kind of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case Instant():
            return "a time"
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
