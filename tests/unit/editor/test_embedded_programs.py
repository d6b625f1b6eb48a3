"""USQL in the string literals of Python, TypeScript and JavaScript."""

from __future__ import annotations

import pytest

from usql.editor.embedded import find, fix_file, judge_file
from usql.editor.problems.validation import validate
from usql.language.diagnostics import apply_fix

RIGHT = "SELECT city FROM usersession"


def texts(text: str, language: str = "python") -> list[str]:
    return [query.text for query in find(text, language)]


def marked(text: str, language: str = "python") -> list[tuple[str, str]]:
    found = judge_file(text, language, validate)
    return [(d.name, text[d.span.start : d.span.end]) for d in found]


def fixed(text: str, language: str = "python") -> str:
    return fix_file(text, language, validate, unsafe=False)[0]


# --- Python: literals -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (r"'SELECT city\nFROM usersession'", "SELECT city\nFROM usersession"),
        (r"r'SELECT city FROM usersession WHERE city LIKE \'", None),
        (r"R'SELECT city FROM usersession -- \n'", r"SELECT city FROM usersession -- \n"),
        (r"u'SELECT city FROM usersession -- \u00e9\N{BULLET}\x41\101'", "SELECT city FROM usersession -- é•AA"),
        (r"'SELECT city FROM usersession -- \d\''", r"SELECT city FROM usersession -- \d'"),
        ("'''SELECT city\\\n FROM usersession'''", "SELECT city FROM usersession"),
        ("'''SELECT city\r\n FROM usersession'''", "SELECT city\n FROM usersession"),
        (r"f'SELECT city FROM usersession -- {{a}}'", "SELECT city FROM usersession -- ${a}"),
        (r"t'SELECT city FROM usersession LIMIT {n}'", "SELECT city FROM usersession LIMIT ${n}"),
        ("b'SELECT city FROM usersession'", None),
        ("Rb'SELECT city FROM usersession'", None),
        ("b'SELECT city' b' FROM usersession'", None),
        ("'SELECT city FROM usersession", None),  # still being typed
        ("# 'SELECT city FROM usersession'", None),
        ("'SELECT city FROM usersession -- \\ud800'", "SELECT city FROM usersession -- \ud800"),
        ("'SELECT city FROM usersession -- \\N{NO SUCH}'", "SELECT city FROM usersession -- \ufffd"),
        ("'SELECT city FROM usersession -- \\UFFFFFFFF'", "SELECT city FROM usersession -- \ufffd"),
    ],
)  # fmt: skip
def test_what_a_literal_of_python_says(source: str, said: str | None) -> None:
    assert texts(f"x = {source}\n") == ([] if said is None else [said])


@pytest.mark.parametrize(
    "source",
    [
        "'SELECT ' 'city' ' FROM usersession'",
        "('SELECT '  # the fields\n  r'city' f' FROM ' '''usersession''')",
        "'SELECT ' + 'city' + ' FROM usersession'",
        "('SELECT ' + ('city ' 'FROM ' + (('usersession'))))",
        "log + 'SELECT city' + (' FROM usersession')",
        "'asked: ' + log + '\\nselect city'.format() + f' FROM usersession'",
    ],
)
def test_literals_that_python_joins_are_one_query(source: str) -> None:
    (found,) = texts(f"x = {source}\n")
    assert found.replace("\nselect", "SELECT") == RIGHT


def test_comments_before_a_query_belong_to_it() -> None:
    query = "SELECT city, COUNT(*) FROM usersession GROUP BY city"
    assert "default-limit" in [name for name, _ in marked(f"q = '-- see below\\n' + '{query}'")]
    ignored = marked(f"q = '-- usql: ignore[default-limit]\\n' + '{query}'")
    assert "default-limit" not in [name for name, _ in ignored]
    assert "unused-ignore" not in [name for name, _ in ignored]


