"""Tests know no private names of the program but those of which it is said why.

What a name begins with an underscore for is nobody's business but that of its module, so a test of
it fails when the module is written better. Tests say what is asked and what comes back; only what no
answer shows is looked at inside.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.places import ROOT

TESTS = ROOT / "tests"

_HANDLES = "the parts of open sessions, which tests of one part take from where users get them"
_KEPT = "what is kept, and let go, which no answer shows"
_SHARE = "a step whose outcome changes only how fast the answer comes"
_SIZE = "made small, since it takes thousands of values, or megabytes, to pass it"
_WAIT = "made short or long, so that no test waits"
_UNIT = "a step over arrays, whose cases no query brings about one by one"

REASONS: dict[str, str] = {
    "_prepare": _HANDLES,
    "_store": _HANDLES,
    "_engine": _HANDLES,
    "_span": _HANDLES,
    "_sessions": _HANDLES,
    "_received": _WAIT,
    "_unpacked": _SIZE,
    "_limits": _HANDLES,
    "_dataset": _HANDLES,
    "_flags": _KEPT,
    "_parts": _KEPT,
    "_spans": _KEPT,
    "_tests": _KEPT,
    "_widths": _KEPT,
    "_zones": _KEPT,
    "_known": _KEPT,
    "_Run": _SHARE,
    "_Scale": _SHARE,
    "_edges": _SHARE,
    "_joined": _SHARE,
    "_sorted_integers": _SHARE,
    "_group_of_slot": _UNIT,
    "_join": _UNIT,
    "_most_frequent": _UNIT,
    "_numbered": _UNIT,
    "_order_columns": _UNIT,
    "_states": "the stack of a parser, which is compared with that of Lark step by step",
    "_values": "the stack of a parser, which is compared with that of Lark step by step",
    "_HINTS": "all hints, which name commands that there are",
    "_MOST_TESTS": "how many tests a question has at most of which each is tried alone",
    "_FEWEST": _SIZE,
    "_PART_SIZE": _SIZE,
    "_WORTH_STARTING": _SIZE,
    "_LEAST_SECONDS": _WAIT,
    "_PATIENCE": _WAIT,
    "_PAUSE": _WAIT,
    "_drawn": "when a bar was drawn last, long ago so that no test waits",
    "_commands": "a peer of the benchmarks that answers something else",
    "_deep_links": "links that a result makes only when they are asked for, before they are",
    "_table": "the table of a result as it is, not as to_arrow() gives it",
    "_write": "a disk that is full in the middle of a file",
}
"""Why tests know a name."""

OTHERS = {
    "_exit", "_is_jupyter", "_export_to_c", "_import_from_c", "_meta", "_setupstate", "_initrequest",
    "_file", "_alias", "_order", "_jsc",
}  # fmt: skip
"""Names of other projects, and of the tests' own classes."""

_PRIVATE = re.compile(r"(?:.*\.)?(_[a-zA-Z]\w*)")


def private_names(tree: ast.AST) -> Iterator[str]:
    """Names that are imported, read of anything but ``self``, or patched."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(), names=names):
                yield from (a.name for a in names)
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass
            case ast.Attribute(attr=name):
                yield name
            case ast.Call(func=ast.Attribute(attr="setattr" | "object" | "patch"), args=arguments):
                for argument in arguments[:2]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield argument.value.rpartition(".")[2]


def known() -> dict[str, set[str]]:
    """The private names that tests know, with their files."""
    found: dict[str, set[str]] = {}
    for file in sorted(TESTS.rglob("*.py")):
        for name in private_names(ast.parse(file.read_text(encoding="utf-8"))):
            if _PRIVATE.fullmatch(name) and name not in OTHERS and not name.endswith("_"):
                found.setdefault(name, set()).add(file.relative_to(TESTS).as_posix())
    return found


def test_every_private_name_has_a_reason() -> None:
    found = known()
    assert {name: files for name, files in found.items() if name not in REASONS} == {}
    assert REASONS.keys() - found.keys() == set()
    assert all(len(reason) > 20 for reason in REASONS.values())


def test_a_private_name_is_found() -> None:
    text = (
        "from usql.a import b, _c\nusql.x._d(1)\nself._e = 2\nx.__dict__\n"
        "monkeypatch.setattr(module, '_f', 1)\nmock.patch.object(module, '_g')\nmock.patch('a.b._h')\n"
    )
    names = {n for n in private_names(ast.parse(text)) if _PRIVATE.fullmatch(n)}
    assert names == {"_c", "_d", "_f", "_g", "_h"}
