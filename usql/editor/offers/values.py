"""Offers on the right side of a condition and for constant arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from usql.catalog import Catalog, FieldType
from usql.editor.context import Context, Pending
from usql.editor.fields import Reach, resolve
from usql.editor.keywords import VARIABLES
from usql.editor.offers.offer import Kind, Offer
from usql.editor.offers.operands import functions_of_form, word
from usql.language.declarations import Form, Takes

Values = Callable[[str], Sequence[str]]
"""The values that the data has of a field, given as ``table.field``, the most frequent first; of a
property list the keys."""

_CONSTANTS = {
    Takes.FORMAT: ("yyyy-MM-dd", "HH:mm", "yyyy-MM-dd HH:mm", "E", "E HH:mm", "MMM yyyy", "yyyy"),
    Takes.INTERVAL: ("5m", "10m", "30m", "1h", "1d", "week", "month"),
    Takes.LENGTH: ("1h", "24h", "7d", "30d", "1M", "15m", "1y"),
}
_NUMBERS = {Takes.AMOUNT: ("5", "10", "20", "100"), Takes.PERCENT: ("50", "90", "95", "99")}
_LIMITS = ("10", "20", "100", "1000", "5000")


def constants(takes: Takes, quote: str) -> Iterator[Offer]:
    """Common constants for an argument."""
    for rank, text in enumerate(_CONSTANTS.get(takes, ())):
        yield _literal(text, quote, rank, takes.value)
    for rank, text in enumerate(_NUMBERS.get(takes, ())):
        yield Offer(text, Kind.VALUE, text, rank, takes.value)


def limits() -> Iterator[Offer]:
    """Common numbers after LIMIT."""
    for rank, text in enumerate(_LIMITS):
        yield Offer(text, Kind.VALUE, text, rank, "rows")


def right_side(
    context: Context, test: Pending, catalog: Catalog, quote: str, values: Values | None
) -> Iterator[Offer]:
    """The values with which a field may be compared."""
    yield from _nothing(test)
    reach = resolve(catalog, context.table, test.field)
    if reach is None:
        return
    if reach.type is FieldType.BOOLEAN:
        yield word("TRUE", 0, "TRUE")
        yield word("FALSE", 1, "FALSE")
    elif reach.type is FieldType.TIMESTAMP:
        yield from _times(test)
    elif reach.type is not FieldType.PROPERTIES:
        yield from _known(reach, test, quote, values)


def _known(reach: Reach, test: Pending, quote: str, values: Values | None) -> Iterator[Offer]:
    """The values of the data and of the catalog that are not in the list yet."""
    is_text = reach.type.is_text
    listed = {str(token) for token in test.values}
    in_data = () if values is None else values(reach.name)
    ranked = list(dict.fromkeys((*in_data, *reach.field.values, *reach.field.later_values)))
    for rank, value in enumerate(ranked):
        offer = _literal(value, quote if is_text else "", 10 + rank, reach.text)
        if offer.text not in listed:
            yield offer
    if is_text and not ranked:
        yield from _blank_string(test.operator, quote)


def _nothing(test: Pending) -> Iterator[Offer]:
    """NULL, if it may be tested for."""
    if test.operator == "IS" and not test.values:
        yield word("NULL", 0, "NULL")
        yield word("NOT NULL", 1, "NOT NULL")
    elif test.operator in ("IS NOT", "NOT IS"):
        yield word("NULL", 0, "NULL")
    elif test.operator in ("=", "!=", "<>"):
        yield word("NULL", 900, "NULL")


def _times(test: Pending) -> Iterator[Offer]:
    if test.operator.endswith("BETWEEN") and not test.values:
        whole = "$TIME_FRAME_START AND $TIME_FRAME_END"
        yield Offer(whole, Kind.VARIABLE, whole, 1, "the query's timeframe")
    yield Offer(
        "$NOW - DURATION",
        Kind.VARIABLE,
        '$NOW - DURATION("")',
        0,
        "some time ago",
        VARIABLES["$NOW"],
        back=2,
    )
    for rank, (name, meaning) in enumerate(VARIABLES.items()):
        yield Offer(name, Kind.VARIABLE, name, 2 + rank, "time", meaning)


def moved() -> Iterator[Offer]:
    """What may follow a variable: plus or minus a DURATION."""
    for rank, sign in enumerate("-+"):
        text = f'{sign} DURATION("")'
        yield Offer(f"{sign} DURATION", Kind.FUNCTION, text, rank - 2, "moves the time", back=2)


def length() -> Iterator[Offer]:
    """What may follow the sign after a variable: a DURATION."""
    yield from functions_of_form(Form.LENGTH, 0)


def opened_list(context: Context, test: Pending, catalog: Catalog) -> Iterator[Offer]:
    """The brackets after IN, with quotes in them if the value may be any text."""
    reach = resolve(catalog, context.table, test.field)
    is_text = reach is not None and reach.type in (FieldType.STRING, FieldType.IP)
    text, back = ('("")', 2) if is_text else ("()", 1)
    yield Offer("(…)", Kind.OPERATOR, text, 0, "a list of values", back=back)


def _blank_string(operator: str, quote: str) -> Iterator[Offer]:
    if operator.endswith("LIKE"):
        yield Offer(f"{quote}*…*{quote}", Kind.VALUE, f"{quote}**{quote}", 10, "contains", back=2)
        yield Offer(f"{quote}…*{quote}", Kind.VALUE, f"{quote}*{quote}", 11, "begins with", back=2)
    else:
        yield Offer(f"{quote}…{quote}", Kind.VALUE, quote * 2, 10, "text", back=1)


def _literal(text: str, quote: str, rank: float, detail: str) -> Offer:
    written = f"{quote}{text.replace(quote, quote * 2)}{quote}" if quote else text
    return Offer(written, Kind.VALUE, written, rank, detail)