def test_a_place_is_right_over_the_seams_of_literals() -> None:
    text = "q = ('SELECT cty, ' r'city '\n  \"FROM usersession WHERE city =\" '= 5 LIMIT 9' + '''000''')"
    assert marked(text) == [
        ("unknown-field", "cty"),
        ("double-equals", "=\" '="),
        ("limit-too-large", "9' + '''000"),
    ]
    assert fixed(text) == text  # a correction would take the quotes away
    assert [d.fixes for d in judge_file(text, "python", validate)[1:]] == [(), ()]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("'…WHERE city = \"a\" OR city = \"b\"'", "'…WHERE city IN (\"a\", \"b\")'"),
        ('"…WHERE city = \'a\' OR city = \'b\'"', '"…WHERE city IN (\'a\', \'b\')"'),
        (r'"…WHERE city = \"a\" OR city = \"b\""', r'"…WHERE city IN (\"a\", \"b\")"'),
        ('"""…WHERE city = "a" OR city = \'b\' """', '"""…WHERE city IN ("a", \'b\') """'),
        ('"""…WHERE city = \'a\' OR city = "b\\""""', '"""…WHERE city IN (\'a\', "b")"""'),
        ('"""…WHERE city = \'a\' OR city = \'b\'\n"""', '"""…WHERE city IN (\'a\', \'b\')\n"""'),
        (r"r'…WHERE city = \"a\" OR city = \"b\"'", None),
        ("r'…WHERE city = \"a\\?\" OR city = \"b\"'", "r'…WHERE city IN (\"a\\?\", \"b\")'"),
        ("r'…WHERE city ' \"= 'a' OR city = 'b'\"", None),
        (r"'…WHERE city = \"a\\?\" OR city = \"b\"'", "'…WHERE city IN (\"a\\\\?\", \"b\")'"),
        ("'…WHERE city = \"{}\" OR city = \"b\"'", None),  # the placeholder is not its text
        ("'…WHERE city = \"%%\" OR city = \"b\"' % ()", "'…WHERE city IN (\"%%\", \"b\")' % ()"),
        ("'…WHERE city = \"{{\" OR city = \"b\"'.format()", "'…WHERE city IN (\"{{\", \"b\")'.format()"),
        ("f'…WHERE city = \"{{\" OR city = \"b\"'", "f'…WHERE city IN (\"{{\", \"b\")'"),
    ],
)  # fmt: skip
def test_corrections_are_written_as_the_literal_needs(before: str, after: str | None) -> None:
    before = f"q = {before.replace('…', 'SELECT city FROM usersession ')}"
    after = None if after is None else f"q = {after.replace('…', 'SELECT city FROM usersession ')}"
    assert fixed(before) == (before if after is None else after)


def test_a_correction_beside_a_seam_stays_in_its_literal() -> None:
    text = "q = ('SELECT city FROM usersession WHERE city ' '== \"a\"' ' OR city = \"b\"')"
    assert fixed(text) == text.replace("==", "=")


# --- Python: what is put in -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("f'SELECT {a} FROM usersession LIMIT {n:>{w}}'", "SELECT ${a} FROM usersession LIMIT ${n:>_w_}"),
        ("f'SELECT {f(\"x\")!r} FROM usersession'", "SELECT ${f(_x_)!r} FROM usersession"),
        ("f'SELECT {a}{b} FROM usersession'", "SELECT ${a}${b} FROM usersession"),
        ("f'SELECT ${{a}} FROM usersession'", "SELECT ${a} FROM usersession"),
        ("'SELECT %s FROM usersession LIMIT %d' % (a, 5)", "SELECT ${s} FROM usersession LIMIT ${d}"),
        ("'SELECT %(a)s FROM usersession' % b", "SELECT ${a} FROM usersession"),
        ("'SELECT city FROM usersession WHERE city LIKE \"%%%sx%%\"' % b", 'SELECT city FROM usersession WHERE city LIKE "%${s}x%"'),
        ("'SELECT {} FROM usersession LIMIT {n:>5}'.format(a, n=5)", "SELECT ${_} FROM usersession LIMIT ${n:>5}"),
        ("('SELECT {a[0].b} ' 'FROM usersession {{b}}').format(a=a)", "SELECT ${a[0].b} FROM usersession {b}"),
        ("'SELECT ' + a + ' FROM usersession LIMIT ' + str(5)", "SELECT ${a} FROM usersession LIMIT ${str(5)}"),
        # formatted elsewhere, or not at all
        ("'SELECT %s FROM usersession WHERE city = \"%(b)s\"'", 'SELECT ${s} FROM usersession WHERE city = "${b}"'),
        ("'SELECT {} FROM usersession WHERE city = \"{b!r:>5}\"'", 'SELECT ${_} FROM usersession WHERE city = "${b!r:>5}"'),
        ("'SELECT city FROM usersession WHERE city LIKE \"%search%\"'", 'SELECT city FROM usersession WHERE city LIKE "%search%"'),
        ("'SELECT duration % 5 FROM usersession'", "SELECT duration % 5 FROM usersession"),
        ("'SELECT city FROM usersession WHERE city = \"{ a }\"'", 'SELECT city FROM usersession WHERE city = "{ a }"'),
        ("'SELECT ${a}, {{b}} FROM usersession'", "SELECT ${a}, {{b}} FROM usersession"),
    ],
)  # fmt: skip
def test_what_is_put_into_a_literal_is_a_placeholder(source: str, said: str) -> None:
    assert texts(f"x = {source}\n") == [said]


