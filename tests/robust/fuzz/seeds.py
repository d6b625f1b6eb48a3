"""What the targets start from: the small inputs of the other tests."""

from __future__ import annotations

import json

from tests.places import SESSIONS
from tests.unit.editor import broken_cases, test_completion
from tests.unit.editor.test_any_text import QUERIES
from usql.catalog import default_catalog
from usql.language.tables import keywords

_LEAST_APART = 3
"""Of cases that stand together every so many are taken: neighbours look alike."""


def queries() -> list[bytes]:
    """Queries that are right, and those with the mistakes that people make."""
    broken = [case.text for path in broken_cases.files() for case in broken_cases.read(path)]
    return [text.encode() for text in [*QUERIES, *broken[::_LEAST_APART]]]


def cursors() -> list[bytes]:
    """Queries with a ``|`` where the cursor stands."""
    cases = [case.query for case in test_completion.ALL]
    return [text.encode() for text in cases[::_LEAST_APART]]


def patterns() -> list[bytes]:
    """LIKE patterns, each with texts."""
    cases = [
        ("AU\\%40KWM", "AU%40KWM", "AU\\40KWM"),
        ("AU\\\\%40KWM", "AU\\abc40KWM"),
        ("*dyna?race*", "me@dynaTrace.com"),
        ("*a*a*a*b", "aaaaaaaaaaaaaaaaab", "aaaa"),
        ("a?*?b", "ab", "a\nb", "a\0😀b"),
        ("**", "", "東京"),
        ("a\\", "a\\"),
        ("", "", "a"),
        (".^$[a](b){2}|\\d", ".^$[a](b){2}|\\d"),
        ("a*", "a", "ba"),
        ("*é", "é", "e\u0301"),
    ]
    return [_joined(case) for case in cases]


def moments() -> list[bytes]:
    """A date, a duration, an interval, a format, an instant and an offset."""
    cases = [
        ("2026-03-31T14:30:15.123+01:00", "2h", "5m", "yyyy-MM-dd HH:mm:ss", "0", "0"),
        ("8.8.2018 8:00", "1 M", "2 weeks", "EEEE, d. MMMM yyyy", "1772409600000", "120"),
        ("12/31/1999 23", "3q", "month", "E HH 'o''clock'", "-1", "-330"),
        (
            "2024/02/29 00:00:00",
            "999999999999999999y",
            "7 years",
            "hh e c u yy",
            "951782400000",
            "",
        ),
        ("0001-01-01", "0s", "1000000000 days", "''", "-62135596800000", "1080"),
        ("9999-12-31 23:59:59", "52w", "hour", "MMMMM", "9223372036854775807", "-1080"),
    ]
    return [_joined(case) for case in cases]


def addresses() -> list[bytes]:
    """Texts that are addresses, and nearly so."""
    cases = [
        ("0.0.0.0", "1.2.3.4", "::ffff:1.2.3.4", "255.255.255.255"),
        ("::", "::1", "2a01::1", "2A01:0::1", "ffff::", " 9.9.9.9 "),
        ("masked", "", "1.2.3", "01.2.3.4", "1.2.3.4/8", "fe80::1%eth0", "١.2.3.4"),
        ("1:2:3:4:5:6:7:8", "::1.2.3.4", "1::2::3", "12345::", ":"),
    ]
    return [_joined(case) for case in cases]


