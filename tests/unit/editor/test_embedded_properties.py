"""Queries written into programs and Markdown by the rules of these languages are found as they were
written, each character at its place, and corrected to what the language then says."""

from __future__ import annotations

import ast
import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sampling import examples
from usql.editor.embedded import Embedded, find, fix_file, judge_file
from usql.editor.problems.validation import validate

_TEXT = st.text(st.sampled_from("ab \"'\\\n\t$%{}é😀`-#*&<;"), max_size=10)


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A query with any texts in it and one safe correction."""
    first, second = (re.sub(r"[\"\n{}%$]", "_", draw(_TEXT)) for _ in range(2))
    blank = draw(st.sampled_from([" ", "\n", "\n  "]))
    return f'SELECT city AS "{first}"{blank}FROM usersession WHERE city == "{second}x{{"'


def corrected(query: str) -> str:
    return query.replace(" == ", " = ")


def check(found: Embedded, host: str, language: str, query: str) -> str:
    """The query is found, its places follow each other and the problem is marked; the corrected file."""
    assert found.text == query
    assert [p for p in found.places if p[0] > p[1]] == []
    assert sorted(found.places) == list(found.places)
    (problem,) = judge_file(host, language, validate)
    assert (problem.name, host[problem.span.start : problem.span.end]) == ("double-equals", "==")
    fixed, count = fix_file(host, language, validate, unsafe=False)
    assert count == 1
    assert len(fixed) == len(host) - 1
    return fixed


# --- Python -----------------------------------------------------------------------------------


def _python_escaped(choice: random.Random, char: str, quote: str) -> str:
    if char == "=" or (char.isascii() and char.isalpha()):
        return char
    code = ord(char)
    forms = [f"\\U{code:08x}"]
    if code < 0x10000:
        forms.append(f"\\u{code:04x}")
    if code < 0x100:
        forms += [f"\\x{code:02x}", f"\\{code:03o}"]
    if char == "é":
        forms.append("\\N{LATIN SMALL LETTER E WITH ACUTE}")
    simple = {"\n": "\\n", "\t": "\\t", "\\": "\\\\", '"': '\\"', "'": "\\'"}
    if char in simple:
        forms.append(simple[char])
    if not (char == "\\" or char == quote[0] or (char == "\n" and len(quote) == 1)):
        forms += [char] * 20
    return choice.choice(forms)


@st.composite
def python_literals(draw: st.DrawFn, text: str) -> str:
    """A text as a literal of Python, as any of its forms."""
    quote = draw(st.sampled_from(["'", '"', "'''", '"""']))
    prefix = draw(st.sampled_from(["", "u", "f", "F", "r", "R", "rf", "fR"]))
    has_fields, is_raw = "f" in prefix.lower(), "r" in prefix.lower()
    if is_raw and (quote[0] in text or text.endswith("\\") or ("\n" in text and len(quote) == 1)):
        prefix, is_raw = prefix.lower().replace("r", ""), False
    choice = random.Random(draw(st.integers(0, 1 << 32)))
    parts = [char if is_raw else _python_escaped(choice, char, quote) for char in text]
    if has_fields:
        parts = [part * 2 if part in ("{", "}") else part for part in parts]
    return f"{prefix}{quote}{''.join(parts)}{quote}"


@st.composite
def pieces(draw: st.DrawFn, text: str) -> list[str]:
    """The text cut into pieces, none inside of the correction."""
    cuts = sorted(draw(st.sets(st.integers(6, len(text) - 1), max_size=3)))
    place = text.index("==")
    cuts = [cut for cut in cuts if not place - 1 <= cut <= place + 3]
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@settings(deadline=None)
@given(queries(), st.data())
def test_python(query: str, data: st.DataObject) -> None:
    literals = [data.draw(python_literals(piece)) for piece in data.draw(pieces(query))]
    between = data.draw(st.sampled_from([" ", "  # é\n ", " + ", "\n + "]))
    host = f"q = ({between.join(literals)})\n"
    assert _value_of(host) == query
    (found,) = find(host, "python")
    fixed = check(found, host, "python", query)
    assert _value_of(fixed) == corrected(query)


def _value_of(host: str) -> object:
    return eval(compile(ast.Expression(ast.parse(host).body[0].value), "q", "eval"))  # type: ignore[attr-defined]


@settings(deadline=None)
@given(queries(), st.data())
def test_each_place_of_python_says_its_character(query: str, data: st.DataObject) -> None:
    host = data.draw(python_literals(query))
    (found,) = find(host, "python")
    is_raw = "r" in host[: host.index(host.strip("rRfFuU")[0])].lower()
    for char, (start, stop) in zip(query, found.places, strict=True):
        source = host[start:stop]
        said = source if is_raw or len(source) == 1 else ast.literal_eval(f'"""{source}"""')
        assert said in (char, char * 2)
    assert found.places[-1][1] == found.end


@settings(deadline=None)
@given(queries(), st.booleans(), st.data())
def test_python_that_is_formatted(query: str, by_percent: bool, data: st.DataObject) -> None:
    query = query.replace("x{", "x{%%s")
    if by_percent:
        host = f"q = {data.draw(python_literals(query.replace('%', '%%')))} % ()\n"
    else:
        doubled = query.replace("{", "{{").replace("}", "}}")
        host = f"q = {data.draw(python_literals(doubled))}.format()\n"
    assert _value_of(host) == query
    (found,) = find(host, "python")
    fixed = check(found, host, "python", query)
    assert _value_of(fixed) == corrected(query)