def test_all_of_an_interpolation_is_marked() -> None:
    text = (
        'q = f"SELECT {a!r:>{w}} FROM usersession WHERE city = %s LIMIT " + n + " "\n'
        'r = "SELECT {a[0]:>5} FROM usersession LIMIT %(n)-5d".format()'
    )
    assert [words for _, words in marked(text)] == ["{a!r:>{w}}", "%s", "n", "{a[0]:>5}", "%(n)-5d"]


def test_interpolations_may_hold_queries() -> None:
    text = f'q = f"SELECT {{f("{RIGHT}")}} FROM usersession" + g("{RIGHT} LIMIT 1") % h("{RIGHT} LIMIT 2")'
    assert texts(text)[1:] == [RIGHT, f"{RIGHT} LIMIT 1", f"{RIGHT} LIMIT 2"]


@pytest.mark.parametrize(
    "clause",
    ["{where}", "{where} LIMIT 9", "WHERE city = 5 {group} ORDER BY {by} {direction}", "{w} city = 5"],
)  # fmt: skip
def test_a_program_may_put_clauses_into_a_query(clause: str) -> None:
    """Where the language has no placeholder, a program's may still be fine."""
    found = marked(f'q = f"SELECT {{fields}}, cty FROM usersession {clause}"')
    names = [name for name, _ in found if name != "placeholder"]
    assert names in (["unknown-field"], ["unknown-field", "value-type"])
    assert "syntax" not in names


def test_what_stands_before_a_doubtful_placeholder_is_judged() -> None:
    text = 'q = f"SELECT city,, country FROM usersession {where} LIMIT 9000 LIMIT"'
    assert marked(text) == [("doubled-comma", ","), ("placeholder", "{where}")]


# --- Python: which strings --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "is_query"),
    [
        ("usql_query = '…'", True),
        ("self.USQL: str = '…'", True),
        ("run(usql='…')", True),
        ("usql.query('…', 5)", True),
        ("def f(usql='…'): pass", True),
        ("x = {'usql': ['…']}", True),
        ("(usql := '…')", True),
        ("x = '…'", False),
        ("usql.open(sql('…'))", False),
        ("{'usql': {'other': '…'}}", False),
    ],
)
def test_a_name_tells_that_a_string_is_usql(source: str, is_query: bool) -> None:
    text = source.replace("…", "SELECT name FROM users")
    assert texts(text) == (["SELECT name FROM users"] if is_query else [])


def test_a_tile_in_a_dictionary() -> None:
    text = "x = [{'tileType': 'DTAQL', 'query': 'SELEC city'}, {'tileType': 'TABLE', 'query': 'SELEC'}]"
    assert texts(text) == ["SELEC city"]
    text = 'const x = [{tileType: "DTAQL", query: `SELEC city`}, {"query": "SELEC"}]'
    assert texts(text, "typescript") == ["SELEC city"]


def test_a_dashboard_in_a_literal() -> None:
    text = (
        'x = """{"tiles": [{"query": "SELECT city FROM usersession WHERE city == \\\\"é\\\\""}]}"""'
    )
    assert marked(text) == [("double-equals", "==")]
    assert fixed(text) == text.replace("==", "=")


def test_files_without_queries_are_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tree_sitter", None)
    for language in ("python", "typescript", "javascript", "markdown"):
        assert find("x = 'city'", language) == []


def test_long_sums_are_read_in_linear_time() -> None:
    text = "x = " + " + ".join(["a"] * 3000 + ["f('select')"] * 3000) + f" + '{RIGHT}'"
    assert texts(text) == [RIGHT]
    assert texts("x = " + "(" * 150 + f"'{RIGHT}'" + ")" * 150) == [RIGHT]


# --- TypeScript and JavaScript ----------------------------------------------------------------


