"""IP addresses as texts that sort and compare like addresses (LANGUAGE.md §5).

The order text of an address is ``4`` and eight hexadecimal digits, or ``6`` and 32: all IPv4 before
all IPv6, both in numeric order, and an IPv4-mapped IPv6 address is its IPv4 address.
"""

from __future__ import annotations

from usql.translation.dialects.dialect import Dialect
from usql.translation.nodes import (
    Node,
    call,
    case,
    cast,
    coalesced,
    compare,
    joined,
    subtract,
    text,
    whole,
)

_BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_V4 = rf"{_BYTE}([.]{_BYTE}){{3}}"
_GROUP = "[0-9a-f]{1,4}"

_V6 = "|".join(
    (
        f"({_GROUP}:){{7}}{_GROUP}",
        f"({_GROUP}:){{1,7}}:",
        *(f"({_GROUP}:){{1,{7 - n}}}(:{_GROUP}){{1,{n}}}" for n in range(1, 7)),
        f":(:{_GROUP}){{1,7}}",
        "::",
    )
)
"""Eight groups, or fewer around one ``::``."""

_MAPPED = "600000000000000000000ffff"
"""How the order text of an IPv4-mapped address begins, before it is taken for IPv4."""


def order_text(value: tuple[int, int]) -> str:
    """The order text of an address in the query, as returned by ``parse_address``."""
    version, number = value
    return f"6{number:032x}" if version else f"4{number:08x}"


def address(dialect: Dialect, value: Node) -> Node:
    """The order text of a text; null if it is not an address."""

    def of_text(read: Node) -> Node:
        return case(
            (dialect.matches(read, f"^{_V4}$"), joined([text("4"), _bytes(dialect, read)])),
            (
                dialect.matches(read, ":"),
                dialect.let(_in_groups(dialect, read), of_groups, "groups"),
            ),
        )

    def of_groups(groups: Node) -> Node:
        number = joined([text("6"), _sixteen_bytes(dialect, groups)])
        plain = dialect.let(number, of_number, "number")
        return case((dialect.matches(groups, f"^({_V6})$"), plain))

    def of_number(number: Node) -> Node:
        last = call("substr", number, whole(len(_MAPPED) + 1))
        is_mapped = dialect.starts_with(number, text(_MAPPED))
        return case((is_mapped, joined([text("4"), last])), default=number)

    return dialect.let(call("lower", call("trim", value)), of_text, "address")


def plain_address(dialect: Dialect, value: Node) -> Node:
    """The address as a value: an IPv4-mapped one in its IPv4 form, any other text unchanged."""

    def shown(order: Node) -> Node:
        parts = [
            cast(dialect.from_hex(call("substr", order, whole(place), whole(2))), "text")
            for place in (2, 4, 6, 8)
        ]
        dotted = joined([p for part in parts for p in (text("."), part)][1:])
        return case((dialect.starts_with(order, text("4")), dotted), default=value)

    is_mapped = dialect.matches(call("lower", value), ":.*ffff")
    return case((is_mapped, dialect.let(address(dialect, value), shown, "number")), default=value)


def rank(dialect: Dialect, value: Node) -> Node:
    """The sort key of addresses: in the order of addresses, then unreadable ones, equal ones by
    their text."""
    return joined([coalesced(address(dialect, value), text("~")), text(" "), value])


def _in_groups(dialect: Dialect, read: Node) -> Node:
    """The text with an IPv4 address at its end as two groups of digits."""
    tail = call("regexp_extract", read, text(f":({_V4})$"), whole(1))

    def replaced(last: Node) -> Node:
        head = call("substr", read, whole(1), subtract(call("length", read), call("length", last)))
        digits = _bytes(dialect, last)
        groups = [call("substr", digits, whole(place), whole(4)) for place in (1, 5)]
        hexadecimal = joined([head, groups[0], text(":"), groups[1]])
        return case((compare("=", last, text("")), read), default=hexadecimal)

    return dialect.let(tail, replaced, "tail")


def _bytes(dialect: Dialect, dotted: Node) -> Node:
    """The eight hexadecimal digits of an IPv4 address."""

    def digits(byte: Node) -> Node:
        return call("lpad", call("lower", call("hex", cast(byte, "bigint"))), whole(2), text("0"))

    return dialect.joined_list(dialect.map(dialect.split(dotted, "."), digits, "byte"))


def _sixteen_bytes(dialect: Dialect, groups: Node) -> Node:
    """The 32 hexadecimal digits of an IPv6 address: zeros for what ``::`` leaves out."""
    halves = dialect.split(groups, "::")

    def digits(half: Node) -> Node:
        parts = dialect.filter(
            dialect.split(half, ":"), lambda group: compare("!=", group, text("")), "group"
        )
        padded = dialect.map(parts, lambda group: call("lpad", group, whole(4), text("0")), "group")
        return dialect.joined_list(padded)

    def filled(first: Node) -> Node:
        right = coalesced(digits(dialect.at(halves, whole(1))), text(""))
        return dialect.let(
            right,
            lambda last: joined([first, call("repeat", text("0"), _missing(first, last)), last]),
            "last",
        )

    return dialect.let(digits(dialect.first(halves)), filled, "first")


def _missing(first: Node, last: Node) -> Node:
    used = call("length", joined([first, last]))
    return cast(subtract(whole(32), used), "int")
