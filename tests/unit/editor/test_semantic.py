from __future__ import annotations

from usql.editor.folding import ranges
from usql.editor.inlay import hints
from usql.editor.semantic import tokens
from usql.editor.symbols import symbols
from usql.language.diagnostics import Fix, Span, apply_fix


def coloured(text: str) -> str:
    return " ".join(f"{text[t.span.start : t.span.end]}:{t.kind.value}" for t in tokens(text))


def test_words() -> None:
    assert coloured("select Count(*) as n, useraction.order From usersession") == (
        "select:keyword Count:function *:operator as:keyword n:variable useraction:class "
        "order:property From:keyword usersession:class"
    )
    assert coloured('WHERE a.b = "x" AND c > $NOW - DURATION("1d") AND d = ${x} and n = 1.5') == (
        'WHERE:keyword a:property b:property =:operator "x":string AND:keyword c:property '
        '>:operator $NOW:parameter -:operator DURATION:function "1d":string AND:keyword '
        "d:property =:operator ${x}:macro and:keyword n:property =:operator 1.5:number"
    )


def test_parts_of_names_that_are_placeholders() -> None:
    assert coloured("SELECT useraction.${f}, ${g}(a_${b}) AS ${c} FROM ${t} LIMIT ${n}") == (
        "SELECT:keyword useraction:class ${f}:macro ${g}:macro a_${b}:macro AS:keyword ${c}:variable "
        "FROM:keyword ${t}:macro LIMIT:keyword ${n}:macro"
    )


def test_a_name_in_quotes_is_a_field() -> None:
    assert coloured('SELECT useraction."@id" AS "x"') == (
        'SELECT:keyword useraction:class "@id":property AS:keyword "x":variable'
    )


def test_aliases_are_known_where_they_are_used() -> None:
    found = tokens('SELECT city AS "c", d AS e FROM usersession GROUP BY e ORDER BY [c]')
    kinds = [(t.kind.value, t.is_declaration) for t in found if t.kind.value == "variable"]
    assert kinds == [("variable", True)] * 2 + [("variable", False)] * 2


def test_comments_and_several_queries_in_order() -> None:
    text = "-- a\nSELECT city /* b */ FROM usersession; -- c\nSELECT count(*) FROM x"
    spans = [t.span for t in tokens(text)]
    assert spans == sorted(spans)
    assert [c for c in coloured(text).split(" ") if c.endswith(":comment")] == [
        "a:comment",
        "*/:comment",
        "c:comment",
    ]


def test_broken_text_has_colours() -> None:
    assert coloured("SELECT “x”, 'open == 5") == "SELECT:keyword “x”:string 'open == 5:string"
    assert coloured("WHERE city == 7d /* open") == (
        "WHERE:keyword city:property ==:operator 7d:number /* open:comment"
    )


def folded(text: str) -> list[tuple[str, bool]]:
    return [(text[f.span.start : f.span.end], f.is_comment) for f in ranges(text)]


def test_folding() -> None:
    text = (
        "-- one\n-- two\n\nSELECT\n    city,\n    COUNT(*)\nFROM usersession\n"
        "WHERE (city = 'a'\n  OR city = 'b')\nLIMIT 5;\n/* x\ny */\nSELECT 1 FROM useraction"
    )
    query = text[text.index("SELECT") : text.index(";")]
    assert folded(text) == [
        ("-- one\n-- two", True),
        (query, False),
        ("SELECT\n    city,\n    COUNT(*)", False),
        ("WHERE (city = 'a'\n  OR city = 'b')", False),
        ("(city = 'a'\n  OR city = 'b')", False),
        ("/* x\ny */", True),
    ]
    assert folded("SELECT city FROM usersession") == []
    assert folded("") == []


def test_symbols() -> None:
    text = (
        "SELECT city AS c, COUNT(*), AVG(duration) AS [ms] FROM usersession GROUP BY c;\n"
        "SELECT FUNNEL(bounce = TRUE AS 'b', hasError = TRUE) FROM useraction; SELEC"
    )
    outline = [
        (q.name, q.detail, [(c.kind.value, c.name, c.detail) for c in q.children])
        for q in symbols(text)
    ]
    assert outline == [
        (
            "city AS c, COUNT(*), AVG(duration) AS [ms]",
            "usersession",
            [
                ("column", "c", "city"),
                ("column", "count(*)", ""),
                ("column", "ms", "avg(duration)"),
            ],
        ),
        (
            "FUNNEL(bounce = TRUE AS 'b', hasError = TRUE)",
            "useraction",
            [("step", "b", "bounce=true"), ("step", "hasError=true", "")],
        ),
    ]
    for query in symbols(text):
        for child in query.children:
            assert query.span.start <= child.span.start <= child.selection.start
            assert child.selection.end <= child.span.end <= query.span.end


def test_hints_of_the_default_limit() -> None:
    text = "SELECT city FROM usersession -- all\n; SELECT COUNT(*) FROM useraction LIMIT 5"
    (hint,) = hints(text)
    assert hint.label == "LIMIT 50"
    assert apply_fix(text, Fix("", (hint.edit,))).startswith(
        "SELECT city FROM usersession LIMIT 50 -- all"
    )
    assert hints(text, "offline") == []
    assert hints(text, span=Span(40, 50)) == []


def test_no_hint_where_a_limit_changes_nothing() -> None:
    for text in (
        "SELECT COUNT(*), AVG(duration) FROM usersession",
        "SELECT FUNNEL(bounce = TRUE) FROM usersession",
        "SELECT city FROM usersession LIMIT 7",
        "SELECT city FROM",
        "",
    ):
        assert hints(text) == []
    assert len(hints("SELECT COUNT(*) FROM usersession GROUP BY city")) == 1
    assert len(hints("SELECT DISTINCT city FROM usersession")) == 1