def lines() -> list[bytes]:
    """Exported sessions: as they are, and with what is wrong or odd in some exports."""
    whole = SESSIONS.read_bytes()
    odd = [
        b'{"city": "a"}\n{"city": 5}\n\n{"city": ["a"]}\n{"city": "b"\n',
        b'{"duration": 1.5}\n{"duration": "7"} {"duration": 1e3}\nnull\n',
        b'{"future": NaN}\n{"future": 9223372036854775808}\n{"future": [1, null, 2.5]}\n',
        b'[{"city": "a"}, null, {"userActions": [{"name": "\\ud800"}]}]',
        b'\xef\xbb\xbf{"startTime": "2026-03-31T14:30:00Z", "bounce": true}\r\n{"ip": "::1"}\r\n',
        b'{"userActions": [{"name": "a", "duration": 5}, null], "errors": null, "events": [{}]}\n',
        b'{"longProperties": [{"key": "a", "value": 1}], "dateProperties": [{"key": "", "value": 0}]}',
        b'{"a": {"b": [{"c": "d"}]}, "city": "x", "city": "y", "COUNTRY": "Spain"}\n',
        b'{"index":{"_id":"1"}}\n{"city":"a"}\n{"create":{}}\n{"_source":{"city":"a"}}\n{"delete":{"_id":"1"}}\n',
        b'{"_id":"1","_source":{"city":"a"}}\n{"hits":{"hits":[{"_source":{"ip":"::1"}}]}}\n{"sessions":[{"foo":1}]}\n',
        b'{"columnNames":["city","useraction.name","JSON"],"values":[["a",["x"],{}],["b",[],"{}"]],"additionalValues":[]}\n',
    ]
    return [*(line + b"\n" for line in whole.splitlines()[::5]), *odd]


def changes() -> list[bytes]:
    """Changes of every file of a saved store: written over, put in, cut off, left out; and
    descriptions that are sealed again."""
    files, description = range(9), 8
    kinds = [(0, 300, b"\xff"), (1, 700, b"\0\0"), (2, 400, b""), (3, 64, b"\0" * 8)]
    damaged = [
        bytes([f, k]) + place.to_bytes(3) + piece for f in files for k, place, piece in kinds
    ]
    sealed = [bytes([description, 4 + k]) + place.to_bytes(3) + piece for k, place, piece in kinds]
    forged = [b'{"format": "usql-store", "version": 3}', b"[]", b'{"version": true}', b"{" * 99]
    return [*damaged, *sealed, *(bytes([description, 6, 0, 0, 0]) + text for text in forged)]


def files() -> list[bytes]:
    """Dashboards and other files with queries, the letter of their language first."""
    query = "SELECT city FROM usersession WHERE city == 'Linz'"
    tile = {"tiles": [{"tileType": "DTAQL", "query": query, "name": "é\n"}]}
    text = json.dumps(tile)
    return [
        b"j" + text.encode(),
        b"j" + json.dumps({"board": text, "usql": query + ";\n"}).encode(),
        b"j{",
        f"yquery: {query}\nusql: |\n  {query}\n\n  LIMIT 5\n".encode(),
        f"yusql: >-\n  {query}\n  LIMIT\n  5\nb: \"{query} \\u00e9\"\nc: '{query}'\n".encode(),
        f"ya: &x\n  - {text!r}\nb: *x\n---\nusql: !t {query}\n".encode(),
        f'hlocals {{\n  usql = "{query} LIMIT ${{var.n}}"\n}}\n'.encode(),
        f"hx {{\n  a = <<-EOT\n    {query}\n  EOT\n  b = jsonencode({text})\n}}\n".encode(),
        f"p{{\"usql\": f\"{query} {{{{a}}}} {{b!r:>{{c}}}}\" r'''x''' \"%s\" % (d,)}}".encode(),
        f'pq = "\\N{{BULLET}}" + ("{query}" + e).format("{query}")'.encode(),
        f'tconst q = `{query} ${{a}}` + "\\u{{41}}";'.encode(),
        f's<A q="{query} &amp; &quot;">{{String.raw`{query} \\`}}</A>'.encode(),
        f"m- a\n  ```usql\n  {query}\n\n  LIMIT 5\n  ```\n> ~~~ {{.usql}}\n> {query}\n".encode(),
    ]


def _joined(parts: tuple[str, ...]) -> bytes:
    return "\x1f".join(parts).encode()


def words() -> list[str]:
    """What mutations are made of beside bytes: keywords, fields, signs."""
    fields = {f.name for table in default_catalog() for f in table.fields}
    tables = [table.name for table in default_catalog()]
    signs = ["${a}", "{{ .a }}", "/*", "*/", "--", "''", '""', "`", "<=", "!=", "<>", "$NOW", "\\"]
    return [*keywords(), *tables, *sorted(fields), *signs]