@pytest.mark.parametrize("language", ["typescript", "javascript"])
@pytest.mark.parametrize(
    ("source", "said"),
    [
        (r"'SELECT city\nFROM usersession'", "SELECT city\nFROM usersession"),
        (r'"SELECT city FROM usersession -- \u00e9\x41\u{1F600}\ud83d\ude00\d"', "SELECT city FROM usersession -- éA😀😀d"),
        ("'SELECT city \\\n FROM usersession'", "SELECT city  FROM usersession"),
        ("`SELECT city\r\n FROM usersession -- \\` $ {a}`", "SELECT city\n FROM usersession -- ` $ ${a}"),
        ("`SELECT ${a} FROM usersession LIMIT ${n > 5 ? `${n}` : {b: 5}.b}`", "SELECT ${a} FROM usersession LIMIT ${n > 5 ? _$_n__ : _b: 5_.b}"),
        (r"String.raw`SELECT city FROM usersession -- \n${a}`", r"SELECT city FROM usersession -- \n${a}"),
        ("'SELECT ' + a + ` FROM ` + ('usersession')", "SELECT ${a} FROM usersession"),
        ("format('SELECT %s FROM usersession LIMIT %d', a, 5)", "SELECT ${s} FROM usersession LIMIT ${d}"),
        ("'SELECT {a} FROM usersession LIMIT {}'", "SELECT ${a} FROM usersession LIMIT ${_}"),
        ("sql`SELECT city FROM usersession`", RIGHT),
        ("usql`SELECT city FROM users`", "SELECT city FROM users"),
        ("`SELECT city FROM usersession", None),
        ("/SELECT city FROM usersession/", None),
        ("x // 'SELECT city FROM usersession'", None),
    ],
)  # fmt: skip
def test_what_a_literal_of_javascript_says(language: str, source: str, said: str | None) -> None:
    assert texts(f"const x = {source};\n", language) == ([] if said is None else [said])


def test_types_are_no_values() -> None:
    text = f'type A = "{RIGHT} LIMIT 1"; const a: "{RIGHT} LIMIT 2" = "{RIGHT}" as const;'
    assert texts(text, "typescript") == [RIGHT]


def test_jsx() -> None:
    text = (
        "const a = <Tile usql='SELECT city FROM users' title=\"it's\" query=\"SELECT city FROM usersession"
        " WHERE city == &quot;&eacute;\\&quot;\">SELECT cty FROM usersession 'SELECT cty FROM usersession'"
        "{`SELECT city FROM usersession LIMIT ${n}`}</Tile>;"
    )
    assert texts(text, "javascript") == [
        "SELECT city FROM users",
        'SELECT city FROM usersession WHERE city == "é\\"',
        "SELECT city FROM usersession LIMIT ${n}",
    ]
    assert fixed(text, "javascript") == text.replace("==", "=")
    either = '<A q=\'SELECT city FROM usersession WHERE city = "a" OR city = "b"\'/>'
    one = "<A q='SELECT city FROM usersession WHERE city IN (&quot;a&quot;, &quot;b&quot;)'/>"
    assert fixed(either, "javascript") == one


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("'…WHERE city = \"a\" OR city = \"b\"'", "'…WHERE city IN (\"a\", \"b\")'"),
        (r'"…WHERE city = \"a\" OR city = \"b\""', r'"…WHERE city IN (\"a\", \"b\")"'),
        (r"`…WHERE city = '\`' OR city = 'b'`", r"`…WHERE city IN ('\`', 'b')`"),
        (r"String.raw`…WHERE city = 'a\?' OR city = 'b'`", r"String.raw`…WHERE city IN ('a\?', 'b')`"),
        ("`…WHERE city = '${a}' OR city = 'b'`", None),
        ("'…WHERE city ' + '= \"a\" OR city = \"b\"'", None),
    ],
)  # fmt: skip
def test_corrections_are_written_as_javascript_needs(before: str, after: str | None) -> None:
    before = f"q = {before.replace('…', 'SELECT city FROM usersession ')}"
    after = None if after is None else f"q = {after.replace('…', 'SELECT city FROM usersession ')}"
    assert fixed(before, "typescript") == (before if after is None else after)


# --- any text ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["python", "typescript", "javascript", "markdown"])
@pytest.mark.parametrize(
    "text",
    [
        "", "'", '"""', "f'SELECT {", "`SELECT ${", "x = 'SELECT city FROM usersession' %",
        "'SELECT'.format", "(" * 300 + "'select'", "'select' + " * 300, "<a q='select", "é'select", "\0'select'",
        "```usql", "```usql\nselect", "- ```usql\nselect", "> ```usql\n> a\nb", "```usql\n```", "{'tileType': 'DTAQL', query",
    ],
)  # fmt: skip
def test_any_text_is_read(language: str, text: str) -> None:
    for query in find(text, language):
        for problem in query.carried_over(validate(query.text)):
            assert 0 <= problem.span.start <= problem.span.end <= len(text)
            for fix in problem.fixes:
                apply_fix(text, fix)
