"""From a query's text and options to equivalent SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sqlglot import exp

from usql import checks
from usql.analysis import analyze
from usql.analysis.bound import BoundQuery, DateText, Expression, GroupQuery, RowQuery, walk
from usql.asking.clock import Instant
from usql.asking.question import QueryOptions, Question, question_of, runnable
from usql.catalog import PRIMARY
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.diagnostics import UsqlError
from usql.language.parser import parse
from usql.planner import Plan, prepare
from usql.planner.plan import Funnel, Group, Project
from usql.planner.rewrite import walk as nodes_of
from usql.translation.columns import Columns, Schema, documented, of_schema
from usql.translation.dates import YEARS
from usql.translation.dialects import DIALECTS, Dialect
from usql.translation.expressions import Expressions
from usql.translation.groups import group_query
from usql.translation.layout import OWNER, Flat, Layout, Nested
from usql.translation.rows import funnel_query, row_query
from usql.translation.unsupported import LAYOUTS, Findings
from usql.translation.values import Values


@dataclass(frozen=True, slots=True)
class Translation:
    """A query as SQL: ``sql`` is one statement, below a comment that lists its assumptions;
    ``notes`` are sentences about what affects its meaning."""

    __module__ = "usql"

    sql: str
    notes: tuple[str, ...]


def translate(
    text: str,
    *,
    to: str = "spark",
    source: str = PRIMARY,
    layout: str = "nested",
    schema: Schema | None = None,
    start: Instant | None = None,
    end: Instant | None = None,
    now: Instant | None = None,
    utc_offset: int = 0,
    profile: checks.ProfileName = "dynatrace",
    parameters: Mapping[str, str] | None = None,
) -> Translation:
    """The documentation of this function is that of :func:`usql.translate`."""
    options = QueryOptions(
        start=start, end=end, now=now, utc_offset=utc_offset, profile=profile, parameters=parameters
    )
    dialect = DIALECTS[checks.one_of("to", to, DIALECTS)]
    checks.one_of("layout", layout, LAYOUTS)
    for option in ("start", "end", "now"):
        value = getattr(options, option)
        if isinstance(value, str) and value.strip().lower() == "data-end":
            raise ValueError(f"{option}: the end of the data is not known without the data")
    columns = documented() if schema is None else of_schema(schema)
    question = question_of(text, options, (0, 0))
    parsed = parse(question.text, question.holes)
    analysis = analyze(parsed, columns.catalog, question.rules, question.clock, question.frame)
    bound = runnable(question.text, analysis)
    assert parsed.query is not None
    findings = Findings(dialect.name, layout)
    _find_times(parsed.query, question, findings)
    target = Target(dialect, columns, layout, source)
    query = statement(bound, question.clock.utc_offset, target, findings)
    if problems := findings.diagnostics(parsed.query):
        raise UsqlError(question.text, problems)
    plan = prepare(bound, question.clock.utc_offset).plan
    assumed = (dialect.assumption, *_assumed(target, plan))
    notes = (*analysis.notes, *_notes(question, bound))
    header = "".join(f"-- {line}".rstrip() + "\n" for line in _header(question.text, assumed))
    return Translation(f"{header}{dialect.write(query)}\n", notes)


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a translation: the dialect, the columns, and the layout of the tables."""

    dialect: Dialect
    columns: Columns
    layout: str
    source: str

    def of(self, table: str, findings: Findings) -> Layout:
        """The tables of one query of ``table``; ``ValueError`` for a source that names none."""
        if self.layout == "flat":
            prefix = self.source.removesuffix(PRIMARY)
            _table(f"{prefix}{PRIMARY}", self.dialect)
            return Flat(self.dialect, self.columns, table, findings, prefix)
        source = _table(self.source, self.dialect)
        return Nested(self.dialect, self.columns, table, findings, source)


def statement(bound: BoundQuery, utc_offset: int, target: Target, findings: Findings) -> exp.Select:
    """A bound query as SQL nodes; what the dialect cannot express is replaced by something else and
    reported in ``findings``."""
    plan = prepare(bound, utc_offset).plan
    keys = bound.keys if isinstance(bound, GroupQuery) else ()
    values = Values(target.of(bound.table, findings), Expressions(target.dialect, utc_offset, keys))
    if isinstance(plan, Funnel):
        return funnel_query(values, plan)
    assert isinstance(plan, Project)
    if any(isinstance(node, Group) for node in nodes_of(plan)):
        return group_query(values, plan)
    return row_query(values, plan, findings)


_NAME = r"([^\W\d]\w*|\"[^\"]+\"|`[^`]+`)"
_TABLE = re.compile(rf"{_NAME}(\.{_NAME}){{0,2}}")


def _table(name: str, dialect: Dialect) -> exp.Table:
    """A table by its name, up to three words separated by dots; ``ValueError`` for any other text,
    which might inject SQL."""
    if not isinstance(name, str) or _TABLE.fullmatch(name) is None:
        raise ValueError(f"source must be the name of a table, not {name!r}")
    return exp.to_table(name, dialect=dialect.name)


def _find_times(query: s.Query, question: Question, findings: Findings) -> None:
    """Report limits of the timeframe that are not given: they would be those of the data, which are
    not known."""
    missing = {
        "TIME_FRAME_START": question.frame.start is None,
        "TIME_FRAME_END": question.frame.end is None,
    }

    def is_unknown(node: s.Node) -> bool:
        return isinstance(node, s.Variable) and missing.get(node.name, False)

    if any(map(is_unknown, s.walk(query))):
        findings.add("timeframe", is_unknown)


# --- what is said about the SQL -------------------------------------------------------------------


def _header(text: str, assumed: tuple[str, ...]) -> Iterator[str]:
    yield from text.strip().splitlines()
    yield ""
    yield "This assumes:"
    yield from (f"- {sentence}" for sentence in assumed)


def _assumed(target: Target, plan: Plan) -> Iterator[str]:
    if target.layout == "flat":
        yield (
            f"every table has the column {OWNER}, the number of its row's session; columns are "
            "called as in the export"
        )
    else:
        yield f"{target.source} has a row for each session, in the layout of the export"
    yield "times are milliseconds since 1970; no number is NaN; no child row is NULL"
    if any(f.key is not None for node in nodes_of(plan) for f in node.fields()):
        yield "keys of properties are spelled as in the data"
    shown = (e for node in nodes_of(plan) for e in node.expressions())
    if any(_shows_years(one) for e in shown for one in walk(e)):
        yield YEARS


def _shows_years(node: Expression) -> bool:
    return isinstance(node, DateText) and any(letter in "yu" for letter, _ in node.format.parts)


def _notes(question: Question, bound: BoundQuery) -> Iterator[str]:
    if "$now" in question.text.lower():
        yield f"$NOW is {question.clock.now}, in milliseconds, wherever the SQL runs."
    if isinstance(bound, RowQuery):
        yield (
            "Rows that ORDER BY does not tell apart come in any order, where usql has that of the "
            "data."
        )