@settings(deadline=None)
@given(st.sampled_from(["'", '"', "'''", '"""']), _TEXT, st.data())
def test_a_correction_with_quotes_says_the_same(
    quote: str, inner: str, data: st.DataObject
) -> None:
    """Equalities become one IN, whose values are written anew."""
    value = re.sub(r"[\n${}%]", "_", inner).replace('"', '""')
    before = f"SELECT city FROM usersession WHERE city = \"{value}\" OR city = 'b'"
    host = f"q = {data.draw(python_literals(before))}\n"
    fixed, count = fix_file(host, "python", validate, unsafe=False)
    wanted = fix_file(before, "usql", validate, unsafe=False)[0]
    assert _value_of(fixed) == (wanted if count else before)
    assert (fixed != host) == bool(count)


# --- TypeScript and JavaScript ----------------------------------------------------------------


def _javascript_escaped(choice: random.Random, char: str, quote: str) -> str:
    if char == "=" or (char.isascii() and char.isalpha()):
        return char
    code = ord(char)
    forms = [f"\\u{{{code:x}}}"]
    if code < 0x10000:
        forms.append(f"\\u{code:04x}")
    else:
        forms.append(json.dumps(char)[1:-1])
    if code < 0x100:
        forms.append(f"\\x{code:02x}")
    simple = {
        "\n": "\\n",
        "\t": "\\t",
        "\\": "\\\\",
        '"': '\\"',
        "'": "\\'",
        "`": "\\`",
        "$": "\\$",
    }
    if char in simple:
        forms.append(simple[char])
    is_mark = char in ("\\", quote, "$" if quote == "`" else "\\")
    if not (is_mark or (char == "\n" and quote != "`")):
        forms += [char] * 20
    return choice.choice(forms)


@st.composite
def javascript_literals(draw: st.DrawFn, text: str) -> str:
    quote = draw(st.sampled_from(["'", '"', "`"]))
    choice = random.Random(draw(st.integers(0, 1 << 32)))
    return quote + "".join(_javascript_escaped(choice, char, quote) for char in text) + quote


@st.composite
def javascript(draw: st.DrawFn, query: str) -> str:
    literals = [draw(javascript_literals(piece)) for piece in draw(pieces(query))]
    return draw(st.sampled_from([" + ", " /* é */ +\n"])).join(literals)


@settings(deadline=None)
@given(queries(), st.sampled_from(["typescript", "javascript"]), st.data())
def test_javascript(query: str, language: str, data: st.DataObject) -> None:
    host = f"const q = ({data.draw(javascript(query))});\n"
    (found,) = find(host, language)
    fixed = check(found, host, language, query)
    (again,) = find(fixed, language)
    assert again.text == corrected(query)


@settings(deadline=None)
@given(queries(), st.sampled_from("'\""), st.booleans())
def test_attributes_of_jsx(query: str, quote: str, all_escaped: bool) -> None:
    def entity(char: str) -> str:
        return (
            f"&#x{ord(char):x};"
            if (all_escaped and not char.isalpha()) or char in "&<>\"'"
            else char
        )

    host = f"const q = <Tile query={quote}{''.join(map(entity, query[:20]))}{query[20:].replace('&', '&amp;').replace(quote, f'&#{ord(quote)};')}{quote} />;"
    (found,) = find(host, "javascript")
    fixed = check(found, host, "javascript", query)
    assert [q.text for q in find(fixed, "javascript")] == [corrected(query)]


@pytest.mark.long
def test_node_says_the_same(tmp_path: Path) -> None:
    """The literals as Node reads them, before and after corrections."""
    if shutil.which("node") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("node is not installed")
    written: list[tuple[str, str]] = []

    @settings(deadline=None, max_examples=examples(500))
    @given(queries(), st.data())
    def generate(query: str, data: st.DataObject) -> None:
        host = data.draw(javascript(query))
        written.append((host, query))
        written.append((fix_file(host, "javascript", validate, unsafe=False)[0], corrected(query)))

    generate()
    program = tmp_path / "literals.mjs"
    entries = ",\n".join(host for host, _ in written)
    program.write_text(f"console.log(JSON.stringify([{entries}]));", encoding="utf-8")
    done = subprocess.run(["node", program], capture_output=True, check=True)
    assert json.loads(done.stdout) == [query for _, query in written]


# --- Markdown ---------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    queries(),
    st.sampled_from(["", "- ", "1. ", "> ", "- > ", "> - ", "* 1. "]),
    st.sampled_from(["```", "````", "~~~", "~~~~~"]),
    st.sampled_from(["usql", "USQL", " usql title", "{.usql}"]),
)
def test_markdown(query: str, margin: str, fence: str, info: str) -> None:
    query = query.replace("`", "_")  # a fence of back ticks has none in its own line
    after = re.sub(r"[^\s>]", " ", margin)
    lines = [fence + info, *query.split("\n"), fence]
    host = "# é\n\n" + "\n".join(
        (margin if index == 0 else after) + line for index, line in enumerate(lines)
    )
    (found,) = find(host + "\n\nend\n", "markdown")
    fixed = check(found, host + "\n\nend\n", "markdown", query + "\n")
    assert [q.text for q in find(fixed, "markdown")] == [corrected(query) + "\n"]
    assert fixed.endswith(f"{after}{fence}\n\nend\n")
