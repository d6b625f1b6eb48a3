"""Writes ``syntaxes/usql.tmLanguage.json``, the TextMate grammar, from the language's own words.

Keywords, signs and literals are the terminals of ``grammar/usql.lark``, functions those of
``usql.language.functions``, tables those of the catalog. Run it after one of these has changed::

    python editors/vscode/grammar.py
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from usql.catalog import default_catalog
from usql.language.functions import FUNCTIONS
from usql.language.grammar import grammar
from usql.language.tables import keywords

TARGET = Path(__file__).with_name("syntaxes") / "usql.tmLanguage.json"

CONSTANTS = ("FALSE", "NULL", "TRUE")
OPERATORS = ("AND", "BETWEEN", "IN", "IS", "LIKE", "MOD", "NOT", "OR", "STARTSWITH")

Pattern = dict[str, Any]


def textmate() -> Pattern:
    """The grammar as the JSON document that editors read. Patterns are tried in their order."""
    plain = [w for w in keywords() if w not in (*CONSTANTS, *OPERATORS)]
    tables = [t.name for t in default_catalog()]
    word = r"[^\W\d]\w*"
    return {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "USQL",
        "scopeName": "source.usql",
        "fileTypes": ["usql"],
        "patterns": [
            {"name": "comment.line.double-dash.usql", "match": "--.*$"},
            {"name": "comment.block.usql", "begin": r"/\*", "end": r"\*/"},
            _match("variable.other.placeholder", _terminal("HOLE")),
            {
                "match": rf"(?i)\b(AS)\s*(?:(\[[^\]\n]*\])|({word}))",
                "captures": {
                    "1": {"name": "keyword.other.usql"},
                    "2": {"name": "entity.name.label.usql"},
                    "3": {"name": "entity.name.label.usql"},
                },
            },
            {
                "match": rf"(\.)?\s*({_terminal('PROPERTY')})",
                "captures": {
                    "1": {"name": "punctuation.accessor.usql"},
                    "2": {"name": "variable.other.property.custom.usql"},
                },
            },
            _string("double", '"'),
            _string("single", "'"),
            *(
                _match(f"invalid.illegal.{name}", _terminal(terminal))
                for name, terminal in (
                    ("curly-quote", "CURLY_STRING"),
                    ("back-tick", "BACKTICK"),
                    ("double-equals", "DOUBLE_EQUALS"),
                )
            ),
            _match("entity.name.type.table", rf"{_words(tables)}(?=\s*\.)"),
            {  # behind a dot every word is a name
                "match": rf"(\.)\s*({word})",
                "captures": {
                    "1": {"name": "punctuation.accessor.usql"},
                    "2": {"name": "variable.other.field.usql"},
                },
            },
            {
                "match": rf"(?i)\b(FROM)\s+({word})",
                "captures": {
                    "1": {"name": "keyword.other.usql"},
                    "2": {"name": "entity.name.type.table.usql"},
                },
            },
            _match("support.function", rf"{_words(FUNCTIONS)}(?=\s*\()"),
            _match("constant.language", _words(CONSTANTS)),
            _match("keyword.operator.wordlike", _words(OPERATORS)),
            _match("keyword.other", _words(plain)),
            _match("variable.language", _terminal("VARIABLE")),
            _match("constant.numeric", rf"(?<!\w){_terminal('NUMBER')}"),
            _match("keyword.operator.comparison", r"!=|<>|<=|>=|=|<|>"),
            _match("keyword.operator.arithmetic", r"[-+*/%]"),
            _match("punctuation.separator", r"[,;]"),
            _match("variable.other.field", word),
        ],
    }


def _match(name: str, pattern: str) -> Pattern:
    return {"name": f"{name}.usql", "match": pattern}


def _words(names: Iterable[str]) -> str:
    return rf"(?i)\b(?:{'|'.join(sorted(names))})\b"


def _string(name: str, quote: str) -> Pattern:
    """A string ends at its quote, or with the line: most strings without an end are being typed."""
    return {
        "name": f"string.quoted.{name}.usql",
        "begin": quote,
        "end": rf"{quote}(?!{quote})|$",
        "patterns": [
            _match("constant.character.escape", quote * 2),
            _match("variable.other.placeholder", _terminal("PLACEHOLDER")),
        ],
    }


def _terminal(name: str) -> str:
    """A terminal's pattern in the dialect of Oniguruma, which knows no ``\\uXXXX``."""
    pattern = next(t.pattern for t in grammar().terminals if t.name == name)
    flags = "(?i)" if "i" in pattern.flags else ""
    return flags + re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), pattern.value)


def text() -> str:
    """The file's text."""
    return json.dumps(textmate(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
